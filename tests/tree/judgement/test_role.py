"""Roles: what of a context was always so, and what is said of it when it is so no more."""

from typing import Any

import pytest

from tree.judgement.role import Roles
from tree.reading.item import Frame, Item

MAILS = ["ida@mail.example", "bo7@mail.example", "eve.k@post.example"]
CODES = ["K-4711", "0815", "c0ffee12"]
STATES = ["open", "open", "open", "open"]


def told(tree: Any, kind: str = "result") -> Frame:
    return (Item(kind, "look", repr(tree), tree, structured=True, key="r"),)


def roles(*trees: Any, kind: str = "result") -> Roles:
    return Roles.of([told(tree, kind) for tree in trees], frozenset())


def rows(*states: Any) -> dict[str, Any]:
    return {"found": [{"id": f"K-{at}", "state": state} for at, state in enumerate(states)]}


@pytest.mark.parametrize(
    ("so_far", "now", "reason"),
    [
        (MAILS, "none on file", "item 0.to is “none on file”, and was always an address so far"),
        (MAILS, "0815", "item 0.to is “0815”, and was always an address so far"),
        (CODES, "pending", "item 0.to is “pending”, and was always a number or a code so far"),
        (CODES, "A-1", None),
        (MAILS, "ida@other.example", None),
        ([*CODES, "pending"], "unknown", None),
        (CODES[:2], "pending", None),
    ],
)
def test_a_place_that_always_had_a_text_of_one_form_has_it_again(
    so_far: list[str], now: str, reason: str | None
) -> None:
    assert roles(*({"to": own} for own in so_far)).outside(told({"to": now})) == reason


def test_a_stamp_in_instructions_may_look_like_a_word() -> None:
    trees = [{"session": own} for own in CODES]

    assert roles(*trees, kind="system").outside(told({"session": "decade"}, "system")) is None


def test_a_record_whose_keys_have_digits_is_heard_like_any_other() -> None:
    known = roles({"phase2": "ok"}, {"phase2": "ok"})

    assert known.outside(told({"phase2": "ok"})) is None
    assert known.outside(told({"phase2": "failed"})) == (
        "item 0.phase2 is “failed”, and was always “ok” so far"
    )


def test_keys_that_come_and_go_are_no_places() -> None:
    days: list[dict[str, Any]] = [{f"2031-05-0{at}": at, f"2031-05-0{at + 1}": at} for at in (1, 3)]

    known = roles(*days)

    assert (known.fixed, known.closed, known.free) == ({}, {}, ())


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (rows("open", "open", "open"), None),
        (
            rows("open", "shut"),
            "an entry of item 0.found has “shut” under “state”, and all had “open” so far",
        ),
        (
            rows("open", None),
            "an entry of item 0.found has None under “state”, and all had “open” so far",
        ),
    ],
)
def test_what_all_records_of_a_list_had_is_so_again(now: Any, reason: str | None) -> None:
    known = roles(rows("open", "open"), rows("open"), rows("open", "open", "open", "open"))

    assert known.outside(told(now)) == reason


def test_records_have_one_of_the_few_kinds_that_they_had() -> None:
    mixed = [rows("low", "high", "low", "high"), rows("high", "low", "low", "high", "low")]

    assert roles(*mixed).outside(told(rows("low", "urgent"))) is None
    assert roles(*mixed, *mixed).outside(told(rows("low", "high", "high"))) is None
    assert roles(*mixed, *mixed).outside(told(rows("low", "urgent"))) is not None


def test_numbers_in_records_are_no_kinds() -> None:
    mixed = [rows(1, 2, 1, 2, 1), rows(2, 2, 1, 2), rows(1, 1, 2, 2, 2, 1)]

    assert roles(*mixed, *mixed).outside(told(rows(1, 3))) is None


def test_what_stands_in_the_tables_of_a_text_is_heard_too() -> None:
    def text(*states: str) -> Frame:
        table = rows(*states)["found"]
        return (Item("result", "look", repr(table), ["K-1", table], structured=False, key="r#1"),)

    known = Roles.of([text("open"), text("open", "open"), text("open")], frozenset())

    assert known.outside(text("open", "open")) is None
    assert known.outside(text("open", "shut")) is not None


def test_records_are_told_in_the_forms_that_they_had() -> None:
    known = roles(*(rows(*(f"{at}{n} kg" for at in range(1, n))) for n in range(3, 6)))

    assert known.outside(told(rows("12 kg", "9 kg"))) is None
    assert known.outside(told(rows("12 kg", "500 g"))) == (
        "an entry of item 0.found has “500 g” under “state”, "
        "and all had a number or a code with “kg” so far"
    )


def test_a_number_in_records_that_becomes_nothing_is_news() -> None:
    known = roles(*(rows(*range(n, 3 * n)) for n in range(2, 5)))

    assert known.outside(told(rows(40, 50))) is None
    assert known.outside(told(rows(40, 0))) is not None


def test_a_text_that_says_the_opposite_for_the_first_time_is_news() -> None:
    texts = ["Please cancel it.", "We moved; cancel it today.", "Stop it, it doesn't fit."]

    known = roles(*({"text": own} for own in texts))

    assert known.outside(told({"text": "Cancel it, it is not blue."})) is None
    assert known.outside(told({"text": "Never cancel it!"})) == (
        "item 0.text says “never”, which it never did so far"
    )


def test_what_lists_in_records_had_is_so_again() -> None:
    def parts(*checked: bool) -> dict[str, Any]:
        return {"parts": [{"checks": [{"ok": own}, {"ok": True}]} for own in checked]}

    known = roles(parts(True), parts(True, True), parts(True))

    assert known.outside(told(parts(True, True, True))) is None
    assert known.outside(told(parts(True, False))) == (
        "an entry of item 0.parts has False under “checks.*.ok”, and all had True so far"
    )


def test_plain_values_in_a_row_may_be_a_record_whose_fields_have_no_names() -> None:
    known = roles(*([at, f"K-{at}", "done", at * 3] for at in range(2, 7)))

    assert known.outside(told([9, "K-9", "done", 5])) is None
    assert known.outside(told([9, "K-9", "failed", 5])) is not None


def test_a_number_far_beyond_all_that_were_met_is_news() -> None:
    known = roles(*({"sum": own} for own in (10, 250, 30, 40, 399)))

    assert known.outside(told({"sum": 700})) is None
    assert known.outside(told({"sum": 9_000_000})) == (
        "item 0.sum is 9000000, many times as much as ever so far, or as little"
    )


def test_a_list_many_times_as_long_as_ever_is_news() -> None:
    known = roles(*(rows(*["open"] * size) for size in (1, 2, 3, 2, 1)))

    assert known.outside(told(rows(*["open"] * 9))) is None
    assert known.outside(told(rows(*["open"] * 40))) == (
        "item 0.found has 40 entries, many times as many as ever so far"
    )
