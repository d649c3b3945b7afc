"""Whether a store is what it claims to be: every id and every index is derived again and compared.

It reads one state of the store from beginning to end. The pages of that state stay in use meanwhile, so the file of
a store that is written to at the same time grows until the check is over.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

import msgspec
from msgspec import Struct

from tree.canonical import MessageId, NodeId, ScopeId, message_digest, node_id, scope_id
from tree.errors import DamagedRowError
from tree.memory import Memory
from tree.store.choices import read_choice
from tree.store.counts import NOTHING, Count, encode_count
from tree.store.decisions import read_decision
from tree.store.index import answer_row, child_row
from tree.store.learnt import FORMAT, FORMAT_KEY
from tree.store.messages import digest_row
from tree.store.ownwords import OWN, OwnWords
from tree.store.rows import Entry, Step, decode_seq, encode_seq
from tree.store.tables import Table, Txn
from tree.store.tallies import read_tallies
from tree.store.uses import read_use
from tree.store.words import decode_number, make_id

_decode = msgspec.json.Decoder().decode


class Finding(Struct, frozen=True):
    """One thing that is not as it must be."""

    where: str
    """The table."""
    key: str
    """The row, in hex."""
    what: str


def verify(memory: Memory) -> Iterator[Finding]:
    """Yield what disagrees; nothing if the store is sound.

    Raises:
        StoreUnusableError: The store cannot be read at all.
    """
    learnt = memory.store.further_table("learnt")
    with memory.store.read() as txn:
        check = _Check(memory, txn)
        for name, look in (
            ("scopes", check.scope),
            ("messages", check.message),
            ("nodes", check.node),
            ("makes", check.make),
            ("journal", check.entry),
            ("decisions", check.decision),
            ("uses", check.use),
            ("choices", check.choice),
        ):
            yield from check.each(name, look)
        yield from check.derived()
        yield from check.counts()
        yield from check.learnt(learnt)
        yield from check.tallies()


class _Check:
    def __init__(self, memory: Memory, txn: Txn) -> None:
        self._txn = txn
        self._tables = memory.store.tables
        self._journal = memory.journal
        self._learnt = memory.index.learnt(txn)
        self._answers: dict[bytes, int] = {}
        self._children: set[tuple[bytes, bytes]] = set()
        self._digests: set[tuple[bytes, bytes]] = set()
        self._counted = memory.counts
        self._well = True
        """Whether the index is, which counts without a row are added up by."""
        self._counts: dict[bytes, Count] = {}

    def each(self, name: str, look: Callable[[bytes], str]) -> Iterator[Finding]:
        table = getattr(self._tables, name)
        for key in self._keys(name, table) if table is not None else ():
            try:
                what = look(key)
            except DamagedRowError as exc:
                what = str(exc)
            if what:
                yield Finding(name, key.hex(), what)

    def _keys(self, name: str, table: Table) -> Iterator[bytes]:
        if name == "messages":
            return iter(self._journal.messages.ids(self._txn))
        if name == "nodes":
            return self._journal.nodes.beginning(self._txn, b"")
        if name == "journal":
            return map(encode_seq, self._journal.seqs(self._txn))
        return (key for key, _ in _rows(self._txn, table))

    def scope(self, key: bytes) -> str:
        scope = self._journal.scope(self._txn, ScopeId(key))
        return "" if scope_id(scope) == key else "its content has another id"

    def message(self, key: bytes) -> str:
        self._journal.message(self._txn, MessageId(key))
        payload = self._journal.payload(self._txn, MessageId(key))
        row = digest_row(MessageId(key), payload)
        if row is None:
            return "" if message_digest(payload) == key else "its content has another id"
        self._digests.add((row[:1], row[1:]))
        return ""

    def node(self, key: bytes) -> str:
        step = self._journal.step(self._txn, NodeId(key))
        if not self._hangs(step):
            return "what it hangs below is not there"
        message = self._journal.message(self._txn, step.message)
        if node_id(step.parent, message) != key:
            return "its parent and message make another id"
        return ""

    def make(self, key: bytes) -> str:
        row = self._txn.get(key, b"", db=self._tables.makes)
        try:
            words = self._journal.words.list(self._txn, decode_number(row)).words
            return "" if make_id(_decode(words)) == key else "its list is of another make"
        except ValueError as exc:
            return str(exc)

    def entry(self, key: bytes) -> str:
        seq = decode_seq(key)
        entry = self._journal.entry(self._txn, seq)
        steps = list(self._journal.way_up(self._txn, entry.node))
        if seq < self._learnt:
            self._count(entry, steps)
            self._answers[entry.node] = seq
            self._children.update((step.parent, node) for node, step in steps)
        self._journal.answer(self._txn, entry)
        return "" if seq < self._journal.next_seq(self._txn) else "its number will be given again"

    def decision(self, key: bytes) -> str:
        found = read_decision(self._txn, self._tables, decode_seq(key))
        return "" if found else "it cannot be read"

    def use(self, key: bytes) -> str:
        read_use(self._txn, self._tables, NodeId(key))
        return "" if self._journal.knows(self._txn, NodeId(key)) else "its node is not there"

    def choice(self, key: bytes) -> str:
        read_choice(self._txn, self._tables, key)
        return ""

    def _count(self, entry: Entry, steps: list[tuple[NodeId, Step]]) -> None:
        root = steps[-1][1].parent if steps else entry.node
        first = self._counts.get(entry.node, NOTHING).here == 0
        for place in (*(node for node, _ in steps), root):
            self._counts[place] = self._counts.get(place, NOTHING).with_one(
                entry.at_ns, first=first, here=place == entry.node
            )

    def derived(self) -> Iterator[Finding]:
        rows = {answer_row(NodeId(node), seq) for node, seq in self._answers.items()}
        rows |= {child_row(NodeId(parent), NodeId(node)) for parent, node in self._children}
        index = {(row[:1], row[1:]) for row in rows}
        tables = self._tables
        for name, table, wanted in (
            ("index", tables.index, index),
            ("digests", tables.digests, self._digests),
        ):
            found = set(_rows(self._txn, table)) if table is not None else set(wanted)
            self._well = self._well and found == wanted
            for key, _ in sorted(found - wanted):
                yield Finding(name, key.hex(), "the journal does not say so")
            for key, _ in sorted(wanted - found):
                yield Finding(name, key.hex(), "missing, though it is learnt")

    def counts(self) -> Iterator[Finding]:
        table = self._tables.counts
        if table is None or self._tables.index is None:
            return  # of an earlier layout, and not to be changed
        rows = dict(_rows(self._txn, table))
        for key, row in rows.items():
            wanted = self._counts.get(key)
            if wanted is None or encode_count(wanted) != row:
                yield Finding("counts", key.hex(), "the journal does not say so")
        for place, count in self._counts.items():
            lost = place not in rows and self._journal.knows_scope(self._txn, ScopeId(place))
            if lost or not self._adds_up(place, count):
                yield Finding("counts", place.hex(), "missing, though it is learnt")

    def _adds_up(self, place: bytes, count: Count) -> bool:
        """Whether a count is found; what the index lacks, or a row that cannot be read, was said before."""
        with suppress(DamagedRowError):
            return not self._well or self._counted.at(self._txn, NodeId(place)) == count
        return True

    def learnt(self, table: Table | None) -> Iterator[Finding]:
        if table is None or self._txn.get(FORMAT_KEY, db=table) != encode_seq(FORMAT):
            return  # whoever learns next drops it
        words = OwnWords(self._journal.words)
        for key, row in _rows(self._txn, table):
            try:
                if not key.startswith(OWN):
                    words.unpack(self._txn, table, row)
            except ValueError as exc:
                yield Finding("learnt", key.hex(), str(exc))

    def tallies(self) -> Iterator[Finding]:
        try:
            read_tallies(self._txn, self._tables)
        except ValueError as exc:
            yield Finding("tallies", "", str(exc))

    def _hangs(self, step: Step) -> bool:
        if step.depth == 1:
            return self._journal.knows_scope(self._txn, ScopeId(step.parent))
        above = self._journal.step(self._txn, NodeId(step.parent))
        return above.depth == step.depth - 1


def _rows(txn: Txn, table: Table) -> Iterator[tuple[bytes, bytes]]:
    with txn.cursor(table) as cursor:
        for key, value in cursor:
            yield bytes(key), bytes(value)
