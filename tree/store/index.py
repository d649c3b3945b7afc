"""What is derived from the journal: which observation answers where, and what hangs below what.

There is a row for every node and every answer, so none holds more than what leads on: the beginning of an id, which
is compared as a whole with what is found there, and a number.

Learning is a function of the journal alone: entries are taken in their order, the newest answer of a node stands,
and the number up to which it is learnt is committed together with what was learnt.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice, takewhile

from tree.canonical import NodeId, ScopeId
from tree.errors import DamagedRowError
from tree.judgement.rows import NAME_BYTES
from tree.judgement.rows import brief as row_of
from tree.store import brief
from tree.store.journal import Journal
from tree.store.rows import Entry, Step, decode_seq, encode_seq
from tree.store.tables import Tables, Txn, Writer

_ANSWERS, _CHILDREN = b"A", b"C"
"""What rows begin with."""
_BEGINNING = 4
"""Bytes of a node's id by which it is found below another one."""
_LEARNT = b"learnt"
_SIGNS = b"signs "
"""Before the id of a scope in which answers are signed."""

type Taking = Callable[[Writer, Entry, list[tuple[NodeId, Step]]], None]
"""Told an entry, and the nodes that lead to it, last one first."""

logger = logging.getLogger(__name__)


class Index:
    """The derived tables, within the caller's transaction."""

    def __init__(self, tables: Tables, journal: Journal) -> None:
        self._tables = tables
        self._table = tables.index
        self.journal = journal

    def learnt(self, txn: Txn) -> int:
        """The number up to which, itself not included, the journal is learnt."""
        row = None if self._table is None else txn.get(_LEARNT, db=self._tables.meta)
        return 0 if row is None else decode_seq(row)

    def learn(
        self,
        txn: Writer,
        limit: int | None = None,
        before: Taking = lambda _txn, _entry, _way: None,
    ) -> int:
        """Take up to `limit` entries, all if None, each told `before` it is in; returns how many it took."""
        taken, upto = 0, self.journal.next_seq(txn)
        for seq in self.journal.seqs(txn, self.learnt(txn)):
            if taken == limit:
                upto = seq
                break
            self._take(txn, seq, before)
            taken += 1
        txn.put(_LEARNT, encode_seq(upto), db=self._tables.meta)
        return taken

    def forget(self, txn: Writer) -> None:
        """Empty the derived tables; all of the journal is to be learnt again."""
        if self._table is not None:
            txn.drop(self._table, delete=False)
        for key in self._signing(txn):
            txn.delete(key, db=self._tables.meta)
        txn.put(_LEARNT, encode_seq(0), db=self._tables.meta)

    def answering(self, txn: Txn, node: NodeId | ScopeId) -> int | None:
        """Number of the observation that answers at a node; None if none does.

        Raises:
            DamagedRowError: The observation is not readable.
        """
        for seq in reversed(self._numbers(txn, _answers(node))):
            if self.journal.is_at(txn, seq, node):
                return seq
        return None

    def answers(self, txn: Txn) -> int:
        """How many nodes an answer is known for."""
        if self._table is None:
            return 0
        with txn.cursor(self._table) as cursor:
            return int(cursor.count()) if cursor.set_key(_ANSWERS) else 0

    def signs(self, txn: Txn, scope: ScopeId) -> bool:
        """Whether answers in this scope are signed, some of them at least."""
        return txn.get(_SIGNS + scope, db=self._tables.meta) is not None

    def children(self, txn: Txn, parent: NodeId | ScopeId, limit: int) -> list[NodeId]:
        """Up to `limit` nodes below `parent`, in the order of their ids."""
        return list(islice(self._below(txn, parent), limit))

    def each_child(self, txn: Txn, parent: NodeId | ScopeId) -> Iterator[NodeId]:
        """The nodes below `parent`, read as they are asked for."""
        return self._below(txn, parent)

    def leads(self, txn: Txn, parent: NodeId | ScopeId, node: NodeId) -> bool:
        """Whether a node was met below `parent`, or one whose id begins alike."""
        return self._table is not None and brief.holds(txn, self._table, child_row(parent, node))

    def degree(self, txn: Txn, parent: NodeId | ScopeId) -> int:
        """How many nodes are below `parent`."""
        return sum(1 for _ in self._below(txn, parent))

    def digest(self, txn: Txn) -> bytes:
        """A digest of all that is derived; equal digests, equal trees."""
        state = hashlib.blake2b(digest_size=16)
        for key in () if self._table is None else brief.keys_of(txn, self._table):
            state.update(key)
        for key in self._signing(txn):
            state.update(key)
        return state.digest()

    def _numbers(self, txn: Txn, name: bytes) -> list[int]:
        return [] if self._table is None else brief.numbers(txn, self._table, [name])[0]

    def _below(self, txn: Txn, parent: NodeId | ScopeId) -> Iterator[NodeId]:
        if self._table is None:
            return
        for number in brief.each_number(txn, self._table, _children(parent)):
            for node in self.journal.nodes_from(txn, number.to_bytes(_BEGINNING)):
                with suppress(DamagedRowError):
                    if self.journal.step(txn, node).parent == parent:
                        yield node

    def _answer(self, txn: Writer, node: NodeId | ScopeId, seq: int) -> None:
        """Have an observation answer at a node, in the place of an earlier one."""
        for old in self._numbers(txn, _answers(node)):
            with suppress(DamagedRowError):
                if self.journal.is_at(txn, old, node):
                    row = answer_row(node, old)
                    txn.delete(row[:1], row[1:], db=self._table)
        self._put(txn, answer_row(node, seq))

    def _put(self, txn: Writer, row: bytes) -> bool:
        """Add a row; False where there is such a one."""
        return bool(txn.put(row[:1], row[1:], dupdata=False, db=self._table))

    def _signing(self, txn: Txn) -> list[bytes]:
        with txn.cursor(self._tables.meta) as cursor:
            found = cursor.set_range(_SIGNS)
            keys = map(bytes, cursor.iternext(keys=True, values=False)) if found else iter(())
            return list(takewhile(lambda key: key.startswith(_SIGNS), keys))

    def _take(self, txn: Writer, seq: int, before: Taking) -> None:
        try:
            entry = self.journal.entry(txn, seq)
            way = list(self.journal.way_up(txn, entry.node))
            before(txn, entry, way)
            self._answer(txn, entry.node, seq)
            if entry.spelling:
                scope = way[-1][1].parent if way else entry.node
                txn.put(_SIGNS + scope, b"", db=self._tables.meta)
            for node, step in way:
                # Where a child is in, all above it are.
                if not self._put(txn, child_row(step.parent, node)):
                    break
        except DamagedRowError as exc:
            logger.warning("observation %d is not learnt: %s", seq, exc)


def answer_row(node: NodeId | ScopeId, seq: int) -> bytes:
    """The row that says which observation answers at a node."""
    return row_of(_answers(node), seq)


def child_row(parent: NodeId | ScopeId, node: NodeId) -> bytes:
    """The row that says what hangs below a node; another one whose id begins alike needs none of its own."""
    return row_of(_children(parent), int.from_bytes(node[:_BEGINNING]))


def _answers(node: NodeId | ScopeId) -> bytes:
    return (_ANSWERS + node)[:NAME_BYTES]


def _children(parent: NodeId | ScopeId) -> bytes:
    return (_CHILDREN + parent)[:NAME_BYTES]
