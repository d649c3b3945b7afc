"""Programs found from examples: what they give for new values, and when they say nothing."""

from decimal import Decimal
from typing import Any

import pytest

from tree.derive.program import NOTHING
from tree.derive.search import Leaf, derive
from tree.derive.sources import Sources
from tree.reading.item import Item


def said(text: str, *slots: str) -> Item:
    return Item("user", "", text, list(slots), structured=False, key="u")


def told(tree: Any) -> Item:
    return Item("result", "t", "", tree, structured=True, key="r")


def _derived(wanted: list[Any], *frames: tuple[Item, ...]) -> Leaf | None:
    return derive(wanted, [Sources(frame) for frame in frames])


TODAY = Item("system", "", "Today is 2031-05-07.", [], structured=False, key="s")


@pytest.mark.parametrize(
    ("pairs", "question", "answer"),
    [
        pytest.param(
            [("Ida Holm", "Ida Holm"), ("Bo Ekberg", "Bo Ekberg")], "Li Wei", "Li Wei", id="copy"
        ),
        pytest.param(
            [("ida holm", "Ida Holm"), ("bo ekberg", "Bo Ekberg")], "li wei", "Li Wei", id="case"
        ),
        pytest.param(
            [("guest-4471", "4471"), ("guest-9032", "9032"), ("guest-1177", "1177")],
            "guest-5555",
            "5555",
            id="field",
        ),
        pytest.param(
            [("Garden Party", "/in/Garden Party.txt"), ("Spring Fair", "/in/Spring Fair.txt")],
            "Book Day",
            "/in/Book Day.txt",
            id="pieces",
        ),
        pytest.param(
            [("14 March 2031", "2031-03-14"), ("2 August 2030", "2030-08-02")],
            "29 February 2032",
            "2032-02-29",
            id="date",
        ),
        pytest.param(
            [("2:40 pm", "14:40"), ("7:05 am", "07:05"), ("11:15 pm", "23:15")],
            "12:30 am",
            "00:30",
            id="time",
        ),
        pytest.param(
            [("1 h 30 min", 90), ("50 min", 50), ("3 h 15 min", 195), ("2 h", 120)],
            "1.5 hours",
            90,
            id="duration",
        ),
        pytest.param(
            [("1,250", 1250), ("3,971", 3971), ("88,412", 88412)], "7,001", 7001, id="number"
        ),
        pytest.param(
            [("120", 1200), ("71", 710), ("3318", 33180), ("905", 9050)], "46", 460, id="factor"
        ),
    ],
)
def test_programs_found_from_examples_hold_for_new_values(
    pairs: list[tuple[str, Any]], question: str, answer: Any
) -> None:
    frames = [(said(f"about {text}", text),) for text, _ in pairs]

    leaf = _derived([wanted for _, wanted in pairs], *frames)

    assert leaf is not None
    assert leaf.value((said(f"about {question}", question),)) == answer


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Li Wei", '{"who": "Li Wei"}'),
        ('Li "Lee" Wei', NOTHING),
        ("Li\nWei", NOTHING),
        ("Li \\ Wei", NOTHING),
    ],
)
def test_a_value_never_ends_the_quotation_that_it_stands_in(name: str, wanted: Any) -> None:
    names = ["Ida Holm", "Bo Ekberg"]
    frames = [(said(f"about {own}", own),) for own in names]

    leaf = _derived([f'{{"who": "{own}"}}' for own in names], *frames)

    assert leaf is not None
    assert leaf.value((said(f"about {name}", name),)) == wanted


@pytest.mark.parametrize("other", ["up", "even"])
def test_halves_are_rounded_only_once_an_example_was_one(other: str) -> None:
    pairs = [("11.23", "11.2"), ("703.48", "703.5"), ("88.07", "88.1"), ("915.61", "915.6")]
    half = ("41.25", "41.3" if other == "up" else "41.2")
    frames = [(said(f"round {text}", text),) for text, _ in [*pairs, half]]
    wanted = [Decimal(rounded) for _, rounded in [*pairs, half]]

    unsettled = _derived(wanted[:4], *frames[:4])
    settled = _derived(wanted, *frames)

    assert unsettled is not None
    assert settled is not None
    assert unsettled.value((said("round 17.45", "17.45"),)) is NOTHING
    assert unsettled.value((said("round 17.46", "17.46"),)) == Decimal("17.5")
    assert settled.value((said("round 17.45", "17.45"),)) == Decimal(
        "17.5" if other == "up" else "17.4"
    )


@pytest.mark.parametrize("text", ["1" * 30, "-" + "9" * 39])
def test_nobody_reckons_with_numbers_of_thirty_digits(text: str) -> None:
    pairs = [("120", 1200), ("71", 710), ("3318", 33180), ("905", 9050)]
    frames = [(said(f"about {own}", own),) for own, _ in pairs]

    leaf = _derived([amount for _, amount in pairs], *frames)

    assert leaf is not None
    assert leaf.value((said("about 5", "5"),)) == 50
    assert leaf.value((said(f"about {text}", text),)) is NOTHING


def test_a_date_without_a_year_takes_it_from_a_date_in_scope() -> None:
    texts = [("June 3", "2031-06-03 00:00:00"), ("December 24", "2031-12-24 00:00:00")]
    frames = [(TODAY, said(f"on {text}", text)) for text, _ in texts]

    leaf = _derived([wanted for _, wanted in texts], *frames)

    assert leaf is not None
    assert leaf.value((TODAY, said("on July 9", "July 9"))) == "2031-07-09 00:00:00"
    assert leaf.value((TODAY, said("on April 9", "April 9"))) is NOTHING, "last or next April?"


def test_a_date_moved_by_a_number_of_days_in_scope() -> None:
    texts = [("4", "2031-05-11"), ("2", "2031-05-09"), ("6", "2031-05-13")]
    frames = [(TODAY, said(f"in {text} days", text)) for text, _ in texts]

    leaf = _derived([wanted for _, wanted in texts], *frames)

    assert leaf is not None
    assert leaf.value((TODAY, said("in 9 days", "9"))) == "2031-05-16"


def _menu(*dishes: tuple[str, str, str]) -> Item:
    return told([{"dish": d, "name": n, "price": Decimal(p)} for d, n, p in dishes])


MENUS = (
    _menu(("d4471", "Soup", "7.20"), ("d9032", "Pie", "5.10"), ("d1177", "Stew", "9.90")),
    _menu(("d5512", "Roll", "3.00"), ("d5513", "Buns", "6.60"), ("d6620", "Tart", "4.40")),
    _menu(("d7731", "Rice", "8.00"), ("d8842", "Peas", "2.50"), ("d9953", "Fish", "6.00")),
)
NEW = _menu(("d1001", "Figs", "6.00"), ("d1002", "Plum", "9.00"), ("d1003", "Pear", "1.00"))


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        pytest.param(["d4471", "d5512", "d7731"], "d1001", id="first"),
        pytest.param(["d1177", "d6620", "d9953"], "d1003", id="last"),
    ],
)
def test_items_of_lists_are_chosen_by_position(wanted: list[str], answer: str) -> None:
    leaf = _derived(wanted, *((menu,) for menu in MENUS))

    assert leaf is not None
    assert leaf.value((NEW,)) == answer


def test_the_cheapest_is_chosen_and_a_tie_abstains() -> None:
    leaf = _derived(["d9032", "d5512", "d8842"], *((menu,) for menu in MENUS))

    assert leaf is not None
    assert leaf.value((NEW,)) == "d1003"
    assert leaf.value((_menu(("d1", "a", "2.00"), ("d2", "b", "2.00")),)) is NOTHING


def test_an_item_is_found_by_a_value_in_scope() -> None:
    frames = [
        (said(f"the {n}", n), menu) for n, menu in zip(("Pie", "Tart", "Rice"), MENUS, strict=True)
    ]

    leaf = _derived(["d9032", "d6620", "d7731"], *frames)

    assert leaf is not None
    assert leaf.value((said("the Plum", "Plum"), NEW)) == "d1002"


def test_a_short_value_that_stands_somewhere_is_no_copy() -> None:
    counts = told({key: at % 10 for at, key in enumerate("abcdefghijklmnop")})

    leaf = _derived(["7", "3"], (said("a", "7"), counts), (said("b", "3"), counts))

    assert leaf is None


def test_a_short_number_that_follows_a_place_again_and_again_is_a_copy() -> None:
    counts = told({key: at % 10 for at, key in enumerate("abcdefghijklmnop")})
    seats = ["3", "1", "4", "1", "5", "2", "3", "2", "5", "4"]
    frames = [(said(number, number), counts) for number in seats]

    leaf = _derived([int(number) for number in seats], *frames)

    assert leaf is not None
    assert leaf.value((said("6", "6"), counts)) == 6
    assert _derived([int(number) for number in seats[:4]], *frames[:4]) is None


def test_a_path_is_put_together_from_a_folder_and_a_name_whatever_marks_they_hold() -> None:
    told_of = [
        ("/in/garden/2031", "fern.txt"),
        ("/in/pond/lilies", "carp-7.md"),
        ("/out/2", "a.txt"),
    ]
    frames = [(said(f"Read {folder}", folder), told({"file": name})) for folder, name in told_of]

    leaf = _derived([f"{folder}/{name}" for folder, name in told_of], *frames)

    assert leaf is not None
    assert leaf.value((said("Read /in/x", "/in/x"), told({"file": "b/c.txt"}))) == "/in/x/b/c.txt"


def test_a_short_number_at_the_end_of_an_address_is_found() -> None:
    numbers = ["47", "8", "13", "5"]
    frames = [(said(f"What is item {number}?", number),) for number in numbers]

    leaf = _derived([f"https://lake.example/p/{number}" for number in numbers], *frames)

    assert leaf is not None
    assert leaf.value((said("What is item 9?", "9"),)) == "https://lake.example/p/9"


def test_truth_values_are_never_copied() -> None:
    leaf = _derived(
        [True, False, True], (told({"a": True}),), (told({"a": False}),), (told({"a": True}),)
    )

    assert leaf is None


def test_a_value_with_two_origins_is_served_only_while_they_agree() -> None:
    frames = [(said("x", name, name),) for name in ("Ida Holm", "Bo Ekberg")]

    leaf = _derived(["Ida Holm", "Bo Ekberg"], *frames)

    assert leaf is not None
    assert leaf.value((said("x", "Li Wei", "Li Wei"),)) == "Li Wei"
    assert leaf.value((said("x", "Li Wei", "Ana Cruz"),)) is NOTHING


def test_what_nothing_explains_has_no_program() -> None:
    leaf = _derived(["K-7731", "Q-2089"], (said("a", "Ida"),), (said("b", "Bo"),))

    assert leaf is None


def test_words_side_by_side_may_come_from_different_places() -> None:
    pairs = [("Holm", "Ida"), ("Ekberg", "Bo"), ("Stone", "Eve")]
    frames = [(said(f"{last}, {first}", last, first),) for last, first in pairs]

    leaf = _derived([f"Hello {first} {last}!" for last, first in pairs], *frames)

    assert leaf is not None
    assert leaf.value((said("Quist, Pia", "Quist", "Pia"),)) == "Hello Pia Quist!"


def test_a_value_within_a_text_is_found_by_its_key() -> None:
    frames = [
        (Item("user", "", "x", ["go", {"order": own}], structured=False, key="u"),)
        for own in ("K-77310", "Q-20894")
    ]

    leaf = _derived(["K-77310", "Q-20894"], *frames)

    assert leaf is not None
    new = Item("user", "", "x", ["go", {"order": "Z-55501"}], structured=False, key="u")
    assert leaf.value((new,)) == "Z-55501"


def test_only_the_beginning_of_an_endless_result_is_looked_at() -> None:
    values = Sources((told({f"k{at}": at for at in range(3000)}),)).values

    assert len(values) <= 500


def test_the_weekday_after_a_date_in_scope_is_found() -> None:
    days = [("Friday", "2031-05-09"), ("Monday", "2031-05-12"), ("Sunday", "2031-05-11")]
    frames = [(TODAY, said(f"on {day}", day)) for day, _ in days]

    leaf = _derived([wanted for _, wanted in days], *frames)

    assert leaf is not None
    assert leaf.value((TODAY, said("on Thursday", "Thursday"))) == "2031-05-08"


def test_values_with_nothing_but_a_blank_between_them_are_derived_each_by_itself() -> None:
    guests = [("Holm", "Ida", "R-5517"), ("Ekberg", "Bo", "R-8842"), ("Wei", "Li", "S-1203")]
    frames = [(said(" ".join(own), *own),) for own in [*guests, ("Moreau", "Ulf", "S-9031")]]
    wanted = [f"{first} {last} has {room}." for last, first, room in guests]

    leaf = _derived(wanted, *frames[:3])

    assert leaf is not None
    assert leaf.value(frames[3]) == "Ulf Moreau has S-9031."
