"""Loops: what a run of like steps becomes, and what is told of the rest of a list."""

from collections.abc import Sequence

import msgspec

from tree.message import Json
from tree.reading.item import Item
from tree.template.loop import DONE, looped

ROWS: list[Json] = [{"id": f"d{at}", "by": "Ida"} for at in range(4)]


def _told(kind: str, tool: str, value: Json) -> Item:
    text = msgspec.json.encode(value).decode()
    return Item(kind, tool, text, value, structured=True, key=f"{kind} {tool}")


def _worked(done: Sequence[str], rows: Json = ROWS) -> list[Item]:
    """The items after some documents of a list were signed."""
    items = [_told("user", "", "Sign all")]
    items += [_told("call", "list", {"of": "me"}), _told("result", "list", rows)]
    for one in done:
        items += [_told("call", "sign", {"doc": one}), _told("result", "sign", {"ok": one})]
    return items


def _last_run(items: Sequence[Item]) -> Json:
    return [item.tree for item in looped(items) if item.kind == DONE][-1]


def test_a_run_is_one_step_with_all_that_it_was_for_and_the_next_of_the_list() -> None:
    found = looped(_worked(["d0", "d1"]))

    assert [item.kind for item in found] == [
        *("user", DONE, "call", "result"),
        *(DONE, "call", "result"),
    ]
    assert found[-3].tree == {"did": {"doc": ["d0", "d1"]}, "next": {"doc of 3.id": "d2"}}
    assert found[-2].tree == {"doc": "d1"}


def test_a_run_of_any_length_has_one_shape_until_nothing_is_left() -> None:
    keys = [looped(_worked([f"d{at}" for at in range(1 + last)]))[-3].key for last in range(4)]

    assert len(set(keys[:3])) == 1
    assert keys[3] != keys[0]


def test_the_next_is_the_first_that_was_not_taken_whatever_the_order() -> None:
    assert _last_run(_worked(["d2", "d0"])) == {
        "did": {"doc": ["d2", "d0"]},
        "next": {"doc of 3.id": "d1"},
    }


def test_values_that_no_list_holds_have_no_next() -> None:
    assert _last_run(_worked(["d1", "elsewhere"])) == {
        "did": {"doc": ["d1", "elsewhere"]},
        "next": {},
    }


def test_lists_of_plain_values_are_worked_through_too() -> None:
    assert _last_run(_worked(["d1"], {"docs": ["d1", "d7"]})) == {
        "did": {"doc": ["d1"]},
        "next": {"doc of 3.docs": "d7"},
    }


def test_truth_values_are_nothing_to_work_through() -> None:
    rows: Json = [{"ok": True}, {"ok": False}]
    items = [*_worked([], rows), _told("call", "sign", {"doc": True})]

    assert _last_run([*items, _told("result", "sign", "done")]) == {"did": {}, "next": {}}


def test_steps_of_different_tools_are_no_run() -> None:
    items = [*_worked(["d0"]), _told("call", "stamp", {"doc": "d1"})]
    items += [_told("result", "stamp", "done"), *_worked(["d1"])[-2:]]

    assert sum(item.kind == DONE for item in looped(items)) == 4
