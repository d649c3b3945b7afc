"""The log of decisions on its way to the store: noted on the event loop, explained and written by the recorder.

All of it is bounded by what the store keeps anyway: where more is decided in a second than that, the oldest of it
is dropped before anybody spends time on it.
"""

import secrets
from collections import deque
from itertools import count

from addon.notes import Note, written
from tree.explaining.explanation import Aftermath, Decided
from tree.memory import KEPT_DECISIONS, Memory

COMPARED = 8
"""Of the misses of a second, so many are compared with the nearest branch, which takes half a millisecond each; the
others do without: whoever asks so fast asks for no reasons."""
_SECOND_NS = 1_000_000_000


class Log:
    """Decisions that are not in the store yet.

    Args:
        memory: Where they go.
    """

    def __init__(self, memory: Memory) -> None:
        self.proxy = secrets.token_hex(8)
        """Drawn anew for each: tells the decisions made here from those of other proxies on the same store."""
        self._memory = memory
        self._refs = count(1)
        self._notes: deque[tuple[int, Note]] = deque(maxlen=KEPT_DECISIONS)
        self._told: deque[tuple[int, Decided]] = deque(maxlen=KEPT_DECISIONS)
        self._after: deque[tuple[int, Aftermath]] = deque(maxlen=KEPT_DECISIONS)
        self._compared_ns: deque[int] = deque([-_SECOND_NS] * COMPARED, maxlen=COMPARED)
        """When those misses were decided that were compared last."""
        self._places: dict[int, tuple[int, int]] = {}
        """Number and time of the decisions that are in the store, by how they are known here."""

    def note(self, note: Note) -> int:
        """Take down a decision; any thread may. Returns how it is known here, from 1."""
        ref = next(self._refs)
        self._notes.append((ref, note))
        return ref

    def amend(self, ref: int, after: Aftermath) -> None:
        """What came of a decision is known."""
        self._after.append((ref, after))

    def find(self, ref: int) -> Decided | None:
        """A decision made here; None where it is not in the store yet, or not any more.

        Raises:
            TreeError: The store cannot be read.
        """
        number, at_ns = self._places.get(ref, (0, 0))
        found = self._memory.decision(number) if number else None
        return found if found and found.at_ns == at_ns else None

    def explain(self) -> None:
        """Put what was noted into words, while what it rests on is as it was.

        Raises:
            TreeError: The store cannot be read; the decision at hand is lost, the others stay.
        """
        while self._notes:
            ref, note = self._notes.popleft()
            compare = note.miss is not None and self._may_compare(note.at_ns)
            self._told.append((ref, written(note, self._memory, self.proxy, compare=compare)))

    def _may_compare(self, at_ns: int) -> bool:
        apart = abs(at_ns - self._compared_ns[0]) >= _SECOND_NS  # a clock may be set back
        if apart:
            self._compared_ns.append(at_ns)
        return apart

    def flush(self) -> None:
        """Bring what was put into words to the store; it is kept if that fails.

        Raises:
            TreeError: The store did not take it.
        """
        if self._told:
            first = self._memory.note_decisions([decided for _, decided in self._told])
            for number, (ref, decided) in enumerate(self._told, first):
                self._places[ref] = number, decided.at_ns
            self._told.clear()
            for ref in list(self._places)[:-KEPT_DECISIONS]:
                del self._places[ref]
        if self._after:
            known = [(self._places.get(ref), after) for ref, after in self._after]
            self._memory.amend_decisions([(*place, after) for place, after in known if place])
            self._after.clear()
