"""How payloads become the bytes of a row and come back: compressed against a list of words where that is smaller.

A row's first byte says whether it is compressed, the next two with which list; list 0 is the one in this module.
"""

import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import zstandard

_PLAIN, _PACKED = b"\x00", b"\x01"
_NUMBER = struct.Struct(">H")
_HEADER_BYTES = 1 + _NUMBER.size

_SHORT = 24
"""Payloads of fewer bytes are hardly ever smaller when they are compressed: that costs a dozen itself."""
_LEVEL = 9
"""227 bytes and 29 us a message of 570 bytes; level 3 makes 247 bytes in 11 us, level 15 makes 226 in 101 us."""

_TRAINED_BYTES = 1 << 14
_REPEATS = struct.pack("<III", 1, 4, 8)
"""What the tables of a trained dictionary end with, before its text: the offsets that a frame begins with.

Source: RFC 8878, section 5. The library always writes these three.
"""

_WORDS = (
    b'"is_error":true}]}{"type":"opaque","kind":"","value":,"signed":true}"size_bytes":'
    b'{"type":"media","kind":"image/png","digest":"{"tenant":"","api":"","origin":"","model":"","settings":{'
    b'{"role":"system","parts":[{"type":"text","text":"{"role":"user","parts":[{"type":"text","text":"'
    b'{"role":"tool","parts":[{"type":"result","call":0,"parts":[{"type":"text","text":""}],"is_error":false}]}'
    b'{"role":"assistant","parts":[{"type":"text","text":""},{"type":"call","call":0,"name":"",'
    b'"arguments":"{\\"\\": \\"\\", \\"\\": \\"\\"}"}]}'
)
"""What all encoded messages have in common. It stands in every store: a changed one needs another number."""


class WordList:
    """Text that payloads are likely to have parts of, ready to compress and decompress with."""

    def __init__(self, number: int, words: bytes) -> None:
        self.words = words
        self._header = _PACKED + _NUMBER.pack(number)
        self._dictionary = zstandard.ZstdCompressionDict(words, dict_type=zstandard.DICT_TYPE_AUTO)
        self._dictionary.precompute_compress(level=_LEVEL)
        self._tools = threading.local()

    def pack(self, payload: bytes) -> bytes:
        """The bytes of a row that `unpack` turns into `payload` again."""
        if len(payload) < _SHORT:
            return _PLAIN + payload
        # The library's objects serve one thread at a time.
        tool = getattr(self._tools, "compressor", None)
        if tool is None:
            tool = self._tools.compressor = zstandard.ZstdCompressor(
                # The checksum tells a damaged list, which would change the text and raise no error.
                dict_data=self._dictionary,
                write_checksum=True,
                write_dict_id=False,
            )
        packed = self._header + tool.compress(payload)
        return packed if len(packed) <= len(payload) else _PLAIN + payload

    def decompress(self, content: memoryview) -> bytes:
        """What was compressed with this list.

        Raises:
            ValueError: It was not, or not these bytes.
        """
        tool = getattr(self._tools, "decompressor", None)
        if tool is None:
            tool = self._tools.decompressor = zstandard.ZstdDecompressor(dict_data=self._dictionary)
        try:
            return tool.decompress(content)
        except (zstandard.ZstdError, MemoryError) as exc:
            raise ValueError(str(exc)) from exc


BUILT_IN = WordList(0, _WORDS)


def frequencies(samples: Sequence[bytes]) -> bytes:
    """What a list may begin with: how often each byte and length comes in payloads like these, and none of their text.

    Rows that have it in their list need not tell it themselves: messages take 5 to 10 % less. Empty where there are
    too few samples to tell.
    """
    with suppress(zstandard.ZstdError):
        made = zstandard.train_dictionary(_TRAINED_BYTES, list(samples)).as_bytes()
        at = made.find(_REPEATS)
        return made[: at + len(_REPEATS)] if at > 0 else b""
    return b""


def plain(payload: bytes) -> bytes:
    """The bytes of a row that is not compressed."""
    return _PLAIN + payload


def packed_with(row: bytes) -> int:
    """The number of the list that a row is compressed with; 0 where it is not, or with the one in this module."""
    if row[:1] != _PACKED or len(row) < _HEADER_BYTES:
        return 0
    return int(_NUMBER.unpack(row[1:_HEADER_BYTES])[0])


def unpack(row: bytes | memoryview, find: Callable[[int], WordList] = lambda _: BUILT_IN) -> bytes:
    """The payload of a row; `find` gives the list of a number.

    Raises:
        ValueError: These bytes are no row.
    """
    view = memoryview(row)
    coding = bytes(view[:1])
    if coding == _PLAIN:
        return bytes(view[1:])
    if coding != _PACKED or len(view) < _HEADER_BYTES:
        raise ValueError("the row does not say how it is coded")
    (number,) = _NUMBER.unpack(view[1:_HEADER_BYTES])
    return find(number).decompress(view[_HEADER_BYTES:])
