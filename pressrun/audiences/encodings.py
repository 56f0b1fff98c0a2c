"""Find out how a text file is encoded and which character parts its cells."""

import codecs
import hashlib
import re
from dataclasses import dataclass
from io import TextIOWrapper

from pressrun.audiences.sources import Source
from pressrun.errors import InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_PIECE = 1 << 20
#: Characters in one line; real tables stay far below, and an endless line must not fill the memory.
MAX_LINE = 1_000_000
_QUOTED = re.compile(r'"[^"]*"')
_DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoding:
    """How a file's bytes become text."""

    codec: str
    #: For people: "UTF-8", "Windows-1252" …
    title: str
    #: SHA-256 of the file's bytes.
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """How a file's text becomes cells."""

    delimiter: str
    #: Lines before the header: blank ones, and a spreadsheet's `sep=;`.
    lines_before: int

    @property
    def title(self) -> str:
        """Name the delimiter for people."""
        return _NAMES.get(self.delimiter, repr(self.delimiter))


def encoding_of(source: Source) -> Encoding:
    """Find out a file's encoding by its byte order mark, or by trying UTF-8 and then Windows-1252.

    Raises:
        InputError: It is none of these, or a mixture; the message names the line.
    """
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = has_zero = False
    with source.open() as file:
        head = file.read(4)
        file.seek(0)
        try:
            for piece in iter(lambda: file.read(_PIECE), b""):
                digest.update(piece)
                has_zero |= b"\0" in piece
                decoder.decode(piece)
            decoder.decode(b"", final=True)
            is_utf8 = True
        except UnicodeDecodeError:
            for piece in iter(lambda: file.read(_PIECE), b""):
                digest.update(piece)
    codec, title = _codec(source, head, is_utf8=is_utf8, has_zero=has_zero)
    return Encoding(codec=codec, title=title, sha256=digest.hexdigest())


def dialect_of(source: Source, encoding: Encoding) -> Dialect:
    """Find out a file's delimiter from its header, or from the `sep=` line some spreadsheets write."""
    with source.text(encoding.codec) as file:
        before = 0
        line = next_line(file, source, 1)
        while line and not line.strip():
            before += 1
            line = next_line(file, source, before + 1)
        if line[:4].lower() == "sep=" and len(line.strip("\r\n")) == 5:
            return Dialect(delimiter=line[4], lines_before=before + 1)
    bare = _QUOTED.sub("", line)
    return Dialect(delimiter=max(_DELIMITERS, key=bare.count), lines_before=before)


def next_line(file: TextIOWrapper, source: Source, number: int) -> str:
    """Give a file's next line; empty at its end.

    Raises:
        InputError: The line is too long to be one, or its bytes cannot be read.
    """
    try:
        line = file.readline(MAX_LINE + 1)
    except UnicodeError:
        raise InputError(
            f"{source.name}, near line {number}: these bytes are no text in the file's own encoding. "
            "Nothing was changed; export the table again, as UTF-8."
        ) from None
    if len(line) > MAX_LINE:
        raise InputError(
            f"{source.name}, line {number} has more than {MAX_LINE:,} characters, so this is hardly a table. "
            "Nothing was changed; look for a quote that is never closed."
        )
    return line


def _codec(source: Source, head: bytes, *, is_utf8: bool, has_zero: bool) -> tuple[str, str]:
    for mark, codec, title in _BOMS:
        if head.startswith(mark):
            return codec, title
    if has_zero:
        raise InputError(
            f"{source.name} holds zero bytes, so it is no text. Nothing was changed; save it as CSV in UTF-8."
        )
    if is_utf8:
        return "utf-8", "UTF-8"
    _check_windows_1252(source)
    return "cp1252", "Windows-1252"


def _check_windows_1252(source: Source) -> None:
    """Refuse a file in which some lines are UTF-8 and others are not: it would come out half garbled."""
    utf8_line = 0
    with source.open() as file:
        for number, line in enumerate(iter(lambda: file.readline(_PIECE), b""), start=1):
            if line.isascii():
                continue
            if _decodes(line, "utf-8"):
                utf8_line = utf8_line or number
            elif not _decodes(line, "cp1252"):
                raise InputError(
                    f"{source.name}, line {number} is neither UTF-8 nor Windows-1252. "
                    "Nothing was changed; save the table as UTF-8 and import it again."
                )
            elif utf8_line:
                _refuse_mixture(source, utf8_line, number)
    if utf8_line:
        _refuse_mixture(source, utf8_line, _first_other_line(source))


def _first_other_line(source: Source) -> int:
    with source.open() as file:
        lines = enumerate(iter(lambda: file.readline(_PIECE), b""), start=1)
        return next(number for number, line in lines if not _decodes(line, "utf-8"))


def _refuse_mixture(source: Source, utf8_line: int, other_line: int) -> None:
    raise InputError(
        f"{source.name} mixes two encodings: line {utf8_line} is UTF-8, line {other_line} is Windows-1252. "
        "Nothing was changed; it was probably glued together from two files, so import those instead."
    )


def _decodes(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
