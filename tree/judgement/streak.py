"""A streak: clean tests since the last failure, and how many failures there were.

Tests within one conversation are one test. A model that runs in a circle gives the same answer thirty times, and that
says nothing about the thirty-first conversation: measured on recorded support agents, counting each turn let circles
be served into conversations that were about to leave them, and tripled the wrong answers.
"""

from collections.abc import Sequence

from msgspec import Raw, Struct, msgpack

from tree.canonical import NodeId

FORGIVEN = 12
"""Clean tests in a row that make up for one failure."""
_REMEMBERED = 64


class Mistake(Struct, frozen=True, gc=False):
    """What was foreseen, and what came instead; both in short."""

    foreseen: str
    came: str
    at_ns: int = 0


_encode = msgpack.Encoder().encode
_nodes = msgpack.Decoder(list[NodeId]).decode


def nodes_row(nodes: Sequence[NodeId]) -> Raw:
    """Nodes as they stand in the row of a streak."""
    return Raw(_encode(nodes))


_NONE = nodes_row([])


class Streak(Struct, gc=False, array_like=True):
    """Clean tests since the last failure, and failures."""

    clean: int = 0
    failures: int = 0
    hits: int = 0
    """Answers served on the strength of it."""
    where: Raw = _NONE
    """`counted`, as it is written: whoever only asks how long a streak is has no use for it."""
    tested_ns: int = 0
    """When it was tested last, in the journal's time; 0 where that is not known."""
    mistake: Mistake | None = None
    """The last one."""

    @property
    def counted(self) -> list[NodeId]:
        """Where it was tested, newest last: a later turn of the same conversation is no further test."""
        return _nodes(self.where)

    def note(
        self, *, path: Sequence[NodeId], mistake: Mistake | None = None, at_ns: int = 0
    ) -> bool:
        """Take in one test, made at the end of `path`: one strike demotes. Returns whether it counted."""
        self.tested_ns = max(self.tested_ns, at_ns)
        if mistake is not None:
            self.mistake = mistake
            self.clean = 0
            self.failures += 1
            return True
        counted = self.counted
        if not set(counted).isdisjoint(path):
            return False
        self.where = nodes_row([*counted[1 - _REMEMBERED :], path[-1]])
        self.clean += 1
        if self.clean % FORGIVEN == 0:
            self.failures = max(0, self.failures - 1)
        return True
