"""Lists as values: columns of other lists, whole or of the records that something points at."""

from typing import Any

from tree.derive.program import NOTHING
from tree.derive.search import Leaf, derive
from tree.derive.sources import Sources
from tree.reading.item import Item


def _rows(*rows: tuple[str, str]) -> Item:
    tree: Any = {"rows": [{"id": own, "by": by} for own, by in rows]}
    return Item("result", "list", "", tree, structured=True, key="r")


def _asked(name: str) -> Item:
    return Item("user", "", f"All of {name}", [name], structured=False, key="u")


def _derived(wanted: list[Any], *frames: tuple[Item, ...]) -> Leaf | None:
    return derive(wanted, [Sources(frame) for frame in frames])


FIRST = (_asked("Ida"), _rows(("d1", "Ida"), ("d2", "Bo"), ("d3", "Ida")))
SECOND = (_asked("Bo"), _rows(("d4", "Bo"), ("d5", "Bo"), ("d6", "Eve"), ("d7", "Bo")))
NEW = (_asked("Eve"), _rows(("d8", "Eve"), ("d9", "Ida")))


def test_a_column_of_a_list_is_found_whatever_its_length() -> None:
    leaf = _derived([["d1", "d2", "d3"], ["d4", "d5", "d6", "d7"]], FIRST, SECOND)

    assert leaf is not None
    assert leaf.value(NEW) == ["d8", "d9"]
    assert leaf.value((_asked("Eve"), _rows())) is NOTHING


def test_half_of_a_list_is_never_taken_for_all_of_it() -> None:
    leaf = _derived([["d1", "d2", "d3"], ["d4", "d5", "d6", "d7"]], FIRST, SECOND)

    assert leaf is not None
    assert leaf.value((_asked("Eve"), _rows(*[(f"d{at}", "Eve") for at in range(2001)]))) is NOTHING


def test_the_records_that_a_value_of_the_context_points_at_are_found() -> None:
    leaf = _derived([["d1", "d3"], ["d4", "d5", "d7"]], FIRST, SECOND)

    assert leaf is not None
    assert leaf.value(NEW) == ["d8"]
    assert leaf.value((_asked("Uwe"), _rows(("d8", "Eve")))) is NOTHING


def test_a_list_that_nothing_explains_has_no_program() -> None:
    assert _derived([["d1", "x"], ["d4"]], FIRST, SECOND) is None


def test_a_list_of_one_short_value_is_no_surprise() -> None:
    one = (_asked("Ida"), _rows(("1", "Ida")))

    assert _derived([["1"], ["1"]], one, one) is None
