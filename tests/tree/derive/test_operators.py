"""Every operator: what it yields, and when it yields nothing."""

from decimal import Decimal
from typing import Any

import pytest

from tree.derive import amounts, choices, moments, text
from tree.derive.program import NOTHING, Apply, Const, described, evaluate

ROWS = [
    {"k": "a", "n": Decimal("2.5"), "f": True},
    {"k": "b", "n": 7, "f": False},
    {"k": "b", "n": 1, "f": None},
]
PRICED = [{"k": "a", "p": "10"}, {"k": "b", "p": "9"}, {"k": "c", "p": "on request"}]
TIMED = [{"k": "a", "t": "10:15"}, {"k": "b", "t": "11:30"}, {"k": "c", "t": "9:45"}]


@pytest.mark.parametrize(
    ("op", "of", "args", "wanted"),
    [
        ("lower", ["IDA"], (), "ida"),
        ("upper", ["ida"], (), "IDA"),
        ("title", ["big day out"], (), "Big Day Out"),
        ("capital", ["big day"], (), "Big day"),
        ("lowercapital", ["BIG day"], (), "Big day"),
        ("snake", ["Big day-out"], (), "big_day_out"),
        ("kebab", ["Big day_out"], (), "big-day-out"),
        ("spaced", ["big_day-out"], (), "big day out"),
        ("digits", ["a1b22"], (), "122"),
        ("digits", ["none"], (), NOTHING),
        ("unquoted", ["'tea'."], (), "tea"),
        ("field", ["a: b: c"], (": ", -1), "c"),
        ("field", ["a"], (": ", 0), NOTHING),
        ("between", ["<a>"], ("<", ">"), "a"),
        ("between", ["a>"], ("<", ">"), NOTHING),
        ("between", ["<a"], ("<", ">"), NOTHING),
        ("start", ["abcd"], (2,), "ab"),
        ("end", ["abcd"], (2,), "cd"),
        ("end", ["ab"], (2,), NOTHING),
        ("number", ["1,250.5"], (), Decimal("1250.5")),
        ("number", ["ten"], (), NOTHING),
        ("text", [12], (), "12"),
        ("text", [True], (), NOTHING),
        ("only_number", ["seat 12, please"], (), 12),
        ("only_number", ["seats 12 and 13"], (), NOTHING),
        ("number_before", ["in 3 weeks, 2 days"], ("weeks",), 3),
        ("number_before", ["in 3 weeks"], ("days",), NOTHING),
        ("plain_text", ["1,250"], (), "1250"),
        ("fixed", [Decimal("2.5")], (2,), "2.50"),
        ("fixed", [Decimal("2.346")], (2,), NOTHING),
        ("rounded", [Decimal("2.5")], (0, "halves to even"), 2),
        ("rounded", [Decimal("2.5")], (0, "halves up"), 3),
        ("times", ["4"], (60,), 240),
        ("over", [90], (60,), Decimal("1.5")),
        ("plus", [4], (-1,), 3),
        ("sum", [1, "2"], (), 3),
        ("difference", ["5", 7], (), -2),
        ("product", [3, 4], (), 12),
        ("product", [3, "x"], (), NOTHING),
        ("count", [[1, 2]], (), 2),
        ("count", ["no list"], (), NOTHING),
        ("total", [ROWS], ("n",), Decimal("10.5")),
        ("total", [ROWS], ("k",), NOTHING),
        ("least", [ROWS], ("n", "k"), "b"),
        ("most", [ROWS], ("n", "n"), 7),
        ("most", [ROWS], ("k", "n"), NOTHING),
        ("least", [ROWS], ("k", "n"), Decimal("2.5")),
        ("least", [PRICED], ("p", "k"), NOTHING),
        ("most", [TIMED], ("t", "k"), NOTHING),
        ("most", [TIMED[:2]], ("t", "k"), "b"),
        ("least", [[{"k": "a", "t": "03.04.2031"}, {"k": "b", "t": "02.05.2031"}]], ("t", "k"), NOTHING),
        ("least", [[{"k": "a", "n": "1.250"}, {"k": "b", "n": "899"}]], ("n", "k"), NOTHING),
        ("least", [[{"k": "a", "n": "1.799"}, {"k": "b", "n": "1.849"}]], ("n", "k"), "a"),
        ("least", [[{"k": "a", "n": f"2031-01-02T{own}"} for own in ("10:00+02:00", "09:30+00:00")]],
         ("n", "k"), NOTHING),
        ("where", [ROWS, "A"], ("k", "n"), Decimal("2.5")),
        ("where", [ROWS, "b"], ("k", "n"), NOTHING),
        ("where_in", [ROWS, "a"], ("k", "n"), Decimal("2.5")),
        ("where_in", [ROWS, ""], ("k", "n"), NOTHING),
        ("where_const", [ROWS], ("k", "a", "n"), Decimal("2.5")),
        ("date_in", ["from 2031-01-02 to 3 May 2031"], (1,), "2031-05-03"),
        ("date_in", ["13/04/2031"], (0,), "2031-04-13"),
        ("date_in", ["04/13/2031"], (0,), "2031-04-13"),
        ("date_in", ["03/04/2031"], (0,), NOTHING),
        ("date_in", ["16.08.1987"], (0,), "1987-08-16"),
        ("date_in", ["30 February 2031"], (0,), NOTHING),
        ("date_in", ["from 03/04/2031 to 25/04/2031"], (0,), NOTHING),
        ("date_in", ["from 03/04/2031 to 25/04/2031"], (1,), "2031-04-25"),
        ("date_in", ["2031-02-30 or 2031-03-02"], (0,), NOTHING),
        ("shifted", ["9999-12-31"], (30, "days"), NOTHING),
        ("shifted", ["0001-01-01"], (-1, "weeks"), NOTHING),
        ("weekday", ["9999-12-31", "on Friday"], (0,), NOTHING),
        ("clock_in", ["16:90, then 17:00"], (0, "as told"), NOTHING),
        ("clock_in", ["16:90, then 17:00"], (1, "as told"), "17:00:00"),
        ("as_moment", ["2031-05-07", "14:75:00"], ("%Y-%m-%dT%H:%M",), NOTHING),
        ("date_near", ["March 3", "2031-05-07"], ("same year's",), "2031-03-03"),
        ("date_near", ["March 3", "2031-05-07"], ("next",), "2032-03-03"),
        ("date_near", ["June 3", "2031-05-07"], ("last",), "2030-06-03"),
        ("date_near", ["June 3 or June 4", "2031-05-07"], ("next",), NOTHING),
        ("date_near", ["29 February", "2031-05-07"], ("same year's",), NOTHING),
        ("shifted", ["2032-02-28"], (1, "days"), "2032-02-29"),
        ("shifted", ["2031-01-31"], (1, "months"), NOTHING),
        ("shifted", ["2031-12-15"], (1, "months"), "2032-01-15"),
        ("moved", ["2031-05-07", "2"], (-1, "weeks"), "2031-04-23"),
        ("moved", ["2031-05-07", "half"], (1, "days"), NOTHING),
        ("weekday", ["2031-05-07", "on Friday"], (0,), "2031-05-09"),
        ("weekday", ["2031-05-07", "Friday or Monday"], (0,), NOTHING),
        ("clock_in", ["at 2:30pm"], (0, "as told"), "14:30:00"),
        ("clock_in", ["at 3"], (0, "in office hours"), "15:00:00"),
        ("clock_in", ["at 3"], (0, "as told"), "03:00:00"),
        ("clock_in", ["at noon"], (0, "as told"), "12:00:00"),
        ("clock_in", ["whenever"], (0, "as told"), NOTHING),
        ("minutes", ["half an hour"], (), 30),
        ("minutes", ["2.5 hours"], (), 150),
        ("minutes", ["1 1/2 hours"], (), NOTHING),
        ("number_before", ["2 500 seats"], ("seats",), NOTHING),
        ("minutes", ["1 h or 2 h"], (), NOTHING),
        ("minutes", ["at 8:40 am"], (), NOTHING),
        ("as_date", ["2031-05-07"], ("%-d %B %Y",), "7 May 2031"),
        ("as_date", ["soon"], ("%Y",), NOTHING),
        ("as_clock", ["14:30:00"], ("%H:%M",), "14:30"),
        ("as_moment", ["2031-05-07", "14:30:00"], ("%Y-%m-%dT%H:%M",), "2031-05-07T14:30"),
        ("lower", [7], (), NOTHING),
        ("date_in", [7], (0,), NOTHING),
    ],
)  # fmt: skip
def test_operators_yield_their_value_or_nothing(
    op: str, of: list[Any], args: tuple[Any, ...], wanted: Any
) -> None:
    program = Apply(op, tuple(map(Const, of)), args)

    assert evaluate(program, ()) == wanted
    assert described(program)


def test_a_wanted_date_is_read_only_in_formats_that_spell_it_so() -> None:
    assert ("%Y-%m-%d", "2031-05-07") in moments.read_date("2031-05-07")
    assert moments.read_date("soon") == []
    assert ("%H:%M", "14:05:00") in moments.read_clock("14:05")
    assert ("%Y-%m-%dT%H:%M:%S", "2031-05-07", "14:05:00") in moments.read_moment(
        "2031-05-07T14:05:00"
    )


def test_guesses_lead_from_the_source_to_the_wanted_value() -> None:
    for source, wanted in [
        ("a/b-7.txt", "b-7.txt"),
        ("<K-12>", "K-12"),
        ("Ida Holm", "ida holm"),
        ("id=44", "44"),
    ]:
        made = {
            evaluate(Apply(op, (Const(source),), args), ())
            for op, args in text.guesses(source, wanted)
        }
        assert wanted in made


def test_guesses_for_numbers_lead_there_too() -> None:
    for source, wanted in [("7", 420), (90, 9), ("44", 44), (6, 7)]:
        made = [
            evaluate(Apply(op, (Const(source),), args), ())
            for op, args in amounts.guesses(source, wanted)
        ]
        assert wanted in made


def test_picks_say_which_record_it_is() -> None:
    rows = [{"id": "x", "n": 4}, {"id": "y", "n": 2}]

    made = {
        evaluate(Apply(op, (Const(rows),), args), ()) for op, args in choices.picks(rows, 1, "id")
    }

    assert "y" in made
