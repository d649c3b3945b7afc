"""Tables of what follows what: never beyond what was met twice."""

from decimal import Decimal
from typing import Any

import pytest

from tree.derive.lookup import lookup
from tree.derive.program import NOTHING, Apply, Const, evaluate
from tree.derive.sources import Sources
from tree.reading.item import Item

CODES = {"Sales": "D-17", "Legal": "D-40", "Stock": "D-02", "Press": "D-33", "Fleet": "D-08"}


def told(**tree: Any) -> tuple[Item, ...]:
    return (Item("result", "t", "", tree, structured=True, key="r"),)


def _asked(names: list[str]) -> tuple[list[Any], list[Sources]]:
    frames = [Sources(told(unit=own, ref=f"R{at * 7919}")) for at, own in enumerate(names)]
    return [CODES[own] for own in names], frames


def test_a_value_met_twice_is_looked_up_and_no_other() -> None:
    leaf = lookup(*_asked([*CODES, *CODES, "Sales", "Legal"]))

    assert leaf is not None
    assert leaf.value(told(unit="Press", ref="R1")) == "D-33"
    assert leaf.value(told(unit="Audit", ref="R1")) is NOTHING
    assert leaf.value(told(ref="R1")) is NOTHING


def test_an_entry_seen_once_is_none() -> None:
    leaf = lookup(*_asked(["Sales", "Legal", "Stock", "Press"] * 2 + ["Sales", "Legal", "Fleet"]))

    assert leaf is not None
    assert leaf.value(told(unit="Fleet", ref="R1")) is NOTHING


@pytest.mark.parametrize("names", [["Sales", "Legal"] * 3, list(CODES), ["Sales"] * 12])
def test_a_few_repetitions_prove_nothing(names: list[str]) -> None:
    assert lookup(*_asked(names)) is None


def test_a_value_that_led_to_two_is_no_key() -> None:
    wanted, frames = _asked([*CODES, *CODES, *CODES])

    assert lookup([*wanted[:-1], "D-99"], frames) is None


def test_fractions_and_lists_are_not_looked_up() -> None:
    _, frames = _asked([*CODES, *CODES])

    assert lookup([Decimal("1.5")] * 10, frames) is None
    assert lookup([["x"]] * 10, frames) is None


def test_two_tables_that_part_are_not_served() -> None:
    frames = [Sources(told(unit=own, desk=own.lower())) for own in [*CODES, *CODES, *CODES]]

    leaf = lookup([CODES[own] for own in [*CODES, *CODES, *CODES]], frames)

    assert leaf is not None
    assert leaf.value(told(unit="Press", desk="press")) == "D-33"
    assert leaf.value(told(unit="Press", desk="sales")) is NOTHING


def test_a_value_without_a_spelling_has_no_entry() -> None:
    assert evaluate(Apply("looked_up", (Const(None),), ("a", 1)), ()) is NOTHING
