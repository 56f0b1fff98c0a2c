"""Where the bytes of one table lie: in a file of its own, or in a member of a ZIP archive."""

import zipfile
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Literal

from pressrun.errors import InputError

#: Bytes of one table once unpacked; a list of subscribers stays far below.
MAX_BYTES = 1 << 30
#: Unpacked tables smaller than this are never bombs.
_HARMLESS = 32 << 20
#: Times its packed size that a larger one may have; tables of people pack to a fifth or a tenth.
_MAX_RATIO = 100

Kind = Literal["text", "json lines", "parquet", "spreadsheet", "archive"]

SUFFIXES = (
    *(".csv", ".tsv", ".tab", ".txt"),
    *(".jsonl", ".ndjson"),
    *(".parquet", ".pq"),
    *(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
    ".zip",
)
_JSON_LINES = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The bytes of one table; they may be read as often as need be, and are never unpacked to disk."""

    path: Path
    #: For people: the file's name, for a member of an archive `archive.zip/member.csv`.
    name: str
    #: The member's name inside the archive; "" for a file of its own.
    member: str = ""

    @staticmethod
    def of(path: Path) -> "Source":
        """Give a file as a source."""
        return Source(path=path, name=path.name)

    def open(self) -> IO[bytes]:
        """Open the bytes for reading from the start."""
        if not self.member:
            return self.path.open("rb")
        # the member keeps the archive open for as long as it is open itself
        with zipfile.ZipFile(self.path) as archive:
            return archive.open(self.member)

    def text(self, codec: str) -> TextIOWrapper:
        """Open the bytes as text, line ends as they are."""
        return TextIOWrapper(self.open(), encoding=codec, newline="")


def kind_of(source: Source) -> Kind:
    """Say what kind of file it is, by its first bytes rather than by its name.

    Raises:
        InputError: It is packed in a way that is not read.
    """
    with source.open() as file:
        head = file.read(512)
    suffix = Path(source.member or source.path).suffix.lower()
    if head.startswith(b"PAR1") or suffix in _PARQUET:
        return "parquet"
    if head.startswith(_OLD_EXCEL):
        return "spreadsheet"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(source)
    if head.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ", b"Rar!")):
        raise InputError(f"{source.name} is packed. Nothing was changed; unpack it, or pack it as ZIP.")
    is_object = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    return "json lines" if suffix in _JSON_LINES or is_object else "text"


def refuse_bomb(name: str, packed: int, unpacked: int, *, limit: int = MAX_BYTES) -> None:
    """Refuse what would unpack to far more than tables of people do.

    Args:
        name: What it is called.
        packed: Bytes as they lie there.
        unpacked: Bytes they become.
        limit: Bytes they may become at most.

    Raises:
        InputError: It would.
    """
    if unpacked > limit or (unpacked > _HARMLESS and unpacked > _MAX_RATIO * max(packed, 1)):
        raise InputError(
            f"{name} holds {unpacked / 1e6:,.0f} MB packed into {packed / 1e6:,.1f} MB. Tables of people do not pack "
            f"so small or get so large (at most {limit >> 20:,} MB, {_MAX_RATIO} times the packed size). Nothing was "
            "changed; if it is one, save it as CSV."
        )


def _kind_of_zip(source: Source) -> Kind:
    from pressrun.audiences.archives import opened

    with opened(source) as archive:
        names = set(archive.namelist())
        if names & {"xl/workbook.xml", "xl/workbook.bin"}:
            return "spreadsheet"
        if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
            return "spreadsheet" if archive.read("mimetype").startswith(_ODS) else "archive"
    return "archive"
