"""Read a request's body within a limit, unpacked if it came packed."""

import zlib

from starlette.requests import Request

#: A webhook post is at most 768 kB; ten times that is room enough.
MAX_BYTES = 10_000_000


class TooLargeError(Exception):
    """The body is over the limit."""


class BadPackingError(Exception):
    """The body is not what its Content-Encoding says."""


async def read_body(request: Request, limit: int = MAX_BYTES) -> bytes:
    """Read the body of one request, holding at most `limit` bytes of it.

    Raises:
        TooLargeError: There is more, packed or unpacked.
        BadPackingError: It cannot be unpacked.
    """
    packed = request.headers.get("content-encoding", "").lower() == "gzip"
    unpacker = zlib.decompressobj(wbits=31) if packed else None
    read = bytearray()
    async for piece in request.stream():
        read += piece if unpacker is None else _unpacked(unpacker, piece, limit + 1 - len(read))
        if len(read) > limit:
            raise TooLargeError
    return bytes(read)


def _unpacked(unpacker: "zlib._Decompress", piece: bytes, room: int) -> bytes:
    try:
        return unpacker.decompress(piece, max(1, room))
    except zlib.error as error:
        raise BadPackingError from error
