"""Which messages count as the same, and which ids they get."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import json_objects, json_values
from tests.tree.talk import SCOPE, asked, called, conversations, messages, result, said, talk
from tree.canonical import (
    NodeId,
    canonical_json,
    canonical_message,
    content_digest,
    keyed_hash,
    message_digest,
    node_id,
    path_of,
    scope_id,
)
from tree.message import (
    Conversation,
    Json,
    Media,
    Message,
    Opaque,
    Part,
    Scope,
    Text,
    ToolCall,
    ToolResult,
)


def spelt_alike(message: Message) -> list[Json]:
    """A message with its arguments as values, where all numbers have equals among the floats."""

    def part(part: Part) -> Json:
        if not isinstance(part, ToolCall):
            return part
        try:
            return [part.call, part.name, [msgspec.json.decode(part.arguments)]]
        except msgspec.DecodeError:
            return [part.call, part.name, part.arguments]

    return [message.role, *map(part, message.parts)]


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": [true, null]}', '{"b":[true,null],"a":1}'),
        ('{"a": {"y": 1, "x": 2}}', '{ "a" :\n{"x":2,"y":1}}'),
        ('"\\u00e9"', '"é"'),
        ("1e1", "10.0"),
        ("0.50", "0.5"),
        ("not JSON", "not JSON"),
        (DEEP, DEEP),
    ],
)
def test_arguments_of_equal_value_make_the_same_message(one: str, other: str) -> None:
    assert canonical_message(called(0, one)) == canonical_message(called(0, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[1, 2]", "[2, 1]"),
        ('{"a": 1}', '{"a": "1"}'),
        ('{"a": 1}', '{"a": true}'),
        ('{"a": null}', "{}"),
        ("10", "10.0"),
        ("0.0", "-0.0"),
        ("9007199254740993", "9007199254740992"),
        ("123456789012345678901234567890", "123456789012345678901234567891"),
        ("0.1234567890123456789", "0.1234567890123456788"),
        ("1e999", "2e999"),
        ("1e99999999999999999999", "2e99999999999999999999"),
        ("not JSON", '"not JSON"'),
        ("{", "{ "),
        ('"é"', '"e\u0301"'),
    ],
)
def test_arguments_of_other_value_make_another_message(one: str, other: str) -> None:
    assert canonical_message(called(0, one)) != canonical_message(called(0, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (said("user", "a"), said("system", "a")),
        (said("user", "a"), said("user", "a ")),
        (said("user", "ab"), Message("user", (Text("a"), Text("b")))),
        (said("user", ""), Message("user", ())),
        (called(0, "{}"), called(1, "{}")),
        (called(0, "{}"), called(0, "{}", name="sell")),
        (result(0, "5"), result(1, "5")),
        (result(0, "5"), Message("tool", (ToolResult(0, (Text("5"),), is_error=True),))),
        (result(0, "5"), said("tool", "5")),
        (Message("user", (Media("png", "00", 5),)), Message("user", (Media("png", "01", 5),))),
        (Message("user", (Opaque("k", 1),)), Message("user", (Opaque("k", 1, signed=True),))),
        (Message("user", (Opaque("k", 1),)), Message("user", (Opaque("k", 1.0),))),
    ],
)
def test_what_a_model_could_tell_apart_is_another_message(one: Message, other: Message) -> None:
    assert canonical_message(one) != canonical_message(other)


@given(messages, messages)
def test_messages_of_equal_bytes_differ_in_the_spelling_of_arguments_at_most(
    one: Message, other: Message
) -> None:
    same = canonical_message(one) == canonical_message(other)

    assert same == (canonical_json(spelt_alike(one)) == canonical_json(spelt_alike(other)))


@given(json_objects)
def test_the_order_of_members_does_not_count(value: dict[str, Json]) -> None:
    turned = dict(reversed(value.items()))

    assert canonical_json(turned) == canonical_json(value)


@given(json_values)
def test_settings_in_another_order_are_the_same_scope(value: Json) -> None:
    one, other = {"a": value, "b": 1}, {"b": 1, "a": value}

    assert scope_id(Scope("t", "a", "o", "m", one)) == scope_id(Scope("t", "a", "o", "m", other))


@pytest.mark.parametrize("field", Scope.__struct_fields__)
def test_every_field_of_a_scope_counts(field: str) -> None:
    values = {name: getattr(SCOPE, name) for name in Scope.__struct_fields__}

    other = Scope(**values | {field: "another"})

    assert scope_id(other) != scope_id(SCOPE)


@given(conversations)
def test_a_path_names_every_prefix(conversation: Conversation) -> None:
    path = path_of(conversation)

    for stop in range(len(conversation.messages)):
        prefix = Conversation(conversation.scope, conversation.messages[:stop])
        assert path_of(prefix) == path[:stop]


def test_the_same_message_elsewhere_is_another_node() -> None:
    again = said("user", "again")

    path = path_of(talk(again, again, again))

    assert len({*path, *path_of(asked("again", Scope("t", "a", "o", "m", None)))}) == 4


def test_ids_are_what_they_always_were() -> None:
    """They stand in every store: a change of these values needs another tag and another layout."""
    assert scope_id(Scope("t", "a", "o", "m", {"b": 1})).hex() == "a666821f6132e1183696728216d6f51c"
    assert (
        node_id(NodeId(bytes(16)), called(0, '{"b": 1, "a": 2.50}')).hex()
        == "8e7588bb2246b0c0dadb65c7b5bf24f0"
    )
    assert message_digest(b"{}").hex() == "668939ac125c3337890706725d751b74"


@given(st.binary(), st.binary())
def test_a_keyed_hash_depends_on_key_and_secret(one: bytes, other: bytes) -> None:
    key = b"k" * 32

    assert (keyed_hash(key, one) == keyed_hash(key, other)) == (one == other)
    assert keyed_hash(b"l" * 32, one) != keyed_hash(key, one)


def test_a_digest_of_content_is_32_hex_digits() -> None:
    assert len(bytes.fromhex(content_digest(b"a picture"))) == 16
    assert content_digest(b"a picture") != content_digest(b"another")
