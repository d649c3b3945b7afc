"""Which reader a text is given to; and that none of them ever fails or takes more than one pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tree.reading.blocks import MARK
from tree.reading.item import shape
from tree.reading.reading import parts, whole
from tree.reading.structure import raw_of, structured

OUTLINE = "name: Ida\nage: 7"
MILLION = 1_000_000


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (OUTLINE, "{age:v,name:v}"),
        ("a,b\n1,2\n3,4", "[{a:v,b:v}]"),
        ("<p>x</p>", "{lines:[v]}"),
    ],
)
def test_only_what_tools_give_back_is_read_for_more_than_literals(text: str, seen: str) -> None:
    assert shape(whole("result", text)) == seen
    assert shape(whole("error", text)) == seen
    assert whole("user", text) is None
    assert whole("system", text) is None


def test_json_is_read_whoever_says_it() -> None:
    assert whole("user", '{"a": 1}') == {"a": 1}
    assert whole("system", "{'a': None}") == {"a": None}


def test_instructions_have_no_blocks() -> None:
    text = '```json\n{"a": 1}\n```'

    assert parts("system", text) is None
    assert parts("developer", text) is None
    assert parts("user", text) is not None


def test_a_value_in_a_text_remembers_how_it_was_spelt_at_every_level() -> None:
    tree = structured('{"a": "{\\"b\\": \\"[1,  2]\\"}", "c": [1]}')

    assert isinstance(tree, dict)
    assert isinstance(tree["a"], dict)
    assert raw_of(tree["a"]) == '{"b": "[1,  2]"}'
    assert raw_of(tree["a"]["b"]) == "[1,  2]"
    assert raw_of(tree["c"]) is None
    assert raw_of("x") is None


def test_a_value_nested_without_end_is_prose() -> None:
    assert structured("[" * 200 + "]" * 200) is None
    assert structured("[" * 50 + "]" * 50) is not None


PIECES = st.sampled_from(
    ["{", "}", "[", "]", '"', "'", ":", ",", "\n", " ", "- ", "a", "a: ", "| ", "|-", "```", "<p>", "<", ">", "=",
     "</td>", "<table>", "<!--", "-->", "&amp;", "\\", "\t", "1", "None", MARK, "\ud800", "\x00", "é"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["user", "result", "system"]))
def test_any_text_is_read_or_is_prose(text: str, kind: str) -> None:
    value, blocks = whole(kind, text), parts(kind, text)

    assert value is None or isinstance(value, (dict, list))
    if blocks is not None:
        assert blocks.shell.count(MARK) == len(blocks.values) > 0


@given(st.lists(PIECES, max_size=40).map("".join))
def test_what_stands_outside_blocks_stays_as_it_was(text: str) -> None:
    blocks = parts("user", text)

    if blocks is not None:
        rest = text
        for piece in blocks.shell.split(MARK):
            before, found, rest = rest.partition(piece)
            assert found == piece, before


LONG = {
    "open tags": "<" * MILLION + ">",
    "tags in quotation marks": '<a x="' + "<" * MILLION + ">",
    "tags that never end": "<p><div " * (MILLION // 24) + ">",
    "comments": "<p><!--" * (MILLION // 7) + ">",
    "scripts": "<p><script>" * (MILLION // 11) + ">",
    "items": "<ul>" + "<li>x" * (MILLION // 30) + "</ul>",
    "ampersands": "<p>" + "&" * MILLION + "</p>",
    "brackets": "[" * MILLION,
    "brackets and blanks": " [ {" * (MILLION // 4),
    "pipes": "|\n-\n" * (MILLION // 12),
    "wide rules": ("|" * 1000 + "\n" + "-|" * 1000 + "\n") * (MILLION // 3000),
    "blanks in a rule": "| a\n--- " + " " * MILLION + "x",
    "fences": "```\n" * (MILLION // 4),
    "fences that never close": "```a\n" * (MILLION // 5),
    "keys": "\n".join(f"k{at}x: b" for at in range(MILLION // 60)),
    "a key and blanks": "a" + " " * (MILLION // 3) + "\nb: c",
    "deep items": "- " * (MILLION // 6) + "\na: b",
    "an open quotation mark": "['" + "\\\\" * (MILLION // 6) + "]",
    "a long row": "a,b\n" + '"' + "x" * (MILLION // 3),
    "text in text": '["' + '[\\"' * (MILLION // 4) + '"]',
    "small values": "x [1,2,3,4]\n" * (MILLION // 12),
}


@pytest.mark.parametrize("text", LONG.values(), ids=list(LONG))
def test_a_million_characters_are_read_in_one_pass(text: str) -> None:
    """With a reader that goes back, some of these would take hours: that they end is what is tested."""
    value, blocks = whole("result", text), parts("result", text)

    assert value is None or isinstance(value, (dict, list))
    assert blocks is None or blocks.values
