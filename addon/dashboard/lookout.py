"""What is kept ready between two looks at one memory: what was learnt takes a while to read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tree.judgement.verdict import Limits
from tree.memory import Memory
from tree.sight.learnt import Learnt


class Lookout:
    """Holds the learnt templates of the memory that was looked at last; one thread at a time may use them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: Memory | None = None
        self._learnt: Learnt | None = None

    @contextmanager
    def learnt(self, memory: Memory, max_error: float) -> Iterator[Learnt]:
        """What was learnt, as it is now."""
        with self._lock:
            if self._learnt is None or self._of is not memory:
                limits = memory.limits or Limits(max_error)
                self._of, self._learnt = memory, Learnt(memory, limits)
            yield self._learnt
