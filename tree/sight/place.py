"""One node: how it is reached, what is said there in full, and every answer that was recorded after it."""

from collections.abc import Iterator

from msgspec import Struct

from tree.canonical import NodeId, ScopeId
from tree.errors import DamagedRowError, UnknownNodeError
from tree.explaining.nearest import plain
from tree.memory import Memory
from tree.message import Message, Usage
from tree.sight.outline import Branch, Outline, Root, hex_id
from tree.store.choices import Choice, choice_key, read_choice
from tree.store.rows import Entry, Step
from tree.store.tables import Reader
from tree.store.uses import Use, read_use

MAX_LOOKED_AT = 20_000
"""Observations that are looked through for answers older than the one that stands; a tenth of a second."""
MAX_ANSWERS = 20


class Answered(Struct, frozen=True):
    """An answer as it was recorded once."""

    number: int
    """Of the observation in the journal."""
    text: str
    """As a person reads it: texts and calls, one a line."""
    message: Message
    usage: Usage
    at_ns: int
    latency_ms: int
    literal_only: str
    """Why it fits no other conversation; empty if it might."""
    declared: tuple[str, ...]
    """Names of the values that the client declared to be data."""


class Place(Struct, frozen=True):
    """A node in full."""

    node: str
    root: Root
    path: tuple[Branch, ...]
    """From the first message to this node, itself included."""
    message: Message
    text: str
    """The message as a person reads it."""
    answers: tuple[Answered, ...]
    """Newest first; the first one is what a repeat is answered with."""
    further: int
    """Older answers that are not among them."""
    use: Use
    choice: Choice | None


def read_place(memory: Memory, node: str) -> Place:
    """A node by its id in hex.

    Raises:
        UnknownNodeError: There is no such node.
        DamagedRowError: It cannot be read.
    """
    key = NodeId(hex_id(node))
    outline = Outline(memory)
    with memory.store.read() as txn:
        if not memory.journal.knows(txn, key):
            raise UnknownNodeError(key)
        way = list(_way(memory, txn, key))
        scope = ScopeId(way[-1][1].parent)
        message = memory.journal.message(txn, way[0][1].message)
        answers = tuple(_answers(memory, txn, key))
        path = tuple(outline.branch(txn, one) for one, _ in reversed(way))
        here = memory.counts.at(txn, key).here
        use = read_use(txn, memory.store.tables, key)
        choice = read_choice(txn, memory.store.tables, choice_key("node", key))
    root = next(one for one in outline.roots() if one.scope == scope.hex())
    further = max(0, here - len(answers))
    return Place(node, root, path, message, plain(message), answers, further, use, choice)


def _way(memory: Memory, txn: Reader, node: NodeId) -> Iterator[tuple[NodeId, Step]]:
    """The nodes up to the root, this one first."""
    at, depth = node, 1
    while depth:
        step = memory.journal.step(txn, at)
        yield at, step
        at, depth = NodeId(step.parent), step.depth - 1


def _answers(memory: Memory, txn: Reader, node: NodeId) -> Iterator[Answered]:
    newest = memory.index.answering(txn, node)
    if newest is None:
        return
    left = min(memory.counts.at(txn, node).here, MAX_ANSWERS)
    for looked, seq in enumerate(memory.journal.seqs_back(txn, newest)):
        if not left or looked == MAX_LOOKED_AT:
            return
        try:
            entry = memory.journal.entry(txn, seq)
            if entry.node == node:
                yield _answered(memory, txn, seq, entry)
                left -= 1
        except DamagedRowError:
            continue


def _answered(memory: Memory, txn: Reader, seq: int, entry: Entry) -> Answered:
    answer = memory.journal.answer(txn, entry)
    return Answered(
        number=seq,
        text=plain(answer.message),
        message=answer.message,
        usage=answer.usage,
        at_ns=entry.at_ns,
        latency_ms=entry.latency_ms,
        literal_only=answer.literal_only,
        declared=tuple(name for name, _ in entry.bindings),
    )
