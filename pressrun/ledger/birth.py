"""Tell when a file was made: the one mark that no copy of it can have."""

import ctypes
import os
import struct
from pathlib import Path

#: From `man 2 statx`: the folder to start from, the mask of the birth time, and where the answer holds it.
_AT_FDCWD = -100
_STATX_BTIME = 0x800
_SIZE = 256
_SECONDS_AND_NANOSECONDS = struct.Struct("@qI")
_BORN_AT = 80


def born(path: Path) -> str:
    """Give the birth time of a file; empty where system or file system do not know it.

    A file that is deleted and restored often gets its old inode number again, so that number alone does not
    tell a restored file from the one that was there.
    """
    known = getattr(path.stat(), "st_birthtime", None)  # macOS and BSD; Python 3.11 leaves it out on Linux
    if known is not None:
        return str(known)
    statx = getattr(ctypes.CDLL(None, use_errno=True), "statx", None)
    if statx is None:
        return ""
    answer = ctypes.create_string_buffer(_SIZE)
    failed = statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_BTIME, answer)
    if failed or not struct.unpack_from("@I", answer)[0] & _STATX_BTIME:
        return ""
    return "{}.{:09}".format(*_SECONDS_AND_NANOSECONDS.unpack_from(answer, _BORN_AT))
