"""What is kept ready between two looks at one memory: what was learnt takes a while to read."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tree.errors import TreeError
from tree.judgement.verdict import Limits
from tree.memory import Memory
from tree.sight.learnt import Learnt
from tree.sight.workflows import Workflows

AT_ONCE_S = 0.05
"""How long somebody who looks at workflows waits for them at most; what is not followed then is followed behind."""
_TURN_S = 0.02


class Lookout:
    """Holds what was made of the memory that was looked at last; one thread at a time may use what was learnt."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: Memory | None = None
        self._learnt: Learnt | None = None
        self._workflows: Workflows | None = None
        self._following: threading.Thread | None = None

    @contextmanager
    def learnt(self, memory: Memory, max_error: float) -> Iterator[Learnt]:
        """What was learnt, as it is now."""
        with self._lock:
            self._turn_to(memory)
            if self._learnt is None:
                self._learnt = Learnt(memory, memory.limits or Limits(max_error))
            yield self._learnt

    def workflows(self, memory: Memory) -> tuple[Workflows, int]:
        """The workflows as far as the journal is followed, and how many observations are not; those follow behind.

        Raises:
            TreeError: The store cannot be read.
        """
        with self._lock:
            self._turn_to(memory)
            found = self._workflows = self._workflows or Workflows(memory)
        left = found.advance(AT_ONCE_S)
        with self._lock:
            if left and not (self._following and self._following.is_alive()):
                self._following = threading.Thread(target=_follow, args=(found,), daemon=True)
                self._following.start()
        return found, left

    def _turn_to(self, memory: Memory) -> None:
        if self._of is not memory:
            self._of, self._learnt, self._workflows = memory, None, None


def _follow(workflows: Workflows) -> None:
    """Follow the journal to its end, and let others have the processor as long as it has it."""
    rest = threading.Event()
    # A store that was closed meanwhile needs no following.
    with suppress(TreeError):
        while workflows.advance(_TURN_S):
            rest.wait(_TURN_S)
