"""Look into ZIP archives as services hand them out, within limits, and choose the tables in them.

Members are read where they lie and never written anywhere, so a name such as `../../x.csv` is only a name.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO

from pressrun.audiences.profiles import all_profiles
from pressrun.audiences.sources import Source, refuse_bomb
from pressrun.errors import InputError

#: Bytes of an archive's list of contents: some ten thousand members.
_MAX_DIRECTORY = 5_000_000
_MAX_TABLES = 100
_TEXTS = (".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson")
_SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_PACKED = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar")
#: Bytes that a spreadsheet inside an archive may have, for it is held in memory; alone it lies in its file.
_MAX_SPREADSHEET = 64 << 20
#: What reading a broken member raises.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError)
_LOOKED_AT = 100_000
_ADDRESS = re.compile(rb"[^\s@,;\"'<>]@[^\s@,;\"'<>]+\.\w")
_NAMED = 5


@contextmanager
def opened(source: Source) -> Iterator[zipfile.ZipFile]:
    """Open an archive, or one in an archive; what is wrong with it, now or while it is read, becomes an InputError."""
    try:
        with _seekable(source) as file:
            _refuse_endless_directory(source, file)
            with zipfile.ZipFile(file) as archive:
                yield archive
    except (*BROKEN, struct.error, RuntimeError, OSError) as error:
        raise InputError(
            f"{source.name} cannot be unpacked ({error}). Nothing was changed; fetch it again, or unpack it yourself "
            "and name the tables."
        ) from None


def _seekable(source: Source) -> IO[bytes]:
    return io.BytesIO(member_bytes(source)) if source.member else source.open()


def member_bytes(source: Source) -> bytes:
    """Give the bytes of a spreadsheet that lies in an archive.

    Raises:
        InputError: They are more than spreadsheets of people have.
    """
    with source.open() as file:
        data = file.read(_MAX_SPREADSHEET + 1)
    if len(data) > _MAX_SPREADSHEET:
        raise InputError(
            f"{source.name} has more than {_MAX_SPREADSHEET >> 20} MB. Nothing was changed; unpack it, or save the "
            "sheet as CSV, and import that."
        )
    return data


def tables_in(path: Path) -> tuple[list[Source], str]:
    """Choose the tables of an archive.

    Where a service's own names are found, those members are taken; else every text that holds an address, and every
    spreadsheet.

    Returns:
        The tables in the order of their names, and a note on what was left out; "" if nothing was.

    Raises:
        InputError: It cannot be read, holds no table or archives of its own, or is larger than exports are.
    """
    with opened(Source.of(path)) as archive:
        members = [one for one in archive.infolist() if not one.is_dir() and not _is_a_systems_own(one.filename)]
        _refuse_nested(path, members)
        taken = _by_service(members) or _by_content(archive, members)
        if not taken:
            raise InputError(f"{path.name} holds no table. Nothing was changed; name an archive with CSV files in it.")
        if len(taken) > _MAX_TABLES:
            raise InputError(f"{path.name} holds over {_MAX_TABLES} tables. Nothing was changed; import them by name.")
        for one in taken:
            if one.flag_bits & 1:
                raise InputError(f"{path.name} is locked by a password. Nothing was changed; unpack it yourself.")
            refuse_bomb(f"{path.name}/{one.filename}", one.compress_size, one.file_size)
        refuse_bomb(path.name, path.stat().st_size, sum(one.file_size for one in taken))
    chosen = sorted(one.filename for one in taken)
    others = sorted({one.filename for one in members} - set(chosen))
    sources = [Source(path=path, name=f"{path.name}/{_printable(name)}", member=name) for name in chosen]
    return sources, _left_out(path, others)


def refuse_bombs_in(source: Source, *, limit: int) -> None:
    """Refuse a spreadsheet, itself an archive, that would unpack to more than spreadsheets do.

    Raises:
        InputError: It would, or it cannot be read.
    """
    with opened(source) as archive:
        size = archive.fp.seek(0, io.SEEK_END) if archive.fp else 0
        refuse_bomb(source.name, size, sum(one.file_size for one in archive.infolist()), limit=limit)


def _by_service(members: Sequence[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    patterns = [pattern for profile in all_profiles().values() for pattern in profile.members]
    return [one for one in members if any(fnmatch(_base(one.filename).lower(), pattern) for pattern in patterns)]


def _by_content(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    texts = [one for one in members if _base(one.filename).lower().endswith(_TEXTS)]
    sheets = [one for one in members if _base(one.filename).lower().endswith(_SPREADSHEETS)]
    return [*sheets, *(one for one in texts if _holds_address(archive, one))] or texts


def _holds_address(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    if member.flag_bits & 1:
        return True
    with archive.open(member) as file:
        return bool(_ADDRESS.search(file.read(_LOOKED_AT).replace(b"\0", b"")))


def _refuse_nested(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    nested = [one.filename for one in members if _base(one.filename).lower().endswith(_PACKED)]
    if nested:
        raise InputError(
            f"{path.name} holds further archives ({_some(nested)}), which are not looked into. "
            "Nothing was changed; unpack it and name the tables."
        )


def _refuse_endless_directory(source: Source, file: IO[bytes]) -> None:
    """Look at the size of the list of contents before it is loaded (APPNOTE.TXT 6.3.10, §4.3.16)."""
    file.seek(max(0, file.seek(0, io.SEEK_END) - 65_557))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise zipfile.BadZipFile("it has no end")
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size > _MAX_DIRECTORY:
        raise InputError(f"{source.name} has more members than exports have. Nothing was changed; unpack it yourself.")


def _is_a_systems_own(name: str) -> bool:
    """Tell what operating systems add to archives."""
    return name.startswith("__MACOSX/") or _base(name) in (".DS_Store", "Thumbs.db", "desktop.ini")


def _base(name: str) -> str:
    return PurePosixPath(name).name


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in name)


def _left_out(path: Path, names: Sequence[str]) -> str:
    return f"Left out of {path.name}: {_some(names)}." if names else ""


def _some(names: Sequence[str]) -> str:
    named = ", ".join(map(_printable, names[:_NAMED]))
    return named if len(names) <= _NAMED else f"{named} and {len(names) - _NAMED:,} more"
