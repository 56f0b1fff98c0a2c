"""Read the settings from the environment and `.env`; nothing else in Pressrun does."""

import os
import re
import secrets
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pressrun.errors import InputError
from pressrun.pace import Pace, pace_of
from pressrun.policies import policy_of

SENDGRID = "https://api.sendgrid.com"


class Settings(BaseSettings):
    """Everything that can be set; `.env.example` explains each line."""

    model_config = SettingsConfigDict(
        env_prefix="PRESSRUN_", env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    #: Folder of the three stores.
    home: Path = Path("data")
    #: SQLAlchemy address of the ledger; empty means `home/ledger.sqlite`.
    ledger_url: SecretStr | None = None
    #: DuckLake catalogue; empty means `home/lake/catalog.sqlite`.
    lake_catalog: Path | None = None
    #: Folder of the lake's Parquet files; empty means `home/lake/files`.
    lake_data: Path | None = None
    #: Where readers and SendGrid reach the receiver.
    public_url: str = "http://127.0.0.1:8000"
    #: Where images of issues are served, from the folder below; empty: nowhere yet.
    assets_url: str = ""
    #: Where they are copied to; empty means `home/assets`.
    assets_dir: Path | None = None
    #: Where the web version of issues is served; empty: nowhere, and mails have no link to it.
    site_url: str = ""
    #: Where the web version is written; empty means `home/site`.
    site_dir: Path | None = None
    #: Signs unsubscribe links; empty means a key made once in `home/secret.key`.
    secret_key: SecretStr | None = None
    #: Recipients in one request; SendGrid takes at most 1,000.
    batch_size: int = Field(default=1000, ge=1, le=1000)
    #: Workers of one sender; each has at most one attempt open.
    concurrency: int = Field(default=8, ge=1, le=64)
    #: Scheduler of a Dask cluster over which the flow spreads its batches; none means threads of its own process.
    dask_address: str | None = None
    #: What to do with an attempt whose answer was lost.
    in_doubt: str = "hold"
    #: How fast mails may go out, as `pressrun.pace` reads it; empty: as fast as they can.
    pace: str = ""
    #: The ramp of a new sender, as `pressrun.pace` reads it; empty: none.
    warm_up: str = ""
    #: Who gets canary mails; empty: the issue's sender.
    owner_email: str = ""
    #: Whether Gmail's dots and plus are spellings of one mailbox: for finding people again, and for who has left.
    gmail_merge: bool = False
    #: Whether an import asks the DNS which domains take mail.
    check_mx: bool = False
    #: Flags of addresses (docs/addresses.md) that put a row into quarantine, parted by commas; empty: none does.
    refuse: str = ""
    #: Seconds that a segment may take.
    segment_seconds: int = Field(default=60, ge=1)
    #: Whether preflight asks if links and images are there, before each send too.
    check_links: bool = False
    #: Whether preflight asks DNS about the sender's domain, before each send too.
    check_domain: bool = False
    #: DNS server to ask, `address` or `address:port`; empty: the system's.
    resolver: str = ""
    #: Minutes after which a schedule is not obeyed any more by itself.
    max_lateness: int = Field(default=60, ge=1)
    #: Folders of what the owner writes.
    issues: Path = Path("issues")
    segments: Path = Path("segments")
    templates: Path = Path("templates")

    sendgrid_api_key: SecretStr | None = Field(default=None, validation_alias="SENDGRID_API_KEY")
    sendgrid_api_host: str = Field(default=SENDGRID, validation_alias="SENDGRID_API_HOST")
    sendgrid_group: int | None = Field(default=None, validation_alias="SENDGRID_GROUP")
    sendgrid_webhook_public_key: str = Field(default="", validation_alias="SENDGRID_WEBHOOK_PUBLIC_KEY")

    @field_validator(
        "ledger_url",
        "lake_catalog",
        "lake_data",
        "assets_dir",
        "site_dir",
        "secret_key",
        "dask_address",
        "sendgrid_group",
        mode="before",
    )
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("assets_url", "site_url")
    @classmethod
    def _address_of_the_web(cls, value: str) -> str:
        if value and not re.match(r"https?://[^\s/]", value):
            raise ValueError("it must be an address like https://img.example.org/newsletter")
        return value

    @field_validator("pace")
    @classmethod
    def _readable_pace(cls, value: str) -> str:
        pace_of(value, "")
        return value

    @field_validator("warm_up")
    @classmethod
    def _readable_warm_up(cls, value: str) -> str:
        pace_of("", value)
        return value

    @field_validator("in_doubt")
    @classmethod
    def _known_policy(cls, value: str) -> str:
        return str(policy_of(value))

    @property
    def ledger_address(self) -> str:
        """Give the ledger's SQLAlchemy address; may hold a password, so never log it."""
        if self.ledger_url is not None:
            return self.ledger_url.get_secret_value()
        return f"sqlite:///{self.home / 'ledger.sqlite'}"

    @property
    def limits(self) -> Pace:
        """Give how fast mails may go out."""
        return pace_of(self.pace, self.warm_up)

    @property
    def landing_dir(self) -> Path:
        """Give the folder of the landing zone."""
        return self.home / "landing"

    @property
    def catalog_path(self) -> Path:
        """Give the path of the lake's catalogue."""
        return self.lake_catalog or self.home / "lake" / "catalog.sqlite"

    @property
    def lake_files(self) -> Path:
        """Give the folder of the lake's Parquet files."""
        return self.lake_data or self.home / "lake" / "files"

    @property
    def assets_folder(self) -> Path:
        """Give the folder that images of issues are copied to."""
        return self.assets_dir or self.home / "assets"

    @property
    def site_folder(self) -> Path:
        """Give the folder that the web version of issues is written to."""
        return self.site_dir or self.home / "site"

    def web_url(self, issue_id: str) -> str | None:
        """Give where an issue will be read in a browser, known before it is sent; None if it is served nowhere."""
        return f"{self.site_url.rstrip('/')}/issues/{issue_id}.html" if self.site_url else None

    @property
    def webhook_public_keys(self) -> tuple[str, ...]:
        """Give the keys a webhook may be signed with, without white space: two, separated by a comma, in a rotation."""
        keys = ("".join(key.split()) for key in self.sendgrid_webhook_public_key.split(","))
        return tuple(key for key in keys if key)

    @cached_property
    def signing_key(self) -> bytes:
        """Give the key of the unsubscribe links, making it once if none is set."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        return _key_kept_in(self.private_home() / "secret.key")

    def private_home(self) -> Path:
        """Make the folder of the stores, readable by its owner only."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.home


def load_settings(**overrides: object) -> Settings:
    """Read the settings once, at the door of a command, a flow, a page or the receiver.

    Raises:
        InputError: A setting has a value that cannot be used; its name is in the message, its value is not.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic at run time
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputError(f"These settings cannot be used: {wrong}. See .env.example.") from None


def _key_kept_in(path: Path) -> bytes:
    """Read the key, or make it so that two processes starting at once agree on one."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip().encode()
