"""Epochs, edges, parts of dates, and how long between: found from examples."""

from decimal import Decimal
from typing import Any

import pytest

from tree.derive.program import NOTHING, Apply, Const, evaluate
from tree.derive.search import Leaf, derive
from tree.derive.sources import Sources
from tree.reading.item import Item


def said(text: str) -> tuple[Item, ...]:
    return (Item("user", "", f"about {text}.", [text], structured=False, key="u"),)


def told(tree: Any) -> tuple[Item, ...]:
    return (Item("result", "t", "", tree, structured=True, key="r"),)


def learnt(pairs: list[tuple[str, Any]]) -> Leaf | None:
    return derive([wanted for _, wanted in pairs], [Sources(said(text)) for text, _ in pairs])


@pytest.mark.parametrize(
    ("op", "of", "args", "wanted"),
    [
        ("epoch_in", ["at 2031-05-07T14:30:00Z"], (0, "seconds"), 1935930600),
        ("epoch_in", ["at 2031-05-07 14:30"], (0, "milliseconds"), 1935930600000),
        ("epoch_in", ["2031-05-07T16:30:00+02:00"], (0, "seconds"), 1935930600),
        ("epoch_in", ["1970-01-01T00:00:00.250Z"], (0, "seconds"), Decimal("0.25")),
        ("epoch_in", ["2031-02-30T10:00"], (0, "seconds"), NOTHING),
        ("epoch_in", [7], (0, "seconds"), NOTHING),
        ("epoch", ["2031-05-07", "14:30:00"], ("seconds",), 1935930600),
        ("epoch", ["2031-05-07", 7], ("seconds",), NOTHING),
        ("epoch", ["soon", "14:30:00"], ("seconds",), NOTHING),
        ("day_epoch", ["2031-05-07"], ("seconds",), 1935878400),
        ("from_epoch", [1935930600], ("seconds", "%Y-%m-%d %H:%M"), "2031-05-07 14:30"),
        ("from_epoch", ["1935930600000"], ("milliseconds", "%Y-%m-%d"), "2031-05-07"),
        ("from_epoch", [12], ("seconds", "%Y"), NOTHING),
        ("from_epoch", ["soon"], ("seconds", "%Y"), NOTHING),
        ("edge_of_day", ["2031-05-07"], ("%Y-%m-%dT23:59:59",), "2031-05-07T23:59:59"),
        ("edge_of_day", ["soon"], ("%Y",), NOTHING),
        ("edge_of_day", [7], ("%Y",), NOTHING),
        ("part_of_date", ["2031-05-07"], ("%A",), "Wednesday"),
        ("edge_of_month", ["2032-02-10"], ("last",), "2032-02-29"),
        ("edge_of_month", ["2031-12-10"], ("last",), "2031-12-31"),
        ("edge_of_month", ["2031-12-10"], ("first",), "2031-12-01"),
        ("edge_of_month", ["9999-12-10"], ("last",), NOTHING),
        ("days_between", ["2031-02-27", "2031-03-02"], (), 3),
        ("days_between", ["2031-02-27", "soon"], (), NOTHING),
        ("minutes_between", ["09:15:00", "10:00:00"], (), 45),
        ("minutes_between", ["10:00:00", "09:15:00"], (), NOTHING),
        ("minutes_between", ["10:00:00", 7], (), NOTHING),
        ("days_told", ["for two weeks"], (), 14),
        ("days_told", ["a fortnight"], (), 14),
        ("days_told", ["3 nights"], (), 3),
        ("days_told", ["2 weeks and 3 days"], (), NOTHING),
        ("days_told", [7], (), NOTHING),
    ],
)
def test_moments_are_reckoned_or_left_alone(
    op: str, of: list[Any], args: tuple[Any, ...], wanted: Any
) -> None:
    assert evaluate(Apply(op, tuple(map(Const, of)), args), ()) == wanted


@pytest.mark.parametrize(
    ("pairs", "question", "answer"),
    [
        pytest.param(
            [("14 March 2031", "2031-03-14T00:00:00Z"), ("2 August 2030", "2030-08-02T00:00:00Z")],
            "29 February 2032",
            "2032-02-29T00:00:00Z",
            id="start of day",
        ),
        pytest.param(
            [("14 March 2031", "2031-03-14 23:59:59"), ("2 August 2030", "2030-08-02 23:59:59")],
            "1 May 2032",
            "2032-05-01 23:59:59",
            id="end of day",
        ),
        pytest.param(
            [("14 March 2031", "Friday"), ("2 August 2030", "Friday"), ("4 May 2031", "Sunday"),
             ("5 May 2031", "Monday")],
            "29 February 2032",
            "Sunday",
            id="weekday",
        ),
        pytest.param(
            [("2031-03-14T10:00:00Z", 1931248800), ("2030-08-02T12:30:00Z", 1911904200)],
            "2031-05-07T14:30:00Z",
            1935930600,
            id="epoch",
        ),
        pytest.param(
            [("14 March 2031", 1931212800), ("2 August 2030", 1911859200)],
            "7 May 2031",
            1935878400,
            id="epoch of a day",
        ),
        pytest.param(
            [("1931248800", "2031-03-14 10:00"), ("1911904200", "2030-08-02 12:30")],
            "1935930600",
            "2031-05-07 14:30",
            id="from epoch",
        ),
        pytest.param(
            [("14 March 2031", "2031-03-31"), ("2 August 2030", "2030-08-31"),
             ("9 June 2031", "2031-06-30")],
            "3 February 2032",
            "2032-02-29",
            id="end of month",
        ),
        pytest.param(
            [("2031-03-14 to 2031-04-25", 42), ("2030-08-02 to 2030-11-01", 91),
             ("2031-05-01 to 2031-07-03", 63), ("2031-01-01 to 2031-04-11", 100)],
            "2031-02-01 to 2031-03-01",
            28,
            id="days between",
        ),
        pytest.param(
            [("from 9:15 am to 10:00 am", 45), ("from 8:05 am to 1:00 pm", 295),
             ("from 7:10 am to 8:22 am", 72), ("from 1:00 pm to 4:20 pm", 200)],
            "from 2:00 pm to 3:30 pm",
            90,
            id="minutes between",
        ),
        pytest.param(
            [("2.5 hours", "150"), ("50 minutes", "50"), ("3 hours 15 min", "195"), ("2 h", "120")],
            "1.5 hours",
            "90",
            id="minutes as text",
        ),
        pytest.param(
            [("2.5 hours", 9000), ("50 minutes", 3000), ("3 hours 15 min", 11700), ("2 h", 7200)],
            "1.5 hours",
            5400,
            id="seconds",
        ),
        pytest.param(
            [("two weeks", 14), ("10 days", 10), ("5 weeks", 35), ("12 days", 12), ("a fortnight", 14)],
            "3 weeks",
            21,
            id="days in words",
        ),
    ],
)  # fmt: skip
def test_spans_are_learnt_from_examples(
    pairs: list[tuple[str, Any]], question: str, answer: Any
) -> None:
    leaf = learnt(pairs)

    assert leaf is not None
    assert leaf.value(said(question)) == answer


def test_a_clock_in_scope_makes_the_moment_that_is_counted_in_seconds() -> None:
    pairs = [
        ({"day": "2031-03-14", "at": "10:00"}, 1931248800),
        ({"day": "2030-08-02", "at": "12:30"}, 1911904200),
    ]

    leaf = derive([wanted for _, wanted in pairs], [Sources(told(tree)) for tree, _ in pairs])

    assert leaf is not None
    assert leaf.value(told({"day": "2031-05-07", "at": "14:30"})) == 1935930600


def test_a_clock_that_was_always_the_same_takes_three_dates() -> None:
    pairs = [("14 March 2031", "2031-03-14 17:42:00"), ("2 August 2030", "2030-08-02 17:42:00")]

    leaf = learnt(pairs)

    assert leaf is None or leaf.value(said("1 May 2032")) in (NOTHING, "2032-05-01 17:42:00")
