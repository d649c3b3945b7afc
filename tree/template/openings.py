"""What the beginnings of conversations were read as lately, so that a turn costs what it adds.

A conversation comes again with every turn of it, each time longer, and others begin as it did. To compare its messages
with those that were read is many times as quick as to look each of them up anew.
"""

from collections.abc import Sequence

from msgspec import Struct

from tree.message import Media, Message, Text, ToolCall, ToolResult
from tree.reading.item import Item

SHORTEST = 16
"""Conversations of fewer messages are read as quickly as they are compared."""
_KEPT = 16
"""Conversations."""
_KEPT_CHARS = 4_000_000
"""And what is said in all of them together; one that is longer than a quarter of it is not kept."""
_SLICE = 32
_LITTLE = 4
"""So few messages are read as quickly as another conversation is found that has them, too."""


class Opening(Struct, frozen=True, gc=False):
    """A conversation as it was read."""

    messages: tuple[Message, ...] = ()
    items: list[Item] = []
    """In their order, see `by_call`."""
    ends: list[int] = []
    """How many items there are up to the end of each message."""
    names: list[tuple[int, int, str]] = []
    """Which message makes a call, the number of the call, and the name of its tool."""
    chars: list[int] = []
    """How much is said up to the end of each message."""
    changes: int = 0
    """How often templates had changed by then."""

    def upto(self, known: int) -> "Opening":
        """The first messages of it; fewer than asked for where results stand together, for they may change places."""
        while known and self._is_result(known):
            known -= 1
        end = self.ends[known - 1] if known else 0
        names = [own for own in self.names if own[0] < known]
        return Opening(
            self.messages[:known],
            self.items[:end],
            self.ends[:known],
            names,
            self.chars[:known],
            self.changes,
        )

    def _is_result(self, known: int) -> bool:
        """Whether the last of the first messages holds a result, or nothing."""
        parts = self.messages[known - 1].parts
        return not parts or any(isinstance(part, ToolResult) for part in parts)


class Openings:
    """Those of one reader, which serves one thread at a time."""

    def __init__(self) -> None:
        self._kept: list[Opening] = []
        """The one that was read last is the last."""
        self._chars = 0

    def find(self, messages: Sequence[Message], changes: int) -> Opening:
        """What is known of a conversation, now that templates have changed so often; mostly nothing."""
        if len(messages) < SHORTEST or not self._kept:
            return Opening()
        if self._kept[-1].changes != changes:
            self._kept.clear()
            self._chars = 0
            return Opening()
        best, most = Opening(), 0
        for kept in reversed(self._kept):
            known = _common(kept.messages, messages)
            if known > most:
                best, most = kept, known
            if most + _LITTLE >= len(messages):
                break
        return best.upto(most)

    def keep(self, opening: Opening) -> None:
        """Keep what was read, at the expense of what was read longest ago."""
        if len(opening.messages) < SHORTEST or opening.chars[-1] > _KEPT_CHARS // 4:
            return
        if self._kept and _are_same(opening.messages, self._kept[-1].messages):
            return
        self._kept.append(opening)
        self._chars += opening.chars[-1]
        while len(self._kept) > _KEPT or self._chars > _KEPT_CHARS:
            self._chars -= self._kept.pop(0).chars[-1]


def is_plain(message: Message) -> bool:
    """Whether a message that equals this one is read as this one: values that are carried may be 1 or 1.0."""
    return all(
        isinstance(part, (Text, ToolCall, Media))
        or (
            isinstance(part, ToolResult)
            and all(isinstance(own, (Text, Media)) for own in part.parts)
        )
        for part in message.parts
    )


def _are_same(theirs: Sequence[Message], messages: Sequence[Message]) -> bool:
    # What is said last tells most of them apart.
    return theirs[-1] == messages[-1] and theirs == messages


def _common(theirs: Sequence[Message], messages: Sequence[Message]) -> int:
    """How many first messages are equal."""
    least, at = min(len(messages), len(theirs)), 0
    # Slices are compared in compiled code.
    while at + _SLICE <= least and messages[at : at + _SLICE] == theirs[at : at + _SLICE]:
        at += _SLICE
    while at < least and messages[at] == theirs[at]:
        at += 1
    return at
