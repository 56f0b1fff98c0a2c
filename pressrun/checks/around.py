"""Look around one rendered issue: what else there is to find out about it, by what was asked for."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pressrun.checks import earlier_issues, spam
from pressrun.checks.link_lists import judge_lists
from pressrun.issues import RenderedIssue
from pressrun.issues.eml import message_of
from pressrun.issues.findings import Finding, error
from pressrun.issues.nobody import neutral_values
from pressrun.ledger import Ledger, preflights
from pressrun.settings import Settings

#: Stands for the recipient's own link in a mail that nobody gets.
_SOME_LINK = "/u/v1.example"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What to look at beyond the stores."""

    links: bool = False
    domain: bool = False
    spam: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """What was found around an issue."""

    findings: tuple[Finding, ...]
    #: What was not looked at → why, in a sentence.
    skipped: Mapping[str, str]
    #: SpamAssassin's points; None: not asked, or no answer.
    spam: float | None = None


def look_around(
    settings: Settings,
    ledger: Ledger | None,
    rendered: RenderedIssue,
    wanted: Wanted,
    now: datetime,
    *,
    places: Mapping[str, str],
) -> Around:
    """Look at everything about an issue that its text alone does not tell.

    Args:
        settings: Where the stores are, and whom to ask.
        ledger: Knows the earlier issues; None: they are not looked at.
        rendered: The issue.
        wanted: What may take time or ask the network.
        now: When.
        places: Key of the front matter → `file:line`.
    """
    found = [*_reachable(settings, places["from"]), *judge_lists(rendered.targets, settings.home)]
    skipped: dict[str, str] = {}
    if ledger is not None:
        found += earlier_issues.judge_repeat(
            rendered.issue_id, _subject(rendered), _subjects(ledger, rendered.issue_id), places["subject"]
        )
    if not wanted.links:
        skipped["links"] = "whether links and images are there: --links, or PRESSRUN_CHECK_LINKS=on"
    elif rendered.targets:
        from pressrun.checks.targets import judge_targets  # loading httpx takes a moment

        found += judge_targets(rendered.targets, settings.private_home(), now)
    if not wanted.domain:
        skipped["domain"] = "SPF, DKIM and DMARC of the sender's domain: --domain, or PRESSRUN_CHECK_DOMAIN=on"
    else:
        from pressrun.checks.sender_domain import judge_domain  # loading dnspython takes a moment

        found += judge_domain(rendered.from_email, settings.public_url, places["from"], resolver=settings.resolver)
    score = None
    if not wanted.spam or not rendered.html:
        skipped["spam"] = "what a spam filter makes of it: `pressrun check` asks SpamAssassin"
    elif not spam.is_installed():
        skipped["spam"] = "what a spam filter makes of it: SpamAssassin is not installed"
    else:
        score = spam.score_of(_mail(settings, rendered, now))
        found += spam.judge_score(score)
    return Around(findings=tuple(found), skipped=skipped, spam=score.points if score else None)


def _reachable(settings: Settings, where: str) -> list[Finding]:
    """Refuse a real send whose unsubscribe link leads nowhere; a sandbox on this machine may do as it likes."""
    provider, link = urlsplit(settings.sendgrid_api_host).hostname or "", urlsplit(settings.public_url)
    if settings.sendgrid_api_key is None or is_loopback(provider):
        return []
    if link.scheme == "https" and link.hostname and not is_loopback(link.hostname):
        return []
    problem = (
        f"The unsubscribe link would lead to {settings.public_url}, where readers and mail providers cannot use it."
    )
    return [error("one-click", problem, where)]


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _subjects(ledger: Ledger, issue_id: str) -> dict[str, str]:
    return {one.issue_id: one.subject for one in preflights.earlier(ledger, issue_id)}


def _subject(rendered: RenderedIssue) -> str:
    subject = rendered.subject
    slots = [slot for slot in rendered.slots if slot.tag in subject]
    for tag, value in neutral_values(slots, nonce=rendered.nonce).items():
        subject = subject.replace(tag, value)
    return subject


def _mail(settings: Settings, rendered: RenderedIssue, now: datetime) -> bytes:
    """Write the mail as somebody would get it."""
    values = {
        **neutral_values(rendered.slots, nonce=rendered.nonce),
        rendered.unsubscribe_tag: settings.public_url.rstrip("/") + _SOME_LINK,
    }
    return message_of(rendered, values, to="reader@example.org", now=now)
