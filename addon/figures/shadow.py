"""What would have been served in shadow, out of the counters and the log of decisions."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from addon.decision import Outcome
from addon.figures.savings import SHADOWS
from tree.explaining.explanation import Decided
from tree.memory import Tally, TallyKey


class ShadowDay(Struct, frozen=True):
    """One day in shadow."""

    day: str
    asked: int
    """Requests that went to their provider, as all do in shadow."""
    right: int
    wrong: int
    unknown: int
    """The provider said it in other words, which may mean the same."""

    @property
    def served(self) -> int:
        """Those that would have been answered from memory."""
        return self.right + self.wrong + self.unknown


class ShadowReport(Struct, frozen=True):
    """What serving would have done."""

    days: Sequence[ShadowDay]
    """Those on which something would have been served, oldest first."""
    wrong: Sequence[Decided]
    """Decisions of which a wrong answer was withheld, newest first, as far as the log still has them."""

    @property
    def since(self) -> str:
        """The first of the days, as an ISO date; empty where there is none."""
        return self.days[0].day if self.days else ""

    @property
    def total(self) -> ShadowDay:
        """All days together."""
        return ShadowDay(
            self.since,
            sum(day.asked for day in self.days),
            sum(day.right for day in self.days),
            sum(day.wrong for day in self.days),
            sum(day.unknown for day in self.days),
        )


def report(tallies: Mapping[TallyKey, Tally], log: Iterable[Decided]) -> ShadowReport:
    """The report.

    Args:
        tallies: All counters.
        log: Decisions, newest first.
    """
    sums: dict[str, dict[str, int]] = {}
    for key, tally in tallies.items():
        day = sums.setdefault(key.day, {})
        day[key.outcome] = day.get(key.outcome, 0) + tally.requests
    days = [
        ShadowDay(day, found.get(Outcome.MISS, 0), *(found.get(word, 0) for word in SHADOWS))
        for day, found in sorted(sums.items())
        if any(word in found for word in SHADOWS)
    ]
    return ShadowReport(days, [one for one in log if is_wrong(one)])


def is_wrong(one: Decided) -> bool:
    """Whether memory would have answered wrongly, had it been asked."""
    return one.outcome == Outcome.MISS and one.verdict == "different"
