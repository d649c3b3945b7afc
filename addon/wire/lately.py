"""Requests that came lately: what a conversation said up to now is not read anew at every turn of it.

An agent sends its whole history with each turn. Where a body begins with the very bytes of an earlier one, up to the
end of a message, all messages up to there are what they were: how far JSON is read, and as what, depends on nothing
that follows. So only what is new is decoded, in a body whose known messages are replaced by one mark; where that mark
is not the first of the messages then (a body may name its list twice), all of it is read.
"""

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec

from tree.message import Json, Message, ToolCall, ToolResult

SHORTEST = 16 << 10
"""Bodies of fewer bytes are read as quickly as they are compared."""
_KEPT = 128
"""Conversations."""
_KEPT_BYTES = 32 << 20
"""And the bytes of all of them together."""
_LITTLE = 2 << 10
"""So many new bytes are read as quickly as many bodies are looked at for one that has some of them, too."""
_BETWEEN = frozenset(b" \t\r\n,")
"""What may stand between two messages."""
_NEEDLE = 64
_TRIES = 8
"""The list of messages is sought by its first bytes, so often; and so many bodies are looked at in any case."""

type Decode = Callable[[bytes], dict[str, Json]]

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


class _Unlike(Exception):  # noqa: N818 - no error: the body is read as a whole then
    """A body in which the messages are not found again."""


class Opening:
    """A body of which some messages may be known.

    Args:
        document: The body; of its list of messages only those that are new.
        messages: Those that are known, oldest first.
        ids: How what they know by a number is spelt, in the order of the numbers.
        note: Told all messages and ids when they are known.
    """

    def __init__(
        self,
        document: dict[str, Json],
        messages: tuple[Message, ...] = (),
        ids: tuple[str, ...] = (),
        note: Callable[[tuple[Message, ...], tuple[str, ...]], None] | None = None,
    ) -> None:
        self.document = document
        self.messages = messages
        self.ids = ids
        self._note = note

    def grown(
        self, new: Iterable[Message], ids: Iterable[str], *, known: bool = True
    ) -> tuple[Message, ...]:
        """All messages, now that the new ones are read, one for each item; to be `known` at the next turn."""
        messages = (*self.messages, *new)
        if known and self._note is not None:
            self._note(messages, tuple(ids))
        return messages


class Lately:
    """Bodies that came lately, apart by whose they are: how soon one is read tells nobody what others say.

    It serves one thread at a time.
    """

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        """The one that came last is the last."""
        self.bytes = 0
        """Of all that is kept."""

    def of(self, owner: str) -> "Own":
        """The bodies of one owner."""
        return Own(self, owner)

    def find(self, owner: str, body: bytes) -> tuple["_Kept", int] | None:
        """The body that shares most messages with this one, and how many."""
        best, most = None, 0
        for tried, kept in enumerate(reversed(self._kept)):
            if best and tried >= _TRIES and len(body) - best.ends[most - 1] <= _LITTLE:
                break
            count = kept.shared(body, most) if kept.owner == owner else 0
            if count > most:
                best, most = kept, count
                if count == len(kept.messages):
                    break
        return (best, most) if best else None

    def drop(self, kept: "_Kept") -> None:
        """Forget a body."""
        with suppress(ValueError):
            self._kept.remove(kept)
            self.bytes -= kept.size

    def keep(self, kept: "_Kept") -> None:
        """Keep a body, at the expense of those that came longest ago; the same again comes last now."""
        self.drop(kept)
        self._kept.append(kept)
        self.bytes += kept.size
        while len(self._kept) > _KEPT or self.bytes > _KEPT_BYTES:
            self.drop(self._kept[0])


class Own:
    """What came lately from one owner."""

    def __init__(self, lately: Lately, owner: str) -> None:
        self._lately, self._owner = lately, owner

    def opening(self, body: bytes, member: str, decode: Decode) -> Opening:
        """A body, with as much known of its list of messages as came lately.

        Args:
            body: JSON.
            member: Where the messages are.
            decode: Decodes and checks a body.

        Raises:
            ValueError: What `decode` raises.
        """
        if len(body) < SHORTEST:
            return Opening(decode(body))
        found = self._lately.find(self._owner, body)
        if found is not None:
            kept, count = found
            # Where that fails, all of it is read, and fails in its own words.
            with suppress(ValueError, _Unlike):
                spliced = kept.spliced(body, count)
                document = decode(spliced)
                document[member] = _after_mark(document.get(member))
                known, ids = kept.known(count)
                return Opening(document, known, ids, self._grow(kept, count, body, spliced, member))

        def begin(messages: tuple[Message, ...], ids: tuple[str, ...]) -> None:
            self._lately.keep(_Kept(self._owner, member, body, messages, ids))

        return Opening(decode(body), note=begin)

    def _grow(
        self, kept: "_Kept", count: int, body: bytes, spliced: bytes, member: str
    ) -> Callable[[tuple[Message, ...], tuple[str, ...]], None]:
        def grow(messages: tuple[Message, ...], ids: tuple[str, ...]) -> None:
            if len(messages) == count:
                self._lately.keep(kept)
                return
            with suppress(ValueError, _Unlike):
                new = _items(_members(spliced)[member])[1:]
                longer = kept.longer(count, body, messages, ids, new)
                if count == len(kept.messages):
                    self._lately.drop(kept)
                self._lately.keep(longer)

        return grow


class _Kept:
    """A body, and where each of its messages ends, once another body may begin like it.

    Whether the list that was found is the right one shows when a body is decoded with the mark in it.
    """

    def __init__(
        self,
        owner: str,
        member: str,
        body: bytes,
        messages: tuple[Message, ...],
        ids: tuple[str, ...],
    ) -> None:
        self.owner, self._member = owner, member
        self.messages, self.ids = messages, ids
        self._view = memoryview(body)
        self._start = 0
        self.ends: list[int] = []
        """Empty where no body came yet that may begin alike."""
        self._counts: list[int] = []
        """How many ids there are up to the end of each."""
        self.size = len(body)

    def longer(
        self,
        count: int,
        body: bytes,
        messages: tuple[Message, ...],
        ids: tuple[str, ...],
        new: list[msgspec.Raw],
    ) -> "_Kept":
        """A body that shares `count` messages with this one, and has new ones.

        Raises:
            _Unlike: These are not the new ones.
        """
        made = _Kept(self.owner, self._member, body, messages, ids)
        made._start = self._start
        made.ends = [*self.ends[:count], *_ends(body, self.ends[count - 1], new)]
        counts = self._counts[:count]
        made._counts = [*counts, *_counted(messages[count:], counts[-1])]
        return made

    def known(self, count: int) -> tuple[tuple[Message, ...], tuple[str, ...]]:
        """Its first messages, and the ids in them."""
        return self.messages[:count], self.ids[: self._counts[count - 1]]

    def shared(self, body: bytes, most: int = 0) -> int:
        """How many messages a body begins with that this one begins with, too; 0 where they are no more than `most`."""
        if not self.messages or (not self.ends and not self._locate(body)):
            return 0
        # Conversations that part late are many where agents begin alike: one look at the next message tells.
        if most >= len(self.ends):
            return 0
        before = self.ends[most - 1] if most else 0
        if not body.startswith(self._view[before : self.ends[most]], before):
            return 0
        if body.startswith(self._view[: self.ends[-1]]):
            return len(self.ends)
        known, step = 0, 1
        while known < len(self.ends):
            until = min(len(self.ends), known + step)
            at = self.ends[known - 1] if known else 0
            if body.startswith(self._view[at : self.ends[until - 1]], at):
                known, step = until, 2 * step
            elif step > 1:
                step = 1
            else:
                break
        return known

    def spliced(self, body: bytes, count: int) -> bytes:
        """A body that shares `count` messages with this one, with a mark in their place."""
        return b'%b["%b"%b' % (body[: self._start], _MARK, body[self.ends[count - 1] :])

    def _locate(self, other: bytes) -> bool:
        """Find where the messages end, if that is worth while for a body that may begin alike."""
        if not other.startswith(self._view[: self.size // 2]):
            return False
        body = bytes(self._view)
        try:
            self._start, self.ends = self._found(body)
            self._counts = _counted(self.messages, 0)
        except (ValueError, _Unlike):
            self.ends, self.messages = [], ()  # never to be asked again
        return bool(self.ends)

    def _found(self, body: bytes) -> tuple[int, list[int]]:
        """Where the list begins, and where each of its items ends.

        Raises:
            ValueError: It is not there.
            _Unlike: It is not found.
        """
        whole = bytes(_members(body).get(self._member, b""))
        items = _items(whole)
        start = -1
        for _ in range(_TRIES):
            start = body.find(whole[:_NEEDLE], start + 1)
            if body.startswith(whole, start):
                return start, _ends(body, start + 1, items)
        raise _Unlike


_MARK = secrets.token_hex(16).encode()
"""Drawn by lot, so that no body has it."""


def _ends(body: bytes, at: int, items: list[msgspec.Raw]) -> list[int]:
    """Where each item ends of those that follow in `body` from `at` on.

    Raises:
        _Unlike: They are not the ones that follow there.
    """
    ends = []
    for item in map(bytes, items):
        while body[at] in _BETWEEN:
            at += 1
        if not body.startswith(item, at):
            raise _Unlike
        at += len(item)
        ends.append(at)
    return ends


def _after_mark(items: Json) -> list[Json]:
    """The items after the mark.

    Raises:
        _Unlike: The mark is not the first of them.
    """
    if not isinstance(items, list) or not items or items[0] != _MARK.decode():
        raise _Unlike
    return items[1:]


def _counted(messages: Iterable[Message], before: int) -> list[int]:
    """How many numbers are given away up to each of these messages, and by `before` ahead of them."""
    counts = []
    for message in messages:
        for part in message.parts:
            if type(part) is ToolCall or type(part) is ToolResult:
                before = max(before, part.call + 1)
        counts.append(before)
    return counts
