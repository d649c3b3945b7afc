"""The facade of the tree: recall what is known, record what happened, learn from it behind the journal.

Recalling only reads, from any thread and any number of processes. One thread of a process records and learns.
It is all that the outside needs to know: nearly every method hands on to one room.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from tree.canonical import NodeId, Place, ScopeId, scope_id
from tree.declared.declaring import Declaring
from tree.errors import DamagedRowError, StoreFullError
from tree.explaining.explanation import Aftermath, Decided
from tree.explaining.nearest import MAX_BRANCHES, Nearest, nearest_branch
from tree.following import Following, Rebuilt
from tree.generalising import Generaliser, Unforeseen
from tree.judgement.alarm import Alarm
from tree.judgement.verdict import Limits
from tree.message import Bindings, Conversation, Observation, Scope
from tree.recalling import Hit, Miss, Recalling
from tree.sight.scopes import stranger_words
from tree.store.counts import Counts
from tree.store.decisions import KEPT as KEPT_DECISIONS
from tree.store.decisions import add_decisions, amend_decision, read_decision, read_decisions
from tree.store.environment import Environment
from tree.store.held import Held
from tree.store.index import Index
from tree.store.journal import Journal
from tree.store.learnt import LearntRows
from tree.store.tables import TENANT_KEY
from tree.store.tallies import Tally, TallyKey, add_tallies, read_tallies
from tree.store.uses import add_use
from tree.summary import Summary, summary_of
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

_HIT = "hit-"
"""How outcomes begin that were answers of memory."""
_SCOPES = 300
"""Scopes that one which nobody knows is compared with."""


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
        self.counts = Counts(self.store.tables, self.journal, self.index)
        self.limits = limits
        generalises = limits is not None and limits.max_error > 0
        self._generaliser = (
            Generaliser(LearntRows(self.store), limits) if limits and generalises else None
        )
        declaring = Declaring(self.store, self.journal)
        self._recalling = Recalling(
            self.store, self.journal, self.index, declaring, self._generaliser, ttl_ns=ttl_ns
        )
        self._following = Following(
            self.store, self.journal, self.index, self.counts, declaring, self._generaliser
        )
        self._following.on_forgotten = self.drop_warm
        if limits is not None and not readonly:
            with suppress(StoreFullError):  # it is told to others only
                write_limits(self.store, limits)
        with self.store.read() as txn:
            self.tenant_key = bytes(txn.get(TENANT_KEY, b"", db=self.store.tables.meta))
            """32 random bytes, made with the store: the key of the hashes that stand for credentials."""

    def place(self, conversation: Conversation) -> Place:
        """Where a conversation ends in the tree, whether or not anything is known there."""
        return self._recalling.place(conversation)

    def recall(
        self, conversation: Conversation, now_ns: int, place: Place | None = None
    ) -> Hit | Miss:
        """What is known of a conversation; reads only, and a row that cannot be read is a miss.

        Args:
            conversation: What was asked.
            now_ns: When.
            place: Where the conversation ends, if that is known already.

        Raises:
            StoreUnusableError: The store cannot be read at all.
        """
        return self._recalling.recall(conversation, now_ns, place)

    @property
    def generalises(self) -> bool:
        """Whether `foresee` may ever answer."""
        return self._generaliser is not None

    @property
    def is_learning(self) -> bool:
        """Whether `foresee` would wait at this moment."""
        return self._generaliser is not None and self._generaliser.is_held

    def foresee(self, conversation: Conversation, now_ns: int = 0) -> Hit | Miss:
        """What follows a conversation never seen, as far as that is certain; takes milliseconds.

        Args:
            conversation: What was asked.
            now_ns: When; what was not tested for long is tested first, or too old. 0 where that does not matter.

        Raises:
            StoreUnusableError: The store cannot be read at all.
        """
        return self._recalling.foresee(conversation, now_ns)

    def declared(self, conversation: Conversation, bindings: Bindings, now_ns: int) -> Hit | Miss:
        """What follows a conversation by a template that a client declared; reads only.

        Raises:
            StoreUnusableError: The store cannot be read at all.
        """
        return self._recalling.declared(conversation, bindings, now_ns)

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
                self.journal.messages.renew(txn)
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
        return self._following.learn(limit)

    def pending(self) -> int:
        """How many recorded observations are not learnt yet.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        return self._following.pending()

    def observations(self, start: int = 0) -> Iterator[tuple[int, Observation]]:
        """All observations from number `start` on with their numbers, oldest first; unreadable ones are left out.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        return self._following.observations(start)

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
        return self._following.rebuild()

    def summary(self) -> Summary:
        """How much is remembered, and what it takes.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        return summary_of(self.store, self.journal, self.index)

    def close(self) -> None:
        """Let go of the store; nothing else works afterwards, and a second call does nothing."""
        self.store.close()

    def drop_warm(self) -> None:
        """Let go of the answers kept at hand: something was forgotten."""
        self._recalling.drop_warm()
        self.journal.words.drop_ready()
