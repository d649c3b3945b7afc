"""Messages: each stored once, on full pages, packed anew with better lists, and those of layout 1 as they are."""

from pathlib import Path

import pytest

from tests.tree.store.layouts import as_layout_1, layout_of
from tests.tree.talk import MAP_BYTES, asked, said, seen, talk
from tree.canonical import message_digest, path_of
from tree.control.forgetting import forget
from tree.control.selecting import Selection
from tree.errors import DamagedRowError
from tree.memory import Hit, Memory
from tree.message import Observation
from tree.store import messages, words
from tree.store.environment import LAYOUT
from tree.upkeep.check import verify

FULL = "the parcel number {} was left with the neighbour in the second house behind the mill"
NOW_NS = 10**18


def stored(memory: Memory) -> dict[bytes, int]:
    """The size of each message's row."""
    with memory.store.read() as txn, txn.cursor(memory.store.tables.messages) as cursor:
        return {bytes(key): len(row) for key, row in cursor}


def many(start: int, stop: int) -> list[Observation]:
    """Observations of two messages each, which are like one another."""
    return [seen(asked(FULL.format(at)), f"so be it with {at}") for at in range(start, stop)]


def test_a_message_that_comes_again_is_stored_once(memory: Memory) -> None:
    memory.record([seen(asked("a"), "1"), seen(asked("b"), "1")])

    memory.record([seen(talk(said("user", "a"), said("assistant", "1"), said("user", "c")), "1")])

    assert len(stored(memory)) == len(["a", "1", "b", "c"])


def test_messages_lie_in_the_order_they_came_on_full_pages(memory: Memory) -> None:
    memory.record(many(0, 1_500))

    with memory.store.read() as txn:
        stat = txn.stat(memory.store.tables.messages)
    assert sum(stored(memory).values()) + 16 * 3_000 > 0.9 * stat["leaf_pages"] * stat["psize"]


def test_messages_whose_digests_begin_alike_are_told_apart(memory: Memory) -> None:
    memory.record([seen(asked("a"), "1")])
    with memory.store.write() as txn:  # its digest leads to the other one, too
        first, second = stored(memory)
        table = memory.store.tables.digests
        with txn.cursor(table) as cursor:
            rows = {bytes(value[-4:]): bytes(value[:-4]) for _, value in cursor}
        txn.put(b"M", rows[second[-4:]] + first[-4:], db=table)

    memory.record([seen(asked("1"), "1"), seen(asked("a"), "2")])

    assert [o.answer.message for _, o in memory.observations()] == [
        said("assistant", text) for text in ("1", "1", "2")
    ]
    assert len(stored(memory)) == len(["a", "1", "1 of a user", "2"])


def test_a_new_list_packs_what_is_there_and_the_list_before_goes(memory: Memory) -> None:
    memory.record(many(0, words._DUE[0] // 2))
    first = stored(memory)

    memory.record(many(500, 501))
    second, numbers = stored(memory), lists(memory)
    memory.record(many(1_000, 1_000 + words._DUE[1] // 2))
    memory.record(many(2_000, 2_001))

    assert sum(second[key] for key in first) < sum(first.values()) / 2
    assert len(lists(memory)) == len(numbers)
    assert lists(memory) != numbers
    assert len([*memory.observations()]) == len(stored(memory)) / 2


def lists(memory: Memory) -> frozenset[int]:
    """The numbers of the lists there are."""
    with memory.store.read() as txn:
        return memory.journal.words.numbers(txn)


def test_many_messages_keep_the_list_they_have(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "_REPACKED_BYTES", 0)
    memory.record(many(0, 40))
    first = stored(memory)

    memory.record(many(40, 41))

    assert {key: stored(memory)[key] for key in first} == first
    assert len([*memory.observations()]) == 41


def test_a_message_that_cannot_be_read_stays_and_is_stored_anew(memory: Memory) -> None:
    memory.record(many(0, 40))
    damaged = next(iter(stored(memory)))
    with memory.store.write() as txn:
        txn.put(damaged, b"junk", db=memory.store.tables.messages)

    memory.record([seen(talk(said("user", "new"), said("user", FULL.format(0))), "another")])

    with memory.store.read() as txn, pytest.raises(DamagedRowError):
        memory.journal.messages.payload(txn, messages._key(0))
    assert stored(memory)[damaged] == len(b"junk")
    assert len(stored(memory)) == 80 + len(["new", "the same again", "another"])


def test_what_is_forgotten_leaves_no_digest_and_no_number(memory: Memory) -> None:
    memory.record([seen(asked("a"), "1"), seen(asked("b"), "2")])
    with memory.store.read() as txn:
        payload = memory.journal.payload(txn, memory.journal.entry(txn, 1).answer)
    digest = messages._name(message_digest(payload))[1:]
    file = memory.store.folder / "data.mdb"
    assert digest in file.read_bytes()
    gone = list(stored(memory))[2:]

    forget(memory, Selection("node", path_of(asked("b"))[-1].hex()))
    memory.record([seen(asked("c"), "3")])

    assert digest not in file.read_bytes()
    assert not set(gone) & set(stored(memory))
    assert list(verify(memory)) == []


def test_a_digest_that_is_missing_is_found(memory: Memory) -> None:
    memory.record([seen(asked("a"), "1")])
    digests = memory.store.tables.digests
    assert digests is not None
    with memory.store.write() as txn:
        txn.drop(digests, delete=False)

    found = [(one.where, one.what) for one in verify(memory)]
    assert found == [("digests", "missing, though it is learnt")] * 2


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of layout 1."""
    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    memory.record(many(0, 100))
    memory.learn()
    memory.close()
    as_layout_1(tmp_path)
    return tmp_path


def test_a_store_of_layout_1_is_read_as_it_is_by_who_may_not_write(old: Path) -> None:
    memory = Memory(old, max_bytes=MAP_BYTES, readonly=True)

    assert memory.pending() == 100
    assert [one for _, one in memory.observations()] == many(0, 100)
    assert list(verify(memory)) == []
    assert layout_of(memory.store) == 1
    memory.close()


def test_the_index_of_layout_1_is_made_anew(old: Path) -> None:
    memory = Memory(old, max_bytes=MAP_BYTES)

    memory.learn()

    found = [memory.recall(one.conversation, NOW_NS) for one in many(0, 100)]
    assert all(isinstance(one, Hit) for one in found)
    with memory.store.read() as txn, txn.cursor() as cursor:
        names = [bytes(name) for name in cursor.iternext(keys=True, values=False)]
    assert not {b"answers", b"children"} & set(names)
    memory.close()


def test_a_store_of_layout_1_goes_on_and_loses_nothing(old: Path) -> None:
    memory = Memory(old, max_bytes=MAP_BYTES)
    before = len(stored(memory))

    memory.record([*many(0, 1), *many(200, 400)])
    memory.learn()

    assert layout_of(memory.store) == LAYOUT
    assert [one for _, one in memory.observations()] == [
        *many(0, 100),
        *many(0, 1),
        *many(200, 400),
    ]
    assert len(stored(memory)) == before + 2 * 200
    assert list(verify(memory)) == []
    assert memory.rebuild().same
    memory.close()


def test_what_layout_1_recorded_can_be_forgotten(old: Path) -> None:
    memory = Memory(old, max_bytes=MAP_BYTES)
    memory.record(many(200, 201))

    effect = forget(memory, Selection("node", path_of(many(7, 8)[0].conversation)[-1].hex()))

    assert (effect.observations, effect.messages) == (1, 2)
    kept = [*many(0, 7), *many(8, 100), *many(200, 201)]
    assert [one for _, one in memory.observations()] == kept
    assert list(verify(memory)) == []
    memory.close()


def test_a_number_goes_before_a_digest_that_is_beyond_it(memory: Memory) -> None:
    with memory.store.write() as txn:
        txn.put(b"\xff" * 16, b"\x00", db=memory.store.tables.messages)

    memory.record(many(0, 5))

    assert [one for _, one in memory.observations()] == many(0, 5)
