"""The declared templates of a journal, as one process knows them: it follows the journal.

They are made of few observations and kept in memory alone, so every process makes them for itself.
"""

from contextlib import suppress
from itertools import islice

from tree.declared.hinting import Declarations, Declared
from tree.errors import DamagedRowError
from tree.message import Bindings, Conversation
from tree.store.environment import Environment
from tree.store.epoch import read_epoch
from tree.store.journal import Journal
from tree.store.tables import Reader

_AT_ONCE = 1024


class Declaring:
    """Follows the journal for what clients declared.

    Args:
        store: The open store.
        journal: Of that store.
    """

    def __init__(self, store: Environment, journal: Journal) -> None:
        self._store, self._journal = store, journal
        self._known = 0, Declarations()
        """The generation of the store that they were made of, and they; replaced as one, for others read meanwhile."""
        self._upto = 0

    def behind(self, txn: Reader) -> int:
        """How many numbers of the journal it has not taken in; after a forget, all of them."""
        generation = read_epoch(txn, self._store.tables).generation
        if generation != self._known[0]:
            self._upto = 0
            self._known = generation, Declarations()
        return self._journal.next_seq(txn) - self._upto

    def take(self) -> int:
        """Take in some more; returns how many numbers it went on by."""
        with self._store.read() as txn:
            self.behind(txn)
            known = self._known
            seqs = list(islice(self._journal.seqs(txn, self._upto), _AT_ONCE))
            end = seqs[-1] + 1 if seqs else self._journal.next_seq(txn)
            for seq in seqs:
                with suppress(DamagedRowError):
                    if self._journal.entry(txn, seq).bindings:
                        known[1].learn(seq, self._journal.observation(txn, seq))
        if known is not self._known:
            return len(
                seqs
            )  # something was forgotten meanwhile, and another thread noticed: it begins anew
        count, self._upto = end - self._upto, end
        return count

    def answer(self, txn: Reader, conversation: Conversation, bindings: Bindings) -> Declared | str:
        """What follows a conversation with these values, or why nothing is known; reads only, from any thread."""
        generation, known = self._known
        if read_epoch(txn, self._store.tables).generation != generation:
            return "what was declared is being learnt again"
        return known.answer(conversation, bindings)
