"""How much was recorded at and below each node: derived, so that a page over a large tree reads few rows.

Most nodes are one of a row of nodes that follow each other and none beside them: what was recorded there is soon added
up from what is below them. So there are rows only for scopes and what is right below them, where a conversation
branches and for its branches, where something was recorded more than once, and for each sixteenth node on the way.
"""

import hashlib
from contextlib import suppress

import msgspec
from msgspec import Struct

from tree.canonical import NodeId, ScopeId
from tree.errors import DamagedRowError
from tree.store.index import Index
from tree.store.journal import Journal
from tree.store.rows import Entry, Step
from tree.store.tables import Tables, Txn, Writer

_EACH = 16
"""Of the nodes that follow each other, so many are added up at most."""
_BESIDE = 2


class Count(Struct, frozen=True, array_like=True):
    """What was recorded at a node and below."""

    observations: int = 0
    answers: int = 0
    """Nodes among them that an answer is known for."""
    here: int = 0
    """Observations at the very node."""
    last_ns: int = 0
    """When the newest of them was made."""

    def with_one(self, at_ns: int, *, first: bool, here: bool) -> "Count":
        """This count and one observation more, the first one at its node or not, at this very node or below."""
        last_ns = max(self.last_ns, at_ns)
        return Count(self.observations + 1, self.answers + first, self.here + here, last_ns)

    def with_below(self, other: "Count") -> "Count":
        """This count and that of a place below."""
        return Count(
            self.observations + other.observations,
            self.answers + other.answers,
            self.here,
            max(self.last_ns, other.last_ns),
        )


encode_count = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Count).decode
NOTHING = Count()


class Counts:
    """The counts, within the caller's transaction.

    Args:
        tables: The store's.
        journal: Its journal.
        index: What is counted is what the index has taken in, neither more nor less.
    """

    def __init__(self, tables: Tables, journal: Journal, index: Index) -> None:
        self._table = tables.counts
        self._journal, self._index = journal, index

    def at(self, txn: Txn, place: NodeId | ScopeId) -> Count:
        """The count of a node or scope.

        Raises:
            DamagedRowError: A row is not readable.
        """
        if self._table is None:
            return NOTHING
        row = txn.get(place, db=self._table)
        try:
            return self._added_up(txn, place) if row is None else _decode(row)
        except ValueError as exc:
            raise DamagedRowError("counts", place) from exc

    def learn(self, txn: Writer, limit: int | None = None) -> int:
        """Have the index take up to `limit` entries more, all if None, and count them; returns how many it took."""
        return self._index.learn(txn, limit, self._take)

    def forget(self, txn: Writer) -> None:
        """Drop all counts and the index; all of the journal is to be counted again."""
        if self._table is not None:
            txn.drop(self._table, delete=False)
        self._index.forget(txn)

    def digest(self, txn: Txn) -> bytes:
        """A digest of all counts; equal digests, equal counts."""
        state = hashlib.blake2b(digest_size=16)
        if self._table is not None:
            with txn.cursor(self._table) as cursor:
                for key, row in cursor:
                    state.update(bytes(key) + bytes(row))
        return state.digest()

    def _added_up(self, txn: Txn, place: NodeId | ScopeId) -> Count:
        """The count of a place that has no row, of what was recorded there once or never, and what is below it."""
        total = NOTHING
        with suppress(DamagedRowError):
            seq = self._index.answering(txn, place)
            if seq is not None:
                total = Count(1, 1, 1, self._journal.entry(txn, seq).at_ns)
        for node in self._index.each_child(txn, place):
            total = total.with_below(self.at(txn, node))
        return total

    def _take(self, txn: Writer, entry: Entry, way: list[tuple[NodeId, Step]]) -> None:
        """Count an observation that the index has not taken in yet.

        Args:
            txn: The changes.
            entry: The observation.
            way: The nodes that lead to it, last one first.
        """
        if self._table is None:
            return
        first = self._index.answering(txn, entry.node) is None
        rows = self._branching(txn, way)
        places: list[tuple[NodeId | ScopeId, int]] = [(node, step.depth) for node, step in way]
        places.append((ScopeId(way[-1][1].parent if way else entry.node), 0))
        # From above, for what has no row is added up from those below it.
        for place, depth in reversed(places):
            here = place == entry.node
            has_row = place in rows or depth <= 1 or depth % _EACH == 0 or (here and not first)
            if has_row or txn.get(place, db=self._table) is not None:
                new = self.at(txn, place).with_one(entry.at_ns, first=first, here=here)
                txn.put(place, encode_count(new), db=self._table)

    def _branching(self, txn: Writer, way: list[tuple[NodeId, Step]]) -> set[bytes]:
        """Places that need rows because a branch begins there; the branch that was alone until now is given its own."""
        for node, step in way:
            if self._index.leads(txn, step.parent, node):
                return set()
            if beside := self._index.children(txn, step.parent, _BESIDE):
                for other in beside:
                    txn.put(other, encode_count(self.at(txn, other)), db=self._table)
                return {node, step.parent}
        return set()
