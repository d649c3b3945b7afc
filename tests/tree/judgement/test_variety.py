"""Which of many examples show something that the others do not."""

from tree.judgement.variety import own_facts
from tree.message import Json
from tree.reading.item import Item


def _frame(**tree: Json) -> tuple[Item, ...]:
    return (Item("result", "get", repr(tree), tree, structured=True, key="k"),)


def test_the_only_one_of_its_kind_shows_something() -> None:
    facts = own_facts([_frame(kind=kind) for kind in ("sea", "air", "sea", "sea")])

    assert facts == [0, 1, 0, 0]


def test_the_only_one_of_two_kinds_together_shows_something() -> None:
    both = [("sea", "EU"), ("air", "EU"), ("air", "US"), ("sea", "EU"), ("air", "EU")]

    facts = own_facts([_frame(kind=kind, region=region) for kind, region in [*both, ("sea", "US")]])

    assert [at for at, own in enumerate(facts) if own] == [2, 5]


def test_the_least_and_the_greatest_number_show_something() -> None:
    amounts = [30, 12, 77, 91, 55, 28, 63, 41, 85, 70]

    facts = own_facts([_frame(amount=amount) for amount in amounts])

    assert [amounts[at] for at, own in enumerate(facts) if own] == [12, 91]


def test_stamps_and_names_show_nothing() -> None:
    frames = [
        _frame(at=f"2031-01-0{day}", who=f"guest {chr(96 + day) * 5}") for day in range(1, 10)
    ]

    assert own_facts(frames) == [0] * 9
