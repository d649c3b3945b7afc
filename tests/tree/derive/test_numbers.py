"""Numbers as countries spell them, of whole lists, at rates: found from examples, and open where readings differ."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tree.derive.amounts import number_of
from tree.derive.program import NOTHING, Apply, Const, described, evaluate
from tree.derive.search import Leaf, derive
from tree.derive.sources import Sources
from tree.derive.spellings import number_abroad
from tree.reading.item import Item

ROWS = [{"n": 3, "s": "open"}, {"n": Decimal("4.5"), "s": "shut"}, {"n": 7, "s": "open"}]


def told(tree: Any) -> tuple[Item, ...]:
    return (Item("result", "t", "", tree, structured=True, key="r"),)


def learnt(pairs: list[tuple[Any, Any]]) -> Leaf | None:
    return derive([wanted for _, wanted in pairs], [Sources(told(tree)) for tree, _ in pairs])


@pytest.mark.parametrize(
    ("op", "of", "args", "wanted"),
    [
        ("number_abroad", ["1.137"], (), 1137),
        ("number_abroad", ["1.137,5"], (), Decimal("1137.5")),
        ("number_abroad", ["12,5"], (), Decimal("12.5")),
        ("number_abroad", ["12 500,5"], (), Decimal("12500.5")),
        ("number_abroad", ["12'500"], (), 12500),
        ("number_abroad", ["1.5"], (), Decimal("1.5")),
        ("number_abroad", ["1,234.5"], (), Decimal("1234.5")),
        ("number_abroad", ["ten"], (), NOTHING),
        ("number_abroad", [10], (), NOTHING),
        ("number", ["1,5"], (), NOTHING),
        ("number", ["1,23,456"], (), NOTHING),
        ("number", ["\uff11\uff12"], (), NOTHING),
        ("plain_abroad", ["1.137"], (), "1137"),
        ("plain_abroad", ["ten"], (), NOTHING),
        ("grouped", [1234567], (2, ".", ","), "1.234.567,00"),
        ("grouped", [12], (0, ",", "."), "12"),
        ("grouped", [Decimal("0.125")], (2, ",", "."), NOTHING),
        ("grouped", ["x"], (2, ",", "."), NOTHING),
        ("fixed", [10**17], (30,), NOTHING),
        ("rounded", [Decimal("-2.5")], (0, "down"), -3),
        ("rounded", [Decimal("-2.5")], (0, "towards zero"), -2),
        ("rounded", [Decimal("2.1")], (0, "up"), 3),
        ("rounded", [Decimal("2.5")], (0, "halves down"), 2),
        ("quotient", [7, 2], (), Decimal("3.5")),
        ("quotient", [7, 0], (), NOTHING),
        ("quotient", [7, "x"], (), NOTHING),
        ("total", [ROWS], ("n",), Decimal("14.5")),
        ("total", [[3, 4]], ("",), 7),
        ("total", [[]], ("n",), NOTHING),
        ("total", [[{"n": 1}, 7]], ("n",), NOTHING),
        ("total", ["x"], ("n",), NOTHING),
        ("total", [[{"n": 1}] * 2001], ("n",), NOTHING),
        ("average", [ROWS], ("n", 2, "halves up"), Decimal("4.83")),
        ("average", [ROWS], ("s", 2, "halves up"), NOTHING),
        ("lowest", [ROWS], ("n",), 3),
        ("lowest", [ROWS], ("s",), NOTHING),
        ("highest", [ROWS], ("n",), 7),
        ("highest", [[]], ("n",), NOTHING),
        ("count_where", [ROWS], ("s", "open"), 2),
        ("count_where", [[1, 2]], ("s", "open"), NOTHING),
        ("listed", [ROWS], ("s", ", "), "open, shut, open"),
        ("listed", [["a,b", "c"]], ("", ","), NOTHING),
        ("listed", [[[], []]], ("", ","), NOTHING),
        ("at_rate", ["50"], ("1.19", 2, "halves up"), Decimal("59.5")),
        ("at_rate", ["x"], ("1.19", 2, "halves up"), NOTHING),
        ("percent", [80, "15%"], (2, "halves up"), 12),
        ("percent", [80, "much"], (2, "halves up"), NOTHING),
        ("less_percent", [80, 15], (2, "halves up"), 68),
        ("less_percent", ["x", 15], (2, "halves up"), NOTHING),
        ("plus_percent", [80, "15 %"], (2, "halves up"), 92),
        ("plus_percent", [80, True], (2, "halves up"), NOTHING),
    ],
)
def test_numbers_are_reckoned_exactly_or_not_at_all(
    op: str, of: list[Any], args: tuple[Any, ...], wanted: Any
) -> None:
    assert evaluate(Apply(op, tuple(map(Const, of)), args), ()) == wanted


@given(st.text("0123456789.,'+-$ \u00a0x", max_size=30))
def test_any_spelling_is_read_or_is_none(text: str) -> None:
    for found in (number_of(text), number_abroad(text)):
        assert found is None or found.is_finite()


@given(st.integers(-(10**15), 10**15), st.integers(0, 4))
def test_what_is_spelt_abroad_is_read_back_abroad(whole: int, places: int) -> None:
    number = Decimal(whole).scaleb(-places)

    said = evaluate(Apply("grouped", (Const(str(number)),), (places, ".", ",")), ())

    assert isinstance(said, str)
    if places or "." in said or abs(whole) < 1000:
        assert number_abroad(said) == number


@pytest.mark.parametrize("spelt", ["{}\u20ac", "about {} EUR", "{}"])
def test_what_is_told_beside_a_number_does_not_say_what_a_dot_in_it_means(spelt: str) -> None:
    pairs = [({"sum": spelt.format(n)}, n) for n in (250, 899, 417, 365)]

    leaf = learnt(pairs)

    assert leaf is not None
    assert leaf.value(told({"sum": spelt.format(512)})) == 512
    assert leaf.value(told({"sum": spelt.format("1.250")})) is NOTHING


def test_nothing_is_reckoned_with_a_number_that_may_be_two() -> None:
    leaf = learnt([({"sum": str(n)}, n * 100) for n in (250, 899, 417, 365)])

    assert leaf is not None
    assert leaf.value(told({"sum": "512"})) == 51200
    assert leaf.value(told({"sum": "1.250"})) is NOTHING
    assert leaf.value(told({"sum": "0.250"})) == 25


@pytest.mark.parametrize("wanted", [10**27, Decimal("1e400"), Decimal("1e-400")])
def test_a_number_too_long_to_reckon_with_is_no_mistake(wanted: int | Decimal) -> None:
    assert learnt([({"n": 7, "m": wanted}, wanted)]) is not None
    assert learnt([({"n": 7}, wanted), ({"n": 9}, wanted * 3)]) is None


def test_shares_of_what_nobody_has_are_no_mistake() -> None:
    huge = Apply("percent", (Const(10**17), Const(10**17)), (2, "halves up"))

    assert evaluate(huge, ()) == 10**32


def test_plain_digits_do_not_say_what_a_dot_between_them_means() -> None:
    leaf = learnt([({"n": "137"}, 137), ({"n": "2904"}, 2904), ({"n": "88"}, 88)])

    assert leaf is not None
    assert leaf.value(told({"n": "4512"})) == 4512
    assert leaf.value(told({"n": "1.5"})) == Decimal("1.5")
    assert leaf.value(told({"n": "1.137"})) is NOTHING
    assert leaf.value(told({"n": "1,137"})) is NOTHING or leaf.value(told({"n": "1,137"})) == 1137


@pytest.mark.parametrize("spelt", [str, int])
def test_a_dot_between_thousands_is_learnt_and_no_other_mark_with_it(spelt: type) -> None:
    leaf = learnt(
        [({"n": "1.137"}, spelt(1137)), ({"n": "2.904"}, spelt(2904)), ({"n": "17.350"}, spelt(17350))]
    )  # fmt: skip

    assert leaf is not None
    assert leaf.value(told({"n": "8.112"})) == spelt(8112)
    assert leaf.value(told({"n": "1,234.5"})) in (NOTHING, Decimal("1234.5"))


@pytest.mark.parametrize(
    ("pairs", "question", "answer"),
    [
        pytest.param(
            [({"n": 1250}, "1.250,00"), ({"n": 88412}, "88.412,00"), ({"n": 4097}, "4.097,00")],
            {"n": Decimal("7001.5")},
            "7.001,50",
            id="grouped",
        ),
        pytest.param(
            [([3, 9, 21, 20], 53), ([71, 640], 711), ([5, 5, 808, 9], 827)], [8, 9, 4], 21, id="sum"
        ),
        pytest.param(
            [
                ([{"id": "a", "n": 31}, {"id": "b", "n": 40}], Decimal("35.5")),
                ([{"id": "a", "n": 17}, {"id": "b", "n": 30}, {"id": "c", "n": 75}], Decimal("40.67")),
                ([{"id": "a", "n": 8}, {"id": "b", "n": 811}], Decimal("409.5")),
            ],
            [{"id": "x", "n": 10}, {"id": "y", "n": 21}, {"id": "z", "n": 22}],
            Decimal("17.67"),
            id="average",
        ),
        pytest.param(
            [
                ({"net": 100, "k": 1}, 119),
                ({"net": 250, "k": 7}, Decimal("297.5")),
                ({"net": 1204, "k": 3}, Decimal("1432.76")),
            ],
            {"net": 300, "k": 2},
            357,
            id="rate",
        ),
        pytest.param(
            [
                ({"sum": 800, "off": "15%"}, 680),
                ({"sum": 1240, "off": "5%"}, 1178),
                ({"sum": 3310, "off": "20%"}, 2648),
            ],
            {"sum": 500, "off": "50%"},
            250,
            id="less a percentage",
        ),
        pytest.param(
            [
                ([{"n": "Ida"}, {"n": "Bo"}], "Ida, Bo"),
                ([{"n": "Eve"}, {"n": "Li"}, {"n": "Ana"}], "Eve, Li, Ana"),
                ([{"n": "Kai"}, {"n": "Mia"}], "Kai, Mia"),
            ],
            [{"n": "Uwe"}, {"n": "Pia"}, {"n": "Tom"}, {"n": "Jo"}],
            "Uwe, Pia, Tom, Jo",
            id="all of a list",
        ),
    ],
)  # fmt: skip
def test_reckoning_is_learnt_from_examples(
    pairs: list[tuple[Any, Any]], question: Any, answer: Any
) -> None:
    leaf = learnt(pairs)

    assert leaf is not None
    assert leaf.value(told(question)) == answer


def test_a_rate_that_stands_nowhere_takes_three_values() -> None:
    pairs = [({"net": 100, "k": 1}, 119), ({"net": 250, "k": 7}, Decimal("297.5"))]

    assert learnt(pairs) is None
    assert learnt([*pairs, pairs[0], pairs[1]]) is None


def test_how_many_are_so_takes_more_than_a_few_small_numbers() -> None:
    def rows(opened: int, closed: int) -> list[dict[str, Any]]:
        return [{"s": "open"}] * opened + [{"s": "shut"}] * closed

    few = learnt([(rows(3, 4), 3), (rows(2, 5), 2)])
    many = learnt([(rows(10 + 3 * at, 9 + at), 10 + 3 * at) for at in range(8)])

    assert few is None
    assert many is not None
    assert many.value(told(rows(50, 2))) == 50


def test_two_numbers_that_two_reckonings_fit_are_not_served_when_these_part() -> None:
    leaf = learnt([({"a": 200, "b": 200, "c": 400}, 400), ({"a": 300, "b": 10, "c": 310}, 310)])

    assert leaf is not None
    assert leaf.value(told({"a": 5, "b": 6, "c": 77})) in (NOTHING, 77)


def test_every_operator_takes_any_value_without_raising() -> None:
    for name, args in ARGS.items():
        for value in ANYTHING:
            assert described(Apply(name, (Const(value),), args))
            evaluate(Apply(name, (Const(value),), args), ())


ANYTHING: list[Any] = [
    None, True, 7, Decimal("1.5"), "x", "2031-05-07", "14:30:00", [], {}, [1], ROWS, "9" * 39, "\ud800",
]  # fmt: skip
ARGS: dict[str, tuple[Any, ...]] = {
    "number_abroad": (), "plain_abroad": (), "grouped": (2, ",", "."), "fixed": (3,),
    "rounded": (1, "down"), "total": ("n",), "average": ("n", 1, "up"), "lowest": ("n",),
    "highest": ("",), "count_where": ("s", "open"), "listed": ("", ","), "epoch_in": (0, "seconds"),
    "day_epoch": ("seconds",), "from_epoch": ("seconds", "%Y"), "edge_of_day": ("%Y",),
    "part_of_date": ("%A",), "edge_of_month": ("last",), "days_told": (), "at_rate": ("1.5", 2, "up"),
    "shifted": (3, "months"), "date_in": (0,), "clock_in": (0, "as told"), "minutes": (), "as_date": ("%Y",),
    "named": ("a slug",), "initials": ("every word", "in capitals", ""),
    "padded": (3,), "least": ("n", "s"), "number": (), "text": (),
    "as_clock": ("%H",),
}  # fmt: skip
