"""Calls made at once, one for each entry of a list: as many as there are entries, each with its own values."""

from collections.abc import Sequence

import msgspec
import pytest

from tests.tree.survival.world import (
    Outcome,
    call,
    code,
    name,
    result,
    results,
    says,
    turns,
    watched,
    wish,
)
from tests.tree.talk import asked
from tree.message import Conversation, Json, Message, ToolCall

CODES = [code(number) for number in range(600)]
NAMES = [name(number) for number in range(60)]


def _rows(at: int, count: int) -> list[Json]:
    """Orders, every other one late; the first ones are in time where there are many."""
    return [
        {"id": CODES[(at * 9 + place) % 600], "late": (place + at) % 2 == 1, "by": NAMES[(at + place) % 60]}
        for place in range(count)
    ]  # fmt: skip


def _calls(rows: Sequence[Json]) -> Message:
    calls = (
        ToolCall(at, "get_order", msgspec.json.encode({"id": row["id"], "full": True}).decode())
        for at, row in enumerate(rows)
    )
    return Message("assistant", tuple(calls)) if rows else says("There are none.")


def _all(conversation: Conversation) -> Message:
    """Look up every order of a person at once."""
    found = results(conversation)
    if not found:
        return call("list_orders", person=wish(conversation).removeprefix("Check all orders of "))
    return _calls(found[0]) if len(found) == 1 else says("They were checked.")


def _late(conversation: Conversation) -> Message:
    """Look up every late order of a person at once."""
    found = results(conversation)
    if not found:
        return call("list_orders", person=wish(conversation).removeprefix("Check all orders of "))
    return _calls([row for row in found[0] if row["late"]]) if len(found) == 1 else says("Done.")


def _listed(rows: Sequence[Json], at: int) -> Conversation:
    opening = asked(f"Check all orders of {NAMES[at % 60]}")
    return turns(opening, _all, lambda call: result(call, [*rows]))[1]


SIZES = [2, 3, 1, 4, 2, 5, 3, 2, 4, 1, 3, 2, 5, 4, 2, 3, 4, 2, 3, 5]
LISTS = [_listed(_rows(at, count), at) for at, count in enumerate(SIZES)]


def test_calls_for_every_entry_are_served_however_many_there_are() -> None:
    watcher = watched(_all, LISTS)

    assert watcher.wrong == []
    assert watcher.served > 0
    for count in (2, 3, 6, 9):
        assert watcher.outcome(_listed(_rows(40, count), 40)) is Outcome.RIGHT


def test_an_empty_list_makes_no_calls() -> None:
    assert watched(_all, LISTS).outcome(_listed([], 40)) is not Outcome.WRONG


def test_entries_in_another_order_are_called_in_theirs() -> None:
    assert watched(_all, LISTS).outcome(_listed(_rows(40, 4)[::-1], 40)) is not Outcome.WRONG


def test_equal_entries_are_right_or_not_served() -> None:
    row = _rows(40, 1)[0]

    assert watched(_all, LISTS).outcome(_listed([row, row, row], 40)) is not Outcome.WRONG


def test_calls_for_some_of_the_entries_are_told_by_what_these_have_in_common() -> None:
    watcher = watched(_late, [_listed(_rows(at, 3 + at % 4), at) for at in range(40)])

    assert watcher.wrong == []
    assert watcher.outcome(_listed(_rows(51, 6), 51)) is Outcome.RIGHT
    assert watcher.outcome(_listed(_rows(52, 9), 52)) is Outcome.RIGHT
    none_late = [row for row in _rows(53, 8) if not row["late"]]
    assert watcher.outcome(_listed(none_late, 53)) is not Outcome.WRONG


@pytest.mark.parametrize("count", [1, 2, 4, 7])
def test_calls_that_were_always_two_are_not_made_for_another_number_of_entries(count: int) -> None:
    """Two of two, or the first two of any?"""
    twos = [_listed(_rows(at, 2), at) for at in range(20)]

    assert watched(_all, twos).outcome(_listed(_rows(40, count), 40)) is not Outcome.WRONG


def test_an_entry_without_the_value_stops_all_of_its_calls() -> None:
    rows = _rows(40, 3)
    del rows[1]["id"]

    watcher = watched(_all, LISTS)

    assert watcher.answer(_listed([*_rows(41, 2)], 41)) is not None
    broken = turns(
        asked(f"Check all orders of {NAMES[40]}"), _first, lambda call: result(call, rows)
    )
    assert watcher.answer(broken[1]) is None


def _first(conversation: Conversation) -> Message:
    """List, and stop there."""
    return _all(conversation) if not results(conversation) else says("Something is missing.")
