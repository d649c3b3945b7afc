"""Answers that wait to be read and remembered, within bounds, and how much room they leave for learning.

Traffic is never held up. Where more passes than can be taken in, learning stands back first: the journal on the disk
holds what is to be learnt. Only when answers come faster than they can be written are some of them let go unread.

The interpreter runs one thread at a time, and whatever the recorder does while a request passes is added to its time.
So where requests follow upon each other at once, their answers are gathered and taken in together, and learning takes
a small share of the time: most requests then pass while nothing else is done.
"""

import math
import threading
from collections import deque

MAX_ANSWERS = 4096
MAX_BYTES = 128 << 20
"""Answers that wait, with the requests that they answer."""
CROWDED = 32
"""So many that wait, and learning stands back."""
GATHER_S = 0.06
"""So long a hurried recorder waits for more; requests that come closer together than that make it hurry."""
_SHARE = 10
"""Learning takes one part in so many of the time, while requests come."""
LONGEST_REST_S = 2.0
QUIET_S = 0.1
"""No request for so long, and learning need not rest."""


class Backlog[Item]:
    """A queue that lets go of what it has no room for.

    Args:
        wake: Held while the queue is looked at or changed, and notified of what comes.
        most: How many may wait.
        most_bytes: And of what size in all.
    """

    def __init__(
        self, wake: threading.Condition, most: int = MAX_ANSWERS, most_bytes: int = MAX_BYTES
    ) -> None:
        self._wake = wake
        self._most, self._most_bytes = most, most_bytes
        self._items: deque[Item] = deque()
        self._bytes = 0
        self.shed = 0
        """How many were let go."""

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item, size_bytes: int) -> bool:
        """Have it wait; False if there is no room for it. One that is alone always has room."""
        with self._wake:
            full = len(self._items) >= self._most or self._bytes + size_bytes > self._most_bytes
            if self._items and full:
                self.shed += 1
                return False
            self._items.append(item)
            self._bytes += size_bytes
            if len(self._items) in (1, CROWDED):  # nobody waits for any other number
                self._wake.notify()
            return True

    def take(self) -> list[Item]:
        """All that wait; for who holds `wake`."""
        taken = list(self._items)
        self._items.clear()
        self._bytes = 0
        return taken

    @property
    def crowded(self) -> bool:
        """Whether learning is to stand back."""
        return len(self._items) >= CROWDED


class Pace:
    """How much of its time the recorder's thread learns: all of it when nobody asks anything, else mostly a tenth."""

    def __init__(self) -> None:
        self.postponed = 0
        """How often learning stood back for traffic."""
        self._asked = 0
        self._seen = 0
        self._last_s = self._before_s = -math.inf
        self._rests_until_s = 0.0

    def note(self, now_s: float) -> None:
        """A request came."""
        self._asked += 1
        self._before_s, self._last_s = self._last_s, now_s

    def busy(self) -> bool:
        """Whether a request came since this was asked last."""
        busy, self._seen = self._asked != self._seen, self._asked
        return busy

    def hurried(self, now_s: float) -> bool:
        """Whether requests follow upon each other at once."""
        return now_s - self._before_s < GATHER_S

    def rest(self, now_s: float, learnt_s: float) -> None:
        """Learning took so much of the processor's time; it is others' turn."""
        self._rests_until_s = now_s + min((_SHARE - 1) * learnt_s, LONGEST_REST_S)

    def rests_s(self, now_s: float) -> float:
        """How long learning still rests if no further request comes; 0 if it does not."""
        return max(0.0, min(self._rests_until_s, self._last_s + QUIET_S) - now_s)
