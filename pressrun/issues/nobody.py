"""Render slots for nobody in particular: for web pages, feeds and tables, which know no subscriber."""

from collections.abc import Mapping, Sequence

from jinja2 import nodes

from pressrun.issues.cage import FAULTS
from pressrun.issues.markers import Markers, braces_to_entities
from pressrun.issues.slot_renderer import SlotError, SlotRenderer
from pressrun.issues.slots import Slot, SlotDesk, split, tag_pattern

#: Stands where a writer says something about the reader that nobody in particular is.
UNSAID = "…"
_NOBODY: Mapping[str, object] = {"subscriber_id": "", "email": "", "name": "", "first_name": "", "tags": []}
#: A writer who uses these has thought of readers about whom nothing is known, so what comes out is meant.
_FORESEEN = (nodes.CondExpr, nodes.Or)
_DEFAULTS = frozenset({"d", "default"})


def neutral_values(slots: Sequence[Slot], *, nonce: str) -> dict[str, str]:
    """Give what each slot says to nobody in particular.

    A value that is not known becomes an ellipsis, unless its writer said what to put instead; a block that cannot
    be rendered without knowing the reader is left out.

    Args:
        slots: Of one issue.
        nonce: The issue's.

    Returns:
        Tag → value.
    """
    return {slot.tag: _said(slot, nonce) for slot in slots}


def neutral_body(body: str, markers: Markers, facts: Mapping[str, object], *, nonce: str) -> str:
    """Render the HTML of an issue's text for nobody in particular.

    Args:
        body: HTML with words in place of constructs.
        markers: Knows the words.
        facts: What the text may know besides the subscriber.
        nonce: The issue's.

    Returns:
        HTML without tags; empty if the text cannot be rendered, which is a finding of its own.
    """
    desk = SlotDesk(nonce)
    revealed = markers.reveal(body, braces_to_entities)
    try:
        shared = split(revealed.source, "html", desk, {**facts, "unsubscribe_url": ""}, revealed.origin)
    except FAULTS:
        return ""
    values = neutral_values(desk.slots, nonce=nonce)
    return tag_pattern(nonce).sub(lambda found: _fitting(values.get(found[0], ""), shared, found.start()), shared)


def _said(slot: Slot, nonce: str) -> str:
    try:
        said = SlotRenderer([slot], nonce=nonce).render_many([_NOBODY])[0][slot.tag]
    except SlotError:
        return UNSAID if _is_value(slot) else ""
    return UNSAID if not said.strip() and _is_value(slot) and not _is_foreseen(slot) else said


def _is_value(slot: Slot) -> bool:
    """Tell whether a slot is one `{{ … }}`, not a block."""
    return isinstance(slot.body[-1], nodes.Output) and not any(
        isinstance(node, nodes.TemplateData) for node in slot.body[-1].nodes
    )


def _is_foreseen(slot: Slot) -> bool:
    shown = slot.body[-1]
    defaults = any(found.name in _DEFAULTS for found in shown.find_all(nodes.Filter))
    return defaults or any(shown.find_all(_FORESEEN))


def _fitting(value: str, page: str, at: int) -> str:
    """Leave an ellipsis out of attributes, where it would become part of an address."""
    in_tag = page.rfind("<", 0, at) > page.rfind(">", 0, at)
    return "" if in_tag and value == UNSAID else value
