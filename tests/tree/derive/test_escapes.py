"""Escapes for other languages: there and back, and found from examples."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tree.derive import escapes
from tree.derive.program import NOTHING, Apply, Const, evaluate
from tree.derive.search import Leaf, derive
from tree.derive.sources import Sources
from tree.reading.item import Item

PLACES = ["Old Mill & Sons", "Ida's Café", "100% Wool", "Lake <North>"]
NEW = 'Ben & "Jo" Ltd'


def _frame(text: str) -> tuple[Item, ...]:
    return (Item("user", "", f"about {text}.", [text], structured=False, key="u"),)


def _leaf(wanted: list[str], texts: list[str]) -> Leaf | None:
    return derive(list(wanted), [Sources(_frame(text)) for text in texts])


@pytest.mark.parametrize(
    ("op", "text", "wanted"),
    [
        ("url", "a b/ü", "a%20b%2F%C3%BC"),
        ("url_path", "a b/c", "a%20b/c"),
        ("url_form", "a b&c", "a+b%26c"),
        ("unurl", "a%20b+c", "a b+c"),
        ("unurl_form", "a%20b+c", "a b c"),
        ("html", "<i> \"x\" & 'y'", "&lt;i&gt; &quot;x&quot; &amp; &#x27;y&#x27;"),
        ("html_text", '<i> "x"', '&lt;i&gt; "x"'),
        ("unhtml", "&eacute;&#39;&amp;", "é'&"),
        ("base64", "über", "w7xiZXI="),
        ("base64", "", NOTHING),
        ("base64_url", "??>>", "Pz8-Pg"),
        ("unbase64", "w7xiZXI=", "über"),
        ("unbase64", "Pz8-Pg", "??>>"),
        ("unbase64", "not base64!", NOTHING),
        ("unbase64", "////", NOTHING),
        ("json", 'a "b"\n', 'a \\"b\\"\\n'),
        ("json_ascii", "é😀", "\\u00e9\\ud83d\\ude00"),
        ("unjson", 'a \\"b\\" \\u00e9', 'a "b" é'),
        ("unjson", 'a "b"', NOTHING),
        ("shell", "it's", "'it'\"'\"'s'"),
        ("unshell", "'a b'", "a b"),
        ("unshell", "a b", NOTHING),
        ("unshell", "it's", NOTHING),
        ("unshell", "x" * 500, NOTHING),
        ("sql", "O'Hara", "O''Hara"),
        ("unsql", "O''Hara", "O'Hara"),
        ("url", "\ud800", NOTHING),
        ("base64", "\ud800", NOTHING),
        ("json", "\ud800", NOTHING),
        ("unjson", "\ud800", NOTHING),
        ("url", 7, NOTHING),
        ("url", "x" * 100_001, NOTHING),
    ],
)
def test_escapes_yield_what_other_languages_read(op: str, text: Any, wanted: Any) -> None:
    assert evaluate(Apply(op, (Const(text),)), ()) == wanted


@given(st.text(min_size=1, max_size=60))
def test_what_is_escaped_comes_back(text: str) -> None:
    for op, back in [
        ("url", "unurl"),
        ("url_form", "unurl_form"),
        ("json", "unjson"),
        ("json_ascii", "unjson"),
        ("shell", "unshell"),
        ("sql", "unsql"),
    ]:
        assert evaluate(Apply(back, (Apply(op, (Const(text),)),)), ()) == text


@pytest.mark.parametrize(
    "op", ["url", "url_path", "url_form", "html", "base64", "base64_url", "json_ascii", "shell"]
)
def test_an_escape_is_learnt_from_examples_and_holds_for_a_new_value(op: str) -> None:
    made = [str(evaluate(Apply(op, (Const(text),)), ())) for text in [*PLACES, NEW]]

    leaf = _leaf(made[:-1], PLACES)

    assert leaf is not None
    assert leaf.value(_frame(NEW)) == made[-1]


@pytest.mark.parametrize("op", ["url", "url_form", "html", "base64", "json_ascii", "shell"])
def test_an_escape_is_taken_back_once_examples_showed_it(op: str) -> None:
    made = [str(evaluate(Apply(op, (Const(text),)), ())) for text in [*PLACES, NEW]]

    leaf = _leaf(PLACES, made[:-1])

    assert leaf is not None
    assert leaf.value(_frame(made[-1])) in (NEW, NOTHING)


def test_an_escaped_value_is_found_within_static_text() -> None:
    pattern = "https://shop.example/find?q={}&page=1"
    texts = ["Old Mill", "Blue Lake", "100% Wool"]

    leaf = _leaf([pattern.format(text.replace("%", "%25").replace(" ", "%20")) for text in texts], texts)  # fmt: skip

    assert leaf is not None
    assert leaf.value(_frame("Ben & Jo")) == pattern.format("Ben%20%26%20Jo")


def test_which_escape_it_is_stays_open_while_two_would_do() -> None:
    leaf = _leaf(["Old%20Mill", "Blue%20Lake", "Red%20Barn"], ["Old Mill", "Blue Lake", "Red Barn"])

    assert leaf is not None
    assert leaf.value(_frame("Low Road")) == "Low%20Road"
    assert leaf.value(_frame("Low/Road")) is NOTHING, "a slash is escaped by one of the two only"


def test_one_example_that_was_escaped_outweighs_many_that_had_nothing_to_escape() -> None:
    texts = ["Riverside", "Longmeadow", "Oakhurst-on-Sea", "Castleford", "Penhaligon", "O'Hara"]

    leaf = _leaf([text.replace("'", "''") for text in texts], texts)

    assert leaf is not None
    assert leaf.value(_frame("D'Arcy")) == "D''Arcy"


def test_a_text_too_long_to_escape_has_no_ways() -> None:
    assert list(escapes.ways(Sources(_frame("a b")), "x" * 100_001)) == []
