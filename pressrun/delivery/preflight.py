"""Check one issue and keep the record, bound to the hash of its content."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import orjson

from pressrun import issues
from pressrun.checks import Wanted, look_around
from pressrun.crash_points import reach
from pressrun.delivery.account_check import Account, look_at_account
from pressrun.delivery.audience_check import Readers, look_at_readers
from pressrun.delivery.consent import ConsentReader
from pressrun.errors import RefusedError
from pressrun.issues import RenderedIssue, WrittenIssue
from pressrun.issues.findings import Finding
from pressrun.issues.silencing import apply_silence
from pressrun.landing import Landing
from pressrun.ledger import Ledger, preflights
from pressrun.ledger.preflights import Preflight
from pressrun.settings import Settings

_NOT_ASKED = "whether SendGrid's events will arrive: --sendgrid; a send always asks"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """An issue with what preflight found; its findings are those of the rendered issue."""

    rendered: RenderedIssue
    ok: bool
    #: What was not looked at → why, in a sentence.
    skipped: Mapping[str, str] = field(default_factory=dict)
    #: How many would get it; None: nobody counted.
    recipients: int | None = None
    #: SpamAssassin's points; None: not asked.
    spam: float | None = None

    def as_json(self) -> dict[str, object]:
        """Give the public shape of a check."""
        return {
            "issue_id": self.rendered.issue_id,
            "content_hash": self.rendered.content_hash,
            "ok": self.ok,
            "findings": [finding.as_json() for finding in self.rendered.findings],
            "silenced": [one.as_json() for one in self.rendered.silenced],
            "skipped": dict(self.skipped),
            "recipients": self.recipients,
            "spam": self.spam,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """How far a check goes beyond the text and the ledger."""

    wanted: Wanted
    #: Whether SendGrid is asked if its events will arrive.
    account: bool = False
    #: Whether every slot is rendered for every recipient. A send leaves that to the freeze, which must do it anyway.
    everyone: bool = False
    on_progress: Callable[[int], None] = lambda n: None

    @classmethod
    def of_a_send(cls, settings: Settings) -> "Reach":
        """Give what is looked at before each send."""
        return cls(wanted=Wanted(links=settings.check_links, domain=settings.check_domain), account=True)


def examine(settings: Settings, issue: str | Path, now: datetime) -> Checked:
    """Render one issue and look for mistakes as far as files tell; nothing is stored or copied, nobody is asked.

    Args:
        settings: Where issues and templates are.
        issue: Path of a Markdown file, or a slug.
        now: When.

    Raises:
        InputError: There is no such issue, or it cannot be read.
    """
    written = issues.load(issue, settings.issues)
    rendered = _rendered(settings, written, now)
    around = look_around(settings, None, rendered, Wanted(), now, places=_places(written))
    rendered = _with(rendered, around.findings)
    return Checked(rendered=rendered, ok=_is_ok(rendered), skipped=around.skipped)


def check(
    settings: Settings, ledger: Ledger, issue: str | Path, now: datetime, *, reach_out: Reach | None = None
) -> Checked:
    """Render one issue, look for mistakes and store the record; images beside it go where they are served.

    Args:
        settings: Where issues and templates are.
        ledger: Keeps the record, and knows the earlier issues.
        issue: Path of a Markdown file, or a slug.
        now: When it was checked.
        reach_out: How far to go; None: as before a send.

    Raises:
        InputError: There is no such issue, or it cannot be read.
    """
    far = reach_out or Reach.of_a_send(settings)
    written = issues.load(issue, settings.issues)
    rendered = _rendered(settings, written, now)
    around = look_around(settings, ledger, rendered, far.wanted, now, places=_places(written))
    readers = _readers(settings, ledger, rendered, written, far, now)
    account = look_at_account(settings, ledger) if far.account else Account(skipped=_NOT_ASKED)
    rendered = _with(rendered, (*around.findings, *readers.findings, *account.findings))
    issues.keep_images(rendered.images, settings.assets_folder)
    reach("preflight.before")
    preflights.store(ledger, _record(rendered, now))
    reach("preflight.stored")
    return Checked(
        rendered=rendered,
        ok=_is_ok(rendered),
        skipped={
            **around.skipped,
            **({"recipients": readers.skipped} if readers.skipped else {}),
            **({"sendgrid": account.skipped} if account.skipped else {}),
        },
        recipients=readers.recipients,
        spam=around.spam,
    )


def _rendered(settings: Settings, written: WrittenIssue, now: datetime) -> RenderedIssue:
    return issues.check(
        written,
        issues.load_brand(settings.templates),
        settings.templates,
        now=now,
        nonce=secrets.token_hex(8),
        assets_url=settings.assets_url,
        web_url=settings.web_url(written.issue_id),
    )


def _readers(
    settings: Settings, ledger: Ledger, rendered: RenderedIssue, written: WrittenIssue, far: Reach, now: datetime
) -> Readers:
    if not far.everyone:
        return Readers()
    return look_at_readers(
        settings,
        ledger,
        rendered,
        ConsentReader(ledger, Landing(settings.landing_dir)).refresh(),
        now=now,
        where=written.where_key("segment"),
        on_progress=far.on_progress,
    )


def _places(written: WrittenIssue) -> dict[str, str]:
    """Say where a person mends what is wrong with the sender or the subject."""
    sender = written.where_key("from") if "from" in written.meta else "brand.toml"
    return {"from": sender, "subject": written.where_key("subject")}


def _with(rendered: RenderedIssue, more: tuple[Finding, ...]) -> RenderedIssue:
    stands, silenced = apply_silence(more, rendered.silence)
    return replace(
        rendered,
        findings=tuple(dict.fromkeys((*rendered.findings, *stands))),
        silenced=(*rendered.silenced, *silenced),
    )


def _record(rendered: RenderedIssue, now: datetime) -> Preflight:
    """Write down what stands and what was silenced, with the reasons."""
    found = [one.as_json() for one in rendered.findings] + [one.as_json() for one in rendered.silenced]
    return Preflight(
        issue_id=rendered.issue_id,
        content_hash=rendered.content_hash,
        findings=orjson.dumps(found).decode(),
        count_errors=sum(finding.severity == "error" for finding in rendered.findings),
        checked_at=now,
    )


def _is_ok(rendered: RenderedIssue) -> bool:
    return not any(finding.severity == "error" for finding in rendered.findings)


def require_ok(checked: Checked) -> None:
    """Let only an issue without errors go on.

    Raises:
        RefusedError: Preflight found errors; nothing was submitted.
    """
    errors = [finding for finding in checked.rendered.findings if finding.severity == "error"]
    if errors:
        raise RefusedError(
            f"Preflight found {len(errors)} errors in issue {checked.rendered.issue_id}, the first at "
            f"{errors[0].where}: {errors[0].message} Nothing was submitted; `pressrun check` lists them all."
        )
