"""What is derived from the journal depends on the journal alone."""

from pathlib import Path

from tests.tree.talk import (
    MAP_BYTES,
    asked,
    seen,
    taught,
    text_of,
)
from tree.canonical import path_of
from tree.memory import Memory, Miss
from tree.upkeep.check import verify

NOW_NS = 1_000


def test_what_is_not_learnt_yet_is_pending_and_unknown(memory: Memory) -> None:
    memory.record([seen(asked("a"), "1"), seen(asked("b"), "2")])

    recalled = memory.recall(asked("a"), NOW_NS)

    node = path_of(asked("a"))[0]
    assert recalled == Miss("all messages known, but no answer after them", 1, node, asked=node)
    assert memory.pending() == 2


def test_learning_goes_on_where_it_stopped(memory: Memory) -> None:
    memory.record([seen(asked(str(at)), "x") for at in range(5)])

    steps = [memory.learn(limit=2) for _ in range(4)]

    assert steps == [2, 2, 1, 0]
    assert memory.pending() == 0


def test_the_tree_does_not_depend_on_when_it_was_learnt(tmp_path: Path) -> None:
    journal = [seen(asked(str(at % 4)), str(at)) for at in range(9)]
    at_once, by_and_by = (Memory(tmp_path / name, max_bytes=MAP_BYTES) for name in "ab")
    at_once.record(journal)
    at_once.learn()

    for observation in journal:
        by_and_by.record([observation])
        by_and_by.learn(limit=1)

    with at_once.store.read() as one, by_and_by.store.read() as other:
        assert at_once.index.digest(one) == by_and_by.index.digest(other)
    at_once.close()
    by_and_by.close()


def test_a_rebuilt_tree_is_the_same_tree(memory: Memory) -> None:
    taught(memory, *(seen(asked(str(at % 3)), str(at)) for at in range(5)))
    memory.record([seen(asked("late"), "x")])

    rebuilt = memory.rebuild()

    assert (rebuilt.observations, rebuilt.same) == (6, True)
    assert [text_of(memory.recall(asked(q), NOW_NS)) for q in ("0", "2", "late")] == ["3", "2", "x"]


def test_others_see_the_old_tree_until_the_new_one_is_whole(memory: Memory) -> None:
    taught(memory, *(seen(asked(str(at)), "x") for at in range(3)))
    before = memory.store._env.info()["last_txnid"]

    memory.rebuild()

    # One transaction: nobody, in whatever process, can look in between.
    assert memory.store._env.info()["last_txnid"] == before + 1


def test_rebuilding_mends_a_tree_that_went_wrong(memory: Memory) -> None:
    taught(memory, seen(asked("a"), "1"))
    with memory.store.write() as txn:
        index = memory.store.tables.index
        assert index is not None
        txn.drop(index, delete=False)
        txn.put(b"C", bytes(11), db=index)

    rebuilt = memory.rebuild()

    assert not rebuilt.same
    assert list(verify(memory)) == []
    assert text_of(memory.recall(asked("a"), NOW_NS)) == "1"


def test_observations_are_read_from_a_number_on_across_batches(memory: Memory) -> None:
    memory.record([seen(asked(str(at)), str(at)) for at in range(150)])

    read = list(memory.observations(start=70))

    assert read == [(at, seen(asked(str(at)), str(at))) for at in range(70, 150)]
