"""The lines of JSON that a memory is made of in a file: each text once, observations by reference.

A line refers to lines before it by their number, counted by kind, from 0.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tree.errors import TreeError
from tree.memory import Tally, TallyKey
from tree.message import Bindings, Conversation, Json, Message, Observation, Scope, Usage
from tree.store.choices import Sort

VERSION = 1


class ImportFileError(TreeError, ValueError):
    """A file is no memory that can be read; the message names the line and what is wrong with it."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}" if line else why)
        self.line = line


class Head(Struct, frozen=True, tag="rote"):
    """The first line."""

    version: int


class ScopeLine(Struct, frozen=True, tag="scope"):
    """A scope."""

    scope: Scope


class MessageLine(Struct, frozen=True, tag="message"):
    """A message."""

    message: Message


class ObservationLine(Struct, frozen=True, tag="observation", omit_defaults=True):
    """An observation, by reference."""

    scope: int
    messages: tuple[int, ...]
    answer: int
    at_ns: int
    latency_ms: int = 0
    envelope: Json = None
    usage: Usage = Usage()
    literal_only: str = ""
    bindings: Bindings = ()


class Decision(Struct, frozen=True, omit_defaults=True):
    """What its user decided, but for what that is and for what sort of thing; as `tree.store.choices.Choice`."""

    at_ns: Annotated[int, Meta(ge=0, lt=2**62)]
    view: str = ""
    item: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    item_key: str = ""
    path: tuple[str | Annotated[int, Meta(ge=0, lt=2**31)], ...] = ()
    name: str = ""


class Chosen(Decision, frozen=True, omit_defaults=True, kw_only=True):
    """What its user decided, wherever that is."""

    sort: Sort
    what: Literal["trust", "distrust", "name"]


class ChoiceLine(Chosen, frozen=True, tag="choice", omit_defaults=True, kw_only=True):
    """What its user decided: at a node, or for what a template or slot reads there."""

    scope: int
    messages: tuple[int, ...]


class TallyLine(Struct, frozen=True, tag="tally"):
    """A day's counter."""

    key: TallyKey
    tally: Tally


type Line = Head | ScopeLine | MessageLine | ObservationLine | ChoiceLine | TallyLine

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(
    Head | ScopeLine | MessageLine | ObservationLine | ChoiceLine | TallyLine
).decode


class Read(Struct):
    """What a file holds."""

    observations: list[Observation]
    choices: list[tuple[Chosen, Conversation]]
    """With the conversation that tells where."""
    tallies: dict[TallyKey, Tally]
