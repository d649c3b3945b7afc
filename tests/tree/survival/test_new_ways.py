"""Coincidences that the larger part of the language could fall for: sums, rates, tables, initials, parts of dates."""

import re
from decimal import Decimal

import pytest

from tests.tree.survival.world import (
    Model,
    Outcome,
    Watcher,
    call,
    code,
    listens,
    name,
    questions,
    result,
    results,
    says,
    turns,
    watched,
    wish,
)
from tests.tree.talk import asked, called
from tree.message import Conversation, Json, Message

CODES = [code(number) for number in range(300)]
NAMES = [name(number) for number in range(40)]


def _counting(conversation: Conversation) -> Message:
    """Count what is late in a list; so far that has been two whatever the list was."""
    found = results(conversation)
    if not found:
        return call("list_orders", person=wish(conversation).removeprefix("How many orders of "))
    return call("get_rate", count=sum(row["late"] for row in found[0]))


def _orders(at: int, late: int, count: int = 4) -> Conversation:
    rows: list[Json] = [
        {"id": CODES[5 * at + place], "late": place < late, "days": 3 + place, "sum": 10 * place}
        for place in range(count)
    ]
    opening = asked(f"How many orders of {NAMES[at]}")
    return turns(opening, _counting, lambda own: result(own, rows))[1]


def test_a_count_that_was_always_two_is_wrong_once_at_most_when_audited() -> None:
    watcher = Watcher(_counting, audited=True)

    watcher.watch([_orders(at, 2) for at in range(20)])
    watcher.watch([_orders(20 + at, (0, 1, 3, 4)[at % 4]) for at in range(16)])

    assert len(watcher.wrong) <= 1


@pytest.mark.parametrize("late", [1, 3])
def test_a_count_that_varied_is_right_or_not_served(late: int) -> None:
    watcher = watched(_counting, [_orders(at, at * 7 % 5) for at in range(20)])

    assert watcher.wrong == []
    assert watcher.outcome(_orders(31, late, count=9)) is not Outcome.WRONG


def _taxed(rate: Decimal, limit: Decimal) -> Model:
    """A rate on small sums, and half of it on what is above a limit."""

    def model(conversation: Conversation) -> Message:
        net = Decimal(wish(conversation).removeprefix("Tax on "))
        tax = net * rate if net <= limit else limit * rate + (net - limit) * rate / 2
        return called(0, f'{{"amount": {tax.quantize(Decimal("0.01"))}}}', "get_tax")

    return model


def test_a_rate_is_served_once_three_sums_bore_it_out() -> None:
    model = _taxed(Decimal("0.19"), Decimal(10**9))

    watcher = watched(model, questions("Tax on *", [137 + 91 * at for at in range(14)]))

    assert watcher.wrong == []
    assert watcher.outcome(asked("Tax on 5210")) is Outcome.RIGHT
    assert watcher.outcome(asked("Tax on 1.137")) is not Outcome.WRONG


def test_a_rate_that_ends_at_a_limit_is_wrong_once_at_most_when_audited() -> None:
    model = _taxed(Decimal("0.19"), Decimal(2000))

    watcher = Watcher(model, audited=True)
    watcher.watch(questions("Tax on *", [137 + 91 * at for at in range(40)]))

    assert len(watcher.wrong) <= 1, "there is no telling the first one"


TURN = listens(
    r"Register (.+), born (.+)\.",
    lambda who, day: call("find", short="".join(own[0] for own in who.split()), year=day[-4:]),
)


def _births(values: list[str]) -> list[Conversation]:
    days = [f"{3 + at % 25} May {1960 + at * 7 % 40}" for at in range(len(values))]
    return [asked(f"Register {who}, born {day}.") for who, day in zip(values, days, strict=True)]


@pytest.mark.parametrize(
    "who", ["Bo", "Ida van Holm", "Jean-Luc Picard", "ida holm", "O'Hara", "Li  Wei"]
)
def test_initials_of_an_unusual_name_are_right_or_not_served(who: str) -> None:
    watcher = watched(TURN, _births(NAMES[:16]))

    assert watcher.wrong == []
    assert watcher.outcome(asked(f"Register {who}, born 4 May 1971.")) is not Outcome.WRONG


SLUG = listens(
    r"Publish “(.+)” now\.",
    lambda title: call("find_page", slug=re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")),
)
TITLES = ["Big Day Out", "Tea at Ten", "Late Lunch", "Red Barn", "Old Mill Road", "Two by Two"]


@pytest.mark.parametrize(
    "title",
    [
        "Ida's Café",
        "C++ & You",
        "100% Wool",
        "A/B",
        "big_day",
        "Zürich",
        "x",
        "iPhone News",
        "No. 5",
    ],
)
def test_a_slug_of_an_unusual_title_is_right_or_not_served(title: str) -> None:
    watcher = watched(SLUG, questions("Publish “*” now.", [*TITLES, *NAMES[:5]]))

    assert watcher.wrong == []
    assert watcher.outcome(asked("Publish “Green Hill” now.")) is Outcome.RIGHT
    assert watcher.outcome(asked(f"Publish “{title}” now.")) is not Outcome.WRONG


@pytest.mark.parametrize(
    "text", ["1.137", "1,137", "1.5", "1,5", "1 137", "1'137", "1.137,50", "1,137.50"]
)
def test_a_number_that_countries_read_differently_is_right_or_not_served(text: str) -> None:
    model = listens(
        r"Book ([\d.,' ]+) points\.",
        lambda said: call("get_rate", points=int(said)) if said.isdigit() else says("How many?"),
    )

    watcher = watched(model, questions("Book * points.", [137 + 311 * at for at in range(14)]))

    assert watcher.wrong == []
    assert watcher.outcome(asked("Book 7713 points.")) is Outcome.RIGHT
    assert watcher.outcome(asked(f"Book {text} points.")) is not Outcome.WRONG


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb"])
def test_half_of_a_surrogate_pair_is_never_served_and_never_fails(value: str) -> None:
    watcher = watched(
        listens(r"Please find the item (.+) for me\.", lambda item: call(item=item)),
        questions("Please find the item * for me.", NAMES[:8]),
    )

    served = watcher.answer(asked(f"Please find the item {value} for me."))

    assert served is None or value in str(served)
