"""Lists of words for rows of what was learnt: when they are made, that they pay, and that they go with the rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tree.errors import DamagedRowError, StoreFullError
from tree.judgement.rows import brief, name_of
from tree.store import ownwords
from tree.store.environment import Environment
from tree.store.learnt import LearntRows
from tree.store.ownwords import OWN

MAP_BYTES = 8 << 20
LIKE = (
    b"a program of a node, which says where each of the values of an answer comes from: %d, %d, %d"
)

OTHER = b"%d: says where each of the values of an answer comes from, which a program of a node does"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    monkeypatch.setattr(ownwords, "_DUE_BYTES", (1 << 13, 1 << 15))
    opened = Environment(tmp_path, max_bytes=MAP_BYTES)
    yield opened
    opened.close()


def write(rows: LearntRows, start: int, stop: int) -> None:
    """Learn rows that are like one another, a row an observation."""
    for number in range(start, stop):
        rows.put(b"n%04d" % number, LIKE % (number, number * 7, number * 11))
    assert rows.write(start, stop)


def packed(store: Environment) -> dict[bytes, int]:
    """The size of each row, lists included."""
    table = store.further_table("learnt")
    with store.read() as txn, txn.cursor(table) as cursor:
        return {bytes(key): len(row) for key, row in cursor}


def lists(store: Environment) -> list[bytes]:
    """Where lists are."""
    return [key for key in packed(store) if key.startswith(OWN + b"words")]


def test_rows_are_packed_anew_with_a_list_of_their_own_and_take_half(store: Environment) -> None:
    rows = LearntRows(store)
    write(rows, 0, 10)
    before = packed(store)

    write(rows, 10, 200)

    after = packed(store)
    assert all(after[key] < before[key] / 2 for key in before if not key.startswith(OWN))
    assert [rows.get(key) for key in (b"n0003", b"n0199")] == [
        LIKE % (3, 21, 33),
        LIKE % (199, 1393, 2189),
    ]


def test_a_newer_list_takes_the_place_of_the_older_one(store: Environment) -> None:
    rows, others = LearntRows(store), LearntRows(store)
    write(rows, 0, 200)
    first = lists(store)
    assert others.get(b"n0003") == LIKE % (3, 21, 33)

    write(rows, 200, 1_000)

    assert len(first) == len(lists(store)) == 1
    assert lists(store) != first
    assert others.get(b"n0003") == LIKE % (3, 21, 33)


def test_rows_that_are_too_many_to_be_packed_anew_keep_their_list(
    store: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownwords, "_REPACKED_BYTES", 1 << 14)
    rows = LearntRows(store)

    write(rows, 0, 200)
    write(rows, 200, 1_000)

    assert len(lists(store)) == 2
    fresh = LearntRows(store)
    assert [fresh.get(b"n%04d" % at) for at in (3, 999)] == [
        LIKE % (3, 21, 33),
        LIKE % (999, 6993, 10989),
    ]


def test_few_rows_have_no_list(store: Environment) -> None:
    write(LearntRows(store), 0, 3)

    assert not lists(store)


def test_lists_go_with_the_rows_and_no_number_is_given_again(store: Environment) -> None:
    rows = LearntRows(store)
    write(rows, 0, 200)
    first = lists(store)

    rows.replace({b"n0001": b"another"}, 1)
    gone = lists(store)
    rows.replace({b"n%04d" % at: LIKE % (at, at, at) for at in range(200)}, 200)

    assert gone == []
    assert lists(store) != first
    assert rows.get(b"n0003") == LIKE % (3, 3, 3)


def test_a_list_that_came_to_nothing_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownwords, "_DUE_BYTES", (1 << 13,))
    store = Environment(tmp_path, max_bytes=1 << 18)
    rows, others = LearntRows(store), LearntRows(store)
    for number in range(200):
        rows.put(b"n%04d" % number, OTHER % number)
    for number in range(50_000):  # brief rows are written last
        rows.put(brief(name_of(b"G", b"mark"), number), b"")
    with pytest.raises(StoreFullError):
        rows.write(0, 1)
    rows.begin()

    write(rows, 0, 200)

    assert len(lists(store)) == 1
    assert others.get(b"n0003") == LIKE % (3, 21, 33)
    store.close()


def test_a_row_that_cannot_be_read_stays_as_it_is(store: Environment) -> None:
    rows = LearntRows(store)
    table = store.further_table("learnt")
    with store.write() as txn:
        txn.put(b"n", b"\x01\x00\x00damage", db=table)

    write(rows, 0, 200)

    assert rows.get(b"n0003") == LIKE % (3, 21, 33)
    with pytest.raises(DamagedRowError):
        rows.get(b"n")
