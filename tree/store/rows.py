"""What stands in the rows: typed values in msgpack arrays, and fixed bytes where every byte counts."""

import struct
from collections.abc import Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tree.canonical import MessageId, NodeId, ScopeId
from tree.message import Bindings, Usage
from tree.store.coding import WordList
from tree.store.sealing import SEALED, is_sealed

_SEQ = struct.Struct(">Q")
_COUNT = struct.Struct(">H")
_DEPTH = struct.Struct(">I")
_ID_BYTES = 16
_NO_NODE = bytes(_ID_BYTES)
_BIN = b"\xc4\x10"
"""Before 16 bytes in msgpack."""
_BEFORE_NUMBER = b"\xff\xff"
_NUMBER_BYTES = 4
_NUMBERED_BYTES = len(_BEFORE_NUMBER) + _NUMBER_BYTES
_DEPTH_BYTES = 3
_MAX_DEPTH = 256**_DEPTH_BYTES - 1
PLACE_BYTES = 2 * _ID_BYTES + _NUMBER_BYTES + _DEPTH_BYTES
_STEP_BYTES = tuple(_ID_BYTES + message + _DEPTH.size for message in (_NUMBERED_BYTES, _ID_BYTES))
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


def encode_sealed(entries: Sequence[Entry | None], words: WordList) -> bytes:
    """The row of many journal entries: their number, their nodes, and packed all else; None for what is gone.

    Args:
        entries: They. Their envelopes are packed with nothing: see `coding.plain`.
        words: What to pack with.
    """
    nodes = b"".join(entry.node if entry else _NO_NODE for entry in entries)
    others = [_encode(replace(entry, node=b"")) if entry else b"" for entry in entries]
    return SEALED + _COUNT.pack(len(entries)) + nodes + words.pack(_encode(others))


class Sealed(Struct, frozen=True):
    """The row of many journal entries, not yet unpacked."""

    nodes: bytes | memoryview
    packed: bytes | memoryview

    @property
    def count(self) -> int:
        """How many entries it has room for."""
        return len(self.nodes) // _ID_BYTES

    def node(self, at: int) -> bytes:
        """The node of an entry; empty if that is gone."""
        node = bytes(self.nodes[at * _ID_BYTES : (at + 1) * _ID_BYTES])
        return b"" if node == _NO_NODE else node

    def entry(self, at: int, others: Sequence[bytes]) -> Entry:
        """An entry, of what was packed.

        Raises:
            ValueError: These bytes are none.
        """
        if len(others) != self.count:
            raise ValueError("the row is of another number of observations")
        return replace(_decode_entry(others[at]), node=NodeId(self.node(at)))


def decode_sealed(row: bytes | memoryview) -> Sealed:
    """The row of many journal entries.

    Raises:
        ValueError: These bytes are none.
    """
    start = len(SEALED) + _COUNT.size
    stop = start + _ID_BYTES * int.from_bytes(row[len(SEALED) : start])
    if not is_sealed(row) or len(row) < stop:
        raise ValueError("these bytes are no row of many observations")
    return Sealed(row[start:stop], row[stop:])


decode_others = msgspec.msgpack.Decoder(list[bytes]).decode
"""What was packed of such a row, an entry each."""


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


def encode_place(node: NodeId, step: Step) -> bytes:
    """The row of a node with its id, of one size for all; empty where it does not fit."""
    if len(step.message) != _NUMBERED_BYTES or step.depth > _MAX_DEPTH:
        return b""
    number = step.message[-_NUMBER_BYTES:]
    return node + step.parent + number + step.depth.to_bytes(_DEPTH_BYTES)


def decode_place(row: bytes) -> tuple[NodeId, Step]:
    """A node and how it is reached.

    Raises:
        ValueError: These bytes are none.
    """
    if len(row) != PLACE_BYTES:
        raise ValueError(f"{len(row)} bytes are no node with its id")
    node, parent = NodeId(row[:_ID_BYTES]), NodeId(row[_ID_BYTES : 2 * _ID_BYTES])
    message = MessageId(_BEFORE_NUMBER + row[2 * _ID_BYTES : -_DEPTH_BYTES])
    return node, Step(parent, message, int.from_bytes(row[-_DEPTH_BYTES:]))


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
