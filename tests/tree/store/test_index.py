"""The index: rows that hold no more than beginnings of ids lead to what is meant, and to nothing else."""

from tests.tree.talk import asked, said, seen, talk
from tree.canonical import NodeId, path_of, scope_id
from tree.memory import Memory
from tree.store.index import answer_row, child_row


def add(memory: Memory, row: bytes) -> None:
    """Put a row that an id which begins alike would have."""
    with memory.store.write() as txn:
        txn.put(row[:1], row[1:], db=memory.store.tables.index)


def node_of(text: str) -> NodeId:
    """Where a conversation of one question ends."""
    return path_of(asked(text))[-1]


def test_the_newest_answer_of_a_node_stands_and_takes_one_row(memory: Memory) -> None:
    for at in range(5):
        memory.record([seen(asked("a"), str(at)), seen(asked("b"), "b")])
        memory.learn()

    with memory.store.read() as txn:
        assert memory.index.answering(txn, node_of("a")) == 8
        assert memory.index.answers(txn) == 2
        assert txn.stat(memory.store.tables.index)["entries"] == 2 + len(["a", "b"])


def test_an_answer_of_a_node_whose_id_begins_alike_is_none(memory: Memory) -> None:
    memory.record([seen(asked("a"), "1")])
    memory.learn()
    like = NodeId(node_of("a")[:8] + bytes(8))
    add(memory, answer_row(node_of("b"), 0))

    with memory.store.read() as txn:
        assert memory.index.answering(txn, node_of("a")) == 0
        assert memory.index.answering(txn, node_of("b")) is None
        assert memory.index.answering(txn, like) is None


def test_what_hangs_below_is_found_and_nothing_that_begins_alike(memory: Memory) -> None:
    long = talk(said("user", "a"), said("assistant", "1"), said("user", "b"))
    memory.record([seen(asked(text), "1") for text in "abc"])
    memory.record([seen(long, "2")])
    memory.learn()
    scope = scope_id(long.scope)
    add(memory, child_row(node_of("b"), node_of("c")))
    add(memory, child_row(scope, NodeId(b"\xff" * 16)))

    with memory.store.read() as txn:
        assert memory.index.children(txn, scope, 9) == sorted(map(node_of, "abc"))
        assert memory.index.children(txn, scope, 2) == sorted(map(node_of, "abc"))[:2]
        assert memory.index.degree(txn, scope) == 3
        assert memory.index.children(txn, node_of("a"), 9) == [path_of(long)[1]]
        assert memory.index.children(txn, node_of("b"), 9) == []
