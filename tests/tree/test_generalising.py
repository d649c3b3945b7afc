"""Following the journal: what goes wrong with one observation costs that one, and nothing is counted twice."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import override

import pytest

from tests.tree.talk import MAP_BYTES
from tests.tree.traffic import answer, call, talk
from tree.errors import StoreUnusableError
from tree.generalising import Generaliser
from tree.judgement.verdict import Limits
from tree.memory import Memory
from tree.message import Observation
from tree.store.learnt import LearntRows

ODD = 25
"""Of the one that nobody could foresee."""


class Stumbling(LearntRows):
    """A store's rows, with an error of ours that one observation shows."""

    over = -1

    @override
    def keep(self, observation: Observation, seq: int | None = None) -> int:
        if seq == self.over:
            raise ZeroDivisionError
        return super().keep(observation, seq)


def lent(number: int) -> Observation:
    book = f"B-{40_000 + 37 * number}"
    asked = talk(f"I lend you the book {book}.")
    tool = "get_paper" if number == ODD else "get_book"
    return Observation(asked, answer(call(tool, book=book)), number + 1)


def read(
    observations: Iterable[Observation], damaged: int = -1
) -> Iterator[tuple[int, Observation]]:
    for seq, observation in enumerate(observations):
        if seq == damaged:
            raise StoreUnusableError(Path("store"), "a page is gone")
        yield seq, observation


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Stumbling]:
    yield from rows_of(tmp_path / "store")


@pytest.fixture
def others(tmp_path: Path) -> Iterator[Stumbling]:
    yield from rows_of(tmp_path / "other")


def rows_of(path: Path) -> Iterator[Stumbling]:
    memory = Memory(path, max_bytes=MAP_BYTES)
    memory.record(list(map(lent, range(30))))
    yield Stumbling(memory.store)
    memory.close()


def test_an_error_of_ours_costs_one_observation_and_no_other(
    rows: Stumbling, caplog: pytest.LogCaptureFixture
) -> None:
    rows.over = 5
    generaliser = Generaliser(rows, Limits())

    with caplog.at_level(logging.ERROR):
        generaliser.follow(read(map(lent, range(30))), 30)
        generaliser.follow(read(map(lent, range(30))), 30)

    assert [record.getMessage() for record in caplog.records] == [
        "observation 5 is not learnt from, for an error within Rote"
    ]
    assert generaliser.next_seq == 30


def test_what_was_learnt_halfway_is_not_counted_twice(rows: Stumbling, others: Stumbling) -> None:
    at_once, with_pauses = Generaliser(others, Limits()), Generaliser(rows, Limits())
    at_once.follow(read(map(lent, range(30))), 30)
    for _ in range(3):
        with pytest.raises(StoreUnusableError):
            with_pauses.follow(read(map(lent, range(30)), damaged=28), 30)

    with_pauses.follow(read(map(lent, range(30))), 30)

    assert dict(rows.scan(b"")) == dict(others.scan(b""))
