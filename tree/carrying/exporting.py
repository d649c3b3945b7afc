"""Memory as lines of JSON, without loss; one state of the store, whatever is recorded meanwhile."""

from collections.abc import Iterable, Iterator

from msgspec.structs import asdict

from tree.canonical import MessageId, NodeId, ScopeId
from tree.carrying.lines import (
    VERSION,
    ChoiceLine,
    Chosen,
    Head,
    Line,
    MessageLine,
    ObservationLine,
    ScopeLine,
    TallyLine,
    encode,
)
from tree.control.selecting import Progress
from tree.errors import DamagedRowError
from tree.memory import Memory
from tree.message import Answer, Message
from tree.store.choices import read_choices
from tree.store.rows import Entry
from tree.store.tables import Txn


def exported(memory: Memory, progress: Progress = lambda _a, _b: None) -> Iterator[bytes]:
    """The lines of a file, each with its end; one state of the store, whatever is recorded meanwhile.

    Raises:
        StoreUnusableError: The store cannot be read.
    """
    with memory.store.read() as txn:
        yield encode(Head(VERSION)) + b"\n"
        writer = _Lines(memory, txn)
        seqs = list(memory.journal.seqs(txn))
        for done, seq in enumerate(seqs):
            for line in writer.observation(seq):
                yield encode(line) + b"\n"
            progress(done + 1, len(seqs))
        for chosen, nodes in choices(memory, txn):
            for line in writer.choice(chosen, nodes):
                yield encode(line) + b"\n"
    for key, tally in memory.tallies().items():
        yield encode(TallyLine(key, tally)) + b"\n"


def choices(memory: Memory, txn: Txn) -> Iterator[tuple[Chosen, tuple[NodeId, ...]]]:
    """What its user decided, each with nodes that tell where: any of them does."""
    for sort in ("node", "template", "slot"):
        for key, choice in read_choices(txn, memory.store.tables, sort):
            kept = asdict(choice)
            del kept["generation"], kept["anchors"]  # true of this store alone
            chosen = Chosen(sort=sort, **kept)
            yield chosen, (NodeId(key[1:]),) if sort == "node" else choice.anchors


class _Lines:
    def __init__(self, memory: Memory, txn: Txn) -> None:
        self._memory, self._journal, self._txn = memory, memory.journal, txn
        self._scopes: dict[bytes, int] = {}
        self._messages: dict[bytes, int] = {}

    def observation(self, seq: int) -> Iterator[Line]:
        """An observation after what it refers to; nothing for one that cannot be read."""
        try:
            entry = self._journal.entry(self._txn, seq)
            lines, scope, messages = self._way(entry.node)
            answer = self._journal.answer(self._txn, entry)
        except DamagedRowError:
            return
        yield from lines
        if entry.answer not in self._messages:
            yield self._message(entry.answer, self._journal.message(self._txn, entry.answer))
        yield self._observed(entry, scope, messages, answer)

    def choice(self, chosen: Chosen, nodes: Iterable[NodeId]) -> Iterator[Line]:
        """What its user decided, after what it refers to; nothing where no node is there any more that tells where."""
        for node in nodes:
            try:
                lines, scope, messages = self._way(node)
            except DamagedRowError:
                continue
            yield from lines
            yield ChoiceLine(**asdict(chosen), scope=scope, messages=messages)
            return

    def _observed(
        self, entry: Entry, scope: int, messages: tuple[int, ...], answer: Answer
    ) -> ObservationLine:
        return ObservationLine(
            scope=scope,
            messages=messages,
            answer=self._messages[entry.answer],
            at_ns=entry.at_ns,
            latency_ms=entry.latency_ms,
            envelope=answer.envelope,
            usage=answer.usage,
            literal_only=answer.literal_only,
            bindings=entry.bindings,
        )

    def _way(self, node: NodeId | ScopeId) -> tuple[list[Line], int, tuple[int, ...]]:
        """New lines, and the numbers of a place's scope and messages."""
        steps = [step for _, step in self._journal.way_up(self._txn, node)][::-1]
        root = ScopeId(steps[0].parent if steps else node)
        lines: list[Line] = []
        scope = self._journal.scope(self._txn, root)
        said = [
            (step.message, self._journal.message(self._txn, step.message))
            for step in steps
            if step.message not in self._messages
        ]
        if root not in self._scopes:
            self._scopes[root] = len(self._scopes)
            lines.append(ScopeLine(scope))
        for key, message in said:
            if key not in self._messages:
                lines.append(self._message(key, message))
        return lines, self._scopes[root], tuple(self._messages[step.message] for step in steps)

    def _message(self, key: MessageId, message: Message) -> MessageLine:
        self._messages[key] = len(self._messages)
        return MessageLine(message)
