"""What is derived from the journal: which observation answers where, and what hangs below what.

Learning is a function of the journal alone: entries are taken in their order, the newest answer of a node stands,
and the number up to which it is learnt is committed together with what was learnt.
"""

import hashlib
import logging
from itertools import takewhile

from tree.canonical import NodeId, ScopeId
from tree.errors import DamagedRowError
from tree.store.journal import Journal
from tree.store.rows import decode_seq, encode_seq
from tree.store.tables import Tables, Txn, Writer

_LEARNT = b"learnt"
_SIGNS = b"signs "
"""Before the id of a scope in which answers are signed."""

logger = logging.getLogger(__name__)


class Index:
    """The derived tables, within the caller's transaction."""

    def __init__(self, tables: Tables, journal: Journal) -> None:
        self._tables = tables
        self.journal = journal

    def learnt(self, txn: Txn) -> int:
        """The number up to which, itself not included, the journal is learnt."""
        row = txn.get(_LEARNT, db=self._tables.meta)
        return 0 if row is None else decode_seq(row)

    def learn(self, txn: Writer, limit: int | None = None) -> int:
        """Take up to `limit` entries, all if None; returns how many it took."""
        taken, upto = 0, self.journal.next_seq(txn)
        for seq in self.journal.seqs(txn, self.learnt(txn)):
            if taken == limit:
                upto = seq
                break
            self._take(txn, seq)
            taken += 1
        txn.put(_LEARNT, encode_seq(upto), db=self._tables.meta)
        return taken

    def forget(self, txn: Writer) -> None:
        """Empty the derived tables; all of the journal is to be learnt again."""
        txn.drop(self._tables.answers, delete=False)
        txn.drop(self._tables.children, delete=False)
        for key in self._signing(txn):
            txn.delete(key, db=self._tables.meta)
        txn.put(_LEARNT, encode_seq(0), db=self._tables.meta)

    def answering(self, txn: Txn, node: NodeId | ScopeId) -> int | None:
        """Number of the observation that answers at a node; None if none does.

        Raises:
            DamagedRowError: The row is not readable.
        """
        row = txn.get(node, db=self._tables.answers)
        try:
            return None if row is None else decode_seq(row)
        except ValueError as exc:
            raise DamagedRowError("answers", node) from exc

    def signs(self, txn: Txn, scope: ScopeId) -> bool:
        """Whether answers in this scope are signed, some of them at least."""
        return txn.get(_SIGNS + scope, db=self._tables.meta) is not None

    def children(self, txn: Txn, parent: NodeId | ScopeId, limit: int) -> list[NodeId]:
        """Up to `limit` nodes below `parent`, in the order of their ids."""
        below: list[NodeId] = []
        with txn.cursor(self._tables.children) as cursor:
            if cursor.set_key(parent):
                for child in cursor.iternext_dup():
                    if len(below) == limit:
                        break
                    below.append(NodeId(bytes(child)))
        return below

    def degree(self, txn: Txn, parent: NodeId | ScopeId) -> int:
        """How many nodes are below `parent`."""
        with txn.cursor(self._tables.children) as cursor:
            return int(cursor.count()) if cursor.set_key(parent) else 0

    def digest(self, txn: Txn) -> bytes:
        """A digest of all that is derived; equal digests, equal trees."""
        state = hashlib.blake2b(digest_size=16)
        for table in (self._tables.answers, self._tables.children):
            with txn.cursor(table) as cursor:
                for key, value in cursor:
                    state.update(bytes(key) + bytes(value))
        for key in self._signing(txn):
            state.update(key)
        return state.digest()

    def _signing(self, txn: Txn) -> list[bytes]:
        with txn.cursor(self._tables.meta) as cursor:
            found = cursor.set_range(_SIGNS)
            keys = map(bytes, cursor.iternext(keys=True, values=False)) if found else iter(())
            return list(takewhile(lambda key: key.startswith(_SIGNS), keys))

    def _take(self, txn: Writer, seq: int) -> None:
        try:
            entry = self.journal.entry(txn, seq)
            txn.put(entry.node, encode_seq(seq), db=self._tables.answers)
            way = list(self.journal.way_up(txn, entry.node)) if entry.spelling else None
            if way is not None:
                scope = way[-1][1].parent if way else entry.node
                txn.put(_SIGNS + scope, b"", db=self._tables.meta)
            for node, step in way or self.journal.way_up(txn, entry.node):
                # Where a child is in, all above it are.
                if not txn.put(step.parent, node, dupdata=False, db=self._tables.children):
                    break
        except DamagedRowError as exc:
            logger.warning("observation %d is not learnt: %s", seq, exc)
