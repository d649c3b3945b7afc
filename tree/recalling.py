"""What memory answers to a conversation: a repeat, or what its templates make of it; or why it knows no answer.

It only reads, from any thread.
"""

import logging
from contextlib import suppress

import msgspec
from msgspec import Struct

from tree.age import too_old
from tree.canonical import NodeId, Place, ScopeId, path_of, scope_id, spelling_of
from tree.declared.declaring import Declaring
from tree.declared.hinting import Declared
from tree.errors import DamagedRowError
from tree.generalising import Foreseen, Generaliser, Unforeseen
from tree.message import Answer, Bindings, Conversation, Message
from tree.store.choices import choice_key, read_choice, read_choices
from tree.store.environment import Environment
from tree.store.epoch import read_epoch
from tree.store.index import Index
from tree.store.journal import Journal, known_prefix
from tree.store.rows import Entry
from tree.store.tables import Reader

_PATIENCE_S = 0.05
"""How long a request waits for learning to let go of the learner; after that it goes to the provider. To learn from
one turn takes 2 to 30 ms, by the length of its conversation, and a provider takes seconds."""
_WARM = 256
_WARM_BYTES = 16 << 10
"""Answers are kept decoded up to this number, and up to this size of their packed envelope."""
_DISTRUSTED = "its user distrusts what is known here"
_UNREADABLE = "what is known cannot be read"
_LITERAL_ONLY = "nothing but repeats is served"
_OPENINGS = {
    "system": "system prompt",
    "developer": "system prompt",
    "user": "first message",
}

logger = logging.getLogger(__name__)


class Hit(Struct, frozen=True):
    """The answer that is known, and what it rests on."""

    answer: Answer
    node: NodeId
    """Where the conversation ends in the tree."""
    detail: str
    """`literal` or `template`."""
    sealed: bool
    """Conversation or answer is signed, or answers like it are: every recorded id must be kept."""
    at_ns: int
    """When the answer was observed."""
    latency_ms: int
    """How long the provider took then."""
    foreseen: Foreseen | None = None
    """For a template that was learnt: what was foreseen, with its evidence."""
    declared: Declared | None = None
    """For a template that the client declared."""


class Miss(Struct, frozen=True):
    """Why no answer is known."""

    reason: str
    """A few words for a person."""
    known: int
    """How many leading messages stand on a known path."""
    node: NodeId | None
    """Where that path ends; None if not even the first message is known."""
    unforeseen: Unforeseen | None = None
    """Why nothing was foreseen either; None where that was not tried."""
    asked: NodeId | ScopeId | None = None
    """Where an answer would hang: the end of the whole conversation; None where nobody looked for one there."""


class Recalling:
    """Reads the tree, and asks what was learnt and what was declared.

    Args:
        store: The open store.
        journal: Of that store.
        index: Of that store.
        declaring: What clients declared.
        generaliser: What was learnt; None to serve nothing but repeats.
        ttl_ns: How old an observation may be to be served, in nanoseconds; None for any age.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - all that answers come from
        self,
        store: Environment,
        journal: Journal,
        index: Index,
        declaring: Declaring,
        generaliser: Generaliser | None,
        ttl_ns: int | None,
    ) -> None:
        self._store, self._journal, self._index = store, journal, index
        self._declaring, self._generaliser = declaring, generaliser
        self._ttl_ns = ttl_ns
        self._warm: dict[int, tuple[Entry, Answer]] = {}
        """Answers given lately, by the number of their observation, of which nothing ever changes."""

    def place(self, conversation: Conversation) -> Place:
        """Where a conversation ends in the tree, whether or not anything is known there."""
        scope = scope_id(conversation.scope)
        return Place(scope, self._journal.paths.below(scope, conversation.messages))

    def recall(
        self, conversation: Conversation, now_ns: int, place: Place | None = None
    ) -> Hit | Miss:
        """What is known of a conversation; reads only, and a row that cannot be read is a miss.

        Raises:
            StoreUnusableError: The store cannot be read at all.
        """
        place = place or self.place(conversation)
        scope, path, node = place.scope, place.path, place.end
        with self._store.read() as txn:
            try:
                seq = self._index.answering(txn, node)
                if seq is None:
                    unknown = self._unknown(txn, conversation, scope, path)
                    return msgspec.structs.replace(unknown, asked=node)
                choice = self._choice(txn, node)
                if choice == "distrust":
                    return _known_but(_DISTRUSTED, path)
                entry, answer = self._warm.get(seq) or self._warmed(txn, seq)
                old = too_old(entry.at_ns, now_ns, self._ttl_ns)
                if old and choice != "trust":
                    return _known_but(old, path)
                hit = _hit(conversation, node, entry, answer)
                if hit.sealed and entry.spelling != spelling_of(conversation):
                    return _known_but("what is known is signed under other ids", path)
                # Where answers come to be signed, the ids before them have to be what they were.
                keeps = hit.sealed or self._index.signs(txn, scope)
                return msgspec.structs.replace(hit, sealed=True) if keeps else hit
            except DamagedRowError as exc:
                logger.warning("not recalled: %s", exc)
                return _known_but(_UNREADABLE, path)

    def foresee(self, conversation: Conversation, now_ns: int) -> Hit | Miss:
        """What follows a conversation never seen, as far as that is certain; takes milliseconds."""
        known = len(conversation.messages)
        if self._generaliser is None:
            return Miss(_LITERAL_ONLY, known, None)
        found = self._generaliser.foresee(conversation, _PATIENCE_S, now_ns)
        if isinstance(found, Unforeseen):
            return Miss(found.reason, known, None, found)
        with self._store.read() as txn:
            gone = read_epoch(txn, self._store.tables).generation != found.generation
            if gone or self._is_distrusted(txn, conversation):
                why = "something was forgotten just now" if gone else _DISTRUSTED
                return Miss(why, known, None)
            # A template is as old as the last observation that bore it out.
            hit = self._modelled(txn, found.like, found.prediction.message, now_ns, found.tested_ns)
        if isinstance(hit, str):
            return Miss(hit, known, None)
        return msgspec.structs.replace(hit, foreseen=found)

    def declared(self, conversation: Conversation, bindings: Bindings, now_ns: int) -> Hit | Miss:
        """What follows a conversation by a template that a client declared; reads only."""
        known = len(conversation.messages)
        if self._generaliser is None:
            return Miss(_LITERAL_ONLY, known, None)
        with self._store.read() as txn:
            found = self._declaring.answer(txn, conversation, bindings)
            if isinstance(found, str):
                return Miss(found, known, None)
            hit = self._modelled(txn, found.like, found.message, now_ns)
        if isinstance(hit, str):
            return Miss(hit, known, None)
        return msgspec.structs.replace(hit, declared=found)

    def drop_warm(self) -> None:
        """Let go of the answers kept at hand: something was forgotten."""
        self._warm.clear()

    def _modelled(
        self, txn: Reader, like: int, message: Message, now_ns: int, tested_ns: int = 0
    ) -> Hit | str:
        """A message in the envelope of an observation that it is like; or why not, in words.

        Args:
            txn: Reads.
            like: Number of that observation.
            message: What is to be answered.
            now_ns: When it is asked.
            tested_ns: When the message's template was borne out last; 0 where only the observation tells its age.
        """
        try:
            entry, answer = self._warm.get(like) or self._warmed(txn, like)
        except DamagedRowError as exc:
            logger.warning("no answer by a template: %s", exc)
            return _UNREADABLE
        if old := too_old(tested_ns or entry.at_ns, now_ns, self._ttl_ns):
            return old
        return Hit(
            answer=msgspec.structs.replace(answer, message=message),
            node=NodeId(entry.node),
            detail="template",
            sealed=False,
            at_ns=entry.at_ns,
            latency_ms=entry.latency_ms,
        )

    def _choice(self, txn: Reader, node: NodeId) -> str:
        choice = read_choice(txn, self._store.tables, choice_key("node", node))
        return choice.what if choice else ""

    def _is_distrusted(self, txn: Reader, conversation: Conversation) -> bool:
        """Whether the very place where a conversation ends is distrusted: what was learnt there is no better."""
        if next(read_choices(txn, self._store.tables, "node"), None) is None:
            return False
        path = path_of(conversation)
        with suppress(DamagedRowError):
            return bool(path) and self._choice(txn, path[-1]) == "distrust"
        return True

    def _warmed(self, txn: Reader, seq: int) -> tuple[Entry, Answer]:
        entry = self._journal.entry(txn, seq)
        answer = self._journal.answer(txn, entry)
        if len(entry.envelope) <= _WARM_BYTES:
            if len(self._warm) >= _WARM:
                self._warm.clear()
            self._warm[seq] = entry, answer
        return entry, answer

    def _unknown(
        self, txn: Reader, conversation: Conversation, scope: ScopeId, path: list[NodeId]
    ) -> Miss:
        if not self._journal.knows_scope(txn, scope):
            return Miss("never asked before: new model, tools or settings", 0, None)
        known = known_prefix(path, lambda node: self._journal.knows(txn, node))
        node = path[known - 1] if known else None
        if known == len(path):
            return Miss("all messages known, but no answer after them", known, node)
        role = conversation.messages[known].role
        if not known:
            return Miss(f"no conversation with this {_OPENINGS.get(role, role)} yet", 0, None)
        place = f"message {known + 1} of {len(path)} ({role})"
        if self._index.children(txn, path[known - 1], 1):
            return Miss(f"{place} differs from what is known", known, node)
        return Miss(f"{place} goes beyond what is known", known, node)


def _hit(conversation: Conversation, node: NodeId, entry: Entry, answer: Answer) -> Hit:
    return Hit(
        answer=answer,
        node=node,
        detail="literal",
        sealed=answer.message.signed or conversation.signed,
        at_ns=entry.at_ns,
        latency_ms=entry.latency_ms,
    )


def _known_but(reason: str, path: list[NodeId]) -> Miss:
    return Miss(reason, len(path), path[-1] if path else None)
