"""Rows of what was learnt are kept together with how much of the journal they know."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tree.errors import DamagedRowError
from tree.judgement.rows import LostRowError, brief, name_of
from tree.store import learnt
from tree.store.environment import Environment
from tree.store.learnt import LearntRows

MAP_BYTES = 8 << 20


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Environment]:
    opened = Environment(tmp_path, max_bytes=MAP_BYTES)
    yield opened
    opened.close()


def test_what_was_put_can_be_had_at_once_and_by_others_once_it_is_written(
    store: Environment,
) -> None:
    rows, others = LearntRows(store), LearntRows(store)

    rows.put(b"n1", b"one")
    before = rows.get(b"n1"), others.get(b"n1")
    written = rows.write(0, 5)

    assert before == (b"one", None)
    assert written
    assert others.get(b"n1") == b"one"
    assert others.followed() == 5


def test_who_comes_second_writes_nothing_and_reads_what_the_first_one_wrote(
    store: Environment,
) -> None:
    first, second = LearntRows(store), LearntRows(store)
    first.put(b"n1", b"first")
    second.put(b"n1", b"second")
    first.write(0, 3)

    written = second.write(0, 4)

    assert not written
    assert second.get(b"n1") == b"first"
    assert second.followed() == 3


def test_a_scan_finds_written_and_waiting_rows_in_order(store: Environment) -> None:
    rows = LearntRows(store)
    rows.put(b"l2", b"b")
    rows.put(b"n1", b"x")
    rows.write(0, 1)
    rows.put(b"l1", b"a")
    rows.put(b"l2", b"c")

    found = list(rows.scan(b"l"))

    assert found == [(b"l1", b"a"), (b"l2", b"c")]


def test_rows_outlive_the_process(tmp_path: Path) -> None:
    for expected in (None, b"row" * 1000):
        opened = Environment(tmp_path, max_bytes=MAP_BYTES)
        rows = LearntRows(opened)
        found = rows.get(b"key")
        rows.put(b"key", b"row" * 1000)
        rows.write(rows.followed(), rows.followed() + 1)
        opened.close()

        assert found == expected


def test_a_reader_of_a_store_without_the_table_finds_nothing(tmp_path: Path) -> None:
    Environment(tmp_path, max_bytes=MAP_BYTES).close()
    opened = Environment(tmp_path, max_bytes=MAP_BYTES, readonly=True)
    rows = LearntRows(opened)

    found = rows.get(b"key"), list(rows.scan(b"")), rows.followed()
    rows.put(b"key", b"kept in memory")

    assert found == (None, [], 0)
    assert rows.write(0, 1)
    assert rows.get(b"key") == b"kept in memory"
    opened.close()


def test_a_row_that_is_none_is_damage(store: Environment) -> None:
    rows = LearntRows(store)
    table = store.further_table("learnt")
    assert table is not None
    with store.write() as txn:
        txn.put(b"key", b"\x07garbage", db=table)

    with pytest.raises(DamagedRowError):
        rows.get(b"key")


def test_rows_of_another_format_are_dropped_by_a_writer_and_not_read_by_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Environment(tmp_path, max_bytes=MAP_BYTES)
    rows = LearntRows(before)
    rows.put(b"n1", b"as it was")
    rows.write(0, 5)
    before.close()
    monkeypatch.setattr(learnt, "FORMAT", learnt.FORMAT + 1)

    found = []
    for readonly in (True, False, True):
        opened = Environment(tmp_path, max_bytes=MAP_BYTES, readonly=readonly)
        now = LearntRows(opened)
        found.append((now.get(b"n1"), now.followed()))
        opened.close()

    assert found == [(None, 0), (None, 0), (None, 0)]


def test_brief_rows_are_found_by_name_whether_they_wait_or_are_written(store: Environment) -> None:
    rows, others = LearntRows(store), LearntRows(store)
    name, other = name_of(b"N", b"one"), name_of(b"N", b"other")
    rows.put(brief(name, 7), b"")
    rows.put(brief(name, 3), b"")
    waiting = rows.numbers([name, other])

    rows.write(0, 5)
    rows.put(brief(name, 5), b"")

    assert waiting == [[3, 7], []]
    assert rows.numbers([other, name]) == [[], [3, 5, 7]]
    assert others.numbers([name]) == [[3, 7]]
    assert others.get(brief(name, 3)) == b""
    assert others.get(brief(name, 5)) is None


def test_brief_rows_take_little_more_than_their_bytes(store: Environment) -> None:
    rows = LearntRows(store)
    keys = [brief(name_of(b"W", bytes([at >> 8, at & 255])), at) for at in range(10_000)]
    for key in keys:
        rows.put(key, b"")

    rows.write(0, 1)

    table = store.further_table("brief", dense=True)
    with store.read() as txn, txn.cursor(table) as cursor:
        count = sum(1 for _ in cursor)
    assert count == len(keys)
    assert set(rows.keys()) == set(keys)
    with store.read() as txn:
        assert store.used_bytes(txn) < 2 * sum(map(len, keys))


def test_what_is_learnt_anew_drops_brief_rows_too(store: Environment) -> None:
    rows = LearntRows(store)
    old, new = brief(name_of(b"M", b"old"), 0), brief(name_of(b"M", b"new"), 0)
    rows.put(old, b"")
    rows.write(0, 1)

    rows.replace({new: b"", b"n1": b"one"}, 2)

    assert set(rows.keys()) == {new, b"n1"}


def test_an_observation_that_cannot_be_read_back_is_named(store: Environment) -> None:
    rows = LearntRows(store)

    with pytest.raises(LostRowError, match="observation 4"):
        rows.observation(4)
    with pytest.raises(LostRowError, match="observation 4"):
        rows.came(4)


def test_names_that_are_neighbours_are_told_apart(store: Environment) -> None:
    rows = LearntRows(store)
    names = [b"G" + bytes([0, 0, 0, 0, 0, high, low]) for high in range(3) for low in range(5)]
    others = [b"M" + name[1:] for name in names]
    known = {name: [at, at + 1_000] for at, name in enumerate(names) if at % 4 in (1, 2)}
    for name, numbers in known.items():
        for number in numbers:
            rows.put(brief(name, number), b"")
    rows.put(brief(others[3], 7), b"")
    rows.write(0, 1)

    assert rows.numbers(names) == [known.get(name, []) for name in names]
    assert rows.numbers([*others, *names[::-1], names[1]]) == [
        *([7] if name == others[3] else [] for name in others),
        *(known.get(name, []) for name in names[::-1]),
        known[names[1]],
    ]


def test_all_rows_read_meanwhile_are_of_one_state(store: Environment) -> None:
    rows, others = LearntRows(store), LearntRows(store)
    for row in (b"one", b"two"):
        others.put(b"n1", row)
        others.put(brief(name_of(b"N", row), 1), b"")
        if row == b"one":
            others.write(0, 1)
    names = [name_of(b"N", b"one"), name_of(b"N", b"two")]

    with rows.reading():
        others.write(1, 2)
        meanwhile = rows.get(b"n1"), rows.numbers(names)

    assert meanwhile == (b"one", [[1], []])
    assert (rows.get(b"n1"), rows.numbers(names)) == (b"two", [[1], [1]])


def test_a_row_that_waits_is_not_lost_when_it_is_written_while_others_are_read(
    store: Environment,
) -> None:
    rows = LearntRows(store)
    rows.put(b"n1", b"one")

    with rows.reading():
        rows.write(0, 1)
        found = rows.get(b"n1")

    assert found == b"one"


def test_rows_that_are_packed_alike_are_both_read(store: Environment) -> None:
    rows, alike = LearntRows(store), LearntRows(store)
    said = b"the very same words " * 9
    for key, row in ((b"n1", said), (b"n2", said), (b"n3", said[::-1])):
        rows.put(key, row)
    rows.write(0, 1)

    assert [alike.get(key) for key in (b"n1", b"n2", b"n3", b"n1")] == [
        said,
        said,
        said[::-1],
        said,
    ]
