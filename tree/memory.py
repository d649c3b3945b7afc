"""The facade of the tree: recall what is known, record what happened, learn from it behind the journal.

Recalling only reads, from any thread and any number of processes. One thread of a process records and learns.
Longer than other modules, for it is all that the outside needs to know: nearly every method hands on to one room.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice, takewhile
from pathlib import Path

import msgspec
from msgspec import Struct

from tree.age import too_old
from tree.canonical import NodeId, ScopeId, path_of, scope_id, spelling_of
from tree.declaring import Declaring
from tree.errors import DamagedRowError, StoreFullError
from tree.explanation import Aftermath, Decided
from tree.generalising import Foreseen, Generaliser, Unforeseen
from tree.hinting import Declared
from tree.judgement.alarm import Alarm
from tree.judgement.verdict import Limits
from tree.message import Answer, Bindings, Conversation, Observation, Scope
from tree.nearest import MAX_BRANCHES, Nearest, nearest_branch
from tree.paths import Paths
from tree.resettling import Resettling
from tree.sight.scopes import stranger_words
from tree.store.choices import choice_key, read_choice, read_choices
from tree.store.counts import Counts
from tree.store.decisions import KEPT as KEPT_DECISIONS
from tree.store.decisions import add_decisions, amend_decision, read_decision, read_decisions
from tree.store.environment import TENANT_KEY, Environment, Reader, Txn
from tree.store.epoch import read_epoch
from tree.store.forgetting import finish_wiping
from tree.store.held import Held
from tree.store.index import Index
from tree.store.journal import Journal, known_prefix
from tree.store.learnt import LEARNT, LearntRows
from tree.store.rows import Entry
from tree.store.tallies import Tally, TallyKey, add_tallies, read_tallies
from tree.store.uses import add_use
from tree.tolerated import write_limits

__all__ = [
    "KEPT_DECISIONS",
    "Alarm",
    "Hit",
    "Limits",
    "Memory",
    "Miss",
    "Nearest",
    "Rebuilt",
    "Summary",
    "Tally",
    "TallyKey",
    "Unforeseen",
]

_BATCH = 64
"""Observations read back in one transaction: long enough to be quick, short enough to hold up no page."""

_PATIENCE_S = 0.02
"""How long a request waits for learning to let go of the learner; after that it goes to the provider."""
_HIT = "hit-"
"""How outcomes begin that were answers of memory."""
_SCOPES = 300
"""Scopes that one which nobody knows is compared with."""
_WARM = 256
_WARM_BYTES = 16 << 10
"""Answers are kept decoded up to this number, and up to this size of their packed envelope."""

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


class Rebuilt(Struct, frozen=True):
    """What rebuilding did."""

    observations: int
    same: bool
    """Whether the tree came out as it was; if not, it was damaged, or made by other rules, and is now right."""


class Summary(Struct, frozen=True):
    """How much is remembered."""

    observations: int
    learnt: int
    pending: int
    scopes: int
    messages: int
    nodes: int
    answers: int
    """Conversations that can be answered."""
    used_bytes: int
    """Pages in use."""
    disk_bytes: int
    """The file, with the free pages in it."""
    max_bytes: int


class Memory:
    """A store and the rules by which it is read and written.

    Args:
        folder: Where the store is; made if need be.
        max_bytes: How large it may grow. Address space, not disk.
        ttl_ns: How old an observation may be to be served, in nanoseconds; None for any age.
        readonly: Neither make nor change anything; then only recalling, reading and counting up work.
        renew: Where the store is damaged and nobody else uses it, put it aside and begin a new one.
        limits: What is tolerated of generalised answers; None, or a rate of 0, for literal memory alone.

    Raises:
        StoreDamagedError: It cannot be opened, for it is damaged; it is where it was.
        StoreUnusableError: It cannot be opened.
        LayoutError: A newer version wrote it; nothing was touched.
    """

    def __init__(  # noqa: PLR0913 - the options of a store, by name
        self,
        folder: Path,
        *,
        max_bytes: int,
        ttl_ns: int | None = None,
        readonly: bool = False,
        renew: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.store = Environment(folder, max_bytes=max_bytes, readonly=readonly, renew=renew)
        self.journal = Journal(self.store.tables)
        self.index = Index(self.store.tables, self.journal)
        self.held = Held(self.store)
        """What names stand for that were given away; whoever gives them away says what."""
        self.counts = Counts(self.store.tables, self.journal)
        self._declaring = Declaring(self.store, self.journal)
        self._resettling = Resettling(self.store, self.journal)
        self.limits = limits
        generalises = limits is not None and limits.max_error > 0
        self._generaliser = (
            Generaliser(LearntRows(self.store), limits) if limits and generalises else None
        )
        if limits is not None and not readonly:
            with suppress(StoreFullError):  # it is told to others only
                write_limits(self.store, limits)
        self._ttl_ns = ttl_ns
        self._paths = Paths()
        self._generation = 0
        self._warm: dict[int, tuple[Entry, Answer]] = {}
        """Answers given lately, by the number of their observation, of which nothing ever changes."""
        with self.store.read() as txn:
            self.tenant_key = bytes(txn.get(TENANT_KEY, b"", db=self.store.tables.meta))
            """32 random bytes, made with the store: the key of the hashes that stand for credentials."""

    def recall(self, conversation: Conversation, now_ns: int) -> Hit | Miss:
        """What is known of a conversation; reads only, and a row that cannot be read is a miss.

        Raises:
            StoreUnusableError: The store cannot be read at all.
        """
        scope = scope_id(conversation.scope)
        path = self._paths.below(scope, conversation.messages)
        node = path[-1] if path else NodeId(scope)
        with self.store.read() as txn:
            try:
                seq = self.index.answering(txn, node)
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
                keeps = hit.sealed or self.index.signs(txn, scope)
                return msgspec.structs.replace(hit, sealed=True) if keeps else hit
            except DamagedRowError as exc:
                logger.warning("not recalled: %s", exc)
                return _known_but("what is known cannot be read", path)

    @property
    def generalises(self) -> bool:
        """Whether `foresee` may ever answer."""
        return self._generaliser is not None

    def foresee(self, conversation: Conversation, now_ns: int = 0) -> Hit | Miss:
        """What follows a conversation never seen, as far as that is certain; takes milliseconds.

        Args:
            conversation: What was asked.
            now_ns: When; what was not tested for long is tested first, or too old. 0 where that does not matter.

        Raises:
            StoreUnusableError: The store cannot be read at all.
        """
        known = len(conversation.messages)
        if self._generaliser is None:
            return Miss("nothing but repeats is served", known, None)
        found = self._generaliser.foresee(conversation, _PATIENCE_S, now_ns)
        if isinstance(found, Unforeseen):
            return Miss(found.reason, known, None, found)
        with self.store.read() as txn:
            gone = read_epoch(txn, self.store.tables).generation != found.generation
            if gone or self._is_distrusted(txn, conversation):
                why = "something was forgotten just now" if gone else _DISTRUSTED
                return Miss(why, known, None)
            try:
                entry, answer = self._warm.get(found.like) or self._warmed(txn, found.like)
            except DamagedRowError as exc:
                logger.warning("not foreseen: %s", exc)
                return Miss("what is known cannot be read", known, None)
        # A template is as old as the last observation that bore it out.
        if old := too_old(found.tested_ns or entry.at_ns, now_ns, self._ttl_ns):
            return Miss(old, known, None)
        message = found.prediction.message
        return Hit(
            answer=msgspec.structs.replace(answer, message=message),
            node=NodeId(entry.node),
            detail="template",
            sealed=False,
            at_ns=entry.at_ns,
            latency_ms=entry.latency_ms,
            foreseen=found,
        )

    def declared(self, conversation: Conversation, bindings: Bindings, now_ns: int) -> Hit | Miss:
        """What follows a conversation by a template that a client declared; reads only.

        Raises:
            StoreUnusableError: The store cannot be read at all.
        """
        known = len(conversation.messages)
        if self._generaliser is None:
            return Miss("nothing but repeats is served", known, None)
        with self.store.read() as txn:
            found = self._declaring.answer(txn, conversation, bindings)
            if isinstance(found, str):
                return Miss(found, known, None)
            try:
                entry, answer = self._warm.get(found.like) or self._warmed(txn, found.like)
            except DamagedRowError as exc:
                logger.warning("not served as declared: %s", exc)
                return Miss("what is known cannot be read", known, None)
        if old := too_old(entry.at_ns, now_ns, self._ttl_ns):
            return Miss(old, known, None)
        return Hit(
            answer=msgspec.structs.replace(answer, message=found.message),
            node=NodeId(entry.node),
            detail="template",
            sealed=False,
            at_ns=entry.at_ns,
            latency_ms=entry.latency_ms,
            declared=found,
        )

    def served(self, conversation: Conversation, hit: Hit, least_audited: float) -> bool:
        """Note that a foreseen answer was served; returns whether it is to be audited."""
        if self._generaliser is None or hit.foreseen is None:
            return False
        return self._generaliser.served(conversation, hit.foreseen, least_audited)

    def alarms(self) -> list[tuple[ScopeId, Alarm]]:
        """What was silenced because its answers went wrong, with its scope: what happened, and when; latest first.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        return self._generaliser.alarms() if self._generaliser else []

    def nearest(
        self, conversation: Conversation, miss: Miss, most: int = MAX_BRANCHES
    ) -> Nearest | None:
        """The recorded branch, of up to `most`, that is most like a conversation where it left the known path.

        It compares texts, which takes milliseconds: not for the hot path.

        Raises:
            StoreUnusableError: The store cannot be read at all.
        """
        with self.store.read() as txn:
            return nearest_branch(txn, self.index, conversation, miss.known, most)

    def stranger(self, scope: Scope) -> str:
        """What makes a scope a new one, in words; empty where it is known. Reads up to some hundred scopes.

        Raises:
            StoreUnusableError: The store cannot be read at all.
        """
        with self.store.read() as txn:
            if self.journal.knows_scope(txn, scope_id(scope)):
                return ""
            known: list[Scope] = []
            for one in islice(self.journal.scopes(txn), _SCOPES):
                with suppress(DamagedRowError):
                    known.append(self.journal.scope(txn, one))
        return stranger_words(scope, known)

    def record(self, observations: Sequence[Observation]) -> None:
        """Append to the journal, durably and all at once; when it returns, no kill can undo it.

        Raises:
            StoreFullError: No room; none of them was recorded.
            StoreUnusableError: The store cannot be written; none of them was recorded.
        """
        try:
            with self.store.write() as txn:
                self.journal.words.renew(txn)
                for observation in observations:
                    self.journal.append(txn, observation)
        except BaseException:
            self.journal.words.drop_ready()
            raise

    def learn(self, limit: int = 256) -> int:
        """Take up to `limit` recorded observations into the tree; returns how many there were to take.

        What it makes depends on the journal alone, not on how often or with what limits it is called.

        Raises:
            StoreFullError: No room; none of them was learnt.
            StoreUnusableError: The store cannot be written; none of them was learnt.
        """
        indexed, followed, undeclared = self._behind()
        if indexed:
            with self.store.write() as txn:
                indexed = max(self.index.learn(txn, limit), self.counts.learn(txn, limit))
        if undeclared:
            undeclared = self._declaring.take()
        if followed and self._generaliser is not None:
            followed = self._follow(self._generaliser, limit)
        if not (indexed or followed or undeclared) and self._generaliser and self._unsettled():
            return self._resettling.settle()
        if not self.store.readonly:
            finish_wiping(self.store)
        return max(indexed, followed, undeclared)

    def pending(self) -> int:
        """How many recorded observations are not learnt yet.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        return max(self._behind())

    def observations(self, start: int = 0) -> Iterator[tuple[int, Observation]]:
        """All observations from number `start` on with their numbers, oldest first; unreadable ones are left out.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        while True:
            with self.store.read() as txn:
                seqs = list(islice(self.journal.seqs(txn, start), _BATCH))
                batch = [(seq, self._observation(txn, seq)) for seq in seqs]
            if not batch:
                return
            for seq, observation in batch:
                if observation is not None:
                    yield seq, observation
            start = batch[-1][0] + 1

    def conversation(self, node: NodeId) -> Conversation | None:
        """What is said up to a node; None where there is none, or it cannot be read.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        with self.store.read() as txn, suppress(DamagedRowError):
            return self.journal.conversation_at(txn, node)
        return None

    def count(self, tallies: Mapping[TallyKey, Tally]) -> None:
        """Add to the counters.

        Raises:
            StoreFullError: No room; nothing was added.
            StoreUnusableError: The store cannot be written; nothing was added.
        """
        with self.store.write() as txn:
            add_tallies(txn, self.store.tables, tallies)

    def tallies(self) -> dict[TallyKey, Tally]:
        """All counters, earliest day first.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        with self.store.read() as txn:
            return read_tallies(txn, self.store.tables)

    def note_decisions(self, batch: Sequence[Decided]) -> int:
        """Put decisions into the log, which holds the last ones only; returns the first one's number.

        Raises:
            StoreFullError: No room; none of them was noted.
            StoreUnusableError: The store cannot be written; none of them was noted.
        """
        with self.store.write() as txn:
            for one in batch:
                if one.outcome.startswith(_HIT):
                    add_use(txn, self.store.tables, NodeId(bytes.fromhex(one.node)), one.at_ns)
            return add_decisions(txn, self.store.tables, batch)

    def amend_decisions(self, batch: Sequence[tuple[int, int, Aftermath]]) -> None:
        """Add to decisions what came of them; each is named by its number and its time.

        Raises:
            StoreFullError: No room; nothing was added.
            StoreUnusableError: The store cannot be written; nothing was added.
        """
        with self.store.write() as txn:
            for number, at_ns, after in batch:
                amend_decision(txn, self.store.tables, number, at_ns, after)

    def decisions(self, limit: int, proxy: str = "") -> list[Decided]:
        """The last decisions, newest first; only those of one proxy, if one is named.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        with self.store.read() as txn:
            every = read_decisions(txn, self.store.tables)
            return list(islice((one for one in every if proxy in ("", one.proxy)), limit))

    def decision(self, number: int) -> Decided | None:
        """A decision by its number; None where it is not in the log, or not any more.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        with self.store.read() as txn:
            return read_decision(txn, self.store.tables, number)

    def rebuild(self) -> Rebuilt:
        """Drop all that is derived and learn the whole journal again; others see the old tree until it is done.

        Raises:
            StoreFullError: No room; nothing was changed.
            StoreUnusableError: The store cannot be written; nothing was changed.
        """
        self.store.expect_much()
        with self.store.write() as txn:
            self.index.learn(txn)
            self.counts.learn(txn)
            before = self._derived(txn)
            self.index.forget(txn)
            self.counts.forget(txn)
            learnt = self.index.learn(txn)
            self.counts.learn(txn)
            return Rebuilt(learnt, self._derived(txn) == before)

    def summary(self) -> Summary:
        """How much is remembered, and what it takes.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        tables = self.store.tables
        self.store.further_table(LEARNT)  # opened here, to be counted below
        with self.store.read() as txn:
            observations, scopes, messages, nodes, answers = (
                txn.stat(table)["entries"]
                for table in (
                    tables.journal,
                    tables.scopes,
                    tables.messages,
                    tables.nodes,
                    tables.answers,
                )
            )
            pending = self.journal.next_seq(txn) - self.index.learnt(txn)
            used_bytes = self.store.used_bytes(txn)
        return Summary(
            observations=observations,
            learnt=observations - pending,
            pending=pending,
            scopes=scopes,
            messages=messages,
            nodes=nodes,
            answers=answers,
            used_bytes=used_bytes,
            disk_bytes=self.store.disk_bytes(),
            max_bytes=self.store.max_bytes,
        )

    def close(self) -> None:
        """Let go of the store; nothing else works afterwards, and a second call does nothing."""
        self.store.close()

    def _behind(self) -> tuple[int, int, int]:
        """How many observations the tree, the learner, and the declared templates have not taken in."""
        with self.store.read() as txn:
            end = self.journal.next_seq(txn)
            indexed = end - min(self.index.learnt(txn), self.counts.counted(txn))
            undeclared = self._declaring.behind(txn) if self._generaliser else 0
            generation = read_epoch(txn, self.store.tables).generation
        if generation != self._generation:
            self._generation = generation
            self.drop_warm()
        followed = end - self._generaliser.catch_up() if self._generaliser else 0
        return indexed, max(0, followed), undeclared

    def _derived(self, txn: Txn) -> tuple[bytes, bytes]:
        return self.index.digest(txn), self.counts.digest(txn)

    def _follow(self, generaliser: Generaliser, limit: int) -> int:
        """Have some more observations learnt; those that are gone or cannot be read count as learnt."""
        start = generaliser.next_seq
        with self.store.read() as txn:
            stop = min(self.journal.next_seq(txn), start + limit)
        upto = takewhile(lambda one: one[0] < stop, self.observations(start))
        generaliser.follow(upto, stop)
        return stop - start

    def _unsettled(self) -> bool:
        with self.store.read() as txn:
            return self._resettling.due(txn)

    def drop_warm(self) -> None:
        """Let go of the answers kept at hand: something was forgotten."""
        self._warm.clear()
        self.journal.words.drop_ready()

    def _choice(self, txn: Reader, node: NodeId) -> str:
        choice = read_choice(txn, self.store.tables, choice_key("node", node))
        return choice.what if choice else ""

    def _is_distrusted(self, txn: Reader, conversation: Conversation) -> bool:
        """Whether the very place where a conversation ends is distrusted: what was learnt there is no better."""
        if next(read_choices(txn, self.store.tables, "node"), None) is None:
            return False
        path = path_of(conversation)
        with suppress(DamagedRowError):
            return bool(path) and self._choice(txn, path[-1]) == "distrust"
        return True

    def _warmed(self, txn: Reader, seq: int) -> tuple[Entry, Answer]:
        entry = self.journal.entry(txn, seq)
        answer = self.journal.answer(txn, entry)
        if len(entry.envelope) <= _WARM_BYTES:
            if len(self._warm) >= _WARM:
                self._warm.clear()
            self._warm[seq] = entry, answer
        return entry, answer

    def _unknown(
        self, txn: Reader, conversation: Conversation, scope: ScopeId, path: list[NodeId]
    ) -> Miss:
        if not self.journal.knows_scope(txn, scope):
            return Miss("never asked before: new model, tools or settings", 0, None)
        known = known_prefix(path, lambda node: self.journal.knows(txn, node))
        node = path[known - 1] if known else None
        if known == len(path):
            return Miss("all messages known, but no answer after them", known, node)
        role = conversation.messages[known].role
        if not known:
            return Miss(f"no conversation with this {_OPENINGS.get(role, role)} yet", 0, None)
        place = f"message {known + 1} of {len(path)} ({role})"
        if self.index.children(txn, path[known - 1], 1):
            return Miss(f"{place} differs from what is known", known, node)
        return Miss(f"{place} goes beyond what is known", known, node)

    def _observation(self, txn: Reader, seq: int) -> Observation | None:
        try:
            return self.journal.observation(txn, seq)
        except DamagedRowError as exc:
            logger.warning("observation %d is left out: %s", seq, exc)
            return None


_DISTRUSTED = "its user distrusts what is known here"
_OPENINGS = {
    "system": "system prompt",
    "developer": "system prompt",
    "user": "first message",
}


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
