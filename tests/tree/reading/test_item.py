"""When two readings of something said are the same reading, what a structure is called, and which keys are data."""

import pytest

from tree.message import Json
from tree.reading.item import Item, is_map, shape


def item(tree: list[str], text: str = "a b c", version: int = 0) -> Item:
    return Item("user", "", text, tree, structured=False, key="user  #0", version=version)


def test_equal_readings_are_one() -> None:
    assert item(["b"]) == item(["b"])
    assert hash(item(["b"])) == hash(item(["b"]))


def test_a_text_cut_elsewhere_by_another_reader_is_another_reading() -> None:
    assert item(["b"]) != item(["a", "c"])


def test_another_text_or_version_is_another_reading() -> None:
    assert item(["b"]) != item(["b"], text="d b e")
    assert item(["b"]) != item(["b"], version=1)


@pytest.mark.parametrize(
    "series",
    [{"2024-05-01": 3, "2024-05-02": 4}, {"id-7": "a"}, {"1": {"x": 1}, "2": {"x": 2}}],
)
def test_a_series_by_day_or_id_is_a_map(series: dict[str, Json]) -> None:
    assert is_map(series)


@pytest.mark.parametrize("record", [{}, {"total": 3, "2024": 4}, {"name": "a"}])
def test_a_record_with_names_is_none(record: dict[str, Json]) -> None:
    assert not is_map(record)


def test_two_series_over_other_days_have_one_shape() -> None:
    assert shape({"2024-05-01": 3}) == shape({"2024-06-01": 5, "2024-06-02": 6})
