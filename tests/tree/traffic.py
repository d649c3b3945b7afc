"""Made-up agent traffic: short ways to say a conversation, and to have a learner live through many."""

from collections.abc import Iterable
from typing import Any

import msgspec

from tests.tree.proven import PROVEN
from tree.judgement.rows import MemoryShelf
from tree.judgement.verdict import Limits
from tree.learning import Abstention, Learner, Prediction
from tree.message import (
    Answer,
    Conversation,
    Message,
    Observation,
    Scope,
    Text,
    ToolCall,
    ToolResult,
)

SYSTEM = "You keep the books of a village library."


def scope(model: str = "m-1", tenant: str = "t-1", settings: Any = None) -> Scope:
    return Scope(tenant, "api", "host", model, settings or {})


def call(name: str, **arguments: Any) -> tuple[str, dict[str, Any]]:
    return name, arguments


type Said = str | tuple[str, dict[str, Any]]


def talk(*said: Said, system: str = SYSTEM, where: Scope | None = None) -> Conversation:
    """A conversation: texts are the user's, calls the assistant's, and what follows a call is its result."""
    messages = [Message("system", (Text(system),))]
    calls = 0
    acted = False
    for part in said:
        if isinstance(part, tuple):
            messages.append(Message("assistant", (ToolCall(calls, part[0], _json(part[1])),)))
            acted = True
        elif acted:
            messages.append(Message("tool", (ToolResult(calls, (Text(part),)),)))
            calls += 1
            acted = False
        else:
            messages.append(Message("user", (Text(part),)))
    return Conversation(where or scope(), tuple(messages))


def answer(said: Said) -> Answer:
    if isinstance(said, str):
        return Answer(Message("assistant", (Text(said),)), None)
    return Answer(Message("assistant", (ToolCall(0, said[0], _json(said[1])),)), None)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


type Exchange = tuple[Conversation, Said]


def learnt(exchanges: Iterable[Exchange], limits: Limits | None = None) -> Learner:
    """A learner that observed these exchanges, each in its turn."""
    learner = Learner(MemoryShelf(), limits, PROVEN)
    for conversation, said in exchanges:
        learner.observe(Observation(conversation, answer(said), 0))
    return learner


def said_by(learner: Learner, conversation: Conversation) -> Said | None:
    """What the learner would serve: a text, a call, or nothing."""
    prediction = learner.predict(conversation)
    if isinstance(prediction, Abstention):
        return None
    if prediction.reply.calls:
        first = prediction.reply.calls[0]
        return first.name, first.arguments
    return prediction.reply.text


def why_not(learner: Learner, conversation: Conversation) -> str:
    prediction = learner.predict(conversation)
    return "served" if isinstance(prediction, Prediction) else prediction.reason


NAMES = (
    "Ida Holm", "Bo Ekberg", "Li Wei", "Ana Cruz", "Omar Haddad", "Jo Kim", "Eve Stone", "Max Frei", "Una Lund",
    "Kai Berg", "Ada Voss", "Tom Reed", "Mia Sand", "Leo Park", "Zoe Hart", "Sam Dahl", "Nia Cole", "Ben Acker",
)  # fmt: skip
