"""The log of decisions: bounded, numbered on, and no part of what a store is."""

from pathlib import Path

import lmdb
import pytest

from tests.tree.talk import MAP_BYTES, asked, seen
from tree.explaining.explanation import Binding, Decided, Derivation, Evidence, Explanation
from tree.memory import KEPT_DECISIONS, Hit, Memory
from tree.upkeep.check import verify

WHY = Explanation(
    messages=2,
    known=1,
    bindings=(Binding("slot 1 of the user's message", "Ada"), Binding("`on`", value=True)),
    programs=(Derivation("`name`", 7, "always 7", 2),),
    evidence=Evidence("path", "copy", 3, 2),
)


def decided(number: int, proxy: str = "p") -> Decided:
    return Decided(number, "miss", f"decision {number}", proxy=proxy, explanation=WHY)


def test_a_decision_is_read_as_it_was_noted_with_its_number(memory: Memory) -> None:
    memory.note_decisions([decided(10), decided(11)])

    second = memory.decision(2)

    assert second is not None
    assert (second.at_ns, second.number, second.explanation) == (11, 2, WHY)


def test_the_last_come_first_and_those_of_one_proxy_can_be_told(memory: Memory) -> None:
    memory.note_decisions([decided(1), decided(2, "other")])
    memory.note_decisions([decided(3)])

    assert [one.number for one in memory.decisions(2)] == [3, 2]
    assert [one.number for one in memory.decisions(9, "p")] == [3, 1]
    assert [one.number for one in memory.decisions(9, "nobody")] == []


def test_the_oldest_makes_room_and_numbers_go_on(memory: Memory) -> None:
    memory.note_decisions([decided(at) for at in range(KEPT_DECISIONS)])
    memory.note_decisions([decided(at) for at in range(3)])

    kept = memory.decisions(2 * KEPT_DECISIONS)

    assert (len(kept), kept[0].number, kept[-1].number) == (
        KEPT_DECISIONS,
        KEPT_DECISIONS + 3,
        4,
    )
    assert memory.decision(3) is None


@pytest.mark.parametrize("number", [0, -1, 2])
def test_a_number_that_is_not_there_is_none(memory: Memory, number: int) -> None:
    memory.note_decisions([decided(1)])

    assert memory.decision(number) is None


def test_what_cannot_be_read_is_left_out_and_found_by_the_check(memory: Memory) -> None:
    memory.note_decisions([decided(1), decided(2)])
    with memory.store.write() as txn:
        txn.put((1).to_bytes(8), b"\xc1", db=memory.store.tables.decisions)

    assert [one.number for one in memory.decisions(9)] == [2]
    assert memory.decision(1) is None
    assert {finding.where for finding in verify(memory)} == {"decisions"}


def test_the_log_is_no_part_of_the_tree(memory: Memory) -> None:
    memory.record([seen(asked("a"), "1")])
    memory.learn()
    with memory.store.read() as txn:
        before = memory.index.digest(txn)

    memory.note_decisions([decided(1)])

    with memory.store.read() as txn:
        assert memory.index.digest(txn) == before
    assert memory.rebuild().same
    assert [one.number for one in memory.decisions(9)] == [1]
    assert list(verify(memory)) == []


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A store as it was laid out before there was a log."""
    memory = Memory(tmp_path / "older", max_bytes=MAP_BYTES)
    memory.record([seen(asked("a"), "1")])
    memory.learn()
    memory.close()
    with lmdb.open(str(tmp_path / "older"), max_dbs=12) as env, env.begin(write=True) as txn:
        txn.drop(env.open_db(b"decisions", txn), delete=True)
    return tmp_path / "older"


def test_an_older_store_is_read_as_one_with_an_empty_log(older: Path) -> None:
    memory = Memory(older, max_bytes=MAP_BYTES, readonly=True)

    assert memory.decisions(9) == []
    assert memory.decision(1) is None
    assert memory.summary().observations == 1
    assert list(verify(memory)) == []
    memory.close()


def test_an_older_store_gets_a_log_from_its_next_writer(older: Path) -> None:
    memory = Memory(older, max_bytes=MAP_BYTES)

    memory.note_decisions([decided(1)])

    assert [one.number for one in memory.decisions(9)] == [1]
    assert isinstance(memory.recall(asked("a"), 0), Hit)
    memory.close()
