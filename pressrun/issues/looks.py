"""Choose the layout of an issue: what its front matter asks for, or what the brand says."""

import difflib
import re
from pathlib import Path

from pressrun.issues.brand import Brand
from pressrun.issues.findings import Finding, error, warning
from pressrun.issues.slots import Place
from pressrun.issues.written import WrittenIssue

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ENDINGS = {"html": "html.j2", "text": "txt.j2"}


def looks(templates: Path) -> list[str]:
    """Give the names of all layouts."""
    return sorted(path.name.removesuffix(".html.j2") for path in templates.glob("*.html.j2"))


def layout_for(written: WrittenIssue, brand: Brand, templates: Path, place: Place) -> tuple[str, list[Finding]]:
    """Give the name of a layout, and what is wrong with the wish for it.

    A layout that is not there is `base` instead, so that the rest is checked.

    Args:
        written: The issue.
        brand: Names the layout of issues that name none.
        templates: Folder of the layouts.
        place: html, or text.
    """
    key = next((key for key in ("look", "template") if written.text(key)), "")
    name = written.text(key) if key else brand.look
    if not _NAME.fullmatch(name):
        return "base", []  # whose shape is a finding already
    if not key and place == "html" and (meant := written.text("layout")) in looks(templates):
        problem = f"`layout` means nothing here; write `look: {meant}` if that is meant."
        return name, [warning("look", problem, written.where_key("layout"))]
    page, part = ((templates / f"{name}.{ending}").is_file() for ending in _ENDINGS.values())
    if not key or (page if place == "html" else part):
        return name, []
    if place == "text" and not page:
        return "base", []  # said of the page
    known = looks(templates)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
    problem = f"There is no {name}.{_ENDINGS[place]} among the templates; {hint}"
    return "base", [error("look", problem, written.where_key(key))]
