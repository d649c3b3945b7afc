"""What is learnt, as rows: everything a node knows can be written down and read back, and goes on as if never left.

Texts are kept once, under their digest, however many examples refer to them; numbers with fractions are kept as they
were spelt, inside the raw arguments. What follows from a row alone (indexes, roles of places) is made anew on reading.

Thousands of nodes stay in memory. What they are made of is kept from the garbage collector, as in `tree.message`:
its rounds through all of it took up to 0.2 s, of some request's time.
"""

import hashlib
from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from tree.canonical import NodeId, path_of
from tree.derive.program import Apply, Const, Joined, Program, Source
from tree.derive.reply import Call, Reply, read_reply
from tree.derive.search import Leaf, deciding
from tree.derive.space import Space
from tree.judgement.arm import Arm, Place
from tree.judgement.guard import Guard
from tree.judgement.mapping import Over
from tree.judgement.role import Roles
from tree.judgement.streak import Streak
from tree.message import Answer, Message, Observation
from tree.reading.structure import decode


class Shelf(Protocol):
    """Where rows are kept: a dictionary of bytes, in order of key."""

    def get(self, key: bytes) -> bytes | None:
        """The row of `key`."""
        ...

    def put(self, key: bytes, row: bytes) -> None:
        """Keep a row; one of the same key is replaced."""
        ...

    def scan(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        """The rows whose keys begin so, in order of key."""
        ...

    def numbers(self, names: Sequence[bytes]) -> list[list[int]]:
        """The numbers under each name of brief rows (see `brief`), in their order."""
        ...

    def keep(self, observation: Observation, seq: int | None = None) -> int:
        """See to it that an observation can be read back; returns its number."""
        ...

    def observation(self, seq: int) -> Observation:
        """An observation by its number.

        Raises:
            LostRowError: It is not there, or cannot be read.
        """
        ...

    def came(self, seq: int) -> "Came":
        """What an observation was of, without its context.

        Raises:
            LostRowError: It is not there, or cannot be read.
        """
        ...


class Came(Struct, frozen=True, gc=False):
    """An answer, where it came, and when."""

    node: NodeId
    message: Message
    at_ns: int

    @property
    def reply(self) -> Reply:
        """What the answer says and does; only what can be read is ever learnt from."""
        return read_reply(Answer(self.message, None)) or Reply(())


BRIEF = b"GLMNW"
"""What brief rows begin with."""
NAME_BYTES = 8
"""A sort and a short digest: what has the same name by chance has to be told apart by who looks there."""
_NUMBER_BYTES = 4


def name_of(sort: bytes, *pieces: bytes) -> bytes:
    """The name of brief rows."""
    return sort + hashlib.blake2b(b"".join(pieces), digest_size=NAME_BYTES - len(sort)).digest()


def brief(name: bytes, number: int) -> bytes:
    """The key of a row that holds nothing but its key: a name and a number, many of which fit on a page."""
    return name + number.to_bytes(_NUMBER_BYTES)


def number_of(key: bytes) -> int:
    """The number in the key of a brief row."""
    return int.from_bytes(key[NAME_BYTES:])


class MemoryShelf(dict[bytes, bytes]):
    """A shelf that lives as long as the process."""

    def __init__(self) -> None:
        super().__init__()
        self.read: Callable[[int], Observation] | None = None
        """Where observations are, if they are not to be kept here."""
        self._kept: dict[int, Observation] = {}
        self._named: dict[bytes, list[int]] = {}

    def put(self, key: bytes, row: bytes) -> None:
        """Keep a row; one of the same key is replaced."""
        if key[:1] in BRIEF and key not in self:
            insort(self._named.setdefault(key[:NAME_BYTES], []), number_of(key))
        self[key] = row

    def scan(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        """The rows whose keys begin so, in order of key."""
        return [(key, self[key]) for key in sorted(self) if key.startswith(prefix)]

    def numbers(self, names: Sequence[bytes]) -> list[list[int]]:
        """The numbers under each name of brief rows, in their order."""
        return [self._named.get(name, []) for name in names]

    def keep(self, observation: Observation, seq: int | None = None) -> int:
        """Keep an observation if it is nowhere else; returns its number."""
        seq = len(self._kept) if seq is None else seq
        if self.read is None:
            self._kept[seq] = observation
        return seq

    def observation(self, seq: int) -> Observation:
        """An observation by its number."""
        return self._kept[seq] if self.read is None else self.read(seq)

    def came(self, seq: int) -> Came:
        """What an observation was of, without its context."""
        own = self.observation(seq)
        return Came(path_of(own.conversation)[-1], own.answer.message, own.at_ns)


class Kept(Struct, frozen=True, gc=False, array_like=True):
    """Stands for a text that is kept under its digest."""

    digest: bytes


type Said = str | Kept
"""A text, or what stands for it."""
_LONG_CHARS = 64
"""A text that is kept apart takes some 60 bytes more, once, and 19 wherever it is referred to."""
_MAX_KNOWN = 20_000


class Texts:
    """Long texts that several rows refer to, each kept once: `x` and its digest.

    An answer stands in the examples and frames of several nodes, and is an item of what comes after it.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._known: set[bytes] = set()
        """Texts that are on the shelf; some of them."""

    def put(self, text: str) -> Said:
        """What stands in a row for a text."""
        if len(text) < _LONG_CHARS:
            return text
        content = text.encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(content, digest_size=16).digest()
        if digest not in self._known:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known.add(digest)
            self._shelf.put(b"x" + digest, content)
        return Kept(digest)

    def get(self, said: Said) -> str:
        """The text that something in a row stands for.

        Raises:
            LostRowError: It is not there.
        """
        if isinstance(said, str):
            return said
        row = self._shelf.get(b"x" + said.digest)
        if row is None:
            raise LostRowError(f"text {said.digest.hex()}")
        return row.decode("utf-8", "surrogatepass")


class LostRowError(LookupError):
    """A row refers to something that is not there; what was learnt has to be made anew from the journal."""

    def __init__(self, what: str) -> None:
        super().__init__(f"there is no {what}")


class ReplyRow(Struct, frozen=True, gc=False, array_like=True):
    """An answer: names and raw arguments of its calls, and its text."""

    calls: tuple[tuple[str, Said], ...]
    text: Said


class ExampleRow(Struct, frozen=True, gc=False, array_like=True):
    """An example: the observation that it is of, and how its texts were read."""

    seq: int
    digest: bytes
    number: int
    read: tuple[tuple[int, int], ...]
    """Of each text that is an instance of a template: its number, and the version of it."""


class LeafRow(Struct, frozen=True, gc=False, array_like=True):
    """A leaf of an answer."""

    statics: tuple[str, ...]
    parts: tuple[tuple[tuple[Source | Const | Apply | Joined, ...], msgspec.Raw], ...]
    """Of each version space what decides, and all that does not as it is written."""
    met: str | None


class ArmRow(Struct, frozen=True, gc=False, array_like=True):
    """An arm."""

    like: ReplyRow
    leaves: tuple[tuple[Place, LeafRow], ...]
    unexplained: tuple[str, ...]
    prose: LeafRow | None
    over: Over | None = None


class NodeRow(Struct, frozen=True, gc=False, array_like=True):
    """A node, without the frames that it met."""

    examples: msgspec.Raw
    """As `examples_row` writes them: who only asks what follows has no use for them."""
    novel: msgspec.Raw
    """As `novel_row` writes them: views that see the same have rows that are equal, and streaks of their own."""
    arms: msgspec.Raw
    """As `arms_row` writes them: views that see the same have the same ones, and read them once."""
    labels: tuple[int, ...]
    guards: tuple[Guard, ...]
    versions: tuple[int, ...]
    idle: int
    misfits: int
    taken: int
    roles: Roles


class SeenRow(Struct, frozen=True, gc=False, array_like=True):
    """What followed a frame that was met more than once, and how reliably."""

    seq: int
    """The newest observation of what followed."""
    streak: Streak


def examples_row(examples: tuple[ExampleRow, ...]) -> msgspec.Raw:
    """Examples as they stand in the row of their node."""
    return msgspec.Raw(encode(examples))


def novel_row(novel: dict[str, Streak]) -> msgspec.Raw:
    """Streaks as they stand in the row of their node."""
    return msgspec.Raw(encode(novel))


def novel_of(row: msgspec.Raw) -> dict[str, Streak]:
    """The streaks in the row of a node."""
    return _novel(row)


def arms_row(arms: Sequence[Arm] | None, texts: Texts) -> msgspec.Raw:
    """Arms as they stand in the row of their node."""
    return msgspec.Raw(encode(None if arms is None else [arm_row(arm, texts) for arm in arms]))


def arms_of(row: bytes, texts: Texts) -> tuple[Arm, ...] | None:
    """The arms in the row of a node.

    Raises:
        LostRowError: A text of them is not there.
    """
    rows = _arms(row)
    return None if rows is None else tuple(arm_of(arm, texts) for arm in rows)


def examples_of(row: msgspec.Raw) -> tuple[ExampleRow, ...]:
    """The examples in the row of a node."""
    return _examples(row)


def reply_row(reply: Reply, texts: Texts) -> ReplyRow:
    """An observed reply as a row."""
    calls = tuple((call.name, texts.put(call.raw)) for call in reply.calls)
    return ReplyRow(calls, texts.put(reply.text))


def reply_of(row: ReplyRow, texts: Texts) -> Reply:
    """The reply of a row.

    Raises:
        LostRowError: A text of it is not there.
    """
    raws = ((name, texts.get(said)) for name, said in row.calls)
    calls = tuple(Call(name, decode(raw or "{}"), raw) for name, raw in raws)
    return Reply(calls, texts.get(row.text))


def arm_row(arm: Arm, texts: Texts) -> ArmRow:
    """An arm as a row."""
    leaves = tuple((place, _leaf_row(leaf)) for place, leaf in arm.leaves)
    prose = None if arm.prose is None else _leaf_row(arm.prose)
    return ArmRow(reply_row(arm.like, texts), leaves, arm.unexplained, prose, arm.over)


def arm_of(row: ArmRow, texts: Texts) -> Arm:
    """The arm of a row.

    Raises:
        LostRowError: A text of it is not there.
    """
    leaves = tuple((place, _leaf_of(leaf)) for place, leaf in row.leaves)
    prose = None if row.prose is None else _leaf_of(row.prose)
    return Arm(reply_of(row.like, texts), leaves, row.unexplained, prose, row.over)


def _leaf_row(leaf: Leaf) -> LeafRow:
    return LeafRow(leaf.statics, tuple(map(_space_row, leaf.parts)), leaf.met)


def _space_row(space: Sequence[Program]) -> tuple[tuple[Program, ...], msgspec.Raw]:
    if isinstance(space, Space):
        return space.near, space.rest  # as it was read
    near = deciding(space)
    return tuple(space[:near]), msgspec.Raw(encode(tuple(space[near:])))


def _leaf_of(row: LeafRow) -> Leaf:
    return Leaf(row.statics, tuple(Space(*part, read=_programs) for part in row.parts), row.met)


encode = msgspec.msgpack.Encoder().encode
_novel = msgspec.msgpack.Decoder(dict[str, Streak]).decode
_programs = msgspec.msgpack.Decoder(tuple[Source | Const | Apply | Joined, ...]).decode
_examples = msgspec.msgpack.Decoder(tuple[ExampleRow, ...]).decode
_arms = msgspec.msgpack.Decoder(tuple[ArmRow, ...] | None).decode
