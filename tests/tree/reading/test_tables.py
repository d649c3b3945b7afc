"""Tables into records, by their header."""

from typing import Any

import pytest

from tree.reading.tables import markdown_table, separated


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("| a | b |\n|---|:-:|\n| 1 | x y |\n| 2 | |", ([{"a": "1", "b": "x y"}, {"a": "2", "b": ""}], 4)),
        ("a | b\n--|--\n1 | 2\nend", ([{"a": "1", "b": "2"}], 3)),
        ("| a |\n|---|\n| x \\| y |", ([{"a": "x | y"}], 3)),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 |", ([{"a": "1", "b": "2"}], 3)),
        ("| a | b |\n|---|---|", None),
        ("| a | a |\n|---|---|\n| 1 | 2 |", None),
        ("| a |  |\n|---|---|\n| 1 | 2 |", None),
        ("| a | b |\n|---|\n| 1 | 2 |", None),
        ("| a | b |\n| 1-2 | 3-4 |", None),
        ("| a | b |\n|-|-|\n| 1 | 2 |", ([{"a": "1", "b": "2"}], 3)),
        ("a | b", None),
        ("prose\n-----", None),
    ],
)  # fmt: skip
def test_markdown_tables_are_read_from_where_they_begin(text: str, wanted: Any) -> None:
    assert markdown_table(text.split("\n"), 0) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("id,name\n1,Ida\n2,Bo\n", [{"id": "1", "name": "Ida"}, {"id": "2", "name": "Bo"}]),
        ('id,name\n1,"Holm, Ida"\n2,Bo', [{"id": "1", "name": "Holm, Ida"}, {"id": "2", "name": "Bo"}]),
        ("id\tsum\n1\t2.50\n2\t007", [{"id": "1", "sum": "2.50"}, {"id": "2", "sum": "007"}]),
        ("id;n\n1;2\n3;4", [{"id": "1", "n": "2"}, {"id": "3", "n": "4"}]),
        ("id,name\n1,Ida", None),
        ("id,name\n1,Ida\n2", None),
        ("1,2\n3,4\n5,6", None),
        ("a,a\n1,2\n3,4", None),
        ("no table", None),
        ("Dear Ida\nhow, are, you", None),
        ('a,b\n"1,2\n3,4', None),
    ],
)  # fmt: skip
def test_separated_columns_are_read_if_every_line_has_them(text: str, wanted: Any) -> None:
    assert separated(text) == wanted


def test_a_table_too_long_is_not_read() -> None:
    assert separated("a,b\n" + "1,2\n" * 110_000) is None
