"""Where the items of a conversation stand in its messages: instructions first, then all else as it was said.

Results of calls that were made at once are the exception: they have the order of their calls.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

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
    calls = [call for message in messages for call in answered(message)]
    ordered = by_call(list(_spots(messages)), calls)
    return sorted(ordered, key=lambda spot: not _instructs(messages[spot.message], spot))


def answered(message: Message) -> list[int | None]:
    """Of each item of a message, the number of the call that it is the result of; None for what is none."""
    acts = any(isinstance(part, ToolCall) for part in message.parts)
    return [
        part.call if isinstance(part, ToolResult) else None
        for part in message.parts
        if not (acts and isinstance(part, Text))
    ]


def by_call[T](items: Sequence[T], calls: Sequence[int | None]) -> list[T]:
    """The same items, but results that stand together in the order of their calls: which was done first is chance.

    Args:
        items: As they were said.
        calls: Of each, the number of the call that it is the result of; None for what is none.
    """
    out: list[T] = []
    at = 0
    for is_result, run in groupby(calls, key=lambda call: call is not None):
        numbers = list(run)
        places = range(at, at + len(numbers))
        at += len(numbers)
        ordered = sorted(places, key=lambda one: calls[one] or 0) if is_result else places
        out += [items[one] for one in ordered]
    return out


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
