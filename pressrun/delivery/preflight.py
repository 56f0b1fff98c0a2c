"""Check one issue and keep the record, bound to the hash of its content."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from pressrun import issues
from pressrun.crash_points import reach
from pressrun.errors import RefusedError
from pressrun.issues import RenderedIssue
from pressrun.ledger import Ledger, preflights
from pressrun.ledger.preflights import Preflight
from pressrun.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """An issue with what preflight found."""

    rendered: RenderedIssue
    ok: bool

    def as_json(self) -> dict[str, object]:
        """Give the public shape of a check."""
        return {
            "issue_id": self.rendered.issue_id,
            "content_hash": self.rendered.content_hash,
            "ok": self.ok,
            "findings": [finding.as_json() for finding in self.rendered.findings],
        }


def examine(settings: Settings, issue: str | Path, now: datetime) -> Checked:
    """Render one issue and look for mistakes; nothing is stored or copied.

    Args:
        settings: Where issues and templates are.
        issue: Path of a Markdown file, or a slug.
        now: When.

    Raises:
        InputError: There is no such issue, or it cannot be read.
    """
    written = issues.load(issue, settings.issues)
    rendered = issues.check(
        written,
        issues.load_brand(settings.templates),
        settings.templates,
        now=now,
        nonce=secrets.token_hex(8),
        assets_url=settings.assets_url,
        web_url=settings.web_url(written.issue_id),
    )
    return Checked(rendered=rendered, ok=not any(finding.severity == "error" for finding in rendered.findings))


def check(settings: Settings, ledger: Ledger, issue: str | Path, now: datetime) -> Checked:
    """Render one issue, look for mistakes and store the record; images beside it go where they are served.

    Args:
        settings: Where issues and templates are.
        ledger: Keeps the record.
        issue: Path of a Markdown file, or a slug.
        now: When it was checked.

    Raises:
        InputError: There is no such issue, or it cannot be read.
    """
    checked = examine(settings, issue, now)
    rendered = checked.rendered
    issues.keep_images(rendered.images, settings.assets_folder)
    reach("preflight.before")
    preflights.store(
        ledger,
        Preflight(
            issue_id=rendered.issue_id,
            content_hash=rendered.content_hash,
            findings=orjson.dumps([finding.as_json() for finding in rendered.findings]).decode(),
            count_errors=sum(finding.severity == "error" for finding in rendered.findings),
            checked_at=now,
        ),
    )
    reach("preflight.stored")
    return checked


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
