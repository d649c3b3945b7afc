"""A small world for a learner: models that are pure functions, tools that are tables, and a blind replay.

The replay is what a proxy does. The learner is asked first; what it serves is compared with the truth and never
taught, unless it is audited; all else is taught.
"""

import re
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Self

import msgspec

from tests.tree.proven import PROVEN
from tests.tree.talk import asked, called, said, talk
from tree.agreement import Agreement, agreement
from tree.canonical import canonical_json
from tree.judgement.evidence import Prior
from tree.judgement.rows import MemoryShelf
from tree.judgement.verdict import Limits
from tree.learning import Learner, Prediction
from tree.message import (
    Answer,
    Conversation,
    Json,
    Message,
    Observation,
    Text,
    ToolCall,
    ToolResult,
)

type Model = Callable[[Conversation], Message]
"""What is answered to a conversation; the same to the same one."""
type Tools = Callable[[ToolCall], Message]
"""What a call gives back, as the message that says so."""

_SYLLABLES = ("ban", "kel", "lor", "mi", "nu", "rak", "sos", "tev", "vi", "zur", "da", "fen")
_MAX_TURNS = 40


class Outcome(Enum):
    """How an answer that a learner would serve compares with the truth."""

    RIGHT = "right"
    WRONG = "wrong"
    SILENT = "silent"


def new_learner(prior: Prior = PROVEN) -> Learner:
    """One that knows nothing yet, and tolerates what it does by default."""
    return Learner(MemoryShelf(), Limits(), prior)


class Watcher:
    """A learner that watches a model at work.

    Args:
        model: What tells the truth.
        audited: Whether what is served is taught as well.
        prior: Tests that are lent to the learner.
    """

    def __init__(self, model: Model, *, audited: bool = False, prior: Prior = PROVEN) -> None:
        self.learner = new_learner(prior)
        self._met: set[bytes] = set()
        self.model = model
        self.audited = audited
        self.served = 0
        self.wrong: list[str] = []

    def answer(self, conversation: Conversation) -> Message | None:
        """What would be served now, if anything."""
        found = self.learner.predict(conversation)
        return found.message if isinstance(found, Prediction) else None

    def outcome(self, conversation: Conversation) -> Outcome:
        """How that compares with the truth."""
        message = self.answer(conversation)
        if message is None:
            return Outcome.SILENT
        same = agreement(message, self.model(conversation)) is Agreement.SAME
        return Outcome.RIGHT if same else Outcome.WRONG

    def meet(self, conversation: Conversation) -> Outcome:
        """Serve a conversation if it is certain, else learn from the model's answer."""
        outcome = self.outcome(conversation)
        if outcome is not Outcome.SILENT:
            self.served += 1
        if outcome is Outcome.WRONG:
            self.wrong.append(f"{heard(conversation)!r}: {self.answer(conversation)}")
        if outcome is Outcome.SILENT or self.audited:
            # A repeat is no test of what was learnt.
            key = canonical_json([conversation.scope, conversation.messages])
            novel = key not in self._met
            self._met.add(key)
            self.learner.observe(observed(conversation, self.model(conversation)), novel=novel)
        return outcome

    def watch(self, conversations: Iterable[Conversation]) -> Self:
        """Meet one conversation after the other."""
        for conversation in conversations:
            self.meet(conversation)
        return self


def watched(model: Model, conversations: Iterable[Conversation]) -> Watcher:
    """A learner that has met these conversations."""
    return Watcher(model).watch(conversations)


def observed(conversation: Conversation, reply: Message) -> Observation:
    """What a recorder would write of an exchange."""
    return Observation(conversation, Answer(reply, None), 1)


def call(tool: str = "find_item", /, **arguments: Json) -> Message:
    """The answer that calls a tool; one whose name says that it only reads unless told otherwise."""
    return called(0, msgspec.json.encode(arguments).decode(), tool)


def says(text: str) -> Message:
    """The answer that is only said."""
    return said("assistant", text)


def result(call: ToolCall, value: Json, *, is_error: bool = False) -> Message:
    """What a call gave back: a text as it is, all else as JSON."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return Message("tool", (ToolResult(call.call, (Text(text),), is_error),))


def heard(conversation: Conversation) -> str:
    """What the last message says."""
    return texts(conversation.messages[-1])


def wish(conversation: Conversation) -> str:
    """What the user said last."""
    return texts(next(m for m in reversed(conversation.messages) if m.role == "user"))


def texts(message: Message) -> str:
    """All that a message says."""
    parts = (
        part.parts if isinstance(part, ToolResult) else (part,)
        for part in message.parts
        if not isinstance(part, ToolCall)
    )
    return "".join(own.text for group in parts for own in group if isinstance(own, Text))


def results(conversation: Conversation) -> list[Json]:
    """What the tools gave back since the user spoke last, read as JSON; oldest first."""
    found: list[Json] = []
    for message in reversed(conversation.messages):
        if message.role == "user":
            break
        if message.role == "tool":
            found.append(msgspec.json.decode(texts(message)))
    return found[::-1]


def listens(pattern: str, reply: Callable[..., Message]) -> Model:
    """A model that picks the groups of `pattern` out of what the user said, and answers with them."""

    def model(conversation: Conversation) -> Message:
        match = re.fullmatch(pattern, wish(conversation), re.DOTALL)
        return reply(*match.groups()) if match else says("I do not understand.")

    return model


def turns(opening: Conversation, model: Model, tools: Tools) -> list[Conversation]:
    """All conversations at which the model is asked, until it calls no more tools."""
    out = [opening]
    while len(out) < _MAX_TURNS:
        here = out[-1]
        reply = model(here).renumbered(here.calls)
        wanted = [part for part in reply.parts if isinstance(part, ToolCall)]
        if not wanted:
            return out
        out.append(talk(*here.messages, reply, *map(tools, wanted), scope=here.scope))
    return out


def code(number: int) -> str:
    """A code of six digits; equal numbers have equal ones, and hardly any digits are shared."""
    return str(100_000 + number * 761_813 % 899_981)


def name(number: int) -> str:
    """A made-up name of two words."""
    return f"{_word(number * 31 + 5)} {_word(number * 47 + 911)}"


def _word(number: int) -> str:
    size = len(_SYLLABLES)
    parts = (number % size, number // size % size, number // size**2 % size)
    return "".join(_SYLLABLES[part] for part in parts).capitalize()


def questions(template: str, values: Iterable[object]) -> list[Conversation]:
    """One conversation for each value."""
    return [asked(template.replace("*", str(value))) for value in values]


FIND = listens(r"Please find the item (.+) for me\.", lambda item: call(item=item))
"""An ordinary model: it looks up what it is told to."""


def find(*items: str) -> list[Conversation]:
    """What makes the ordinary model look something up."""
    return questions("Please find the item * for me.", items)


def under(system: str, conversation: Conversation) -> Conversation:
    """The conversation below a system prompt."""
    return talk(said("system", system), *conversation.messages, scope=conversation.scope)
