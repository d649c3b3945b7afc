"""Rows that an earlier version wrote are read by this one."""

import msgspec

from tree.canonical import MessageId, NodeId
from tree.store.rows import Entry, begins_at, decode_entry, encode_entry

ENTRY = Entry(
    node=NodeId(bytes(16)),
    answer=MessageId(bytes(16)),
    calls_before=2,
    envelope=b"packed",
    tokens=(3, 2, 1),
    literal_only="",
    at_ns=17,
    latency_ms=250,
    bindings=(("who", "Mara"),),
    spelling=b"spelt",
)


def test_an_entry_is_read_as_it_was_written() -> None:
    assert decode_entry(memoryview(encode_entry(ENTRY))) == ENTRY


def test_an_entry_that_ends_early_is_one_with_nothing_declared_and_nothing_signed() -> None:
    members = msgspec.msgpack.decode(encode_entry(ENTRY))
    undeclared, unsigned = (msgspec.msgpack.encode(members[:-left_out]) for left_out in (2, 1))

    without = msgspec.structs.replace(ENTRY, spelling=b"")
    assert decode_entry(memoryview(unsigned)) == without
    assert decode_entry(memoryview(undeclared)) == msgspec.structs.replace(without, bindings=())


def test_the_beginning_of_an_entry_tells_its_node() -> None:
    row = encode_entry(ENTRY)

    assert begins_at(row, ENTRY.node)
    assert not begins_at(row, NodeId(b"\x01" * 16))
    assert not begins_at(b"", ENTRY.node)
