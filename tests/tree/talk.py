"""Conversations for tests: a few words to build them, and strategies that draw them."""

from hypothesis import strategies as st

from tests.strategies import json_objects, json_values, texts
from tree.memory import Hit, Memory, Miss
from tree.message import (
    Answer,
    Conversation,
    Json,
    Media,
    Message,
    Observation,
    Opaque,
    Scope,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)

MAP_BYTES = 1 << 26

SCOPE = Scope("tenant", "an-api", "llm.example", "model-1", {"tools": [{"name": "weigh"}]})


def said(role: str, text: str) -> Message:
    """A message of one text."""
    return Message(role, (Text(text),))


def called(call: int, arguments: str, name: str = "weigh") -> Message:
    """The wish for one tool."""
    return Message("assistant", (ToolCall(call, name, arguments),))


def result(call: int, text: str) -> Message:
    """What one tool gave back."""
    return Message("tool", (ToolResult(call, (Text(text),)),))


def talk(*messages: Message, scope: Scope = SCOPE) -> Conversation:
    """A conversation."""
    return Conversation(scope, messages)


def asked(text: str, scope: Scope = SCOPE) -> Conversation:
    """A conversation of one question."""
    return talk(said("user", text), scope=scope)


def answer(text: str, envelope: Json = None) -> Answer:
    """A plain answer."""
    return Answer(said("assistant", text), envelope, Usage(30, 20, 10))


def seen(conversation: Conversation, reply: Answer | str, at_ns: int = 1) -> Observation:
    """An observation."""
    reply = answer(reply) if isinstance(reply, str) else reply
    return Observation(conversation, reply, at_ns, 250)


opaques = st.builds(Opaque, texts, json_values, st.booleans())
media = st.builds(Media, texts, texts, st.integers(0, 2**40))
calls = st.builds(
    ToolCall, st.integers(0, 3), texts, texts | st.sampled_from(['{"a": 1}', '{"a":1}', "[1.0]"])
)
results = st.builds(
    ToolResult,
    st.integers(0, 3),
    st.lists(st.builds(Text, texts) | media | opaques, max_size=2).map(tuple),
    st.booleans(),
)
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool", "other"]),
    st.lists(st.builds(Text, texts) | calls | results | media | opaques, max_size=3).map(tuple),
)
scopes = st.builds(Scope, texts, texts, texts, texts, json_values)
conversations = st.builds(Conversation, scopes, st.lists(messages, max_size=4).map(tuple))
usages = st.builds(Usage, *[st.integers(0, 2**40)] * 3)
answers = st.builds(Answer, messages, json_objects | json_values, usages, texts)
bindings = st.dictionaries(texts, texts, max_size=2).map(lambda named: tuple(sorted(named.items())))
observations = st.builds(
    Observation, conversations, answers, st.integers(0, 2**62), st.integers(0, 2**31), bindings
)


OPENING = said("system", "be brief")
KNOWN = (OPENING, said("user", "go"), called(0, "[1]"), result(0, "1"), said("user", "more"))
"""A talk in which a tool was used, and more was asked."""


def taught(memory: Memory, *observations: Observation) -> None:
    """Record, and learn all of it."""
    memory.record(observations)
    while memory.learn():
        pass


def text_of(recalled: Hit | Miss) -> str:
    """What is recalled, or why nothing is."""
    if isinstance(recalled, Miss):
        return recalled.reason
    (part,) = recalled.answer.message.parts
    assert isinstance(part, Text)
    return part.text
