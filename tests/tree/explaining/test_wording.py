"""Programs, places and guards in words that a person can check against what was said."""

from decimal import Decimal

import pytest

from tree.derive.program import OPERATORS, Apply, Const, Joined, Program, Source
from tree.derive.search import Leaf
from tree.explaining.wording import (
    format_words,
    guard_words,
    item_words,
    leaf_words,
    ordinal,
    path_words,
    place_words,
    program_words,
    reason_words,
    shown,
)
from tree.judgement.feature import Feature
from tree.judgement.guard import Guard
from tree.message import Json
from tree.reading.item import Item


def text(kind: str, said: str, *slots: str) -> Item:
    return Item(kind, "", said, list(slots), structured=False, key=kind)


def tree(kind: str, name: str, value: Json) -> Item:
    return Item(kind, name, "", value, structured=True, key=kind)


FRAME = (
    text("system", "You weigh things. Today is 2031-05-04.", "2031-05-04"),
    text("user", "Weigh crate 17", "17"),
    tree("call", "weigh", {"crate": "17"}),
    tree("result", "weigh", {"kg": 40, "rows": [{"id": "a", "n": 1}, {"id": "b", "n": 2}]}),
    text("user", "And crate 18?", "18"),
)
SLOT, KG, ROWS = Source(1, (0,)), Source(3, ("kg",)), Source(3, ("rows",))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (0, "the system prompt"),
        (1, "the user's first message"),
        (2, "the call of `weigh`"),
        (3, "the result of `weigh`"),
        (4, "the user's last message"),
        (-1, "the user's last message"),
        (9, "item 10"),
    ],
)
def test_an_item_is_named_by_what_it_is(item: int, words: str) -> None:
    assert item_words(FRAME, item) == words


def test_a_tool_named_with_braces_is_only_a_name() -> None:
    frame = (tree("call", "a{0}", {}), tree("call", "a{0}", {}), text("{odd}", "x"))

    assert item_words(frame, 0) == "the first call of `a{0}`"
    assert item_words(frame, 2) == "the {odd} part"


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (SLOT, "slot 1 of the user's first message"),
        (Source(4, ()), "the user's last message"),
        (Source(3, ("rows", -1, "id")), "`rows[last].id` of the result of `weigh`"),
        (Source(3, ("rows", -2, "id")), "`rows[last-1].id` of the result of `weigh`"),
        (Const("kg"), "always “kg”"),
        (Const(3), "always 3"),
        (Apply("upper", (SLOT,)), "slot 1 of the user's first message in upper case"),
        (
            Apply("field", (SLOT,), ("-", -1)),
            "the last part of slot 1 of the user's first message, cut at “-”",
        ),
        (
            Apply("between", (SLOT,), ("", ".")),
            "what stands in slot 1 of the user's first message before “.”",
        ),
        (
            Apply("between", (SLOT,), ("(", "")),
            "what stands in slot 1 of the user's first message after “(”",
        ),
        (
            Apply("between", (SLOT,), ("(", ")")),
            "what stands in slot 1 of the user's first message between “(” and “)”",
        ),
        (Apply("plus", (KG,), (-2,)), "`kg` of the result of `weigh` minus 2"),
        (Apply("times", (KG,), (60,)), "`kg` of the result of `weigh` times 60"),
        (Apply("over", (KG,), (7,)), "`kg` of the result of `weigh` divided by 7"),
        (
            Apply("sum", (KG, KG)),
            "`kg` of the result of `weigh` plus `kg` of the result of `weigh`",
        ),
        (Apply("count", (ROWS,)), "how many entries `rows` of the result of `weigh` has"),
        (Apply("total", (ROWS,), ("n",)), "the sum of `n` over `rows` of the result of `weigh`"),
        (
            Apply("least", (ROWS,), ("n", "id")),
            "`id` of the entry of `rows` of the result of `weigh` with the least `n`",
        ),
        (
            Apply("most", (ROWS,), ("n", "id")),
            "`id` of the entry of `rows` of the result of `weigh` with the most `n`",
        ),
        (
            Apply("where", (ROWS, SLOT), ("n", "id")),
            (
                "`id` of the entry of `rows` of the result of `weigh` whose `n` is "
                "slot 1 of the user's first message"
            ),
        ),
        (
            Apply("where_in", (ROWS, SLOT), ("n", "id")),
            (
                "`id` of the entry of `rows` of the result of `weigh` whose `n` holds "
                "slot 1 of the user's first message"
            ),
        ),
        (
            Apply("where_const", (ROWS,), ("n", "one", "id")),
            "`id` of the entry of `rows` of the result of `weigh` whose `n` is “one”",
        ),
        (
            Apply("as_date", (Apply("date_in", (Source(0, ()),), (0,)),), ("%-d %B %Y",)),
            "the first date in the system prompt, spelt as D Month YYYY",
        ),
        (
            Apply("shifted", (Source(0, (0,)),), (-1, "days")),
            "1 day before slot 1 of the system prompt",
        ),
        (
            Apply("shifted", (Source(0, (0,)),), (14, "days")),
            "14 days after slot 1 of the system prompt",
        ),
        (
            Apply("moved", (Source(0, (0,)), SLOT), (-1, "weeks")),
            (
                "as many weeks before slot 1 of the system prompt as "
                "slot 1 of the user's first message says"
            ),
        ),
        (
            Apply("weekday", (Source(0, (0,)), SLOT), (0,)),
            (
                "the first weekday named in slot 1 of the user's first message after "
                "slot 1 of the system prompt"
            ),
        ),
        (
            Apply("weekday", (Source(0, (0,)), SLOT), (1,)),
            (
                "the first weekday named in slot 1 of the user's first message after "
                "slot 1 of the system prompt, and 1 week later"
            ),
        ),
        (
            Apply("as_clock", (Apply("clock_in", (SLOT,), (1, "as told")),), ("%H:%M",)),
            "the second time of day in slot 1 of the user's first message, as told, spelt as hh:mm",
        ),
        (
            Apply("as_moment", (Source(0, (0,)), Const("10:00:00")), ("%Y-%m-%d %H:%M",)),
            "slot 1 of the system prompt and “10:00:00”, spelt as YYYY-MM-DD hh:mm",
        ),
        (
            Apply("number_before", (SLOT,), ("crates",)),
            "the number before “crates” in slot 1 of the user's first message",
        ),
        (Joined(("#", "!"), (SLOT,)), "“#” + slot 1 of the user's first message + “!”"),
        (Apply("unheard_of", (SLOT,)), "unheard_of of slot 1 of the user's first message"),
    ],
)
def test_a_program_is_told_in_words(program: Program, words: str) -> None:
    assert program_words(program, FRAME) == words


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_an_operator_with_arguments_nobody_foresaw_is_told_anyway(name: str) -> None:
    words = program_words(Apply(name, (SLOT, SLOT, SLOT, SLOT), ()), FRAME)

    assert "slot 1 of the user's first message" in words


def test_a_value_in_pieces_names_the_text_around_them() -> None:
    leaf = Leaf(("crate ", " of ", ""), ((SLOT,), (Const("9"),)))

    assert leaf_words(leaf, FRAME) == "“crate ” + slot 1 of the user's first message + “ of ” + “9”"
    assert leaf_words(Leaf(("", ""), ((KG,),)), FRAME) == "`kg` of the result of `weigh`"


def test_a_guard_names_what_it_found() -> None:
    category = Guard(Feature("value", 1, (0,)), 5.0, {"17": 0, "19": 1})
    threshold = Guard(
        Feature("number", 3, ("kg",)), 5.0, {}, 0, 1, low=Decimal(50), high=Decimal(60)
    )
    length = Guard(Feature("length", 3, ("rows",)), 5.0, {"many": 0, "0": 1})

    assert guard_words(category, FRAME) == (
        "slot 1 of the user's first message is “17”; “17”, “19” decide"
    )
    assert guard_words(threshold, FRAME) == (
        "`kg` of the result of `weigh` is 40; up to 50 it is answered one way, from 60 on another"
    )
    assert guard_words(length, FRAME).startswith(
        "the number of entries in `rows` of the result of `weigh` is “many”"
    )


def test_a_guard_on_two_places_names_both() -> None:
    one, other = Feature("value", 1, (0,)), Feature("value", 3, ("lost",))
    guard = Guard(one, 5.0, {"17\x1fa": 0}, second=other)
    same = Guard(Feature("same", 1, (0,), other=(3, ("kg",))), 5.0, {"yes": 0, "no": 1})

    assert guard_words(guard, FRAME) == (
        "slot 1 of the user's first message and `lost` of the result of `weigh` are “17” and missing;"
        " both together decide"
    )
    assert guard_words(same, FRAME).startswith(
        "whether slot 1 of the user's first message equals `kg` of the result of `weigh` is “no”"
    )


def test_a_guard_on_what_is_not_there_says_so() -> None:
    guard = Guard(Feature("value", 3, ("lost",)), 5.0, {"a": 0})

    assert "`lost` of the result of `weigh` is missing" in guard_words(guard, FRAME)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            "item 1.0 is “item 3”, and was always “3” so far",
            "slot 1 of the user's first message is “item 3”, and was always “3” so far",
        ),
        (
            "item 3.rows.-1.id is 4, a value not seen there so far",
            "`rows[last].id` of the result of `weigh` is 4, a value not seen there so far",
        ),
        (
            "item 4 (user ) is like none seen before",
            "the user's last message is like none seen before",
        ),
        ("item 12 is like none", "item 12 is like none"),
        ("the value of `the text` has no origin", "the text of the answer has no origin"),
        ("programs disagree", "programs disagree"),
    ],
)
def test_a_reason_names_the_places_it_is_about(reason: str, words: str) -> None:
    assert reason_words(reason, FRAME) == words


def test_small_words() -> None:
    assert [ordinal(at) for at in (0, 2, 3, -1, -2)] == [
        "first", "third", "4th", "last", "second but last",
    ]  # fmt: skip
    assert path_words(("a", 0, "b")) == "a[0].b"
    assert place_words(FRAME, 8, (1,)) == "`[1]` of item 9"
    assert format_words("%Q %p") == "%Q AM"
    assert shown("x" * 90) == "“" + "x" * 59 + "…”"
    assert (shown(None), shown(value=True), shown(Decimal("1.50"))) == ("None", "True", "1.50")
