"""A node that says nothing names the place, what stands there, and what it was so far."""

from decimal import Decimal

from tree.derive.program import Const, Source
from tree.derive.reply import Call, Reply
from tree.derive.search import Leaf
from tree.judgement import doubt
from tree.judgement.arm import Arm, Place
from tree.judgement.feature import Feature
from tree.judgement.guard import Guard
from tree.judgement.mapping import Over
from tree.message import Json
from tree.reading.item import Item

KIND = Guard(Feature("value", 0, ("kind",)), 5.0, {"loan": 0, "gift": 1})
SUM = Guard(Feature("number", 0, ("sum",)), 5.0, {}, 0, 1, low=Decimal(9), high=Decimal(38))
ROWS = Guard(Feature("length", 0, ("rows",)), 5.0, {"many": 0, "0": 1})


def frame(**tree: Json) -> tuple[Item, ...]:
    return (Item("result", "t", "", tree, structured=True, key="k"),)


def test_an_unseen_category_is_named_with_those_that_decide() -> None:
    said = doubt.undecided([KIND], frame(kind="theft"))

    assert said.startswith("item 0.kind is “theft”; it decides")
    assert "“gift”, “loan”" in said


def test_a_number_in_the_gap_is_named_with_the_gap() -> None:
    said = doubt.undecided([SUM], frame(sum=Decimal(20)))

    assert said.startswith("item 0.sum is 20; up to 9 it goes on one way, from 38 on another")


def test_a_place_that_is_missing_is_named() -> None:
    assert doubt.undecided([ROWS], frame(kind="gift")).startswith(
        "the number of entries in item 0.rows is missing"
    )


def test_a_combination_that_was_never_met_is_named() -> None:
    both = Guard(KIND.feature, 9.0, {"loan\x1fwest": 0}, second=Feature("value", 0, ("zone",)))

    said = doubt.undecided([both], frame(kind="loan", zone="east"))

    assert said.startswith("item 0.kind and item 0.zone is “loan” and “east”; they decide")


def test_a_word_that_was_never_met_is_told_of() -> None:
    word = Guard(Feature("word", 0, ("kind",), "gift"), 9.0, {"no": 0}, known=("gift", "loan"))

    said = doubt.undecided([word], frame(kind="no gift"))

    assert said.startswith("whether item 0.kind has the word “gift” decides")


def test_two_places_that_are_compared_are_both_named() -> None:
    same = Guard(Feature("same", 0, ("kind",), other=(0, ("zone",))), 9.0, {"yes": 0})

    said = doubt.undecided([same], frame(kind="a", zone="b"))

    assert said.startswith("whether item 0.kind equals item 0.zone is “no”; it decides")


def test_guards_that_disagree_are_named_with_what_they_read() -> None:
    said = doubt.undecided([KIND, SUM], frame(kind="loan", sum=Decimal(50)))

    assert said == (
        "item 0.kind is “loan” and item 0.sum is 50, and these speak for different answers"
    )


def test_a_value_that_never_varied_is_named_with_the_new_one() -> None:
    said = doubt.never_otherwise(frame(zone="west"), 0, ("zone",), repr("east"))

    assert said == "item 0.zone is “west”, and was always “east” so far"
    assert doubt.never_otherwise(frame(), 0, ("zone",), repr("east")).startswith(
        "item 0.zone is missing,"
    )


def test_a_value_beside_the_few_that_are_known_is_named_with_them() -> None:
    said = doubt.never_this(frame(zone="west"), 0, ("zone",), {"'east'", "None", "Decimal('3')"})

    assert said == "item 0.zone is “west”, a value not seen there so far; it was “east”, 3, None"


def arm(*programs: Source | Const) -> Arm:
    place = Place(0, ("to",))
    return Arm(Reply((Call("f", {"to": ""}, "{}"),), ""), ((place, Leaf(("", ""), (programs,))),))


def test_programs_that_disagree_are_told_by_what_they_would_give() -> None:
    said = doubt.unmade(arm(Source(0, ("a",)), Source(0, ("b",))), frame(a="x", b="y"))

    assert said == "the value of `to` would be “x” or “y”, by programs that agreed so far"


def test_a_value_whose_source_is_gone_is_told_so() -> None:
    said = doubt.unmade(arm(Source(0, ("lost",))), frame(a="x"))

    assert said == "the value of `to` cannot be made: what it was read from is not there"


def test_a_value_without_origin_is_named() -> None:
    nothing = Arm(Reply((), "x"), (), ("the text",))

    assert doubt.unmade(nothing, frame()) == "the value of `the text` has no origin in the context"


def test_ways_that_nothing_tells_apart_are_named() -> None:
    acting = Arm(Reply((Call("weigh", {"to": "x"}, '{"to": "x"}'),), ""), ())
    saying = Arm(Reply((), "It is\ndone."), ())

    said = doubt.crossroads([acting, acting, saying])

    assert said == ('3 ways to go on, and nothing tells which (`weigh` {"to": "x"}; “It is done.”)')


def test_a_list_without_entries_is_named() -> None:
    over = Over(Source(0, ("rows",)), 1)
    calling = Arm(Reply((Call("f", {"to": ""}, "{}"),), ""), (), over=over)

    said = doubt.unmade(calling, frame(rows=[]))

    assert said == "item 0.rows has no entries to make calls for, or too many"


def test_long_values_are_cut() -> None:
    assert len(doubt.told("x" * 500)) == 60
