"""What stands in the rows: typed values in msgpack arrays, and fixed bytes where every byte counts."""

import struct

import msgspec
from msgspec import Struct

from tree.canonical import MessageId, NodeId, ScopeId
from tree.message import Bindings, Usage

_SEQ = struct.Struct(">Q")
_DEPTH = struct.Struct(">I")
_ID_BYTES = 16
_BIN = b"\xc4\x10"
"""Before 16 bytes in msgpack."""
_STEP_BYTES = tuple(_ID_BYTES + message + _DEPTH.size for message in (6, _ID_BYTES))
"""A message is known by its number, in stores of layout 1 by its digest."""


class Entry(Struct, frozen=True, array_like=True):
    """One observation in the journal; its texts are elsewhere, by reference."""

    node: NodeId | ScopeId
    """Where the conversation ends; the scope itself for one without messages."""
    answer: MessageId
    calls_before: int
    """Calls of the conversation. The answer's are kept counted on from there: it is the next turn's message."""
    envelope: bytes
    """Packed. It stands here and not by digest, for no two are equal: each has ids of its own."""
    tokens: tuple[int, int, int]
    literal_only: str
    at_ns: int
    latency_ms: int
    bindings: Bindings = ()
    """Rows of earlier versions end before it."""
    spelling: bytes = b""
    """How the conversation was spelt, if it or the answer is signed; else empty."""

    @property
    def usage(self) -> Usage:
        """The answer's tokens."""
        return Usage(*self.tokens)


class Step(Struct, frozen=True):
    """One node's row: what it hangs below, and the message that leads there."""

    parent: NodeId | ScopeId
    message: MessageId
    depth: int
    """How many messages lead there, this one included; then `parent` is a node, at depth 1 a scope."""


_encode = msgspec.msgpack.Encoder().encode
_decode_entry = msgspec.msgpack.Decoder(Entry).decode


def encode_entry(entry: Entry) -> bytes:
    """The row of a journal entry."""
    return _encode(entry)


def decode_entry(row: memoryview) -> Entry:
    """The journal entry of a row.

    Raises:
        ValueError: These bytes are none.
    """
    return _decode_entry(row)


def begins_at(row: bytes | memoryview, node: NodeId | ScopeId) -> bool:
    """Whether a row is of an entry at this node, told from its beginning alone."""
    return bytes(row[1 : 1 + len(_BIN) + _ID_BYTES]) == _BIN + node


def encode_step(step: Step) -> bytes:
    """The row of a node."""
    return step.parent + step.message + _DEPTH.pack(step.depth)


def decode_step(row: memoryview) -> Step:
    """The node of a row.

    Raises:
        ValueError: These bytes are none.
    """
    if len(row) not in _STEP_BYTES:
        raise ValueError(f"{len(row)} bytes are no node")
    parent, message = bytes(row[:_ID_BYTES]), bytes(row[_ID_BYTES : -_DEPTH.size])
    return Step(NodeId(parent), MessageId(message), *_DEPTH.unpack(row[-_DEPTH.size :]))


def encode_seq(seq: int) -> bytes:
    """A number of the journal, in bytes that sort as numbers do."""
    return _SEQ.pack(seq)


def decode_seq(row: bytes | memoryview) -> int:
    """The number in a row.

    Raises:
        ValueError: These bytes are none.
    """
    if len(row) != _SEQ.size:
        raise ValueError(f"{len(row)} bytes are no number")
    return int(_SEQ.unpack(row)[0])
