"""What names stand for is kept for a time, for every process on the store, and longer where it is put again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tree.store.environment import Environment
from tree.store.held import DAY_NS, KEPT_DAYS, Held

NAME, OTHER = b"n" * 16, b"o" * 16


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Environment]:
    opened = Environment(tmp_path, max_bytes=8 << 20)
    yield opened
    opened.close()


def test_what_was_put_is_got_by_any_process_and_after_closing(tmp_path: Path) -> None:
    first = Environment(tmp_path, max_bytes=8 << 20)
    Held(first).put({NAME: b"what it stands for"}, DAY_NS)
    first.close()

    again = Environment(tmp_path, max_bytes=8 << 20, readonly=True)
    got = Held(again).get(NAME)
    again.close()

    assert got == b"what it stands for"


def test_what_was_never_put_or_was_dropped_is_nothing(store: Environment) -> None:
    held = Held(store)
    held.put({NAME: b"x"}, DAY_NS)

    held.drop(NAME)

    assert held.get(NAME) is None
    assert held.get(OTHER) is None


def test_what_was_not_put_again_for_too_long_is_dropped(store: Environment) -> None:
    held = Held(store)
    held.put({NAME: b"once", OTHER: b"twice"}, 1 * DAY_NS)
    held.put({OTHER: b"twice"}, 20 * DAY_NS)

    held.put({}, (1 + KEPT_DAYS) * DAY_NS)
    kept = held.get(NAME)
    held.put({}, (2 + KEPT_DAYS) * DAY_NS)

    assert kept == b"once"
    assert held.get(NAME) is None
    assert held.get(OTHER) == b"twice"


def test_a_store_from_before_there_were_any_holds_nothing_for_its_readers(tmp_path: Path) -> None:
    Environment(tmp_path, max_bytes=8 << 20).close()
    reader = Environment(tmp_path, max_bytes=8 << 20, readonly=True)

    assert Held(reader).get(NAME) is None
    reader.close()
