"""Render the owner's layouts (`templates/*.j2`): includes and inheritance resolved, subscribers left to slots."""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import FileSystemLoader, nodes
from markupsafe import Markup

from pressrun.errors import InputError
from pressrun.issues.cage import FAULTS, Cage, cage
from pressrun.issues.limits import line_of
from pressrun.issues.slots import Place, Slot, SlotDesk, Splitter, rendered

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
#: The lines of each file are counted from a multiple of this, so that a line tells its file.
_LINES = 10_000
#: What a layout that extends another may say outside of blocks; it holds for the blocks.
_SAYING = (nodes.Assign, nodes.AssignBlock, nodes.Macro)
#: Name → the blocks of that name, that of the layout itself first, that of the outermost it extends last.
_Blocks = dict[str, list[nodes.Block]]


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
    environment = cage(escape=place == "html", templates=templates)
    shelf = _Shelf(environment=environment, loader=FileSystemLoader(templates))
    try:
        body = shelf.flat(file)
        splitter = _LayoutSplitter(place, desk, facts, lambda line: (shelf.place_of(line), "the layout"))
        page = rendered(environment, splitter.walk(body), facts)
    except FAULTS as error:
        line = getattr(error, "lineno", None) or line_of(error)
        named = getattr(error, "name", None)
        where = f"{named}:{line}" if named and named.endswith(".j2") else shelf.place_of(line)
        raise InputError(f"{templates}/{where}: the layout cannot be rendered: {error}.") from error
    return Laid(page=page, files=shelf.files, pieces=splitter.pieces if place == "html" else None)


def safe(html: str) -> str:
    """Mark HTML of our own making as not to be escaped again."""
    return Markup(html)  # noqa: S704 - rendered and sanitised before it comes here


@dataclass(kw_only=True, slots=True)
class _Shelf:
    """The layout files, read and made into one syntax tree."""

    environment: Cage
    loader: FileSystemLoader
    files: dict[str, str] = field(default_factory=dict)

    def flat(self, name: str) -> list[nodes.Node]:
        """Read a layout and put what it extends and includes in its place."""
        chain = self._chain(name)
        blocks: _Blocks = {}
        for block in (block for tree in chain for block in tree.find_all(nodes.Block)):
            blocks.setdefault(block.name, []).append(block)
        said = [node for tree in chain[:-1] for node in tree.body if isinstance(node, _SAYING)]
        return said + self._resolved(chain[-1].body, blocks)

    def place_of(self, line: int) -> str:
        """Give `file:line` for a line as the nodes count them."""
        names = [key.partition(":")[2] for key in self.files]
        at = min(line // _LINES, len(names) - 1)
        return f"{names[at]}:{line % _LINES}" if names else ""

    def _chain(self, name: str) -> list[nodes.Template]:
        """Give a layout and what it extends, the outermost last."""
        tree = self._tree(name)
        extends = tree.find(nodes.Extends)
        return [tree] if extends is None else [tree, *self._chain(_constant_name(extends))]

    def _tree(self, name: str) -> nodes.Template:
        if len(self.files) > 50:
            raise InputError(f"The layout {name} includes or extends itself.")
        source, _, _ = self.loader.get_source(self.environment, name)
        first = len(self.files) * _LINES
        self.files[f"{len(self.files)}:{name}"] = source
        tree = self.environment.parse(source, name=name)
        for node in tree.find_all(nodes.Node):
            node.lineno = (node.lineno or 1) + first
        return tree

    def _resolved(
        self, body: Sequence[nodes.Node], blocks: _Blocks, above: Sequence[nodes.Block] = ()
    ) -> list[nodes.Node]:
        return [one for node in body for one in self._resolve(node, blocks, above)]

    def _resolve(self, node: nodes.Node, blocks: _Blocks, above: Sequence[nodes.Block]) -> list[nodes.Node]:
        """Give what stands for a node; `above` are the blocks that `super()` means in it, the nearest first."""
        if isinstance(node, nodes.Include):
            return [nodes.Scope(self.flat(_constant_name(node)), lineno=node.lineno)]
        if isinstance(node, nodes.Block):
            nearest, *further = blocks[node.name]
            return [nodes.Scope(self._resolved(nearest.body, blocks, further), lineno=node.lineno)]
        if isinstance(node, nodes.Output):
            return [one for piece in node.nodes for one in self._printed(piece, blocks, above)]
        for name in ("body", "elif_", "else_"):
            if isinstance(inner := getattr(node, name, None), list):
                setattr(node, name, self._resolved(inner, blocks, above))
        return [node]

    def _printed(self, piece: nodes.Expr, blocks: _Blocks, above: Sequence[nodes.Block]) -> list[nodes.Node]:
        is_super = isinstance(piece, nodes.Call) and isinstance(piece.node, nodes.Name) and piece.node.name == "super"
        if not is_super:
            return [nodes.Output([piece], lineno=piece.lineno)]
        if not above:
            raise InputError(f"{self.place_of(piece.lineno)}: super() stands where there is nothing above the block.")
        # resolving changes a tree, and super() may be said twice
        body = copy.deepcopy(above[0].body)
        return [nodes.Scope(self._resolved(body, blocks, above[1:]), lineno=piece.lineno)]


def _constant_name(node: nodes.Include | nodes.Extends) -> str:
    if not isinstance(node.template, nodes.Const):
        raise InputError("A layout includes or extends by a computed name; write the name out.")
    return str(node.template.value)


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
