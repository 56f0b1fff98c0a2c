"""Render the owner's layouts (`templates/*.j2`): includes and inheritance resolved, subscribers left to slots."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import FileSystemLoader, nodes
from markupsafe import Markup

from pressrun.errors import InputError
from pressrun.issues.cage import FAULTS, PERSON, cage, names_of
from pressrun.issues.limits import line_of
from pressrun.issues.shelf import Kept, Shelf
from pressrun.issues.slots import Place, Slot, SlotDesk, Splitter, compiled, run
from pressrun.issues.tame import is_tame

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(kw_only=True, slots=True)
class Laid:
    """A layout filled with one issue, its own slots not yet cut out."""

    page: str
    #: Every layout file that was read: name → content.
    files: Mapping[str, str]
    pieces: "_Pieces | None" = None

    def finish(self, page: str) -> str:
        """Put tags in place of the layout's slots, after the styles of the page were inlined.

        Raises:
            InputError: A condition on the subscriber stands inside an HTML tag.
        """
        return page if self.pieces is None else self.pieces.cut_out(page)

    def look(self, page: str) -> str:
        """Give the page with every branch of the layout's slots in sight, for those who check it."""
        return page if self.pieces is None else self.pieces.erase(page)


def lay_out(templates: Path, name: str, place: Place, desk: SlotDesk, facts: Mapping[str, object]) -> Laid:
    """Render one layout for everybody.

    Args:
        templates: Folder of the layouts.
        name: The layout, without endings.
        place: html, or text.
        desk: Gives the tags and keeps the slots.
        facts: What the layout may know besides the subscriber.

    Raises:
        InputError: The layout is missing or wrong; the message names file and line.
    """
    if not _NAME.fullmatch(name):
        raise InputError(f"The template {name!r} must be a plain name of letters, digits and dashes, such as base.")
    file = f"{name}.{'html' if place == 'html' else 'txt'}.j2"
    kept = _KEPT.get((templates, file))
    shelf = Shelf(environment=cage(escape=place == "html", templates=templates), loader=FileSystemLoader(templates))
    splitter = _LayoutSplitter(place, desk, facts, lambda line: (shelf.place_of(line), "the layout"))
    try:
        if kept is None or not shelf.is_as_kept(kept):
            body = shelf.flat(file)
            is_for_all = not any(PERSON in names_of(node)[0] for node in body)
            body = body if is_for_all else splitter.walk(body)
            template, tame = compiled(shelf.environment, body), is_tame(body)
            kept = Kept(files=shelf.files, template=template, tame=tame)
            # one that asks about the subscriber has tags of this issue in it
            _KEPT.update({(templates, file): kept} if is_for_all else {})
        page = run(kept.template, facts, tame=kept.tame)
    except FAULTS as error:
        line = getattr(error, "lineno", None) or line_of(error)
        named = getattr(error, "name", None)
        where = f"{named}:{line}" if named and named.endswith(".j2") else shelf.place_of(line)
        raise InputError(f"{templates}/{where}: the layout cannot be rendered: {error}.") from error
    return Laid(page=page, files=kept.files, pieces=splitter.pieces if place == "html" else None)


def safe(html: str) -> str:
    """Mark HTML of our own making as not to be escaped again."""
    return Markup(html)  # noqa: S704 - rendered and sanitised before it comes here


#: Folder and file → the layout as it was compiled last: compiling takes longer than all the rest of a check.
_KEPT: dict[tuple[Path, str], Kept] = {}


class _LayoutSplitter(Splitter):
    """A splitter whose HTML pieces stay in sight until the page's styles were inlined into them."""

    def __init__(self, place: Place, desk: SlotDesk, *rest: object) -> None:
        super().__init__(place, desk, *rest)  # type: ignore[arg-type]
        self._in_html = place == "html"
        self.pieces = _Pieces(nonce=desk.nonce)

    def show(self, slot: Slot) -> str:
        return self.pieces.lay_down(slot) if self._in_html else slot.tag


@dataclass(kw_only=True, slots=True)
class _Pieces:
    """Slots laid down in a page with all their branches, one after the other."""

    nonce: str
    slots: list[Slot] = field(default_factory=list)

    def lay_down(self, slot: Slot) -> str:
        """Write out what the author's HTML in a slot is, with words between that are found again."""
        number = len(self.slots)
        self.slots.append(slot)
        data = "".join(f"{one.data}{self._word(number, 's')}" for one in _data(slot))
        return f"{self._word(number, 'o')}{data}{self._word(number, 'c')}"

    def cut_out(self, page: str) -> str:
        """Take the branches back into their slots, and leave tags."""
        for number, slot in enumerate(self.slots):
            inside = rf"{self._word(number, 'o')}(.*?){self._word(number, 'c')}"
            found = re.search(inside, page, re.DOTALL)
            data = found[1].split(self._word(number, "s"))[:-1] if found else []
            in_tag = found is not None and page.rfind("<", 0, found.start()) > page.rfind(">", 0, found.start())
            if found is None or len(data) != len(_data(slot)) or (in_tag and data):
                raise InputError(
                    f"{slot.where}: a condition on the subscriber stands inside an HTML tag; put the whole tag in it."
                )
            for one, inlined in zip(_data(slot), data, strict=True):
                one.data = inlined
            page = page[: found.start()] + slot.tag + page[found.end() :]
        return page

    def erase(self, page: str) -> str:
        """Take only the words away."""
        return re.sub(f"zr{self.nonce}x[0-9]+[osc]zr", "", page)

    def _word(self, number: int, kind: str) -> str:
        return f"zr{self.nonce}x{number}{kind}zr"


def _data(slot: Slot) -> list[nodes.TemplateData]:
    return [
        data
        for node in slot.body
        for data in (node, *node.find_all(nodes.TemplateData))
        if isinstance(data, nodes.TemplateData)
    ]
