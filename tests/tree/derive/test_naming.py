"""Names made of words: every style, found from examples, and open where styles differ."""

from typing import Any

import pytest

from tree.derive.program import NOTHING, Apply, Const, evaluate
from tree.derive.search import Leaf, derive
from tree.derive.sources import Sources
from tree.reading.item import Item


def _frame(text: Any) -> tuple[Item, ...]:
    return (Item("user", "", f"about {text}.", [text], structured=False, key="u"),)


def _leaf(pairs: list[tuple[Any, str]]) -> Leaf | None:
    return derive([made for _, made in pairs], [Sources(_frame(text)) for text, _ in pairs])


@pytest.mark.parametrize(
    ("style", "text", "wanted"),
    [
        ("a slug", "Big Day: Out!", "big-day-out"),
        ("a slug in ASCII", "Crème Brûlée", "creme-brulee"),
        ("a slug without apostrophes", "Ida's Day", "idas-day"),
        ("snake case", "bigDayOut", "big_day_out"),
        ("snake case of its words", "bigDay Out", "bigday_out"),
        ("kebab case", "HTTPServer 2", "http-server-2"),
        ("upper snake case", "big day", "BIG_DAY"),
        ("camel case", "Big day_out", "bigDayOut"),
        ("camel case of its words", "BIG day", "bigDay"),
        ("Pascal case", "big-day out", "BigDayOut"),
        ("dotted words", "Ida Holm", "ida.holm"),
        ("words", "bigDayOut", "big day out"),
        ("capitalised words", "big_day", "Big Day"),
        ("one word", "Big Day", "bigday"),
        ("a slug", "...", NOTHING),
        ("a slug", 7, NOTHING),
    ],
)
def test_words_are_named_in_styles(style: str, text: Any, wanted: Any) -> None:
    assert evaluate(Apply("named", (Const(text),), (style,)), ()) == wanted


@pytest.mark.parametrize(
    ("op", "text", "args", "wanted"),
    [
        ("initials", "Ida Maria Holm", ("every word", "as they are", ""), "IMH"),
        ("initials", "Ida van O'Hara", ("every run of letters", "in capitals", ""), "IVOH"),
        ("initials", "Ida van Holm", ("every word with a capital", "as they are", "."), "I.H."),
        ("initials", "-", ("every run of letters", "as they are", ""), NOTHING),
        ("initials", 7, ("every word", "as they are", ""), NOTHING),
        ("padded", "7", (3,), "007"),
        ("padded", 7, (3,), "007"),
        ("padded", "1234", (3,), NOTHING),
        ("padded", "seven", (3,), NOTHING),
        ("padded", True, (3,), NOTHING),
        ("without", "12-34", ("-",), "1234"),
        ("without", "-", ("-",), NOTHING),
        ("without", 7, ("-",), NOTHING),
        ("replaced", "12/34", ("/", "."), "12.34"),
        ("replaced", 7, ("/", "."), NOTHING),
    ],
)
def test_marks_and_zeros_come_and_go(op: str, text: Any, args: Any, wanted: Any) -> None:
    assert evaluate(Apply(op, (Const(text),), args), ()) == wanted


@pytest.mark.parametrize(
    ("pairs", "question", "answer"),
    [
        pytest.param(
            [("Big Day: Out!", "big-day-out"), ("Tea, at Ten", "tea-at-ten")],
            "Late - Lunch?",
            "late-lunch",
            id="slug",
        ),
        pytest.param(
            [("first name", "firstName"), ("date of birth", "dateOfBirth")],
            "home town",
            "homeTown",
            id="camel",
        ),
        pytest.param(
            [("orderLineTotal", "order_line_total"), ("shippedAt", "shipped_at")],
            "billTo",
            "bill_to",
            id="snake",
        ),
        pytest.param(
            [("max retries", "MAX_RETRIES"), ("time out", "TIME_OUT")],
            "min delay",
            "MIN_DELAY",
            id="upper snake",
        ),
        pytest.param(
            [("Ida Maria Holm", "IMH"), ("Bo Uwe Ekberg", "BUE"), ("Li Fang Wei", "LFW")],
            "Eve Ann Stone",
            "EAS",
            id="initials",
        ),
        pytest.param(
            [("417", "000417"), ("5093", "005093"), ("88211", "088211")],
            "36",
            "000036",
            id="padding",
        ),
        pytest.param(
            [("+49 30 5550-118", "49305550118"), ("+49 (89) 555-2704", "49895552704")],
            "+49 40/555 91",
            "494055591",
            id="digits only",
        ),
        pytest.param(
            [("12/03/77", "12.03.77"), ("09/11/58", "09.11.58")], "30/12/01", "30.12.01", id="marks"
        ),
    ],
)
def test_a_style_is_learnt_from_examples(
    pairs: list[tuple[Any, str]], question: Any, answer: str
) -> None:
    leaf = _leaf(pairs)

    assert leaf is not None
    assert leaf.value(_frame(question)) == answer


def test_styles_that_part_on_a_new_value_are_not_served() -> None:
    leaf = _leaf([("Big Day Out", "big-day-out"), ("Tea at Ten", "tea-at-ten")])

    assert leaf is not None
    assert leaf.value(_frame("Late Lunch")) == "late-lunch"
    assert leaf.value(_frame("Ida's Café")) is NOTHING


def test_a_mark_between_thousands_that_is_left_out_says_nothing_of_a_mark_before_a_fraction() -> None:  # fmt: skip
    leaf = _leaf([("1.137", "1137"), ("2.904", "2904"), ("17.350", "17350")])

    assert leaf is not None
    assert leaf.value(_frame("8.112")) == "8112"
    assert leaf.value(_frame("1,234.5")) is NOTHING
