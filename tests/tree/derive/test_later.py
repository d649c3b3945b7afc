"""When something ends that begins then and takes so long."""

import pytest

from tree.derive.later import ways
from tree.derive.program import NOTHING, evaluate
from tree.derive.search import derive
from tree.derive.sources import Sources
from tree.message import Json
from tree.reading.item import Item


def _asked(minutes: int, day: str, clock: str) -> Sources:
    text = f"Block {minutes} minutes on {day} at {clock} please"
    slots: list[Json] = [str(minutes), day, clock]
    return Sources((Item("user", "", text, slots, structured=False, key="u"),))


EXAMPLES = [
    (45, "2031-02-27", "09:15", "2031-02-27T10:00"),
    (90, "2031-02-28", "23:10", "2031-03-01T00:40"),
    (30, "2030-12-31", "23:45", "2031-01-01T00:15"),
    (125, "2032-02-28", "22:30", "2032-02-29T00:35"),
]


def test_an_end_is_found_over_midnight_and_the_ends_of_months_and_years() -> None:
    sources = [_asked(*own[:3]) for own in EXAMPLES]

    leaf = derive([own[3] for own in EXAMPLES], sources)

    assert leaf is not None
    assert leaf.value(_asked(60, "2031-04-30", "23:30").frame) == "2031-05-01T00:30"


@pytest.mark.parametrize(
    ("minutes", "day", "clock"),
    [(60, "9999-12-31", "23:30"), (0, "2031-01-01", "10:00"), (10**9, "2031-01-01", "10:00")],
    ids=["after the last day", "at once", "after ages"],
)
def test_an_end_that_nobody_means_is_none(minutes: int, day: str, clock: str) -> None:
    sources = _asked(*EXAMPLES[0][:3])
    program = next(iter(ways(sources, EXAMPLES[0][3])))

    assert evaluate(program, _asked(minutes, day, clock).frame) is NOTHING


def test_an_end_needs_a_beginning_and_how_long_it_takes() -> None:
    no_count = Sources((Item("user", "", "x", ["2031-02-27", "09:15"], structured=True, key="u"),))

    assert list(ways(no_count, "2031-02-27T10:00")) == []
