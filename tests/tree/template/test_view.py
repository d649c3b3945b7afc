"""Views: which parts of a context go under one key, and what keeps them apart."""

from tree.reading.item import Item
from tree.template.view import MAX_AGAIN, View, kind_of, views


def _said(kind: str, text: str, name: str = "") -> Item:
    return Item(kind, name, text, {"v": text}, structured=True, key=f"{kind} {name}")


def _tried(times: int, *, apart: bool = False) -> dict[str, View]:
    """The views after a tool failed so often in a row, or with another step between any two failures."""
    items = [_said("user", "Get it, please")]
    for number in range(times):
        if apart and number:
            items += [_said("call", "{}", "wait"), _said("result", f"waited {number} s", "wait")]
        items += [_said("call", f"item {number}", "get"), _said("result", "busy", "get")]
    return {view.kind: view for view in views(items)}


def test_a_step_that_failed_again_is_another_step_whatever_was_asked_for() -> None:
    keys = {_tried(times)["step"].key for times in range(1, 1 + MAX_AGAIN)}

    assert len(keys) == MAX_AGAIN


def test_after_many_repeats_one_more_is_the_same_step() -> None:
    assert _tried(MAX_AGAIN + 1)["step"].key == _tried(MAX_AGAIN + 5)["step"].key


def test_a_failure_after_another_step_is_a_first_one() -> None:
    assert _tried(3, apart=True)["step"].key == _tried(1)["step"].key


def test_a_view_of_everything_needs_no_count() -> None:
    assert _tried(2)["path"].key != _tried(3)["path"].key
    assert _tried(1)["path"].frame == _tried(1)["round"].frame


def test_views_that_see_the_same_see_one_object_and_are_neighbours_under_keys_of_their_own() -> (
    None
):
    path, whole = views([_said("system", "Water."), _said("user", "The fern, please")])

    assert path.frame is whole.frame
    assert path.key != whole.key
    assert path.key[:-1] == whole.key[:-1]


def test_a_key_tells_which_view_it_is_of() -> None:
    for times in (1, MAX_AGAIN, MAX_AGAIN + 1):
        found = _tried(times)

        assert [kind_of(view.key) for view in found.values()] == list(found)
