"""Where the items of a conversation stand in its messages: instructions first, then all else as it was said."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from tree.message import Message, Text, ToolCall, ToolResult

HEADS = ("system", "developer")
"""Roles whose messages are instructions; they come first wherever they stand."""


class Spot(Struct, frozen=True, gc=False):
    """A part of a message, both counted from 0."""

    message: int
    part: int


def spots(messages: Sequence[Message]) -> list[Spot]:
    """One spot for each item, in the order in which a view of the whole conversation has them."""
    return sorted(_spots(messages), key=lambda spot: not _instructs(messages[spot.message], spot))


def _instructs(message: Message, spot: Spot) -> bool:
    of_a_tool = isinstance(message.parts[spot.part], ToolCall | ToolResult)
    return message.role in HEADS and not of_a_tool


def _spots(messages: Sequence[Message]) -> Iterator[Spot]:
    for number, message in enumerate(messages):
        acts = any(isinstance(part, ToolCall) for part in message.parts)
        for at, part in enumerate(message.parts):
            # Prose beside tool calls is no item: it explains an action and seldom means one.
            if not (acts and isinstance(part, Text)):
                yield Spot(number, at)
