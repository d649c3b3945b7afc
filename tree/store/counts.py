"""How much was recorded at and below each node: derived, so that a page over a large tree reads few rows.

It follows the journal on its own: a store from before there were counts is counted bit by bit.
"""

import hashlib
from itertools import islice

import msgspec
from msgspec import Struct

from tree.canonical import NodeId, ScopeId
from tree.errors import DamagedRowError
from tree.store.journal import Journal
from tree.store.rows import decode_seq, encode_seq
from tree.store.tables import Tables, Txn, Writer

_COUNTED = b"counted"


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


encode_count = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Count).decode
NOTHING = Count()


class Counts:
    """The counts, within the caller's transaction."""

    def __init__(self, tables: Tables, journal: Journal) -> None:
        self._table = tables.counts
        self._meta = tables.meta
        self._journal = journal

    def at(self, txn: Txn, place: NodeId | ScopeId) -> Count:
        """The count of a node or scope.

        Raises:
            DamagedRowError: The row is not readable.
        """
        row = None if self._table is None else txn.get(place, db=self._table)
        try:
            return NOTHING if row is None else _decode(row)
        except ValueError as exc:
            raise DamagedRowError("counts", place) from exc

    def counted(self, txn: Txn) -> int:
        """The number up to which, itself not included, the journal is counted."""
        if self._table is None:
            return self._journal.next_seq(txn)
        row = txn.get(_COUNTED, db=self._meta)
        return 0 if row is None else decode_seq(row)

    def learn(self, txn: Writer, limit: int | None = None) -> int:
        """Count up to `limit` entries more, all if None; returns how many it took."""
        start, end = self.counted(txn), self._journal.next_seq(txn)
        if self._table is None or start >= end:
            return 0
        seqs = list(islice(self._journal.seqs(txn, start), limit))
        for seq in seqs:
            self._take(txn, seq)
        upto = seqs[-1] + 1 if len(seqs) == limit else end
        txn.put(_COUNTED, encode_seq(upto), db=self._meta)
        return len(seqs)

    def forget(self, txn: Writer) -> None:
        """Drop all counts; all of the journal is to be counted again."""
        if self._table is not None:
            txn.drop(self._table, delete=False)
        txn.put(_COUNTED, encode_seq(0), db=self._meta)

    def digest(self, txn: Txn) -> bytes:
        """A digest of all counts; equal digests, equal counts."""
        state = hashlib.blake2b(digest_size=16)
        if self._table is not None:
            with txn.cursor(self._table) as cursor:
                for key, row in cursor:
                    state.update(bytes(key) + bytes(row))
        return state.digest()

    def _take(self, txn: Writer, seq: int) -> None:
        try:
            entry = self._journal.entry(txn, seq)
            way = list(self._journal.way_up(txn, entry.node))
            first = self.at(txn, entry.node).here == 0
            root = ScopeId(way[-1][1].parent if way else entry.node)
            above: list[NodeId | ScopeId] = [*(node for node, _ in way), root]
            for place in above:
                old = self.at(txn, place)
                new = old.with_one(entry.at_ns, first=first, here=place == entry.node)
                txn.put(place, encode_count(new), db=self._table)
        except DamagedRowError:
            return  # the index says so, once
