"""Content codings undone, within bounds: a few bytes may stand for more than there is memory for.

Source: RFC 9110, section 8.4 (content codings); RFC 8878 (zstd), RFC 7932 (brotli).
"""

import zlib
from collections.abc import Callable, Mapping

import brotli  # type: ignore[import-untyped]
import zstandard

MOST_BYTES = 64 << 20
"""What is longer is not read; as much of an answer is kept at most in its coding."""

_GZIP_OR_ZLIB, _BARE = 47, -15
"""What `zlib` calls the formats that it may tell by their first bytes, and the one without any such."""
_PIECE = 64
"""Bytes of brotli and zstd that are undone at once, for which there is no bound to what they stand for."""
_MEMBERS = 16
"""Of gzip, one after another; each has all that follows it copied."""
_CUT = "it is cut short"


class CodingError(ValueError):
    """A content coding cannot be undone; the message says which and why."""

    def __init__(self, coding: str, why: str) -> None:
        super().__init__(f"the content coding {coding!r} cannot be undone: {why}")


def undone(body: bytes, coding: str, most: int = MOST_BYTES) -> bytes:
    """A body without its content codings.

    Args:
        body: As it came.
        coding: The value of `Content-Encoding`.
        most: How long it may be, in bytes, when one of them is undone.

    Raises:
        CodingError: A coding is unknown, the body is not in it, or what it stands for is too long.
    """
    for name in reversed(coding.lower().split(",")):
        if (undo := _CODINGS.get(name.strip())) is None:
            raise CodingError(coding, "it is unknown")
        try:
            body = undo(body, most + 1) if body else body
        except (zlib.error, zstandard.ZstdError, brotli.error) as error:
            raise CodingError(coding, str(error)) from error
        if len(body) > most:
            raise CodingError(coding, f"it stands for more than {most} bytes")
    return body


def _gzip(body: bytes, most: int) -> bytes:
    pieces, size = list[bytes](), 0
    for _ in range(_MEMBERS):
        decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
        pieces.append(_inflated(decoder, body, most - size))
        size += len(pieces[-1])
        body = decoder.unused_data
        if size >= most or not body:
            return b"".join(pieces)
    raise zlib.error("it has too many members")


def _deflate(body: bytes, most: int) -> bytes:
    """Some servers leave out the frame that the standard asks for."""
    try:
        return _inflated(zlib.decompressobj(), body, most)
    except zlib.error:
        return _inflated(zlib.decompressobj(_BARE), body, most)


def _inflated(decoder: "zlib._Decompress", body: bytes, most: int) -> bytes:
    piece = decoder.decompress(body, most)
    if len(piece) < most and not decoder.eof:
        raise zlib.error(_CUT)
    return piece


def _brotli(body: bytes, most: int) -> bytes:
    decoder, pieces, size = brotli.Decompressor(), list[bytes](), 0
    for at in range(0, len(body), _PIECE):
        pieces.append(decoder.process(body[at : at + _PIECE]))
        size += len(pieces[-1])
        if size >= most:
            return b"".join(pieces)
    if not decoder.is_finished():
        raise brotli.error(_CUT)
    return b"".join(pieces)


def _zstd(body: bytes, most: int) -> bytes:
    decoder, pieces, size = zstandard.ZstdDecompressor().decompressobj(), list[bytes](), 0
    at = 0
    while at < len(body):
        coded = body[at : at + _PIECE]
        pieces.append(decoder.decompress(coded))
        size += len(pieces[-1])
        if size >= most:
            return b"".join(pieces)
        at += len(coded) - len(decoder.unused_data)
        if decoder.eof and at < len(body):  # another frame follows
            decoder = zstandard.ZstdDecompressor().decompressobj()
    if not decoder.eof:
        raise zstandard.ZstdError(_CUT)
    return b"".join(pieces)


_CODINGS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "identity": lambda body, _most: body,
    "": lambda body, _most: body,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
