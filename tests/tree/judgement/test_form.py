"""Forms: what values are told as, and which of them a place is taken to have."""

from decimal import Decimal
from typing import Any

import pytest

from tree.judgement.form import form_of, forms_of, has_one, sort_of, told


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("5 kg", "a number or a code with “kg”"),
        ("12 km/h", "a number or a code with “km/h”"),
        ("1 250,50 €", "a number or a code with “€”"),
        ("$12.50", "a number or a code with “$”"),
        ("EUR 12", "a number or a code with “EUR”"),
        ("5kg", "a number or a code with “kg”"),
        ("K-4711", "a number or a code"),
        ("9ba", "a number or a code"),
        ("bbeb", "a number or a code"),
        ("2031-05-07", "a date"),
        ("2031-05-07T10:00:00+02:00", "a date with “+02:00”"),
        ("2031-05-07T10:00:00Z", "a date with “Z”"),
        ("10:30", "a time"),
        ("ida@mail.example", "an address"),
        ("https://mail.example/7", "a link"),
        (7, "more than 0"),
        (Decimal("-0.5"), "less than 0"),
        (0, "0"),
        ("none on file", ""),
        ("n/a", ""),
        ("", ""),
        (True, ""),
        (None, ""),
    ],
)
def test_a_value_is_told_in_a_unit_or_a_zone_or_is_a_word(value: Any, form: str) -> None:
    assert form_of(value) == form


def common(*values: Any) -> tuple[str, ...]:
    return forms_of(set(map(form_of, values)), set(map(sort_of, values)), len(values))


@pytest.mark.parametrize(
    ("so_far", "now", "has"),
    [
        (["5 kg", "7 kg", "12 kg"], "8 kg", True),
        (["5 kg", "7 kg", "12 kg"], "800 g", False),
        (["5 kg", "7 g", "12 kg", "500 g"], "3 g", True),
        (["5 kg", "7 g", "12 kg", "500 g"], "3 lb", False),
        (["5 kg", "7 g", "3 lb", "2 oz"], "4 t", True),
        (["5 kg", "7 g", "3 lb", "2 oz"], "heavy", False),
        (["5", "7", "9"], "5 kg", False),
        (["K-1", "ida@mail.example", "K-2", "bo@mail.example"], "help me", False),
        (["K-1", "ida@mail.example", "K-2", "bo@mail.example"], "K-3", True),
    ],
)
def test_few_forms_are_all_that_there_are_and_many_only_of_a_sort(
    so_far: list[str], now: str, *, has: bool
) -> None:
    assert has_one(now, common(*so_far)) is has


def test_a_word_among_them_says_that_anything_may_stand_there() -> None:
    assert common("5 kg", "7 kg", "heavy") == ()


def test_forms_are_told_without_their_marks() -> None:
    assert told(common("5 kg", "7 g", "3 lb", "2 oz")) == "a number or a code"
