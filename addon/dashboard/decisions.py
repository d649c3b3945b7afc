"""The log of decisions as one tenant may see it: filtered, and a page at a time."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from msgspec import Struct

from addon.dashboard.nodes import places_of
from addon.decision import AUDIT, Outcome
from addon.words import phrases
from tree.explaining.explanation import Decided
from tree.memory import KEPT_DECISIONS, Memory

PAGE = 100
"""Decisions on one page."""

KINDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "served": ("answered here", frozenset([Outcome.HIT_LITERAL, Outcome.HIT_TEMPLATE])),
    "repeat": ("repeats", frozenset([Outcome.HIT_LITERAL])),
    "learnt": ("learnt", frozenset([Outcome.HIT_TEMPLATE])),
    "miss": ("misses", frozenset([Outcome.MISS])),
    "audit": ("audits", frozenset([AUDIT])),
    "bypass": ("passed by", frozenset([Outcome.BYPASS])),
    "refused": ("refused", frozenset([Outcome.UNAVAILABLE])),
}
"""What can be asked for, its words, and the outcomes that it stands for."""


class Wanted(Struct, frozen=True):
    """What is looked for; what is empty excludes nothing."""

    kind: str = ""
    model: str = ""
    words: str = ""
    node: str = ""
    before: int = 0
    """Only decisions with lower numbers."""

    def fits(self, one: Decided) -> bool:
        """Whether a decision is among them."""
        if self.before and one.number >= self.before:
            return False
        if self.kind in KINDS and one.outcome not in KINDS[self.kind][1]:
            return False
        if self.model and one.model != self.model:
            return False
        if self.node and self.node not in places_of(one):
            return False
        return not self.words or self.words.casefold() in _said(one).casefold()

    @property
    def narrows(self) -> bool:
        """Whether anything is excluded."""
        return bool(self.kind or self.model or self.words or self.node)


class Found(Struct, frozen=True):
    """A page of the log."""

    rows: Sequence[Decided]
    models: Sequence[str]
    """Those that occur in the log, to choose from."""
    older: int
    """What to ask for next as `before`; 0 where there is no more."""
    kept: int
    """Decisions of this tenant that the log holds."""


def find(log: Iterable[Decided], tenant: str, wanted: Wanted) -> Found:
    """The newest decisions of a tenant that fit, out of a log that begins with the newest."""
    own = [one for one in log if one.tenant == tenant]
    rows = list(islice(filter(wanted.fits, own), PAGE + 1))
    return Found(
        rows=rows[:PAGE],
        models=sorted({one.model for one in own if one.model}),
        older=rows[PAGE - 1].number if len(rows) > PAGE else 0,
        kept=len(own),
    )


def neighbours(memory: Memory, one: Decided) -> tuple[int, int]:
    """Numbers of the decisions of the same tenant before and after one; 0 where there is none.

    Raises:
        TreeError: The store cannot be read.
    """
    every = memory.decisions(KEPT_DECISIONS)
    own = [other.number for other in every if other.tenant == one.tenant]
    before = max((number for number in own if number < one.number), default=0)
    return before, min((number for number in own if number > one.number), default=0)


def _said(one: Decided) -> str:
    return "\n".join([phrases.in_short(one), one.detail, *phrases.reasons(one)])
