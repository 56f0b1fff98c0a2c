"""Look into ZIP archives as services hand them out, within limits, and choose the tables in them.

Members are read where they lie and never written anywhere, so a name such as `../../x.csv` is only a name.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from pressrun.audiences.profiles import all_profiles
from pressrun.audiences.sources import Source, refuse_bomb
from pressrun.errors import InputError

#: Bytes of an archive's list of contents: some ten thousand members.
_MAX_DIRECTORY = 5_000_000
_MAX_TABLES = 100
_TEXTS = (".csv", ".tsv", ".tab", ".txt", ".jsonl", ".ndjson")
_PACKED = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
#: What reading a broken member raises.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError)
_LOOKED_AT = 100_000
_ADDRESS = re.compile(rb"[^\s@,;\"'<>]@[^\s@,;\"'<>]+\.\w")
_NAMED = 5


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive; what is wrong with it, now or while it is read, becomes an InputError."""
    try:
        _refuse_endless_directory(path)
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (*BROKEN, struct.error, RuntimeError, OSError) as error:
        raise InputError(
            f"{path.name} cannot be unpacked ({error}). Nothing was changed; fetch it again, or unpack it yourself "
            "and name the tables."
        ) from None


def tables_in(path: Path) -> tuple[list[Source], str]:
    """Choose the tables of an archive.

    Where a service's own names are found, those members are taken; else every text that holds an address.

    Returns:
        The tables in the order of their names, and a note on what was left out; "" if nothing was.

    Raises:
        InputError: It cannot be read, holds no table or archives of its own, or is larger than exports are.
    """
    with opened(path) as archive:
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


def refuse_bombs_in(path: Path, *, limit: int) -> None:
    """Refuse a spreadsheet, itself an archive, that would unpack to more than spreadsheets do.

    Raises:
        InputError: It would, or it cannot be read.
    """
    with opened(path) as archive:
        refuse_bomb(path.name, path.stat().st_size, sum(one.file_size for one in archive.infolist()), limit=limit)


def _by_service(members: Sequence[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    patterns = [pattern for profile in all_profiles().values() for pattern in profile.members]
    return [one for one in members if any(fnmatch(_base(one.filename).lower(), pattern) for pattern in patterns)]


def _by_content(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    texts = [one for one in members if _base(one.filename).lower().endswith(_TEXTS)]
    return [one for one in texts if _holds_address(archive, one)] or texts


def _holds_address(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    if member.flag_bits & 1:
        return True
    with archive.open(member) as file:
        return bool(_ADDRESS.search(file.read(_LOOKED_AT).replace(b"\0", b"")))


def _refuse_nested(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    nested = [one.filename for one in members if _base(one.filename).lower().endswith(_PACKED)]
    if nested:
        raise InputError(
            f"{path.name} holds further archives or spreadsheets ({_some(nested)}), which are not looked into. "
            "Nothing was changed; unpack it and name the tables."
        )


def _refuse_endless_directory(path: Path) -> None:
    """Look at the size of the list of contents before it is loaded (APPNOTE.TXT 6.3.10, §4.3.16)."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_557))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise zipfile.BadZipFile("it has no end")
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size > _MAX_DIRECTORY:
        raise InputError(f"{path.name} has more members than exports have. Nothing was changed; unpack it yourself.")


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
