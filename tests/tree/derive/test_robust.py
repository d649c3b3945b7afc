"""Whatever stands in a context, no operator and no program fails: it yields a value, or nothing."""

import string
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tree.derive.program import (
    NOTHING,
    OPERATORS,
    Apply,
    Const,
    Joined,
    Nothing,
    Source,
    described,
    examples_of,
    joined,
    marks,
    places_of,
)
from tree.derive.search import derive
from tree.derive.sources import Sources
from tree.message import Json
from tree.reading.item import Item

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9
    ),
    st.text(max_size=12),
    st.text(string.digits + ".,:/- %+&'\\TZ", max_size=24),
    st.sampled_from(
        [
            *("2031-05-07", "14:30", "2031-05-07T14:30:00Z", "0000-00-00", "May 3", "Friday"),
            *("2.5 hours", "two weeks", "1.137", "1,234.5", "Ida Holm", "bigDayOut", "w7xiZXI="),
            *("9999-12-31", "0001-01-01", "at 16:90", "03/04/2031", 10**17, Decimal("1e-60")),
            *("%zz", "&#xD800;", "\\ud800", "'", "9" * 39, "-0", "1e5"),
        ]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "n", "to"]), inner, max_size=3)
    ),
    max_leaves=8,
)  # fmt: skip
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "named": ("camel case",),
    "padded": (4,),
    "without": ("-",),
    "replaced": ("-", "_"),
    "grouped": (2, ".", ","),
    "fixed": (2,),
    "rounded": (0, "halves down"),
    "times": (7,),
    "over": (12,),
    "plus": (1,),
    "at_rate": ("1.19", 2, "down"),
    "percent": (2, "halves up"),
    "less_percent": (0, "down"),
    "plus_percent": (2, "halves up"),
    "total": ("n",),
    "average": ("n", 2, "halves up"),
    "lowest": ("n",),
    "highest": ("n",),
    "count_where": ("to", "x"),
    "listed": ("id", ", "),
    "least": ("n", "id"),
    "most": ("n", "id"),
    "where": ("id", "n"),
    "where_in": ("id", "n"),
    "where_const": ("id", "x", "n"),
    "field": ("-", 1),
    "between": ("a", "b"),
    "start": (2,),
    "end": (2,),
    "number_before": ("days",),
    "date_in": (0,),
    "date_near": ("next",),
    "shifted": (1, "months"),
    "moved": (1, "weeks"),
    "weekday": (0,),
    "clock_in": (0, "as told"),
    "as_date": ("%A",),
    "as_clock": ("%H:%M",),
    "epoch_in": (0, "seconds"),
    "epoch": ("seconds",),
    "day_epoch": ("milliseconds",),
    "from_epoch": ("seconds", "%Y-%m-%d"),
    "edge_of_day": ("%Y",),
    "part_of_date": ("%A",),
    "edge_of_month": ("last",),
    "looked_up": ("a", 1),
}
_PAIRED = """
sum difference product quotient percent less_percent plus_percent where where_in
date_near moved weekday days_between minutes_between epoch
"""
PAIRED = frozenset(_PAIRED.split())
FED = frozenset(["as_moment", "as_clock", "epoch", "minutes_between"])
"""Operators that only ever take what a reader of clocks made."""
TAKEN = sorted(
    name for name in set(ARGUMENTS) | {"lower", "json", "sql", "text", "minutes"} | PAIRED
)


@pytest.mark.parametrize("name", sorted(set(TAKEN) - FED))
@given(left=VALUES, right=VALUES)
def test_an_operator_takes_any_value(name: str, left: Json, right: Json) -> None:
    function = OPERATORS[name][1]

    made = function(left, *([right] if name in PAIRED else []), *ARGUMENTS.get(name, ()))

    assert isinstance(made, (Nothing, str, int, Decimal, list, dict, type(None)))


def told(value: Json) -> tuple[Item, ...]:
    return (
        Item("result", "t", "", {"v": value, "w": "x"}, structured=True, key="r"),
        Item("user", "", "for Ida", ["Ida"], structured=False, key="u"),
    )


@given(st.lists(st.tuples(VALUES, SCALARS), min_size=1, max_size=4), VALUES)
def test_what_is_learnt_from_any_examples_holds_for_them_and_takes_any_other(
    pairs: list[tuple[Json, Json]], other: Json
) -> None:
    frames = [told(value) for value, _ in pairs]

    leaf = derive([wanted for _, wanted in pairs], [Sources(frame) for frame in frames])

    if leaf is not None:
        leaf.value(told(other))
        for frame, (_, wanted) in zip(frames, pairs, strict=True):
            leaf.narrowed(frame, wanted)


@given(VALUES, st.text(max_size=20))
def test_a_value_of_the_context_is_always_a_way_to_itself(value: Json, text: str) -> None:
    leaf = derive([text], [Sources(told(value))])

    assert leaf is not None
    made = leaf.value(told(value))
    assert made == text or made is NOTHING


def test_programs_say_what_they_read_and_how_often_they_must_be_borne_out() -> None:
    rate = Apply("at_rate", (Source(0, ("v",)),), ("1.19", 2, "down"))
    whole = Joined(("a ", " b"), (rate,), "")

    assert places_of(whole) == [(0, ("v",))]
    assert places_of(Const(7)) == []
    assert (examples_of(whole), examples_of(Const(7))) == (3, 1)
    assert repr(NOTHING) == "NOTHING"
    assert described(whole, ["the order"]).startswith("'a ' + the order.v times")
    assert described(Source(3, (0,))) == "item 3[0]"


@pytest.mark.parametrize(
    ("value", "met", "made"),
    [
        ("x", "", "q=x&"),
        ("x y", "", NOTHING),
        ("x y", " ", "q=x y&"),
        ("\u00e9", " ", NOTHING),
        ("\u00e9", "\x80", "q=\u00e9&"),
        ("x%20y", None, "q=x%20y&"),
        (None, None, NOTHING),
        (True, None, NOTHING),
    ],
)
def test_a_mark_that_was_never_met_is_not_put_within_static_text(
    value: Json, met: str | None, made: Json
) -> None:
    assert joined(("q=", "&"), [value], met) == made


def test_marks_are_what_is_no_letter_or_digit_of_ascii_nor_of_a_path() -> None:
    assert marks("a-b/c.d_e:f,g@h 1") == {" "}
    assert marks("\u00e9\u2019&") == {"\x80", "&"}
