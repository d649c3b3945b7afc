"""Taking observations out of a store with all that nothing else needs: marked from what remains, and swept.

Indexes are never relied on here: what remains is found from the journal's own rows, so a damaged index can cost no
memory that was to stay. What was learnt is dropped as a whole, for nobody can tell which part of it rests on what is
gone; it is learnt again from what remains.
"""

from collections.abc import Iterator
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from tree.canonical import MessageId, NodeId, ScopeId
from tree.errors import DamagedRowError
from tree.message import Json, Scope
from tree.store.choices import put_choice, read_choices
from tree.store.counts import Counts
from tree.store.decisions import Kind, strip_decisions
from tree.store.environment import Environment
from tree.store.epoch import Epoch, begin_generation
from tree.store.index import Index
from tree.store.learnt import FORMAT_KEY
from tree.store.rows import encode_seq
from tree.store.tables import Table, Tables, Txn, Writer
from tree.store.tallies import drop_tallies

_WIPE = b"wipe"
"""Stands in `meta`, before the number of the generation, while pages may still hold what was forgotten."""
_SLACK_NS = 60 * 10**9
"""A decision is older than its observation by the provider's time, and by this much at most."""


class Sweep(Struct, frozen=True):
    """What goes, and when the first of it came."""

    seqs: frozenset[int]
    nodes: frozenset[bytes]
    messages: frozenset[bytes]
    scopes: frozenset[bytes]
    answers: int
    """Conversations that could be answered and cannot any more."""
    remaining: int
    """Observations that stay; all are to be learnt from again."""
    kinds: frozenset[Kind]
    """What was asked for in those that go: tenant, API, host and model."""
    kinds_gone: frozenset[Kind]
    """Those among them of which nothing stays."""
    since_ns: int


class _Marked(Struct):
    """What the observations that remain need."""

    nodes: set[bytes]
    messages: set[bytes]
    scopes: set[bytes]
    answered: set[bytes]


class Forgetter:
    """Finds what goes, and takes it out, within the caller's transaction.

    Args:
        tables: The store's.
        index: What is derived of the journal, and the journal.
        counts: Likewise.
        learnt: The table of what was learnt, where there is one.
        brief: The table of its brief rows, likewise.
    """

    def __init__(
        self,
        tables: Tables,
        index: Index,
        counts: Counts,
        learnt: Table | None,
        brief: Table | None,
    ) -> None:
        self._brief = brief
        self._tables, self._journal = tables, index.journal
        self._index, self._counts, self._learnt = index, counts, learnt

    def sweep(self, txn: Txn, seqs: frozenset[int]) -> Sweep:
        """What goes with these observations; changes nothing."""
        marked = _Marked(set(), set(), set(), set())
        gone_at: set[bytes] = set()
        since_ns, remaining = 2**63, 0
        for seq in self._journal.seqs(txn):
            remaining += seq not in seqs
            with suppress(DamagedRowError):
                entry = self._journal.entry(txn, seq)
                if seq not in seqs:
                    self._mark(txn, entry.node, entry.answer, marked)
                    continue
                gone_at.add(entry.node)
                since_ns = min(since_ns, entry.at_ns - entry.latency_ms * 1_000_000 - _SLACK_NS)
        roots = {root for node in gone_at if (root := self._root(txn, NodeId(node))) is not None}
        kinds = frozenset(kind for root in roots if (kind := self._kind(txn, root)))
        staying = {self._kind(txn, ScopeId(scope)) for scope in marked.scopes}
        return Sweep(
            seqs=seqs,
            nodes=frozenset(self._journal.nodes.beginning(txn, b"")) - marked.nodes,
            messages=frozenset(self._journal.messages.ids(txn)) - marked.messages,
            scopes=_unmarked(txn, self._tables.scopes, marked.scopes),
            answers=len(gone_at - marked.answered),
            remaining=remaining,
            kinds=kinds,
            kinds_gone=kinds - staying,
            since_ns=since_ns,
        )

    def take_out(self, txn: Writer, gone: Sweep, now_ns: int) -> None:
        """Delete all of it, and begin a new generation: what any process learnt of it is void."""
        words = self._journal.words
        tainted = (
            words.tainted(txn, self._payloads(txn, gone), self._envelopes(txn, gone))
            if gone.remaining
            else words.numbers(txn)
        )
        self._journal.drop(txn, gone.seqs)
        self._journal.nodes.drop(txn, gone.nodes)
        for table, keys in (
            (self._tables.scopes, gone.scopes),
            (self._tables.uses, gone.nodes),
        ):
            for key in sorted(keys) if table is not None else ():
                txn.delete(key, db=table)
        self._journal.messages.drop(txn, gone.messages)
        if tainted:
            words.replace(txn, tainted)
            self._journal.repack(txn, tainted)
        strip_decisions(txn, self._tables, gone.kinds, gone.since_ns)
        drop_tallies(txn, self._tables, {kind[1:] for kind in gone.kinds_gone})
        self._drop_choices(txn, gone)
        epoch = self.renew(txn, now_ns)
        txn.put(_WIPE, encode_seq(epoch.generation), db=self._tables.meta)

    def renew(self, txn: Writer, now_ns: int | None = None) -> Epoch:
        """Derive the indexes again, drop what was learnt, and have every process begin anew.

        Args:
            txn: The changes.
            now_ns: When something was forgotten; None if nothing was.
        """
        self._counts.forget(txn)
        self._counts.learn(txn)
        if self._learnt is not None:
            form = txn.get(FORMAT_KEY, db=self._learnt)
            txn.drop(self._learnt, delete=False)
            if form is not None:
                txn.put(FORMAT_KEY, form, db=self._learnt)
        if self._brief is not None:
            txn.drop(self._brief, delete=False)
        return begin_generation(txn, self._tables, now_ns)

    def _mark(self, txn: Txn, node: NodeId | ScopeId, answer: MessageId, marked: _Marked) -> None:
        marked.messages.add(answer)
        marked.answered.add(node)
        root: bytes = node
        for at, step in self._journal.way_up(txn, node):
            if at in marked.nodes:
                return  # where a node is marked, all above it is
            marked.nodes.add(at)
            marked.messages.add(step.message)
            root = step.parent
        marked.scopes.add(root)

    def _root(self, txn: Txn, node: NodeId) -> ScopeId | None:
        with suppress(DamagedRowError):
            way = list(self._journal.way_up(txn, node))
            return ScopeId(way[-1][1].parent if way else node)
        return None

    def _kind(self, txn: Txn, name: ScopeId) -> Kind | None:
        with suppress(DamagedRowError):
            return kind_of(self._journal.scope(txn, name))
        return None

    def _payloads(self, txn: Txn, gone: Sweep) -> Iterator[bytes]:
        for message in gone.messages:
            with suppress(DamagedRowError):
                yield self._journal.payload(txn, MessageId(message))

    def _envelopes(self, txn: Txn, gone: Sweep) -> Iterator[Json]:
        for seq in gone.seqs:
            with suppress(DamagedRowError):
                yield self._journal.envelope(txn, self._journal.entry(txn, seq))

    def _drop_choices(self, txn: Writer, gone: Sweep) -> None:
        tables = self._tables
        for key, _ in list(read_choices(txn, tables, "node")):
            if key[1:] in gone.nodes:
                put_choice(txn, tables, key, None)
        for sort in ("template", "slot"):
            for key, choice in list(read_choices(txn, tables, sort)):
                kept = tuple(node for node in choice.anchors if node not in gone.nodes)
                if kept != choice.anchors:
                    put_choice(txn, tables, key, replace(choice, anchors=kept) if kept else None)


def finish_wiping(store: Environment) -> bool:
    """Overwrite what the file holds of what is gone, if that is due; False if it is still due after that.

    Raises:
        StoreUnusableError: The file cannot be overwritten.
    """
    with store.read() as txn:
        due = txn.get(_WIPE, db=store.tables.meta)
        generation = None if due is None else bytes(due)
    if generation is None:
        return True
    if not store.wipe():
        return False
    with store.write() as txn:
        # Somebody may have forgotten more in between.
        if txn.get(_WIPE, db=store.tables.meta) == generation:
            txn.delete(_WIPE, db=store.tables.meta)
    return True


def kind_of(scope: Scope) -> Kind:
    """What a decision and a counter tell of a scope."""
    return scope.tenant, scope.api, scope.origin, scope.model


def _unmarked(txn: Txn, table: Table, marked: set[bytes]) -> frozenset[bytes]:
    with txn.cursor(table) as cursor:
        keys = (bytes(key) for key in cursor.iternext(keys=True, values=False))
        return frozenset(key for key in keys if key not in marked)
