"""What tells arms apart, and what does not earn its keep."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tree.judgement.feature import Feature, ask, features, finer
from tree.judgement.guard import guards
from tree.reading.item import Item


def frame(**tree: Any) -> tuple[Item, ...]:
    return (Item("result", "t", "", tree, structured=True, key="k"),)


SUMS = [3, 40, 7, 55, 2, 71, 9, 38, 5, 90, 1, 66]


def test_a_threshold_separates_amounts_and_abstains_in_the_gap() -> None:
    frames = [frame(sum=Decimal(value)) for value in SUMS]

    found = guards(frames, [int(value > 10) for value in SUMS])

    best = found[0]
    assert [best.picks(frame(sum=value)) for value in (4, 9, 20, 38, 500)] == [0, 0, None, 1, 1]


def test_a_category_decides_and_an_unseen_one_abstains() -> None:
    kinds = ["loan", "gift", "loan", "swap", "gift", "loan", "swap", "gift", "swap", "loan"]

    found = guards([frame(kind=kind) for kind in kinds], [int(kind == "gift") for kind in kinds])

    picks = [found[0].picks(frame(kind=kind)) for kind in ("gift", "loan", "theft")]
    assert picks == [1, 0, None]


def test_whether_a_list_is_empty_decides() -> None:
    lists = [[], [1], [], [1, 2], [], [3], [], [4, 5, 6], [], [7]]

    found = guards([frame(rows=rows) for rows in lists], [int(bool(rows)) for rows in lists])

    assert found[0].picks(frame(rows=[])) == 0
    assert found[0].picks(frame(rows=[1])) == 1


@pytest.mark.parametrize("labels", [[0, 1, 1, 0, 1, 0, 0, 1], [0, 1, 0, 1]])
def test_what_never_repeats_is_no_category(labels: list[int]) -> None:
    frames = [frame(id=f"x{at * 37 % 11}y") for at in range(len(labels))]

    assert guards(frames, labels) == []


def test_a_missing_place_abstains() -> None:
    found = guards([frame(sum=Decimal(v)) for v in SUMS], [int(v > 10) for v in SUMS])

    assert found[0].picks(frame(total=3)) is None


def spoken(*slots: str) -> tuple[Item, ...]:
    return (Item("user", "", " ".join(slots), list(slots), structured=False, key="u"),)


def test_whether_a_list_has_none_one_or_many_decides() -> None:
    lists = [[], [1], [2, 3], [], [4], [5, 6, 7], [], [8], [9, 9], [], [1], [2, 2]]

    found = guards(
        [frame(rows=rows) for rows in lists], [(0, 1, 2)[min(len(rows), 2)] for rows in lists]
    )

    assert [found[0].picks(frame(rows=rows)) for rows in ([], [7], [7, 8], [1] * 9)] == [0, 1, 2, 2]


def test_the_form_of_a_value_decides_where_no_value_repeats() -> None:
    names = ["Ida", "Bo", "Eve", "Uwe", "Kai", "Mia", "Li", "Ana"]
    texts = [names[at // 2] if at % 2 else f"2031-05-{at + 10}" for at in range(16)]

    found = guards([spoken(text) for text in texts], [at % 2 for at in range(16)])

    assert found[0].feature.kind == "form"
    assert found[0].picks(spoken("2032-08-08")) == 0
    assert found[0].picks(spoken("Kai")) == 1
    assert found[0].picks(spoken("ida@lake.example")) is None, "a form never seen"


def test_the_domain_of_an_address_decides_where_no_address_repeats() -> None:
    homes = ["lake.example", "hill.example"]
    texts = [f"{name}{at}@{homes[at % 2]}" for at, name in enumerate("abcdefghijklmnop")]

    found = guards([spoken(text) for text in texts], [at % 2 for at in range(16)])

    assert found[0].feature.kind == "domain"
    assert found[0].picks(spoken("zoe@hill.example")) == 1
    assert found[0].picks(spoken("zoe@hill.example.elsewhere")) is None, "a domain never seen"


def test_the_type_of_a_value_decides() -> None:
    values = [3, "x3", 41, "x41", 57, "x57", 68, "x68", 79, "x79", 80, "x80"]

    found = guards([frame(id=value) for value in values], [at % 2 for at in range(12)])

    picks = [found[0].picks(frame(id=value)) for value in (99, "x99", None)]
    assert picks == [0, 1, None]


def test_whether_a_map_has_a_key_decides() -> None:
    days = [{f"2031-05-{at + 10}": at} | ({"total-1": 7} if at % 2 else {}) for at in range(14)]

    found = guards([frame(days=own) for own in days], [at % 2 for at in range(14)])

    asked = {guard.feature.kind for guard in found}
    assert asked <= {"key", "length"}
    assert found[0].picks(frame(days={"2031-06-01": 1, "total-1": 3})) == 1
    assert found[0].picks(frame(days={"2031-06-01": 1})) == 0
    assert found[0].picks(frame(days="none")) is None


def test_whether_two_places_are_equal_decides_where_neither_repeats() -> None:
    names = [f"Person {'abcdefghijklmnop'[at]}" for at in range(16)]
    pairs = [(own, own.upper() if at % 2 else names[at - 3]) for at, own in enumerate(names)]

    found = guards([frame(owner=a, asker=b) for a, b in pairs], [at % 2 for at in range(16)])

    assert found[0].feature.kind == "same"
    assert found[0].picks(frame(owner="Ida", asker="Ida")) == 1
    assert found[0].picks(frame(owner="Ida", asker="Bo")) == 0
    assert found[0].picks(frame(owner="Ida")) is None


def test_a_word_decides_among_texts_whose_words_were_all_met() -> None:
    kinds = [
        "fragile goods",
        "urgent parcel",
        "parcel",
        "urgent fragile goods",
        "goods",
        "urgent goods",
    ]
    texts = [f"{kinds[at % 6]} {at}" for at in range(16)]

    found = guards([spoken(text) for text in texts], [int("urgent" in text) for text in texts])

    assert found[0].feature.kind == "word"
    assert found[0].picks(spoken("urgent fragile parcel 77")) == 1
    assert found[0].picks(spoken("fragile parcel 78")) == 0
    assert found[0].picks(spoken("not urgent parcel 79")) is None, "a word never met may turn it"
    assert found[0].picks(spoken("urgent " + "goods " * 60)) is None, "too long to be sure"


def test_two_categories_together_decide_only_where_neither_does_alone() -> None:
    both = [(("gold", "basic")[at % 2], ("north", "south")[at // 2 % 2]) for at in range(16)]
    frames = [
        frame(plan=plan, region=region, id=f"k{at}") for at, (plan, region) in enumerate(both)
    ]

    paired = guards(frames, [int(own == ("gold", "north")) for own in both])
    alone = guards(frames, [int(plan == "gold") for plan, _ in both])

    assert paired[0].second is not None
    assert alone[0].second is None
    asks = [("gold", "north"), ("gold", "south"), ("basic", "north"), ("gold", "east")]
    assert [paired[0].picks(frame(plan=p, region=r, id="new")) for p, r in asks] == [1, 0, 0, None]
    assert paired[0].picks(frame(plan="gold", id="new")) is None


def test_a_limit_may_differ_by_category_and_each_has_its_gap() -> None:
    sums = [3, 400, 90, 700, 41, 650, 77, 810, 15, 505, 60, 930, 22, 480, 88, 770]
    kinds = ["club" if at % 4 < 2 else "guest" for at in range(16)]

    found = guards(
        [frame(kind=kind, sum=Decimal(own)) for kind, own in zip(kinds, sums, strict=True)],
        [int(own > 100 and kind == "club") for kind, own in zip(kinds, sums, strict=True)],
    )

    best = found[0]
    asks = [("club", 20), ("club", 900), ("club", 200), ("guest", 900), ("staff", 900)]
    picks = [best.picks(frame(kind=kind, sum=Decimal(own))) for kind, own in asks]
    assert picks == [0, 1, None, 0, None]
    assert best.picks(frame(kind="club", sum="much")) is None


def test_a_pair_that_would_fit_by_accident_is_none() -> None:
    flags = [("a", "b")[at * 7 % 5 % 2] for at in range(6)]
    others = [("c", "d")[at * 3 % 4 % 2] for at in range(6)]
    frames = [frame(x=x, y=y) for x, y in zip(flags, others, strict=True)]

    assert guards(frames, [0, 1, 1, 0, 1, 0]) == []


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (Feature("value", 0, ("a",)), "here"),
        (Feature("length", 0, ("a",)), "the number of entries in here"),
        (Feature("type", 0, ("a",)), "the type of here"),
        (Feature("form", 0, ("a",)), "the form of here"),
        (Feature("domain", 0, ("a",)), "the domain of here"),
        (Feature("key", 0, ("a",), "x"), "whether here has “x”"),
        (Feature("word", 0, ("a",), "x"), "whether here has the word “x”"),
        (Feature("same", 0, ("a",), other=(0, ("b",))), "whether here equals there"),
    ],
)
def test_every_question_has_words(feature: Feature, words: str) -> None:
    assert feature.asked("here", "there") == words


@pytest.mark.parametrize(
    ("feature", "tree", "said"),
    [
        (Feature("value", 0, ("a",)), {"a": True}, "True"),
        (Feature("value", 0, ("a",)), {"a": None}, "None"),
        (Feature("value", 0, ("a",)), {"a": [1]}, None),
        (Feature("value", 0, ("a",)), {"a": "x" * 61}, None),
        (Feature("value", 0, ("a",)), {}, None),
        (Feature("value", 3, ("a",)), {}, None),
        (Feature("number", 0, ("a",)), {"a": "1,200"}, Decimal(1200)),
        (Feature("length", 0, ("a",)), {"a": {"x": 1}}, "1"),
        (Feature("length", 0, ("a",)), {"a": "x"}, None),
        (Feature("type", 0, ("a",)), {"a": None}, "nothing"),
        (Feature("type", 0, ("a",)), {"a": False}, "truth value"),
        (Feature("type", 0, ("a",)), {"a": {}}, "record"),
        (Feature("type", 0, ("a",)), {"a": []}, "list"),
        (Feature("form", 0, ("a",)), {"a": " "}, "empty"),
        (Feature("form", 0, ("a",)), {"a": 7}, None),
        (Feature("domain", 0, ("a",)), {"a": "ida.holm@Lake.example"}, "lake.example"),
        (Feature("domain", 0, ("a",)), {"a": "https://lake.example/a@b"}, "lake.example"),
        (Feature("domain", 0, ("a",)), {"a": "lake.example"}, None),
        (Feature("domain", 0, ("a",)), {"a": "ida@lake.example@elsewhere"}, None),
        (Feature("ending", 0, ("a",)), {"a": "in/the sea.TXT"}, "txt"),
        (Feature("ending", 0, ("a",)), {"a": "no. 7"}, None),
        (Feature("prefix", 0, ("a",)), {"a": "INV-0042"}, "inv"),
        (Feature("prefix", 0, ("a",)), {"a": "42"}, None),
        (Feature("word", 0, ("a",), "b"), {"a": 7}, None),
        (Feature("word", 0, ("a",), "b"), {"a": "a b"}, "yes"),
        (Feature("word", 0, ("a",), "b"), {"a": "b " * 200}, "no"),
        (Feature("same", 0, ("a",), other=(0, ("b",))), {"a": [], "b": []}, None),
        (Feature("same", 0, ("a",), other=(0, ("b",))), {"a": 7, "b": "7"}, "yes"),
        (Feature("same", 0, ("a",)), {"a": 7}, None),
    ],
)
def test_a_feature_says_what_is_there_or_nothing(feature: Feature, tree: Any, said: Any) -> None:
    assert ask(frame(**tree), feature) == said


def test_a_long_frame_is_asked_a_bounded_number_of_things() -> None:
    wide = frame(**{f"group{at}": {f"k{key}": "v" for key in "abcdefghij"} for at in range(58)})
    wider = (*wide, *frame(**{f"group{at}": {f"k{key}": "v" for key in "abcdefghij"} for at in range(58)}))  # fmt: skip

    assert len(list(features(wider))) <= 600
    assert len(list(finer(wider))) <= 600
    assert list(features(frame(**{f"k{at}x": at for at in range(61)}))) == []


def test_one_feature_is_asked_alone() -> None:
    feature = Feature("length", 0, ("rows",))

    assert list(features(frame(rows=[1, 2]), only=feature)) == [(feature, "many")]
    assert list(features(frame(), only=feature)) == []


def test_series_by_day_are_asked_last_for_their_length_their_keys_and_what_is_there() -> None:
    series = frame(days={"2031-05-07": 1, "2031-05-08": 2})

    assert list(features(series)) == []
    assert {(feature.kind, said) for feature, said in finer(series)} == {
        ("length", "many"),
        ("key", "yes"),
        ("value", "1"),
        ("value", "2"),
    }


def test_values_within_a_text_are_places_of_their_own() -> None:
    text = (Item("user", "", "x", ["Ida", {"rows": [1, 2]}], structured=False, key="u"),)

    assert dict(features(text)) == {
        Feature("value", 0, (0,)): "Ida",
        Feature("length", 0, (1, "rows")): "many",
    }
    assert {feature.path for feature, _ in finer(text)} == {(0,)}


def test_which_of_two_numbers_is_less_decides() -> None:
    pairs = [(at * 37 % 90 + 5, at * 53 % 97 + 3) for at in range(16)]
    frames = [frame(stock=stock, wanted=wanted) for stock, wanted in pairs]

    found = guards(frames, [int(stock < wanted) for stock, wanted in pairs])

    assert found[0].feature.kind == "less"
    assert found[0].picks(frame(stock=400, wanted=401)) == 1
    assert found[0].picks(frame(stock=401, wanted=400)) == 0


DAYS = [3, 45, 12, 61, 27, 33, 8, 90, 19, 52, 29, 38, 5, 74, 23, 41]


def _returned(since: int, day: int = 1) -> tuple[Item, ...]:
    today = date(2031, 3, 1) + timedelta(days=day * 17 % 200)
    return frame(today=str(today), delivered=str(today - timedelta(days=since)))


def test_the_days_between_two_dates_decide_and_abstain_in_the_gap() -> None:
    frames = [_returned(since, at) for at, since in enumerate(DAYS)]

    found = guards(frames, [int(since > 30) for since in DAYS])

    assert [found[0].picks(_returned(since, 99)) for since in (2, 29, 31, 33, 300)] == [
        0,
        0,
        None,
        1,
        1,
    ]


def test_whether_a_list_holds_what_is_sought_decides() -> None:
    rows = [[{"id": f"x{own}", "at": own} for own in range(at, at + 3)] for at in range(0, 64, 4)]
    wanted = [f"x{at * 4 + (1 if at % 2 else 3)}" for at in range(16)]
    frames = [frame(rows=own, wanted=one) for own, one in zip(rows, wanted, strict=True)]

    found = guards(frames, [at % 2 for at in range(16)])

    assert found[0].picks(frame(rows=[{"id": "k7", "at": 3}], wanted="k7")) == 1
    assert found[0].picks(frame(rows=[{"id": "k7", "at": 3}], wanted="k8")) == 0
