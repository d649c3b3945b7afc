"""Outlines: keys and items by indentation, or no outline at all."""

from typing import Any

import pytest

from tree.reading.outline import outlined


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("name: Ida\nage: 007", {"name": "Ida", "age": "007"}),
        ("A=1\nB=x y", {"A": "1", "B": "x y"}),
        ("---\na: 1\nb: 2.50\n", {"a": "1", "b": "2.50"}),
        ("a: 'x y'\nb: \"z\"", {"a": "x y", "b": "z"}),
        ("'a b': 1\nc: 2", {"a b": "1", "c": "2"}),
        ("a:\n  b: 1\n  c:\n    d: 2\ne: 3", {"a": {"b": "1", "c": {"d": "2"}}, "e": "3"}),
        ("- a: 1\n  b: 2\n- a: 3\n  b: 4", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        ("a:\n- p\n- q\nb: 1", {"a": ["p", "q"], "b": "1"}),
        ("a:\n  - p\n  -\n    c: 1\nb: 1", {"a": ["p", {"c": "1"}], "b": "1"}),
        ("a: |\n  x: y\n  z\nb: 1", {"a": "x: y\nz", "b": "1"}),
        ("a:\nb: 1", {"a": "", "b": "1"}),
        ("b: 1\na:", {"b": "1", "a": ""}),
        ("a: 1\r\nb: 2\r\n", {"a": "1", "b": "2"}),
        ('a: {"x": 1}\nb: [1, 2]', {"a": {"x": 1}, "b": [1, 2]}),
        ("url: https://a.example/x\nat: 10:30", {"url": "https://a.example/x", "at": "10:30"}),
    ],
)
def test_outlines_are_read(text: str, wanted: Any) -> None:
    assert outlined(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name: Ida",
        "Dear Ida,\nname: Bo",
        "name: Ida\nand so on",
        "a: 1\na: 2",
        "- a: 1\n  a: 2",
        "- x\n- y",
        "a: 1\n  b: 2",
        "a: 1\n- b\nc: 2",
        "- a: 1\n  - b: 2",
        "- p\n    q: 1\n    r: 2",
        "a:\n    b: 1\n  c: 2",
        "- a: 1\n  c",
        "10:30 tea\n11:30 coffee",
        "https://a.example\nb: 1",
        "x" * 600 + ": 1\nb: 2",
        "\n".join(" " * at + "a:" for at in range(80)),
        "- - a: 1\n  - b: 2",
        "a: 1\n-\n" + "\n".join(" " * at + "-" for at in range(1, 60)),
        "a:\n" + "\n".join(" " * at + "-" for at in range(60)) + "\n" + " " * 60 + "b: 1",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert outlined(text) is None


def test_an_outline_too_long_is_not_read() -> None:
    assert outlined("\n".join(f"k{at}x: {at}" for at in range(20_001))) is None
    assert outlined("a: 1\n" + "b: " + "x" * 400_000) is None
