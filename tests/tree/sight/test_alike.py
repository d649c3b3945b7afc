"""Which messages are one stage of a workflow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tree.talk import called, result, said
from tree.message import Message, Text, ToolCall, ToolResult
from tree.sight.alike import HOLE, joined, sort_of, words_of


@pytest.mark.parametrize(
    ("one", "other", "pattern"),
    [
        ("where is parcel 7 now", "where is parcel 9 now", f"where is parcel {HOLE} now"),
        ("find Ada please now", "find Li Wei Cruz please now", f"find {HOLE} please now"),
        ("find Li Wei Cruz please now", "find Ada please now", f"find {HOLE} please now"),
        ("the same", "the same", "the same"),
        ("", "", ""),
        ("where is it", "what was that", None),
        ("yes", "no", None),
        ("a b c", "a", None),
    ],
)
def test_texts_are_brought_together_by_the_words_they_share(
    one: str, other: str, pattern: str | None
) -> None:
    found = joined(words_of(one), words_of(other))

    assert (None if found is None else " ".join(found)) == pattern


@given(st.text())
def test_a_text_is_like_itself(text: str) -> None:
    assert joined(words_of(text), words_of(text)) == words_of(text)


def test_calls_are_told_apart_by_their_tools_and_not_by_what_they_ask() -> None:
    one, _ = sort_of(called(0, '{"a": 1}'), ())
    other, _ = sort_of(called(3, '{"a": 2}'), ())
    another, _ = sort_of(called(0, '{"a": 1}', name="post"), ())
    several = Message("assistant", (ToolCall(0, "weigh", ""), ToolCall(1, "weigh", "")))

    assert one == other != another
    assert sort_of(several, ())[0] != one


def test_results_are_told_apart_by_their_members_and_by_failure() -> None:
    good, text = sort_of(result(0, '{"state": "sent", "by": 1}'), ("find",))
    also, _ = sort_of(result(1, '{"state": "lost", "by": 2}'), ("find",))
    bad, _ = sort_of(result(0, '{"error": "none"}'), ("find",))
    failed = Message("tool", (ToolResult(0, (Text("no"),), is_error=True),))

    assert (good, text) == (also, "")
    assert good != bad
    assert good.keys == ("state", "by")
    assert sort_of(failed, ("find",))[0].kind == "error"
    assert sort_of(result(0, "plain {"), ())[1] == "plain {"


def test_what_says_nothing_is_of_a_sort_too() -> None:
    assert sort_of(Message("user", ()), ())[0].kind == "other"
    assert sort_of(said("user", "hello"), ())[0].kind == "text"
