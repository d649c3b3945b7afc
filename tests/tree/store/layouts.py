"""Stores as earlier versions left them."""

from pathlib import Path

from msgspec.structs import replace

from tests.tree.talk import MAP_BYTES
from tree.canonical import MessageId, message_digest
from tree.memory import Memory
from tree.store.environment import Environment
from tree.store.rows import encode_entry, encode_seq, encode_step
from tree.store.tables import LAYOUT_KEY

LATER = (
    b"next message",
    b"sealed messages",
    b"sealed observations",
    b"more messages",
    b"more observations",
)
"""What later layouts count."""


def as_layout_1(folder: Path) -> None:
    """Turn a store into one of layout 1, where a message was known by its digest and there was no other way to it."""
    memory = Memory(folder, max_bytes=MAP_BYTES)
    tables, journal = memory.store.tables, memory.journal
    with memory.store.write() as txn:
        payloads = {key: journal.payload(txn, key) for key in journal.messages.ids(txn)}
        names = {key: MessageId(message_digest(own)) for key, own in payloads.items()}
        entries = {seq: journal.entry(txn, seq) for seq in journal.seqs(txn)}
        words = journal.words.for_messages(txn)
        for table in (tables.messages, tables.journal):
            txn.drop(table, delete=False)
        for key, own in payloads.items():
            txn.put(names[key], words.pack(own), db=tables.messages)
        steps = {node: journal.step(txn, node) for node in journal.nodes.beginning(txn, b"")}
        for node, step in steps.items():
            row = encode_step(replace(step, message=names[step.message]))
            txn.put(node, row, db=tables.nodes)
        for seq, entry in entries.items():
            row = encode_entry(replace(entry, answer=names[entry.answer]))
            txn.put(encode_seq(seq), row, db=tables.journal)
        for name in LATER:
            txn.delete(name, db=tables.meta)
    memory.close()
    _with_its_index(folder)


def _with_its_index(folder: Path) -> None:
    store = Environment(folder, max_bytes=MAP_BYTES)
    answers, children = (
        store.further_table("answers"),
        store.further_table("children", dense=True),
    )
    index, digests = store.tables.index, store.tables.digests
    assert index is not None
    steps = store.tables.steps
    assert digests is not None
    assert steps is not None
    with store.write() as txn:
        txn.put(bytes(16), bytes(8), db=answers)
        txn.put(bytes(16), bytes(16), db=children)
        txn.drop(index)
        txn.drop(digests)
        txn.drop(steps)
        txn.put(LAYOUT_KEY, (1).to_bytes(4), db=store.tables.meta)
    store.close()


def layout_of(store: Environment) -> int:
    """The layout that a store says it has."""
    with store.read() as txn:
        return int.from_bytes(txn.get(LAYOUT_KEY, b"", db=store.tables.meta))
