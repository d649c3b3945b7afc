"""The truth: observations in the order they came, and what they refer to, each text stored once.

What a later rule makes of them is derived elsewhere. Reading never changes anything, and a row that cannot be read
is a `DamagedRowError` that concerns this row alone.
"""

from collections.abc import Callable, Container, Iterator

import msgspec

from tree.canonical import (
    MessageId,
    NodeId,
    ScopeId,
    canonical_json,
    scope_id,
    spelling_of,
)
from tree.errors import DamagedRowError
from tree.message import Answer, Conversation, Json, Message, Observation, Scope
from tree.paths import Paths
from tree.store.coding import BUILT_IN, unpack
from tree.store.entries import Entries
from tree.store.messages import Messages
from tree.store.nodes import Nodes
from tree.store.rows import (
    Entry,
    Step,
    decode_seq,
    encode_seq,
)
from tree.store.tables import Table, Tables, Txn, Writer
from tree.store.words import WordLists

_NEXT = b"next"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_decode_message = msgspec.json.Decoder(Message).decode
_decode_scope = msgspec.json.Decoder(Scope).decode


class Journal:
    """Appends observations and reads them back, within the caller's transaction."""

    def __init__(self, tables: Tables) -> None:
        self.words = WordLists(tables)
        self.messages = Messages(tables, self.words)
        self.nodes = Nodes(tables)
        self._entries = Entries(tables, self.words)
        self.paths = Paths()
        """Of what was asked or recorded lately: an answer is recorded soon after it was asked for."""
        self._tables = tables

    def append(self, txn: Writer, observation: Observation) -> int:
        """Add an observation and what it refers to; returns its number, one that was never used before."""
        conversation, answer = observation.conversation, observation.answer
        scope = self._put_scope(txn, conversation.scope)
        path = self._put_path(txn, scope, conversation)
        calls = conversation.calls
        words = self.words.for_envelope(txn, answer.envelope)
        entry = Entry(
            node=path[-1] if path else scope,
            answer=self._put_message(txn, answer.message.renumbered(calls)),
            calls_before=calls,
            envelope=words.pack(_encode(answer.envelope)),
            tokens=msgspec.structs.astuple(answer.usage),
            literal_only=answer.literal_only,
            at_ns=observation.at_ns,
            latency_ms=observation.latency_ms,
            bindings=observation.bindings,
            spelling=spelling_of(conversation) if is_signed(conversation, answer) else b"",
        )
        seq = self.next_seq(txn)
        self._entries.append(txn, seq, entry)
        # Kept apart from the last row's number: that row may be forgotten, its number is not given again.
        txn.put(_NEXT, encode_seq(seq + 1), db=self._tables.meta)
        return seq

    def next_seq(self, txn: Txn) -> int:
        """The number that the next observation will have; the first one has 0."""
        row = txn.get(_NEXT, db=self._tables.meta)
        return 0 if row is None else decode_seq(row)

    def seqs(self, txn: Txn, start: int = 0) -> Iterator[int]:
        """The numbers of the observations there are, from `start` on."""
        return self._entries.seqs(txn, start)

    def count(self, txn: Txn) -> int:
        """How many observations there are."""
        return self._entries.count(txn)

    def seqs_back(self, txn: Txn, start: int) -> Iterator[int]:
        """The numbers of the observations there are, from `start` on towards the first one."""
        return self._entries.seqs_back(txn, start)

    def entry(self, txn: Txn, seq: int) -> Entry:
        """One observation, by reference.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        return self._entries.entry(txn, seq)

    def is_at(self, txn: Txn, seq: int, node: NodeId | ScopeId) -> bool:
        """Whether an observation was made at a node.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        return self._entries.is_at(txn, seq, node)

    def step(self, txn: Txn, node: NodeId) -> Step:
        """How a node is reached.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        return self.nodes.step(txn, node)

    def nodes_from(self, txn: Txn, beginning: bytes) -> Iterator[NodeId]:
        """The nodes whose ids begin so, in their order."""
        return self.nodes.beginning(txn, beginning)

    def knows(self, txn: Txn, node: NodeId) -> bool:
        """Whether a recorded conversation leads to or past this node."""
        return self.nodes.knows(txn, node)

    def knows_scope(self, txn: Txn, scope: ScopeId) -> bool:
        """Whether anything was recorded in this scope."""
        return txn.get(scope, db=self._tables.scopes) is not None

    def scopes(self, txn: Txn, beginning: bytes = b"") -> Iterator[ScopeId]:
        """All scopes whose ids begin so, in their order."""
        with txn.cursor(self._tables.scopes) as cursor:
            found = cursor.set_range(beginning)
            while found and (key := bytes(cursor.key())).startswith(beginning):
                yield ScopeId(key)
                found = cursor.next()

    def scope(self, txn: Txn, scope: ScopeId) -> Scope:
        """A scope by its id.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        return self._read(txn, "scopes", scope, lambda row: _decode_scope(unpack(row)))

    def message(self, txn: Txn, message: MessageId) -> Message:
        """A message by its id, spelt as it first came.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        payload = self.payload(txn, message)
        try:
            return _decode_message(payload)
        except ValueError as exc:
            raise DamagedRowError("messages", message) from exc

    def payload(self, txn: Txn, message: MessageId) -> bytes:
        """The bytes of a message.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        return self.messages.payload(txn, message)

    def answer(self, txn: Txn, entry: Entry) -> Answer:
        """What the model said then, its calls counted from 0.

        Raises:
            DamagedRowError: A part of it is not there, or not readable.
        """
        message = self.message(txn, entry.answer).renumbered(-entry.calls_before)
        return Answer(message, self.envelope(txn, entry), entry.usage, entry.literal_only)

    def conversation(self, txn: Txn, entry: Entry) -> Conversation:
        """What had been said until then.

        Raises:
            DamagedRowError: A part of it is not there, or not readable.
        """
        return self.conversation_at(txn, entry.node)

    def conversation_at(self, txn: Txn, node: NodeId | ScopeId) -> Conversation:
        """What is said up to a node.

        Raises:
            DamagedRowError: A part of it is not there, or not readable.
        """
        steps = [step for _, step in self.way_up(txn, node)]
        root = ScopeId(steps[-1].parent if steps else node)
        messages = (self.message(txn, step.message) for step in reversed(steps))
        return Conversation(self.scope(txn, root), tuple(messages))

    def way_up(self, txn: Txn, node: NodeId | ScopeId) -> Iterator[tuple[NodeId, Step]]:
        """The nodes of the conversation that ends at a node, last one first; none for a scope.

        Raises:
            DamagedRowError: One of them is not there, or not readable.
        """
        depth = None
        if self.knows_scope(txn, ScopeId(node)):
            return
        while depth != 0:
            step = self.step(txn, NodeId(node))
            if depth not in (None, step.depth):
                raise DamagedRowError("nodes", node)
            yield NodeId(node), step
            node, depth = step.parent, step.depth - 1

    def observation(self, txn: Txn, seq: int) -> Observation:
        """One observation, equal to the one that was appended but for the spelling of what equals earlier texts.

        Raises:
            DamagedRowError: A part of it is not there, or not readable.
        """
        entry = self.entry(txn, seq)
        conversation, answer = self.conversation(txn, entry), self.answer(txn, entry)
        return Observation(conversation, answer, entry.at_ns, entry.latency_ms, entry.bindings)

    def repack(self, txn: Writer, lists: Container[int]) -> None:
        """Pack anew what is packed with any of these lists of words; those that cannot be read stay as they are."""
        self.messages.repack(txn, lists)
        self._entries.repack(txn, lists)

    def seal(self, txn: Writer) -> None:
        """Pack together what came long enough ago."""
        self.messages.seal(txn)
        self._entries.seal(txn)

    def drop(self, txn: Writer, seqs: Container[int]) -> None:
        """Take observations out, and none of what they refer to."""
        self._entries.drop(txn, seqs)

    def _put_scope(self, txn: Writer, scope: Scope) -> ScopeId:
        key = scope_id(scope)
        if not self.knows_scope(txn, key):
            txn.put(key, BUILT_IN.pack(canonical_json(scope)), db=self._tables.scopes)
        return key

    def _put_path(self, txn: Writer, scope: ScopeId, conversation: Conversation) -> list[NodeId]:
        path = self.paths.below(scope, conversation.messages)
        known = known_prefix(path, lambda node: self.knows(txn, node))
        for at in range(known, len(path)):
            message = self._put_message(txn, conversation.messages[at])
            step = Step(path[at - 1] if at else scope, message, at + 1)
            self.nodes.put(txn, path[at], step)
        return path

    def _put_message(self, txn: Writer, message: Message) -> MessageId:
        return self.messages.put(txn, _encode(message))

    def envelope(self, txn: Txn, entry: Entry) -> Json:
        """The rest of a provider's document, with holes where the message's parts stood.

        Raises:
            DamagedRowError: It is not readable.
        """
        try:
            return _decode(self.words.unpack(txn, entry.envelope))
        except ValueError as exc:
            raise DamagedRowError("journal", entry.node) from exc

    def _read[T](self, txn: Txn, name: str, key: bytes, decode: Callable[[memoryview], T]) -> T:
        table: Table = getattr(self._tables, name)
        row = txn.get(key, db=table)
        if row is None:
            raise DamagedRowError(name, key)
        try:
            return decode(memoryview(row))
        except ValueError as exc:
            raise DamagedRowError(name, key) from exc


def is_signed(conversation: Conversation, answer: Answer) -> bool:
    """Whether an answer fits this very history alone, or was made in one that has to stay as it is."""
    return answer.message.signed or conversation.signed


def known_prefix(path: list[NodeId], knows: Callable[[NodeId], bool]) -> int:
    """How many leading nodes are known; whatever leads to a known node is known, so few are asked for."""
    low, high = 0, len(path)
    while low < high:
        # The first question is the likeliest case: all but the last message, or all of them, are known.
        middle = high - 1 if high == len(path) else (low + high) // 2
        if knows(path[middle]):
            low = middle + 1
        else:
            high = middle
    return low
