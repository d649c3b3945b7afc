"""Whether learning depends on the journal alone: the journal is learnt twice, and both learners are asked the same.

The second one is also asked things in between, as requests that come at other moments would ask it: being asked must
not change what is learnt. What each says of a conversation, before it learns what was answered, must be equal.
"""

from collections import deque
from collections.abc import Callable
from functools import partial

from msgspec import Struct

from tree.generalising import Foreseen, Generaliser, MemoryNotebook
from tree.judgement.verdict import Limits
from tree.memory import Memory
from tree.message import Conversation, Message, Observation

_ECHOES = 7
"""How many observations back the questions are from that are asked in between."""


class Relearnt(Struct, frozen=True):
    """What learning the journal anew showed."""

    observations: int
    foreseen: int
    """How many of their answers were foreseen, well enough to be served."""
    differing: tuple[int, ...]
    """Numbers of the observations before which the two learners did not say the same."""

    @property
    def same(self) -> bool:
        """Whether both always said the same."""
        return not self.differing


def relearn(
    memory: Memory,
    limits: Limits,
    progress: Callable[[int], None],
    notebook: MemoryNotebook | None = None,
) -> Relearnt:
    """Learn the whole journal twice, by turns, and compare.

    Args:
        memory: Whose journal.
        limits: What is tolerated.
        progress: Told how many observations are done.
        notebook: Where one of the two writes what it learnt.

    Raises:
        StoreUnusableError: The store cannot be read.
    """
    books = (MemoryNotebook() if notebook is None else notebook, MemoryNotebook())
    for book in books:
        book.read = partial(_observation, memory)
    first, second = (Generaliser(book, limits) for book in books)
    asked: deque[Conversation] = deque(maxlen=_ECHOES)
    count = foreseen = 0
    differing: list[int] = []
    for seq, observation in memory.observations():
        conversation, at_ns = observation.conversation, observation.at_ns
        said = _said(first, conversation, at_ns)
        if asked:
            second.foresee(asked[0], -1, at_ns)
        if said != _said(second, conversation, at_ns):
            differing.append(seq)
        foreseen += isinstance(said, Message)
        for generaliser in (first, second):
            generaliser.follow([(seq, observation)], seq + 1)
        asked.append(conversation)
        count += 1
        progress(count)
    return Relearnt(count, foreseen, tuple(differing))


def _observation(memory: Memory, seq: int) -> Observation:
    with memory.store.read() as txn:
        return memory.journal.observation(txn, seq)


def _said(generaliser: Generaliser, conversation: Conversation, at_ns: int) -> Message | str:
    found = generaliser.foresee(conversation, -1, at_ns)
    return found.prediction.message if isinstance(found, Foreseen) else found.reason
