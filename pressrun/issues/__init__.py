"""Issues: one written file becomes a checked mail with slots. Pure; no store, no network.

    reference_of(text: str) -> str | Path, as `load` takes it
    issue_files(issues_dir: Path) -> list[Path]
    load(reference: str | Path, issues_dir: Path) -> WrittenIssue
    load_brand(templates: Path) -> Brand
    check(written, brand, templates: Path, *, now: datetime, nonce: str, web_url: str | None = None, assets_url="")
        -> RenderedIssue
    SlotRenderer(slots: Sequence[Slot], *, nonce: str).render_many(people) -> list[dict[tag, value]]
    substitution_bytes(values: Mapping[tag, value]) -> int, to be kept under SUBSTITUTION_LIMIT
    fill(rendered, values: Mapping[tag, value]) -> (subject, html, text)
    start(title, issues_dir, brand, look="", name="", folder=False) -> Path; gallery(templates, now, issues=()) -> str
    keep_images(rendered.images, folder: Path) -> list[Path]
    preview(rendered, values, folder: Path, *, to: str, now: datetime) -> {"html" | "text" | "eml": Path}

The caller adds `rendered.unsubscribe_tag` → the recipient's own link to the values. `nonce` is 16 hexadecimal
digits, kept with the frozen issue: the same nonce gives the same bytes again.
"""

from pressrun.issues.brand import Brand, load_brand
from pressrun.issues.checking import check
from pressrun.issues.eml import preview
from pressrun.issues.findings import Finding
from pressrun.issues.gallery import gallery
from pressrun.issues.images import Picture
from pressrun.issues.images import keep as keep_images
from pressrun.issues.layouts import safe
from pressrun.issues.looks import looks
from pressrun.issues.markdown import clean
from pressrun.issues.nobody import neutral_values
from pressrun.issues.rendered import RenderedIssue, fill, substitution_bytes
from pressrun.issues.slot_renderer import SUBSTITUTION_LIMIT, SlotError, SlotRenderer
from pressrun.issues.slots import Slot
from pressrun.issues.starting import start
from pressrun.issues.web_pages import web_page
from pressrun.issues.written import WrittenIssue, issue_files, load, reference_of

__all__ = [
    "SUBSTITUTION_LIMIT",
    "Brand",
    "Finding",
    "Picture",
    "RenderedIssue",
    "Slot",
    "SlotError",
    "SlotRenderer",
    "WrittenIssue",
    "check",
    "clean",
    "fill",
    "gallery",
    "issue_files",
    "keep_images",
    "load",
    "load_brand",
    "looks",
    "neutral_values",
    "preview",
    "reference_of",
    "safe",
    "start",
    "substitution_bytes",
    "web_page",
]
