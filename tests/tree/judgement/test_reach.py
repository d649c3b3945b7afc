"""Reach: numbers far beyond all that were met, and lists far longer."""

from decimal import Decimal
from typing import Any

import pytest

from tree.derive.program import NOTHING
from tree.judgement.reach import beyond, length_of, reach_of


@pytest.mark.parametrize(
    ("so_far", "now", "is_beyond"),
    [
        ([10, 250, 30, 40, 399], 39900, False),
        ([10, 250, 30, 40, 399], 39901, True),
        ([10, 250, 30, 40, 399], 1, False),
        ([10, 250, 30, 40, 399], Decimal("0.025"), True),
        ([10, 250, 30, 40, 399], 0, False),
        ([10, -250, 30, 40, 399], -90000, True),
        ([0, 250, 0, 40, 399], 1, False),
        (["10", "2.5", "30", "40", "70"], "10,000", True),
        (["10", "2.5", "30", "40", "70"], "many", True),
        (["10", "2.5", "30", "40", "70"], NOTHING, True),
    ],
)
def test_a_number_is_beyond_reach_that_is_a_hundred_times_as_large_or_as_small(
    so_far: list[Any], now: Any, *, is_beyond: bool
) -> None:
    reach = reach_of(so_far)

    assert reach is not None
    assert beyond(now, reach) is is_beyond


@pytest.mark.parametrize("values", [[1, 2, 3, 4], [1, 2, 3, 4, "x"], [0] * 9, [True] * 9])
def test_few_numbers_or_other_values_say_nothing_of_how_far_they_go(values: list[Any]) -> None:
    assert reach_of(values) is None


def test_a_list_is_beyond_reach_that_is_many_times_as_long() -> None:
    reach = length_of([1, 3, 2, 4, 1])

    assert reach is not None
    assert not beyond([0] * 25, reach)
    assert beyond([0] * 26, reach)
    assert not beyond([], reach)
    assert length_of([1, 2]) is None
