"""All that is derived from the journal, brought up to its end: the tree, the counts, and what is learnt.

What comes out depends on the journal alone, not on how often or with what limits it is brought forward.
"""

import logging
from collections.abc import Callable, Iterator
from itertools import islice, takewhile

from msgspec import Struct

from tree.declared.declaring import Declaring
from tree.errors import DamagedRowError
from tree.generalising import Generaliser
from tree.message import Observation
from tree.resettling import Resettling
from tree.store.counts import Counts
from tree.store.environment import Environment
from tree.store.epoch import read_epoch
from tree.store.forgetting import finish_wiping
from tree.store.index import Index
from tree.store.journal import Journal
from tree.store.tables import Reader, Txn

_BATCH = 64
"""Observations read back in one transaction: long enough to be quick, short enough to hold up no page."""

logger = logging.getLogger(__name__)


class Rebuilt(Struct, frozen=True):
    """What rebuilding did."""

    observations: int
    same: bool
    """Whether the tree came out as it was; if not, it was damaged, or made by other rules, and is now right."""


class Following:
    """Follows the journal with each thing that is made of it.

    Args:
        store: The open store.
        journal: Of that store.
        index: Of that store.
        counts: Of that store.
        declaring: What clients declared.
        generaliser: What is learnt; None to learn nothing.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - all that is derived
        self,
        store: Environment,
        journal: Journal,
        index: Index,
        counts: Counts,
        declaring: Declaring,
        generaliser: Generaliser | None,
    ) -> None:
        self._store, self._journal, self._index, self._counts = store, journal, index, counts
        self._declaring, self._generaliser = declaring, generaliser
        self.on_forgotten: Callable[[], None] = lambda: None
        """Called when it meets that something was forgotten, by any process."""
        self._resettling = Resettling(store, journal)
        self._generation = 0

    def learn(self, limit: int) -> int:
        """Take up to `limit` recorded observations into the tree; returns how many there were to take.

        Raises:
            StoreFullError: No room; none of them was learnt.
            StoreUnusableError: The store cannot be written; none of them was learnt.
        """
        indexed, followed, undeclared = self._behind()
        if indexed:
            with self._store.write() as txn:
                indexed = self._counts.learn(txn, limit)
                self._journal.seal(txn)
        if undeclared:
            undeclared = self._declaring.take()
        if followed and self._generaliser is not None:
            followed = self._follow(self._generaliser, limit)
        if not (indexed or followed or undeclared) and self._generaliser and self._unsettled():
            return self._resettling.settle()
        if not self._store.readonly:
            finish_wiping(self._store)
        return max(indexed, followed, undeclared)

    def pending(self) -> int:
        """How many recorded observations are not learnt yet.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        return max(self._behind())

    def observations(self, start: int) -> Iterator[tuple[int, Observation]]:
        """All observations from number `start` on with their numbers, oldest first; unreadable ones are left out.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        while True:
            with self._store.read() as txn:
                seqs = list(islice(self._journal.seqs(txn, start), _BATCH))
                batch = [(seq, self._observation(txn, seq)) for seq in seqs]
            if not batch:
                return
            for seq, observation in batch:
                if observation is not None:
                    yield seq, observation
            start = batch[-1][0] + 1

    def rebuild(self) -> Rebuilt:
        """Drop all that is derived and learn the whole journal again; others see the old tree until it is done.

        Raises:
            StoreFullError: No room; nothing was changed.
            StoreUnusableError: The store cannot be written; nothing was changed.
        """
        self._store.expect_much()
        with self._store.write() as txn:
            self._counts.learn(txn)
            before = self._derived(txn)
            self._counts.forget(txn)
            learnt = self._counts.learn(txn)
            return Rebuilt(learnt, self._derived(txn) == before)

    def _behind(self) -> tuple[int, int, int]:
        """How many observations the tree, the learner, and the declared templates have not taken in."""
        with self._store.read() as txn:
            end = self._journal.next_seq(txn)
            indexed = end - self._index.learnt(txn)
            undeclared = self._declaring.behind(txn) if self._generaliser else 0
            generation = read_epoch(txn, self._store.tables).generation
        if generation != self._generation:
            self._generation = generation
            self.on_forgotten()
        followed = end - self._generaliser.catch_up() if self._generaliser else 0
        return indexed, max(0, followed), undeclared

    def _derived(self, txn: Txn) -> tuple[bytes, bytes]:
        return self._index.digest(txn), self._counts.digest(txn)

    def _follow(self, generaliser: Generaliser, limit: int) -> int:
        """Have some more observations learnt; those that are gone or cannot be read count as learnt."""
        start = generaliser.next_seq
        with self._store.read() as txn:
            stop = min(self._journal.next_seq(txn), start + limit)
        upto = takewhile(lambda one: one[0] < stop, self.observations(start))
        generaliser.follow(upto, stop)
        return stop - start

    def _unsettled(self) -> bool:
        with self._store.read() as txn:
            return self._resettling.due(txn)

    def _observation(self, txn: Reader, seq: int) -> Observation | None:
        try:
            return self._journal.observation(txn, seq)
        except DamagedRowError as exc:
            logger.warning("observation %d is left out: %s", seq, exc)
            return None
