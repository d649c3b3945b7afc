"""Alarms: a subtree whose answers turn bad stops serving as a whole.

A subtree is what follows one opening: the system prompt, and what the user said first. Every turn at which an arm of
it has its streak tells how serving fares there, whoever asked for the provider's answer: an audit, a request that
had to be forwarded, the shadow. Over these tests the Page-Hinkley statistic adds up how far the wrong ones exceed
their mean so far and what is tolerated of them; one strike demotes one arm, and this notices when several arms go
wrong one after the other, as they do when the world changed. A silenced subtree goes on being tested, and serves again
after a clean run.

It depends on the journal alone, not on what its user tolerates: all that is learnt does.
"""

import hashlib
from collections.abc import Sequence

from msgspec import Struct, field

from tree.judgement.streak import Mistake
from tree.reading.item import Item
from tree.template.view import HEADS

TOLERATED = 0.05
"""By how much the mean may be exceeded without end."""
THRESHOLD = 2.0
"""Excess that raises the alarm: three wrong answers with hardly a dozen right ones between them."""
LIFTED = 20
"""Clean tests in a row after which a silenced subtree serves again."""
_SHOWN = 3
_OPENING = 200


class Alarm(Struct, frozen=True, gc=False):
    """What happened, and when."""

    at_ns: int
    """When the answer came that raised it, in the journal's time."""
    opening: str
    """What the conversations begin with, in short."""
    tests: int
    """How many there had been, since the last alarm."""
    wrong: int
    mistakes: tuple[Mistake, ...]
    """The last of them, oldest first."""

    def brief(self) -> str:
        """The alarm in a line for people."""
        last = self.mistakes[-1]
        return (
            f"answers went wrong here, {self.wrong} of {self.tests}; "
            f"last {last.foreseen} was foreseen, and {last.came} came"
        )


class Watch(Struct, gc=False):
    """How a subtree has fared."""

    tests: int = 0
    wrong: int = 0
    excess: float = 0.0
    least: float = 0.0
    """The smallest excess so far."""
    clean: int = 0
    """Tests passed since the alarm, or since the last mistake after it."""
    mistakes: list[Mistake] = field(default_factory=list)
    alarm: Alarm | None = None
    """The one that silences it."""
    past: Alarm | None = None
    """The last one that was lifted."""

    def note(self, mistake: Mistake | None, at_ns: int, opening: str) -> None:
        """Take in one test."""
        if self.alarm is not None:
            self._amend(mistake)
            return
        self.tests += 1
        self.wrong += mistake is not None
        self.excess += (mistake is not None) - self.wrong / self.tests - TOLERATED
        self.least = min(self.least, self.excess)
        if mistake is None:
            return
        self.mistakes = [*self.mistakes[1 - _SHOWN :], mistake]
        if self.excess - self.least > THRESHOLD:
            self.clean = 0
            self.alarm = Alarm(at_ns, opening, self.tests, self.wrong, tuple(self.mistakes))

    def _amend(self, mistake: Mistake | None) -> None:
        self.clean = self.clean + 1 if mistake is None else 0
        if self.clean >= LIFTED:
            self.alarm, self.past = None, self.alarm
            self.tests = self.wrong = 0
            self.excess = self.least = 0.0
            self.mistakes = []


def subtree(items: Sequence[Item]) -> bytes:
    """Names the subtree of a conversation: system prompt and first message, as far as their templates are known."""
    first = next((item for item in items if item.kind not in HEADS), None)
    begun = [item.key for item in items if item.kind in HEADS]
    begun += [first.key] if first else []
    return hashlib.blake2b("\n".join(begun).encode(), digest_size=16).digest()


def opening(items: Sequence[Item]) -> str:
    """What a conversation begins with, in short."""
    first = next((item for item in items if item.kind not in HEADS), None)
    said = " ".join(first.text.split()) if first else ""
    return said if len(said) <= _OPENING else said[: _OPENING - 1] + "…"
