"""Templates and derivations at work: a learner that follows the journal, and answers what was never asked before.

What is learnt is a function of the journal alone, so every process that follows it knows the same. One of several
processes on a store learns an observation, whichever is first; the others notice, and read what it wrote. The
learner is held by one thread at a time: the one that learns waits for it, the one that asks waits for a moment only
and then goes without, for a request is never kept waiting by learning.
"""

import hashlib
import logging
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from msgspec import Struct

from tree.canonical import NodeId, ScopeId, path_of, scope_id
from tree.errors import TreeError
from tree.judgement.alarm import Alarm
from tree.judgement.audits import Audits
from tree.judgement.guess import Guess
from tree.judgement.keep import alarms
from tree.judgement.rows import MemoryShelf, Shelf, brief, name_of
from tree.judgement.steered import Steered
from tree.judgement.verdict import Limits, Vote
from tree.learning import Abstention, Learner, Prediction
from tree.message import Conversation, Message, Observation, ToolCall

_SEQ_BYTES = 8

type State = tuple[int, int, int]

logger = logging.getLogger(__name__)


class Notebook(Shelf, Protocol):
    """A shelf that knows up to where the journal was learnt."""

    def state(self) -> State:
        """Generation of the store, number of its user's choices, and the first observation that rows do not know of."""
        ...

    def begin(self) -> State:
        """The same, and what waits from an earlier generation is dropped."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Within it, rows are read by this thread, and none is put."""
        ...

    def steered(self) -> Steered:
        """What the user decided about templates."""
        ...

    def write(self, start: int, stop: int) -> bool:
        """Write what was learnt from `start` to `stop`; False if another process was quicker."""
        ...


class MemoryNotebook(MemoryShelf):
    """A notebook that lives as long as the process."""

    def __init__(self) -> None:
        super().__init__()
        self._followed = 0

    def state(self) -> State:
        """The number of the first observation that its rows do not know of; nothing else ever changes."""
        return 0, 0, self._followed

    begin = state

    def reading(self) -> AbstractContextManager[None]:
        """They are at hand."""
        return nullcontext()

    def steered(self) -> Steered:
        """Nobody decides anything here."""
        return Steered()

    def write(self, start: int, stop: int) -> bool:
        """Take in what was learnt; nobody else writes here."""
        del start
        self._followed = stop
        return True


class Foreseen(Struct, frozen=True):
    """A prediction, and the observation whose envelope fits it."""

    prediction: Prediction
    like: int
    """Number of the newest observation with an answer of this shape."""
    generation: int = 0
    """Of the store, when it was foreseen."""

    @property
    def tested_ns(self) -> int:
        """When what it rests on was tested last; 0 where that is not known."""
        guess = self.prediction.by.guess
        return guess.tested_ns if isinstance(guess, Guess) else 0


class Unforeseen(Struct, frozen=True):
    """No prediction, and why."""

    reason: str
    votes: tuple[Vote, ...] = ()


class Generaliser:
    """Learns from the journal, and predicts.

    Args:
        shelf: Where what is learnt is kept.
        limits: What its user tolerates.
    """

    def __init__(self, shelf: Notebook, limits: Limits) -> None:
        self._shelf = shelf
        self._limits = limits
        self._lock = threading.Lock()
        self._audits = Audits()
        self._left_out: set[int] = set()
        """Observations that an error of ours keeps from being learnt from."""
        self._begin()

    @property
    def is_held(self) -> bool:
        """Whether somebody learns or asks at this moment."""
        return self._lock.locked()

    def _begin(self) -> None:
        """Take up what is on the shelf."""
        self._learner = Learner(self._shelf, self._limits)
        self._learner.steered = self._shelf.steered()
        *self._epoch, self.next_seq = self._shelf.begin()
        """`next_seq` is the first observation that it has not learnt from."""
        self._upto = self.next_seq
        """Up to which what was learnt is being written."""

    def catch_up(self) -> int:
        """Notice what other processes learnt; returns the number of the first observation that nobody learnt from."""
        if self._shelf.state() != (*self._epoch, self.next_seq):
            with self._lock:
                self._begin()
        return self.next_seq

    def follow(self, observations: Iterable[tuple[int, Observation]], stop: int) -> None:
        """Learn from observations in the journal's order, up to number `stop`, and keep what was learnt.

        Where that goes wrong halfway, nothing is kept, and it is all learnt again: twice would count tests twice. An
        observation that met an error within Rote is left out then, for what follows it must not wait for a new version.

        Raises:
            StoreFullError: No room; nothing was kept, and it can be learnt again.
            StoreUnusableError: The store cannot be written; nothing was kept, and it can be learnt again.
        """
        learner, kept = self._learner, False
        try:
            for seq, observation in observations:
                with self._lock:
                    if self._learner is not learner:
                        return  # begun anew by a request that noticed what others did: this is to be learnt again
                    self._try(seq, observation)
                    if self._learner is not learner:
                        return
        except TreeError:
            with self._lock:
                self._begin()
            raise
        self._upto = stop
        try:
            kept = self._shelf.write(self.next_seq, stop)
        finally:
            with self._lock:
                if self._learner is learner and kept:
                    self.next_seq = stop
                elif self._learner is learner:
                    self._begin()

    def _try(self, seq: int, observation: Observation) -> None:
        """Learn from an observation; begin anew, to leave it out, where that meets an error within Rote."""
        if seq in self._left_out:
            return
        try:
            self._learn(seq, observation)
        except TreeError:
            raise
        except Exception:
            logger.exception("observation %d is not learnt from, for an error within Rote", seq)
            self._left_out.add(seq)
            self._begin()

    def _learn(self, seq: int, observation: Observation) -> None:
        conversation, answer = observation.conversation, observation.answer
        path = path_of(conversation)
        if not path or answer.literal_only:
            return
        novel = self._novel(path[-1])
        self._learner.observe(observation, novel=novel, seq=seq)
        place = _place(scope_id(conversation.scope), answer.message)
        self._shelf.put(place, seq.to_bytes(_SEQ_BYTES))

    def _novel(self, node: NodeId) -> bool:
        """Whether a conversation was not met before."""
        name = name_of(b"M", node)
        if self._shelf.numbers([name])[0]:
            return False
        self._shelf.put(brief(name, 0), b"")
        return True

    def foresee(
        self, conversation: Conversation, patience_s: float, now_ns: int = 0
    ) -> Foreseen | Unforeseen:
        """What would be answered to what was asked at `now_ns`; or why nothing is, in words."""
        if not self._lock.acquire(timeout=patience_s):
            return Unforeseen(
                f"what was learnt could not be asked within {patience_s * 1_000:.0f} ms, for learning was at work"
            )
        try:
            *epoch, followed = self._shelf.state()
            if epoch != self._epoch or followed > max(self.next_seq, self._upto):
                self._begin()
            with self._shelf.reading():
                found = self._learner.predict(conversation, now_ns)
                if isinstance(found, Abstention):
                    return Unforeseen(found.reason, found.votes)
                like = self._shelf.get(_place(scope_id(conversation.scope), found.message))
            if like is None:
                return Unforeseen("no recorded answer has the form of what was foreseen")
            return Foreseen(found, int.from_bytes(like), self._epoch[0])
        finally:
            self._lock.release()

    def served(self, conversation: Conversation, foreseen: Foreseen, least: float) -> bool:
        """Note that a prediction was served; returns whether it is to be audited."""
        with self._lock:
            if foreseen.generation != self._epoch[0]:
                return True  # what it rested on is void: nothing of it may be kept
            share = self._learner.audit_share(foreseen.prediction, least)
            self._learner.served(conversation, foreseen.prediction)
            return self._audits.due(foreseen.prediction.view.key, share)

    def alarms(self) -> list[tuple[ScopeId, Alarm]]:
        """The subtrees that are silenced, with their scopes; the latest first."""
        return alarms(self._shelf)


def _place(scope: ScopeId, message: Message) -> bytes:
    """Where the newest answer of a shape is: equal where one answer's envelope fits the other's message."""
    shape = "\n".join(
        f"call {part.name}" if isinstance(part, ToolCall) else type(part).__name__
        for part in message.parts
    )
    return b"e" + scope + hashlib.blake2b(shape.encode(), digest_size=8).digest()
