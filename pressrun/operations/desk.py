"""The writer's desk: an issue as it stands in its file, seen as somebody would get it, with what preflight finds.

It reads files and the lake, and writes nothing anywhere; it cannot send. It is the one thing besides the metrics that
a page of the dashboard may ask (docs/decisions/0010-the-page-write-asks-the-desk.md).
"""

import base64
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pressrun import delivery, issues
from pressrun.audiences.addresses import address_key
from pressrun.delivery.freeze import neutral_subject, shared_of
from pressrun.delivery.packing import person_of
from pressrun.errors import InputError
from pressrun.issues import RenderedIssue, SlotError, SlotRenderer
from pressrun.operations import site
from pressrun.settings import Settings
from pressrun.warehouse import metrics

Scheme = Literal["light", "dark"]
_TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif"}
_STYLE = re.compile(r"(<style[^>]*>)(.*?)(</style>)", re.DOTALL | re.IGNORECASE)
_ASKED = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_BOTH = re.compile(r"(color-scheme(?:s?\" content=\"|\s*:\s*))light dark", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One issue as it stands, and as one person would get it."""

    issue_id: str
    subject: str
    preheader: str
    sender: str
    html: str
    text: str
    #: Its page in the web version.
    web: str
    ok: bool
    #: `Finding.as_json` of each, in the order of the file.
    findings: Sequence[Mapping[str, str]]
    #: Why it cannot be shown as this person; then it is shown as nobody in particular.
    problem: str = ""


def issue_files(settings: Settings) -> list[Path]:
    """Give the files of all issues, the one that was changed last first."""
    return sorted(issues.issue_files(settings.issues), key=lambda path: (-_changed(path), str(path)))


def state_of(settings: Settings, path: Path) -> str:
    """Give a text that changes whenever the file, an image beside it, or a template does."""
    files = (path, *_beside(path), *settings.templates.rglob("*"))
    return ";".join(f"{file}:{_changed(file)}" for file in sorted(files))


def look(settings: Settings, path: Path, *, email: str | None, now: datetime) -> Seen:
    """Render and check an issue; nothing is stored.

    Args:
        settings: Where issues, templates and the lake are.
        path: Of the issue's file.
        email: The subscriber to read as; None: nobody in particular.
        now: Dates the issue.

    Raises:
        InputError: The file cannot be read, or no subscriber has that address.
    """
    checked = delivery.examine(settings, path, now)
    rendered = checked.rendered
    values, problem = _values(settings, rendered, email)
    values[rendered.unsubscribe_tag] = f"{settings.public_url.rstrip('/')}/u/preview"
    subject, page, text = issues.fill(rendered, values)
    return Seen(
        issue_id=rendered.issue_id,
        subject=subject,
        preheader=rendered.preheader,
        sender=rendered.from_name or rendered.from_email,
        html=_with_pictures(page, rendered, settings.assets_url),
        text=text,
        web=_web(settings, rendered, now),
        ok=checked.ok,
        findings=[finding.as_json() for finding in rendered.findings],
        problem=problem,
    )


def framed(page: str, *, title: str, scheme: Scheme, with_pictures: bool) -> str:
    """Put a mail or a page into a document in which it runs nothing and fetches nothing.

    The mail is in a sandbox within: a frame without scripts, of an origin of its own, in a document whose policy holds
    for it too. Links open in a new window.

    Args:
        page: The HTML of a mail.
        title: What the frame is called, for those who do not see it.
        scheme: In which light it is read, whatever the machine's own is.
        with_pictures: Whether https images are fetched.
    """
    pictures = "data: https:" if with_pictures else "data:"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; form-action 'none'; base-uri 'none'"
    inside = html.escape(_in_light(page, scheme).replace("<head>", '<head><base target="_blank">', 1))
    back = "#ffffff" if scheme == "light" else "#121212"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="referrer" content="no-referrer">'
        f"<style>html, body {{ margin: 0; height: 100%; background: {back}; }} iframe {{ display: block; border: 0; "
        "width: 100%; height: 100%; }</style></head><body>"
        '<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" '
        f'title="{html.escape(title)}" srcdoc="{inside}"></iframe></body></html>'
    )


def _values(settings: Settings, rendered: RenderedIssue, email: str | None) -> tuple[dict[str, str], str]:
    """Give the values of a person's slots, or nobody's and why."""
    neutral = issues.neutral_values(rendered.slots, nonce=rendered.nonce)
    if email is None:
        return neutral, ""
    person = person_of(_reader(settings, email))
    try:
        return SlotRenderer(rendered.slots, nonce=rendered.nonce).render_many([person])[0], ""
    except SlotError as error:
        return neutral, str(error)


def _reader(settings: Settings, email: str) -> Mapping[str, object]:
    try:
        key = address_key(email)
    except ValueError:
        raise InputError("That is no e-mail address.") from None
    found = metrics.subscriber_to_preview(settings, key) if settings.catalog_path.exists() else None
    if found is None:
        raise InputError("No subscriber has that address.")
    return found


def _web(settings: Settings, rendered: RenderedIssue, now: datetime) -> str:
    told = site.edition(
        shared_of(rendered), issue_id=rendered.issue_id, subject=neutral_subject(rendered), published_at=now
    )
    return site.page_of(settings, told)


def _with_pictures(page: str, rendered: RenderedIssue, assets_url: str) -> str:
    """Show images beside the issue from their files, since they may not be served yet."""
    for picture in rendered.images:
        kind = _TYPES.get(picture.path.suffix.lower())
        if kind is not None and picture.path.is_file():
            content = base64.b64encode(picture.path.read_bytes()).decode("ascii")
            served = f"{assets_url.rstrip('/')}/{quote(picture.name)}"
            page = page.replace(f'src="{served}"', f'src="data:image/{kind};base64,{content}"')
    return page


def _in_light(page: str, scheme: Scheme) -> str:
    """Answer what style sheets ask of the reader's machine, as a machine of that scheme would."""

    def answered(asked: re.Match[str]) -> str:
        return "(min-width: 0)" if asked[1].lower() == scheme else "(max-width: 0)"

    def rewritten(sheet: re.Match[str]) -> str:
        return sheet[1] + _ASKED.sub(answered, sheet[2]) + sheet[3]

    head, end, body = page.partition("</head>")
    return _STYLE.sub(rewritten, _BOTH.sub(rf"\g<1>{scheme}", head)) + end + body


def _beside(path: Path) -> Iterator[Path]:
    return (file for file in path.parent.iterdir() if file.is_file())


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # it vanished meanwhile, which is a change too
        return 0
