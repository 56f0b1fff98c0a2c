"""Take the front matter off an issue: YAML between `---`, TOML between `+++`, MultiMarkdown keys, or none."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pressrun.errors import InputError

_FENCES = {"---": "yaml", "+++": "toml"}
_MULTIMARKDOWN = re.compile(r"^[A-Za-z][A-Za-z0-9 _-]{0,30}:[ \t]+\S")
#: Longer numbers mean nothing here, and no hash can be made of them.
_MOST_BITS = 63
_KEY = re.compile(r"""^["']?([A-Za-z][\w -]*?)["']?[ \t]*[:=]""")
_OURS = (
    "subject title preheader from reply_to segment look template publish_at slug lang dir base_url track in_doubt "
    "silence"
)
_OTHERS = (
    "author authors categories category date description draft excerpt extra id image layout name number path "
    "permalink sent status summary tags taxonomies type updated url version"
)
#: Keys that decide the mail.
OUR_KEYS = frozenset(_OURS.split())
#: Keys of other tools that mean nothing here and need no word.
TOLERATED_KEYS = frozenset(_OTHERS.split())


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontMatter:
    """The keys above an issue, and what comes below them."""

    #: Key, in lower case and with `_` for blanks and dashes → value.
    values: Mapping[str, Any]
    #: Key → line of the file, counted from 1.
    lines: Mapping[str, int]
    body: str
    #: The line of the file on which the body begins, counted from 1.
    body_line: int


def read(text: str, path: Path) -> FrontMatter:
    """Take front matter and body apart. Pure.

    Raises:
        InputError: The front matter cannot be read; the message names file and line.
    """
    # not splitlines(): it also breaks at U+2028 and form feeds, and editors do not
    lines = text.split("\n")
    fence = lines[0].strip()
    if fence in _FENCES:
        return _fenced(lines, fence, path)
    if _MULTIMARKDOWN.match(lines[0]):
        return _multimarkdown(lines, path)
    return FrontMatter(values={}, lines={}, body=text, body_line=1)


def key_of(text: object) -> str:
    """Write a key as we compare it."""
    return re.sub(r"[ -]+", "_", str(text).strip().lower())


def _fenced(lines: list[str], fence: str, path: Path) -> FrontMatter:
    closing = (number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == fence)
    end = next(closing, None)
    if end is None:
        raise InputError(f"{path}:1: the front matter that opens with {fence} is never closed.")
    raw = lines[1:end]
    record = _toml(raw, path) if _FENCES[fence] == "toml" else _yaml(raw, path)
    return FrontMatter(
        values={key_of(key): _plain(value, path) for key, value in record.items()},
        lines=_lines_of_keys(raw),
        body="\n".join(lines[end + 1 :]),
        body_line=end + 2,
    )


def _lines_of_keys(raw: list[str]) -> dict[str, int]:
    found = ((_KEY.match(line), number) for number, line in enumerate(raw, start=2))
    return {key_of(match[1]): number for match, number in found if match}


def _yaml(raw: list[str], path: Path) -> dict[str, Any]:
    try:
        # a loader of our own below SafeLoader, which makes plain values only
        record = yaml.load("\n".join(raw), Loader=_Loader) or {}  # noqa: S506
    except RecursionError:
        raise InputError(f"{path}:2: the front matter is nested too deeply.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line, len(raw) - 1) if mark and raw else 0
        in_need = raw and re.search(r"\{\{|: .*: ", raw[line])
        hint = " Put a value with {{ }} or a colon between quotes." if in_need else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise InputError(f"{path}:{line + 2}: the front matter is not YAML: {problem}.{hint}") from None
    if not isinstance(record, dict):
        raise InputError(f"{path}:2: the front matter must be lines of `key: value`.")
    return record


def _plain(value: Any, path: Path) -> Any:
    """Give a value as texts, numbers, times, lists and mappings whose keys are texts, as a hash of them needs it.

    Raises:
        InputError: It cannot be written as UTF-8, or is a number of more than 64 bits.
    """
    if isinstance(value, Mapping):
        return {str(key): _plain(one, path) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, path) for one in value]
    if isinstance(value, set):
        return sorted(map(str, value))
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise InputError(f"{path}:1: a number in the front matter is too large; put it between quotes.")
    if isinstance(value, str) and not _is_utf8(value):
        raise InputError(f"{path}:1: the front matter holds half of a character (\\ud800 and the like).")
    return value


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class _Loader(yaml.SafeLoader):
    """Read YAML as writers mean it: `no` is Norwegian, a key stands once, nothing refers to something else."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases: a few lines of them unpack to gigabytes."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "`*` refers to another value; write the value out", mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Name the line of a value that looks like a date or a number and is none, such as 2026-02-30."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, ArithmeticError, LookupError, AttributeError) as problem:
            raise yaml.constructor.ConstructorError(None, None, str(problem), node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that stands twice: the first of the two would be lost without a word."""
        seen: set[str] = set()
        for key, _ in node.value:
            name = key_of(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if name and name in seen:
                problem = f"the key `{key.value}` stands here a second time"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


# yes, no, on and off stay words: `lang: no` is a language; true and false remain what they are
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _toml(raw: list[str], path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads("\n".join(raw))
    except RecursionError:
        raise InputError(f"{path}:2: the front matter is nested too deeply.") from None
    except ValueError as error:  # what tomllib calls wrong, and numbers of too many digits
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) + 1 if found else len(raw) + 1
        raise InputError(f"{path}:{line}: the front matter is not TOML: {error}.") from None


def _multimarkdown(lines: list[str], path: Path) -> FrontMatter:
    """Take `Key: value` lines up to the first blank one, but not a first sentence with a colon."""
    record: dict[str, str] = {}
    places: dict[str, int] = {}
    number = 0
    while number < len(lines) and _MULTIMARKDOWN.match(lines[number]):
        key, _, value = lines[number].partition(":")
        if key_of(key) in record:
            raise InputError(f"{path}:{number + 1}: the key `{key}` stands here a second time.")
        record[key_of(key)] = value.strip()
        places[key_of(key)] = number + 1
        number += 1
    closed = number == len(lines) or not lines[number].strip()
    if closed and (len(record) > 1 or OUR_KEYS & set(record)):
        body = "\n".join(lines[number + 1 :])
        return FrontMatter(values=record, lines=places, body=body, body_line=number + 2)
    return FrontMatter(values={}, lines={}, body="\n".join(lines), body_line=1)
