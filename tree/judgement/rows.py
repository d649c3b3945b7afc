"""What is learnt, as rows: everything a node knows can be written down and read back, and goes on as if never left.

Texts are kept once, under their digest, however many examples refer to them; numbers with fractions are kept as they
were spelt, inside the raw arguments. What follows from a row alone (indexes, roles of places) is made anew on reading.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from tree.derive.reply import Call, Reply
from tree.derive.search import Leaf
from tree.judgement.arm import Arm, Place
from tree.judgement.guard import Guard
from tree.judgement.mapping import Over
from tree.judgement.role import Roles
from tree.judgement.streak import Streak
from tree.reading.structure import decode


class Shelf(Protocol):
    """Where rows are kept: a dictionary of bytes, in order of key."""

    def get(self, key: bytes) -> bytes | None:
        """The row of `key`."""
        ...

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The rows of many keys, asked for at once."""
        ...

    def put(self, key: bytes, row: bytes) -> None:
        """Keep a row; one of the same key is replaced."""
        ...

    def scan(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        """The rows whose keys begin so, in order of key."""
        ...


class MemoryShelf(dict[bytes, bytes]):
    """A shelf that lives as long as the process."""

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The rows of many keys."""
        return list(map(self.get, keys))

    def put(self, key: bytes, row: bytes) -> None:
        """Keep a row; one of the same key is replaced."""
        self[key] = row

    def scan(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        """The rows whose keys begin so, in order of key."""
        return [(key, self[key]) for key in sorted(self) if key.startswith(prefix)]


class ItemRow(Struct, frozen=True, array_like=True):
    """Something said; its template is found again by reading it."""

    kind: str
    name: str
    text: str
    structured: bool
    key: str


class ReplyRow(Struct, frozen=True, array_like=True):
    """An answer: names and raw arguments of its calls, and its text."""

    calls: tuple[tuple[str, str], ...]
    text: str


class ExampleRow(Struct, frozen=True, array_like=True):
    """An example: digests of its items with the version they were read in, and the answer."""

    items: tuple[tuple[bytes, int], ...]
    reply: ReplyRow
    digest: bytes
    number: int = 0


class ArmRow(Struct, frozen=True, array_like=True):
    """An arm."""

    like: ReplyRow
    leaves: tuple[tuple[Place, Leaf], ...]
    unexplained: tuple[str, ...]
    prose: Leaf | None
    over: Over | None = None


class NodeRow(Struct, frozen=True, array_like=True):
    """A node, without the frames that it met."""

    examples: tuple[ExampleRow, ...]
    novel: dict[str, Streak]
    arms: tuple[ArmRow, ...] | None
    labels: tuple[int, ...]
    guards: tuple[Guard, ...]
    versions: tuple[int, ...]
    idle: int
    misfits: int
    taken: int = 0
    roles: Roles | None = None
    """Rows of earlier versions end before it."""


class SeenRow(Struct, frozen=True, array_like=True):
    """What followed a frame that was met, and how reliably."""

    reply: ReplyRow
    streak: Streak
    digest: bytes
    """Names the frame."""
    stay: int
    """So many others may want its place before it goes."""


def reply_row(reply: Reply) -> ReplyRow:
    """An observed reply as a row."""
    return ReplyRow(tuple((call.name, call.raw) for call in reply.calls), reply.text)


def reply_of(row: ReplyRow) -> Reply:
    """The reply of a row."""
    return Reply(tuple(Call(name, decode(raw or "{}"), raw) for name, raw in row.calls), row.text)


def arm_row(arm: Arm) -> ArmRow:
    """An arm as a row."""
    return ArmRow(reply_row(arm.like), arm.leaves, arm.unexplained, arm.prose, arm.over)


def arm_of(row: ArmRow) -> Arm:
    """The arm of a row."""
    return Arm(reply_of(row.like), row.leaves, row.unexplained, row.prose, row.over)


encode = msgspec.msgpack.Encoder().encode
