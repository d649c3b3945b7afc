"""Nodes: side by side in rows of one size, and those that do not fit or are of earlier layouts beside them."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.tree.store.layouts import layout_of
from tests.tree.talk import MAP_BYTES, asked, said, seen, talk
from tree.canonical import MessageId, NodeId, path_of
from tree.control.forgetting import forget
from tree.control.selecting import Selection
from tree.memory import Hit, Memory
from tree.store.environment import LAYOUT
from tree.store.rows import Step, decode_place, encode_place, encode_step
from tree.store.tables import LAYOUT_KEY
from tree.upkeep.check import verify

STEP = Step(NodeId(b"p" * 16), MessageId(b"\xff\xff\x00\x00\x01\x02"), 70_000)
NODE = NodeId(b"n" * 16)
NOW_NS = 10**18


@pytest.mark.parametrize("depth", [1, 256**3 - 1])
def test_a_node_with_its_id_is_read_as_it_was_written(depth: int) -> None:
    step = replace(STEP, depth=depth)

    assert decode_place(encode_place(NODE, step)) == (NODE, step)


@pytest.mark.parametrize(
    "step", [replace(STEP, depth=256**3), replace(STEP, message=MessageId(b"d" * 16))]
)
def test_a_node_that_does_not_fit_has_a_row_of_its_own(memory: Memory, step: Step) -> None:
    with memory.store.write() as txn:
        memory.journal.nodes.put(txn, NODE, step)
        memory.journal.nodes.put(txn, NodeId(b"m" * 16), STEP)

    nodes = memory.journal.nodes
    with memory.store.read() as txn:
        assert (nodes.step(txn, NODE), nodes.knows(txn, NODE)) == (step, True)
        assert txn.stat(memory.store.tables.nodes)["entries"] == 1
        assert list(nodes.beginning(txn, b"")) == [NodeId(b"m" * 16), NODE]
        assert list(nodes.beginning(txn, b"nn")) == [NODE]
        assert nodes.count(txn) == 2


def test_what_is_forgotten_leaves_no_node(memory: Memory) -> None:
    memory.record([seen(asked("a"), "1"), seen(asked("b"), "2")])
    memory.learn()
    gone = path_of(asked("b"))[-1]
    file = memory.store.folder / "data.mdb"
    assert bytes(gone) in file.read_bytes()

    forget(memory, Selection("node", gone.hex()))

    assert bytes(gone) not in file.read_bytes()
    with memory.store.read() as txn:
        assert not memory.journal.knows(txn, gone)
        assert memory.journal.knows(txn, path_of(asked("a"))[-1])
    assert list(verify(memory)) == []


def test_nodes_of_earlier_layouts_are_found_beside_new_ones(tmp_path: Path) -> None:
    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    old = [seen(asked(str(at)), f"so be it with {at}") for at in range(50)]
    memory.record(old)
    as_rows_of_their_own(memory)
    memory.close()

    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    further = seen(talk(said("user", "1"), said("user", "2")), "both")
    memory.record([*old, further])
    memory.learn()

    assert layout_of(memory.store) == LAYOUT
    assert all(isinstance(memory.recall(x.conversation, NOW_NS), Hit) for x in [*old, further])
    assert memory.summary().nodes == len(old) + 1
    assert list(verify(memory)) == []
    forget(memory, Selection("node", path_of(further.conversation)[-1].hex()))
    forget(memory, Selection("node", path_of(old[7].conversation)[-1].hex()))
    assert memory.summary().nodes == len(old) - 1
    memory.close()


def as_rows_of_their_own(memory: Memory) -> None:
    """Put nodes where earlier layouts have them."""
    steps = memory.store.tables.steps
    assert steps is not None
    with memory.store.write() as txn:
        nodes = memory.journal.nodes
        found = {node: nodes.step(txn, node) for node in nodes.beginning(txn, b"")}
        for node, step in found.items():
            txn.put(node, encode_step(step), db=memory.store.tables.nodes)
        txn.drop(steps)
        txn.put(LAYOUT_KEY, (5).to_bytes(4), db=memory.store.tables.meta)
