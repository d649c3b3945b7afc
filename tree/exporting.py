"""Memory as lines of JSON, without loss: each text once, observations by reference, and what its user decided.

A line refers to lines before it by their number, counted by kind, from 0. Nothing in a file is trusted: it is read and
checked as a whole before any of it is recorded.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tree.canonical import (
    MessageId,
    NodeId,
    ScopeId,
    canonical_json,
    content_digest,
    path_below,
    scope_id,
)
from tree.errors import DamagedRowError, TreeError
from tree.memory import Memory, Tally, TallyKey
from tree.message import Answer, Bindings, Conversation, Json, Message, Observation, Scope, Usage
from tree.selecting import Progress
from tree.store.choices import Choice, choice_key, put_choice, read_choices
from tree.store.environment import Txn, Writer
from tree.store.rows import Entry

VERSION = 1
MAX_LINE_BYTES = 64 << 20
_AT_ONCE = 64
_UNSETTLED = 2**62
"""A generation that no store ever has: where a template lies in this one is to be found."""
_ID_BYTES = 16


class ImportFileError(TreeError, ValueError):
    """A file is no memory that can be read; the message names the line and what is wrong with it."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}" if line else why)
        self.line = line


class Head(Struct, frozen=True, tag="rote"):
    """The first line."""

    version: int


class ScopeLine(Struct, frozen=True, tag="scope"):
    """A scope."""

    scope: Scope


class MessageLine(Struct, frozen=True, tag="message"):
    """A message."""

    message: Message


class ObservationLine(Struct, frozen=True, tag="observation", omit_defaults=True):
    """An observation, by reference."""

    scope: int
    messages: tuple[int, ...]
    answer: int
    at_ns: int
    latency_ms: int = 0
    envelope: Json = None
    usage: Usage = Usage()
    literal_only: str = ""
    bindings: Bindings = ()


class ChoiceLine(Struct, frozen=True, tag="choice", omit_defaults=True):
    """What its user decided: at a node, or for what a template or slot reads there."""

    sort: Literal["node", "template", "slot"]
    what: Literal["trust", "distrust", "name"]
    scope: int
    messages: tuple[int, ...]
    at_ns: int
    view: str = ""
    item: int = 0
    item_key: str = ""
    path: tuple[str | int, ...] = ()
    name: str = ""


class TallyLine(Struct, frozen=True, tag="tally"):
    """A day's counter."""

    key: TallyKey
    tally: Tally


type Line = Head | ScopeLine | MessageLine | ObservationLine | ChoiceLine | TallyLine

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(
    Head | ScopeLine | MessageLine | ObservationLine | ChoiceLine | TallyLine
).decode


class Read(Struct):
    """What a file holds."""

    observations: list[Observation]
    choices: list[tuple[ChoiceLine, Conversation]]
    tallies: dict[TallyKey, Tally]


def exported(memory: Memory, progress: Progress = lambda _a, _b: None) -> Iterator[bytes]:
    """The lines of a file, each with its end; one state of the store, whatever is recorded meanwhile.

    Raises:
        StoreUnusableError: The store cannot be read.
    """
    with memory.store.read() as txn:
        yield _encode(Head(VERSION)) + b"\n"
        writer = _Lines(memory, txn)
        seqs = list(memory.journal.seqs(txn))
        for done, seq in enumerate(seqs):
            for line in writer.observation(seq):
                yield _encode(line) + b"\n"
            progress(done + 1, len(seqs))
        for line in writer.choices():
            yield _encode(line) + b"\n"
    for key, tally in memory.tallies().items():
        yield _encode(TallyLine(key, tally)) + b"\n"


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

    def choices(self) -> Iterator[Line]:
        """What its user decided, as far as the nodes that tell where are still there."""
        for sort in ("node", "template", "slot"):
            for key, choice in read_choices(self._txn, self._memory.store.tables, sort):
                nodes = (NodeId(key[1:]),) if sort == "node" else choice.anchors
                for node in nodes:
                    try:
                        lines, scope, messages = self._way(node)
                    except DamagedRowError:
                        continue
                    yield from lines
                    yield ChoiceLine(
                        sort,
                        choice.what,
                        scope,
                        messages,
                        choice.at_ns,
                        choice.view,
                        choice.item,
                        choice.item_key,
                        choice.path,
                        choice.name,
                    )
                    break

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


def read_export(lines: Iterable[bytes], tenant: str | None = None) -> Read:
    """All that a file holds, checked.

    Args:
        lines: Of the file.
        tenant: Whose memory it is to become; None leaves it whose it was.

    Raises:
        ImportFileError: It is no such file, or a line of it is not as it should be.
    """
    reader = _Reader(tenant)
    number = 0
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE_BYTES:
            raise ImportFileError(number, f"it is longer than {MAX_LINE_BYTES >> 20} MiB")
        try:
            reader.take(number, _decode(line))
        except ImportFileError:
            raise
        except RecursionError as exc:
            raise ImportFileError(number, "it is nested too deeply") from exc
        except (ValueError, ArithmeticError, TypeError) as exc:
            raise ImportFileError(number, str(exc)) from exc
    if not number:
        raise ImportFileError(0, "the file is empty")
    return reader.read


class _Reader:
    def __init__(self, tenant: str | None) -> None:
        self.read = Read([], [], {})
        self._tenant = tenant
        self._scopes: list[Scope] = []
        self._messages: list[Message] = []

    def take(self, number: int, line: Line) -> None:
        if (number == 1) != isinstance(line, Head):
            raise ImportFileError(number, "a memory begins with one line of type “rote”")
        match line:
            case Head(version):
                if version != VERSION:
                    raise ImportFileError(1, f"it is of version {version}; known is {VERSION}")
            case ScopeLine(scope):
                canonical_json(scope)
                own = scope if self._tenant is None else replace(scope, tenant=self._tenant)
                self._scopes.append(own)
            case MessageLine(message):
                canonical_json(message)
                self._messages.append(message)
            case ObservationLine():
                self.read.observations.append(self._observation(number, line))
            case ChoiceLine():
                place = self._conversation(number, line.scope, line.messages)
                self.read.choices.append((line, place))
            case TallyLine(key, tally):
                self.read.tallies[key] = tally

    def _observation(self, number: int, line: ObservationLine) -> Observation:
        conversation = self._conversation(number, line.scope, line.messages)
        canonical_json(line.envelope)
        said = self._at(number, self._messages, line.answer).renumbered(-conversation.calls)
        if not 0 <= line.at_ns < 2**63 or not 0 <= line.latency_ms < 2**32:
            raise ImportFileError(number, "its times are none")
        answer = Answer(said, line.envelope, line.usage, line.literal_only)
        return Observation(conversation, answer, line.at_ns, line.latency_ms, line.bindings)

    def _conversation(self, number: int, scope: int, messages: tuple[int, ...]) -> Conversation:
        said = tuple(self._at(number, self._messages, one) for one in messages)
        return Conversation(self._at(number, self._scopes, scope), said)

    def _at[T](self, number: int, known: list[T], index: int) -> T:
        if not 0 <= index < len(known):
            raise ImportFileError(number, f"it refers to number {index}, which is not there yet")
        return known[index]


def take_in(
    memory: Memory, found: Read, progress: Progress = lambda _a, _b: None
) -> tuple[int, int]:
    """Record what is not there yet; returns how many observations were, and how many were there already.

    Raises:
        StoreFullError: No room; what was recorded before stays, and the same again goes on from there.
        StoreUnusableError: The store cannot be written; likewise.
    """
    known = _known(memory)
    fresh = [one for one in found.observations if _identity(one) not in known]
    empty = not known
    for start in range(0, len(fresh), _AT_ONCE):
        memory.record(fresh[start : start + _AT_ONCE])
        progress(min(start + _AT_ONCE, len(fresh)), len(fresh))
    with memory.store.write() as txn:
        for line, place in found.choices:
            _decide(memory, txn, line, place)
    if empty and found.tallies:
        memory.count(found.tallies)  # beside others they would be counted twice
    return len(fresh), len(found.observations) - len(fresh)


type _Identity = tuple[bytes, bytes, int]


def _known(memory: Memory) -> set[_Identity]:
    found: set[_Identity] = set()
    for _, one in memory.observations():
        found.add(_identity(one))
    return found


def _identity(one: Observation) -> _Identity:
    scope = scope_id(one.conversation.scope)
    path = path_below(scope, one.conversation.messages)
    return path[-1] if path else scope, canonical_json(one.answer.message), one.at_ns


def _decide(memory: Memory, txn: Writer, line: ChoiceLine, place: Conversation) -> None:
    scope = scope_id(place.scope)
    path = path_below(scope, place.messages)
    if not path or not memory.journal.knows(txn, path[-1]):
        return
    choice = Choice(
        line.what,
        line.at_ns,
        _UNSETTLED,
        (path[-1],),
        line.view,
        line.item,
        line.item_key,
        line.path,
        line.name,
    )
    # Where a template lies here is found when all is learnt; until then its place is any of its own.
    own = content_digest(_encode((path[-1].hex(), line.view, line.item, line.path)))
    where = path[-1] if line.sort == "node" else scope + bytes.fromhex(own)
    put_choice(txn, memory.store.tables, choice_key(line.sort, where), choice)
