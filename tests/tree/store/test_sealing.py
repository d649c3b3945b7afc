"""Sealed rows: what came long ago lies together on full pages, and is read, forgotten and damaged one by one."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tree.store.layouts import layout_of
from tests.tree.talk import MAP_BYTES, asked, said, seen, talk
from tree.canonical import path_of
from tree.control.forgetting import forget
from tree.control.selecting import Selection
from tree.memory import Hit, Memory
from tree.message import Observation
from tree.store import sealing
from tree.store.environment import LAYOUT
from tree.store.tables import LAYOUT_KEY, Table
from tree.upkeep.check import verify

NOW_NS = 10**18
MANY = 300


def one(at: int) -> Observation:
    """Two messages that are like no others."""
    words = random.Random(at)  # noqa: S311 - a text, no secret
    text = " ".join(f"{words.randrange(10**6):x}" for _ in range(12))
    return seen(asked(f"{at}: {text}"), f"so be it with {at}: {text[::-1]}", at_ns=at + 1)


def filled(memory: Memory) -> list[Observation]:
    """Enough observations that most are sealed."""
    observations = [one(at) for at in range(MANY)]
    memory.record(observations)
    learn(memory)
    return observations


def learn(memory: Memory) -> None:
    """Take in all there is."""
    while memory.learn():
        pass


def rows(memory: Memory, table: Table) -> dict[bytes, bytes]:
    """All rows of a table."""
    with memory.store.read() as txn, txn.cursor(table) as cursor:
        return {bytes(key): bytes(row) for key, row in cursor}


def sealed(memory: Memory, table: Table) -> dict[bytes, bytes]:
    """The rows of many."""
    return {key: row for key, row in rows(memory, table).items() if sealing.is_sealed(row)}


def test_most_rows_are_sealed_and_everything_is_read_as_before(memory: Memory) -> None:
    observations = filled(memory)

    tables = memory.store.tables
    assert len(rows(memory, tables.messages)) < MANY
    assert len(rows(memory, tables.journal)) < MANY / 2
    assert [found for _, found in memory.observations()] == observations
    assert [found for _, found in memory.observations(MANY // 4)] == observations[MANY // 4 :]
    assert all(isinstance(memory.recall(x.conversation, NOW_NS), Hit) for x in observations)
    assert list(verify(memory)) == []
    assert memory.rebuild().same


def test_sealed_rows_fill_their_pages(memory: Memory) -> None:
    filled(memory)

    tables = memory.store.tables
    for table in (tables.messages, tables.journal):
        sizes = [len(row) for row in sealed(memory, table).values()]
        assert sizes
        assert min(sizes) > 0.9 * sealing.ROOM_BYTES
        assert max(sizes) <= sealing.ROOM_BYTES


def test_what_is_sealed_is_counted_one_by_one(memory: Memory) -> None:
    filled(memory)
    forget(memory, Selection("node", path_of(one(3).conversation)[-1].hex()))

    summary = memory.summary()

    assert (summary.observations, summary.messages) == (MANY - 1, 2 * (MANY - 1))


def test_the_observations_before_one_are_found_in_sealed_rows_too(memory: Memory) -> None:
    filled(memory)

    with memory.store.read() as txn:
        assert list(memory.journal.seqs_back(txn, 7)) == list(range(7, -1, -1))
        assert list(memory.journal.seqs_back(txn, MANY - 1)) == list(range(MANY - 1, -1, -1))
        assert list(memory.journal.seqs_back(txn, MANY)) == []


def test_a_sealed_message_that_comes_again_is_stored_once(memory: Memory) -> None:
    observations = filled(memory)
    before = memory.summary().messages

    memory.record(observations[:20])
    learn(memory)

    assert memory.summary().messages == before
    assert list(verify(memory)) == []


@pytest.mark.parametrize("at", [0, 5, MANY - 1], ids=["the first", "one within", "the last"])
def test_one_of_many_in_a_row_is_forgotten_and_the_others_stay(memory: Memory, at: int) -> None:
    observations = filled(memory)
    with memory.store.read() as txn:
        before = [*memory.journal.messages.ids(txn)]
    held = [sealed(memory, table) for table in the_tables(memory)]
    effect = forget(memory, Selection("node", path_of(one(at).conversation)[-1].hex()))

    assert (effect.observations, effect.messages) == (1, 2)
    kept = observations[:at] + observations[at + 1 :]
    assert [found for _, found in memory.observations()] == kept
    file = (memory.store.folder / "data.mdb").read_bytes()
    for table, old in zip(the_tables(memory), held, strict=True):
        now = sealed(memory, table)
        assert not [row for row in old.values() if row not in now.values() and row in file]
    with memory.store.read() as txn:
        assert len([*memory.journal.messages.ids(txn)]) == len(before) - 2
    assert list(verify(memory)) == []


def the_tables(memory: Memory) -> tuple[Table, Table]:
    """Those that have sealed rows."""
    return memory.store.tables.messages, memory.store.tables.journal


def test_all_of_a_sealed_row_can_be_forgotten(memory: Memory) -> None:
    filled(memory)

    forget(memory, Selection("older", before_ns=MANY // 2))

    with memory.store.read() as txn:
        assert len([*memory.journal.seqs(txn)]) == MANY - MANY // 2 + 1
    assert memory.summary().observations == MANY - MANY // 2 + 1
    assert list(verify(memory)) == []


def test_what_is_recorded_after_a_gap_is_sealed_too(memory: Memory) -> None:
    filled(memory)
    for at in range(MANY - 30, MANY - 20):
        forget(memory, Selection("node", path_of(one(at).conversation)[-1].hex()))

    memory.record([one(at) for at in range(MANY, 2 * MANY)])
    learn(memory)

    kept = [*range(MANY - 30), *range(MANY - 20, 2 * MANY)]
    assert [found for _, found in memory.observations()] == [one(at) for at in kept]
    assert list(verify(memory)) == []


def test_a_large_message_stays_by_itself_among_sealed_ones(memory: Memory) -> None:
    words = random.Random(0)  # noqa: S311 - a text, no secret
    texts = [f"{words.getrandbits(40_000):x}" for _ in range(3)]
    large = [seen(talk(said("user", text)), "noted") for text in texts]

    for at, observation in enumerate(large):
        memory.record([observation, *(one(100 * at + more) for more in range(100))])
    learn(memory)

    stored = rows(memory, memory.store.tables.messages)
    assert len([row for row in stored.values() if len(row) > sealing.ROOM_BYTES]) == len(large)
    assert sealed(memory, memory.store.tables.messages)
    assert len([*memory.observations()]) == 303
    assert list(verify(memory)) == []


@pytest.mark.parametrize("junk", [b"", b"\x00\x01", b"\xff" * 40], ids=len)
def test_a_damaged_row_of_many_costs_what_was_in_it_and_no_more(
    memory: Memory, junk: bytes
) -> None:
    observations = filled(memory)
    table = memory.store.tables.journal
    key = next(iter(sealed(memory, table)))
    with memory.store.write() as txn:
        txn.put(key, sealing.SEALED + junk, db=table)

    left = [found for _, found in memory.observations()]

    assert left == observations[int.from_bytes(key) + 1 :]
    assert "journal" in {found.where for found in verify(memory)}
    recalled = [memory.recall(found.conversation, NOW_NS) for found in observations]
    assert sum(isinstance(found, Hit) for found in recalled) == len(left)
    forget(memory, Selection("node", path_of(one(MANY - 1).conversation)[-1].hex()))
    assert [found for _, found in memory.observations()] == left[:-1]


def test_a_damaged_row_of_many_messages_is_told_and_swept(memory: Memory) -> None:
    filled(memory)
    table = memory.store.tables.messages
    key = next(iter(sealed(memory, table)))
    with memory.store.write() as txn:
        txn.put(key, sealing.SEALED + b"junk", db=table)

    left = len([*memory.observations()])

    assert 0 < left < MANY
    assert (found := next(iter(verify(memory)))).where == "messages"
    assert found.key == key.hex()
    forget(memory, Selection("node", path_of(one(MANY - 1).conversation)[-1].hex()))
    assert key not in rows(memory, table)
    assert len([*memory.observations()]) == left - 1


def test_a_store_of_layout_3_is_sealed_by_and_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sealing, "WAITING_BYTES", 1 << 30)
        memory = Memory(tmp_path, max_bytes=MAP_BYTES)
        observations = filled(memory)
        assert not sealed(memory, memory.store.tables.journal)
        with memory.store.write() as txn:
            txn.put(LAYOUT_KEY, (3).to_bytes(4), db=memory.store.tables.meta)
        memory.close()

    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    memory.record([one(MANY)])
    learn(memory)

    assert layout_of(memory.store) == LAYOUT
    assert sealed(memory, memory.store.tables.journal)
    assert sealed(memory, memory.store.tables.messages)
    assert [found for _, found in memory.observations()] == [*observations, one(MANY)]
    assert list(verify(memory)) == []
    memory.close()


@pytest.mark.parametrize("size", [1, 40, 700, sealing.ROOM_BYTES, sealing.ROOM_BYTES + 1])
@pytest.mark.parametrize("pack", [b"".join, lambda some: b"-" * 300 + b"".join(some)])
def test_as_many_pieces_are_taken_as_have_room(size: int, pack: Callable[[object], bytes]) -> None:
    pieces = [b"x" * size] * 5_000

    count, row = sealing.fill(pieces, pack)

    assert row == (pack(pieces[:count]) if count else b"")
    assert len(row) <= sealing.ROOM_BYTES
    assert (
        not count or len(row) >= 0.98 * sealing.ROOM_BYTES or len(row) + size > sealing.ROOM_BYTES
    )
    assert count or len(pack(pieces[:1])) > sealing.ROOM_BYTES
