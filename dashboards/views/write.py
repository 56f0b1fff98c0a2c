"""The page *Write*: an issue as its readers would get it, and what preflight finds, while its file changes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from dashboards.privacy import as_text
from pressrun.errors import PressrunError
from pressrun.operations import desk
from pressrun.operations.desk import Seen
from pressrun.settings import load_settings

#: Seconds between two looks at the file.
_LOOK_EVERY = 2.0
_WIDE, _NARROW, _TEXT, _WEB = "Wide", "Phone", "Text", "Web page"
#: As wide as a small phone.
_PHONE = 360
_HEIGHT = 820
#: Findings shown at once; nobody mends more before looking again.
_SHOWN = 40


def show() -> None:
    """Draw the page."""
    st.title("Write")
    try:
        settings = load_settings()
        files = desk.issue_files(settings)
    except (PressrunError, OSError) as error:
        st.warning(as_text(str(error)), icon="⏳")
        return
    if not files:
        st.info(
            f'There is no issue in **{as_text(str(settings.issues))}** yet. `pressrun new "A title"` starts one.',
            icon="✍️",
        )
        return
    st.caption("Edit the file in your own editor: this page follows. Nothing is stored or sent from here.")
    left, right = st.columns([3, 2], gap="large")
    path = left.selectbox("Issue", files, format_func=lambda file: _named(file, settings.issues), key="file")
    email = right.text_input(
        "Read as the subscriber with this address",
        help="Empty: as nobody in particular.",
        key="reader",
        autocomplete="off",
    )
    _live(str(path), email.strip() or None)


@st.fragment(run_every=_LOOK_EVERY)
def _live(path: str, email: str | None) -> None:
    """Draw what the file says now."""
    try:
        settings = load_settings()
        seen = _look(path, email, desk.state_of(settings, Path(path)), str(settings.home))
    except (PressrunError, OSError) as error:
        st.error(as_text(str(error)), icon="🚨")
        return
    _verdict(seen)
    preview, findings = st.columns([3, 2], gap="large")
    with preview:
        _preview(seen)
    with findings:
        _findings(seen.findings)


@st.cache_data(ttl="10m", max_entries=8, show_spinner=False)
def _look(path: str, email: str | None, state: str, home: str) -> Seen:
    # state and home are not read: they keep other contents and other stores apart
    return desk.look(load_settings(), Path(path), email=email, now=datetime.now(UTC))


def _verdict(seen: Seen) -> None:
    errors = sum(finding["severity"] == "error" for finding in seen.findings)
    warnings = len(seen.findings) - errors
    told = (
        f"{errors or 'no'} error{'' if errors == 1 else 's'}, {warnings or 'no'} warning{'' if warnings == 1 else 's'}"
    )
    size = f"{len(seen.html.encode()) / 1000:,.0f} kB"
    mark = "✓ the text is ready to send" if seen.ok else "✗ the text is not ready to send"
    st.markdown(f"**{mark}** · {told} · {size}")
    if seen.problem:
        st.warning(f"Shown as nobody in particular. {as_text(seen.problem)}", icon="👤")


def _preview(seen: Seen) -> None:
    kinds, light, pictures = st.columns([5, 2, 3], vertical_alignment="center")
    kind = kinds.segmented_control(
        "View", [_WIDE, _NARROW, _TEXT, _WEB], default=_WIDE, required=True, key="view", label_visibility="collapsed"
    )
    dark = light.toggle("Dark", key="dark", disabled=kind == _TEXT)
    fetch = pictures.toggle(
        "Web pictures",
        key="pictures",
        disabled=kind == _TEXT,
        help="Off: as with images blocked, and no other server learns of it. Images beside the issue are always shown.",
    )
    with st.container(border=True):
        st.markdown(f"**{as_text(seen.sender)}** · {as_text(seen.subject)}")
        st.caption(as_text(seen.preheader) or "no preheader")
    if kind == _TEXT:
        st.code(seen.text, language=None, wrap_lines=True, height=_HEIGHT)
        return
    # the frame runs no script, whatever the mail holds: desk.framed says how
    st.iframe(
        desk.framed(
            seen.web if kind == _WEB else seen.html,
            title=f"{kind} preview",
            scheme="dark" if dark else "light",
            with_pictures=bool(fetch),
        ),
        width=_PHONE if kind == _NARROW else "stretch",
        height=_HEIGHT,
        alt=f"{kind} preview",
    )


def _findings(findings: Sequence[Mapping[str, str]]) -> None:
    st.markdown("**What preflight finds in the text**")
    if not findings:
        st.success("✓ nothing to mend")
    for finding in sorted(findings, key=lambda one: one["severity"] != "error")[:_SHOWN]:
        draw, word = (st.error, "error") if finding["severity"] == "error" else (st.warning, "warning")
        told = f"**{as_text(finding['where'])}** · {word} {as_text(finding['rule'])}  \n{as_text(finding['message'])}"
        fix = finding.get("fix", "")
        draw(f"{told}  \n*{as_text(fix)}*" if fix else told)
    if len(findings) > _SHOWN:
        st.caption(f"and {len(findings) - _SHOWN} more; `pressrun check` lists them all")
    st.caption("`pressrun check` also asks about links, the sender's domain, spam, and every recipient.")


def _named(file: Path, folder: Path) -> str:
    return str(file.relative_to(folder)) if file.is_relative_to(folder) else str(file)
