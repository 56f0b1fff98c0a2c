"""Take the front matter off an issue: YAML between `---`, TOML between `+++`, MultiMarkdown keys, or none."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pressrun.errors import InputError

_FENCES = {"---": "yaml", "+++": "toml"}
_MULTIMARKDOWN = re.compile(r"^[A-Za-z][A-Za-z0-9 _-]{0,30}:[ \t]+\S")
#: Longer numbers mean nothing here, and no hash can be made of them.
_MOST_BITS = 63
_LIKE_A_FENCE = re.compile(r"[-+;*_=~\u2012-\u2015]{1,10}|`{3,}\w*|~{3,}\w*")
#: `from: "Smith, John" <john@example.org>`, with the quotes that RFC 5322 (3.4) asks for.
_QUOTED_NAME = re.compile(r"""((?i:from|reply[ _-]to)[ \t]*:[ \t]+)("[^"]*"[ \t]*<[^<>]*>)[ \t]*""")
_KEY = re.compile(r"""^["']?([A-Za-z][\w -]*?)["']?[ \t]*[:=]""")
_OURS = (
    "subject title preheader from reply_to segment look template publish_at slug lang dir base_url track in_doubt "
    "silence"
)
_OTHERS = (
    "author authors categories category date description draft excerpt extra id image layout name number path "
    "permalink sent status summary tags taxonomies type updated url version"
)
#: Keys whose values are texts, whatever YAML would make of 1.10, 12:30 or true.
_TEXTS = frozenset("subject title preheader from reply_to slug number lang segment look template".split())  # noqa: SIM905
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
    #: Keys of texts that YAML cut off at a `#`.
    cut_off: frozenset[str] = frozenset()


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
    _refuse_misplaced(lines, 0, path)
    if _MULTIMARKDOWN.match(lines[0]):
        return _multimarkdown(lines, path)
    return FrontMatter(values={}, lines={}, body=text, body_line=1)


def key_of(text: object) -> str:
    """Write a key as we compare it."""
    return re.sub(r"[ -]+", "_", str(text).strip().lower())


#: What is wrong with a line of YAML → what to do.
_HINTS = {
    r""":\s+(["']).*?\1\s*[^\s#]""": " Text stands behind the closing quote; put the whole value between quotes.",
    r"\t": " Use blanks in place of tabs.",
    r"\{\{|: .*: ": " Put a value with {{ }} or a colon between quotes.",
    r":\s+[@`%&*!>|]": " Put a value that begins with a sign between quotes.",
}


def _fenced(lines: list[str], fence: str, path: Path) -> FrontMatter:
    closing = (number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == fence)
    end = next(closing, None)
    if end is None:
        raise InputError(f"{path}:1: the front matter that opens with {fence} is never closed.")
    raw = lines[1:end]
    is_yaml = _FENCES[fence] == "yaml"
    record = _yaml(raw, path) if is_yaml else _toml(raw, path)
    _refuse_misplaced(lines, end + 1, path)
    return FrontMatter(
        values={key_of(key): _plain(value, path) for key, value in record.items()},
        lines=_lines_of_keys(raw),
        body="\n".join(lines[end + 1 :]),
        body_line=end + 2,
        cut_off=frozenset(_cut_off(raw)) if is_yaml else frozenset(),
    )


def _refuse_misplaced(lines: list[str], begins: int, path: Path) -> None:
    """Refuse a body that begins with front matter of another kind, with a second one, or with one below empty lines.

    Raises:
        InputError: It does; readers would see it.
    """
    at = next((at for at in range(begins, min(begins + 10, len(lines))) if lines[at].strip()), None)
    if at is None or at + 1 >= len(lines):
        return
    first, second = lines[at].strip(), lines[at + 1].strip()
    is_json = first.startswith("{") and re.match(r"""\{?\s*["'](?:title|subject|slug)["']\s*:""", first + second)
    found = _KEY.match(second.lstrip('{"'))
    if is_json or (_LIKE_A_FENCE.fullmatch(first) and found and key_of(found[1]) in OUR_KEYS):
        raise InputError(
            f"{path}:{at + 1}: front matter begins on the first line of the file, once, between two lines of ---."
        )


def _cut_off(raw: list[str]) -> Iterator[str]:
    """Give the keys whose text holds a `#` behind a blank, without quotes around it: YAML reads no further."""
    for line in raw:
        found = re.match(r"(\w[\w -]*?):\s+(?![\"'|>!&])(.*?)\s#|(\w[\w -]*?):\s+#", line)
        if found and key_of(found[1] or found[3]) in ("subject", "title", "preheader", "from"):
            yield key_of(found[1] or found[3])


def _lines_of_keys(raw: list[str]) -> dict[str, int]:
    found = ((_KEY.match(line), number) for number, line in enumerate(raw, start=2))
    return {key_of(match[1]): number for match, number in found if match}


def _quoted(line: str) -> str:
    """Have YAML take a sender as mails write one whose name holds a comma; it would read no further than the name."""
    found = _QUOTED_NAME.fullmatch(line)
    return line if found is None else found[1] + "'" + found[2].replace("'", "''") + "'"


def _yaml(raw: list[str], path: Path) -> dict[str, Any]:
    try:
        # a loader of our own below SafeLoader, which makes plain values only
        record = yaml.load("\n".join(map(_quoted, raw)), Loader=_Loader) or {}  # noqa: S506
    except RecursionError:
        raise InputError(f"{path}:2: the front matter is nested too deeply.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line, len(raw) - 1) if mark and raw else 0
        hint = next((hint for sign, hint in _HINTS.items() if raw and re.search(sign, raw[line])), "")
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


#: What YAML takes a text for that has no quotes.
_GUESSED = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "timestamp"))


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
        for key, value in node.value:
            name = key_of(key.value) if isinstance(key, yaml.ScalarNode) else ""
            if name and name in seen:
                problem = f"the key `{key.value}` stands here a second time"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(name)
            if name in _TEXTS and isinstance(value, yaml.ScalarNode) and value.tag in _GUESSED:
                value.tag = "tag:yaml.org,2002:str"
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
