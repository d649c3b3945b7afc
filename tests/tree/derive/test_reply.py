"""Answers as leaves, and back: spelling, order, and what is no answer to derive."""

from decimal import Decimal
from typing import Any

import pytest

from tree.derive.reply import Call, Reply, leaves, message_of, outline, read_reply, used_by, written
from tree.message import Answer, Message, Opaque, Text, ToolCall


def answer(*parts: Any) -> Answer:
    return Answer(Message("assistant", parts), None)


def test_calls_and_texts_are_read() -> None:
    calls = ToolCall(0, "get", '{"id": 7.50}'), ToolCall(1, "put", "")

    reply = read_reply(answer(Text("One."), Text("Two."), *calls))

    assert reply is not None
    assert reply.text == "One.\n\nTwo."
    assert [(call.name, call.arguments) for call in reply.calls] == [
        ("get", {"id": Decimal("7.50")}),
        ("put", {}),
    ]
    assert reply.tool


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(ToolCall(0, "get", '{"id":'), id="broken"),
        pytest.param(ToolCall(0, "get", '{"id":' * 70 + "1" + "}" * 70), id="deep"),
        pytest.param(ToolCall(0, "get", "[" * 5000 + "]" * 5000), id="deeper"),
        pytest.param(Opaque("thought", "x"), id="opaque"),
    ],
)
def test_what_cannot_be_derived_is_no_reply(part: Any) -> None:
    assert read_reply(answer(part)) is None


def test_wide_arguments_are_not_taken_for_deep_ones() -> None:
    wide = '{"rows": [' + ",".join(['{"a": [1]}'] * 100) + "]}"

    assert read_reply(answer(ToolCall(0, "get", wide))) is not None


@pytest.mark.parametrize(
    ("value", "like", "text"),
    [
        ({"a": 1, "b": [True, None]}, '{"x": 1}', '{"a": 1, "b": [true, null]}'),
        ({"a": 1, "b": []}, '{"x":1}', '{"a":1,"b":[]}'),
        ({"a": "\u00e9\U0001f408"}, '{"x":"y"}', '{"a":"\\u00e9\\ud83d\\udc08"}'),
        ({"a": "\u00e9"}, '{"x":"\u00fc"}', '{"a":"\u00e9"}'),
        ({"a": Decimal("7.50")}, '{"x":1}', '{"a":7.50}'),
        ({"a": Decimal("Infinity")}, '{"x":1}', '{"a":null}'),
        ({'"': "\n"}, '{"x":1}', '{"\\"":"\\n"}'),
    ],
)
def test_json_is_written_in_the_spacing_and_escaping_of_what_is_like_it(
    value: Any, like: str, text: str
) -> None:
    assert written(value, like) == text


def test_an_outline_says_nothing_of_values() -> None:
    assert outline({"b": [1, {"c": 2}], "a": "x"}) == "{a:v,b:[v,{c:v}]}"
    assert outline({"b": [9, {"c": "y"}], "a": 0}) == "{a:v,b:[v,{c:v}]}"


def test_leaves_are_found_in_order_of_their_paths() -> None:
    found = leaves({"b": [1, {}], "a": {"c": None}})

    assert found == [(("a", "c"), None), (("b", 0), 1), (("b", 1), {})]


def test_a_reply_is_a_message_again() -> None:
    reply = Reply((Call("get", {"id": 7}, '{"id": 9}'),), "Hold on.")

    assert message_of(reply) == Message("assistant", (Text("Hold on."), ToolCall(0, "get", '{"id": 7}')))  # fmt: skip
    assert used_by(Reply((Call("get", {"id": "K-7731", "n": 7, "ok": True}),))) == {"K-7731"}
    assert used_by(reply) == frozenset()
