"""Read layout files and make one syntax tree of a layout: what it extends and includes put in its place."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jinja2 import FileSystemLoader, Template, TemplateNotFound, nodes

from pressrun.errors import InputError
from pressrun.issues.cage import Cage

#: The lines of each file are counted from a multiple of this, so that a line tells its file.
_LINES = 10_000
#: What a layout that extends another may say outside of blocks; it holds for the blocks.
_SAYING = (nodes.Assign, nodes.AssignBlock, nodes.Macro)
#: Name → the blocks of that name, that of the layout itself first, that of the outermost it extends last.
_Blocks = dict[str, list[nodes.Block]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A layout that is the same for every issue, compiled."""

    files: Mapping[str, str]
    template: Template
    tame: bool


@dataclass(kw_only=True, slots=True)
class Shelf:
    """The layout files, read and made into one syntax tree."""

    environment: Cage
    loader: FileSystemLoader
    files: dict[str, str] = field(default_factory=dict)

    def is_as_kept(self, kept: Kept) -> bool:
        """Tell whether the files still say what was compiled; then they are the files of this shelf."""
        self.files = dict(kept.files)
        try:
            as_kept = all(
                self.loader.get_source(self.environment, key.partition(":")[2])[0] == source
                for key, source in kept.files.items()
            )
        except TemplateNotFound:
            as_kept = False
        if not as_kept:
            self.files = {}
        return as_kept

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
