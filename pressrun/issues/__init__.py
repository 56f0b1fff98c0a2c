"""Issues: one written file becomes a checked mail with slots. Pure; no store, no network."""

from pressrun.issues.brand import Brand, load_brand
from pressrun.issues.checking import check
from pressrun.issues.eml import preview
from pressrun.issues.findings import Finding
from pressrun.issues.rendered import RenderedIssue, fill, substitution_bytes
from pressrun.issues.slots import SUBSTITUTION_LIMIT, Slot, SlotError, SlotRenderer
from pressrun.issues.written import WrittenIssue, load

__all__ = [
    "SUBSTITUTION_LIMIT",
    "Brand",
    "Finding",
    "RenderedIssue",
    "Slot",
    "SlotError",
    "SlotRenderer",
    "WrittenIssue",
    "check",
    "fill",
    "load",
    "load_brand",
    "preview",
    "substitution_bytes",
]
