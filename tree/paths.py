"""The ids of conversations that were asked for lately, so that a turn costs what it adds and not all of its history.

A conversation comes again with every turn of it, each time longer. To compare it with what came last is ten times as
quick as to encode and hash it anew.
"""

from msgspec import Struct

from tree.canonical import NodeId, ScopeId, canonical_message, path_below
from tree.message import Message, Opaque, Part, Text, ToolCall, ToolResult

_KEPT = 128
"""Conversations."""
_KEPT_CHARS = 16_000_000
"""And what is said in all of them together."""
_SHORT = 16
"""Conversations of fewer messages are hashed as quickly as they are looked up."""
_SLICE = 32
_OPENING = 2
"""Conversations are looked up by so many first messages."""


class _Kept(Struct, frozen=True, gc=False):
    messages: tuple[Message, ...]
    path: list[NodeId]
    opaque: frozenset[int]
    """Numbers of the messages with opaque values, which may be equal in Python and not in JSON: 1 and 1.0."""
    sizes: list[int]
    """About how many characters each message has."""

    @property
    def chars(self) -> int:
        """The sum of them."""
        return sum(self.sizes)


class Paths:
    """Paths by the opening of their conversations; any thread may ask."""

    def __init__(self) -> None:
        self._kept: dict[NodeId, _Kept] = {}
        self._chars = 0

    def below(self, scope: ScopeId, messages: tuple[Message, ...]) -> list[NodeId]:
        """What `path_below` says."""
        if len(messages) < _SHORT:
            return path_below(scope, messages)
        opening = path_below(scope, messages[:_OPENING])
        kept = self._kept.get(opening[-1])
        known = _common(kept, messages) if kept else 0
        if kept is None or known < _OPENING:
            path = opening + path_below(ScopeId(opening[-1]), messages[_OPENING:])
            kept, known = None, 0
        else:
            if known == len(messages):
                return kept.path[:known]
            path = kept.path[:known]
            path += path_below(ScopeId(path[-1]), messages[known:])
        self._keep(opening[-1], _made(kept, known, messages, path))
        return path

    def _keep(self, opening: NodeId, made: _Kept) -> None:
        before = self._kept.pop(opening, None)
        self._chars += made.chars - (before.chars if before else 0)
        self._kept[opening] = made
        while len(self._kept) > 1 and (len(self._kept) > _KEPT or self._chars > _KEPT_CHARS):
            # Another thread may have taken the oldest meanwhile.
            if oldest := self._kept.pop(next(iter(self._kept)), None):
                self._chars -= oldest.chars


def _common(kept: _Kept, messages: tuple[Message, ...]) -> int:
    """How many first messages are the very same."""
    theirs = kept.messages
    least, at = min(len(messages), len(theirs)), 0
    if not kept.opaque:
        # Slices are compared in compiled code.
        while at + _SLICE <= least and messages[at : at + _SLICE] == theirs[at : at + _SLICE]:
            at += _SLICE
    while at < least and _same(messages[at], theirs[at], opaque=at in kept.opaque):
        at += 1
    return at


def _same(ours: Message, theirs: Message, *, opaque: bool) -> bool:
    return ours == theirs and (not opaque or canonical_message(ours) == canonical_message(theirs))


def _made(
    kept: _Kept | None, known: int, messages: tuple[Message, ...], path: list[NodeId]
) -> _Kept:
    new = range(known, len(messages))
    opaque = {at for at in (kept.opaque if kept else ()) if at < known}
    opaque |= {at for at in new if any(map(_is_opaque, messages[at].parts))}
    sizes = (kept.sizes[:known] if kept else []) + [_chars(messages[at]) for at in new]
    return _Kept(messages, path, frozenset(opaque), sizes)


def _is_opaque(part: Part) -> bool:
    return isinstance(part, Opaque) or (
        isinstance(part, ToolResult) and any(map(_is_opaque, part.parts))
    )


def _chars(message: Message) -> int:
    return 100 + sum(map(_said, message.parts))


def _said(part: Part) -> int:
    match part:
        case Text(text):
            return len(text)
        case ToolCall():
            return len(part.arguments)
        case ToolResult():
            return sum(map(_said, part.parts))
        case _:
            return 100
