"""What memory did, over time and in all, out of the counters."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from addon.decision import Outcome
from addon.figures.savings import Audits
from tree.judgement.evidence import ALPHA, upper_bound
from tree.memory import Tally, TallyKey

LEAST_DAYS, MOST_DAYS = 14, 60
"""Columns of the chart."""
_SERVED = frozenset([Outcome.HIT_LITERAL, Outcome.HIT_TEMPLATE])
_ASKED = _SERVED | {Outcome.MISS, Outcome.UNAVAILABLE}
"""What could have been served; a bypass could not."""
_PITCH, _GAP, _HEIGHT = 10, 2, 100


class Day(Struct, frozen=True):
    """One day of requests."""

    day: date
    served: int
    asked: int

    @property
    def words(self) -> str:
        """For a person who points at it, or has it read out."""
        when = f"{self.day:%a} {self.day.day} {self.day:%B}"
        if not self.asked:
            return f"{when}: no requests"
        return f"{when}: {self.served:,} of {self.asked:,} served, {self.served / self.asked:.0%}"


class Column(Struct, frozen=True):
    """A day as it is drawn, in the units of the chart's view box."""

    words: str
    x: float
    width: float
    rate_y: float
    rate_height: float
    asked_y: float
    asked_height: float
    """Against the busiest day."""


class Bounded(Struct, frozen=True):
    """What asking again, after the client had its answer, has shown."""

    judged: int
    """Those that could be: texts that differ may mean the same, and are neither right nor wrong."""
    wrong: int

    @property
    def bound(self) -> float:
        """What the rate of wrong ones stays below, with the certainty of `certainty`."""
        return min(1.0, upper_bound(self.judged, self.wrong))

    @property
    def certainty(self) -> float:
        """That the bound holds, whenever one looks."""
        return 1 - ALPHA


def by_day(tallies: Mapping[TallyKey, Tally], today: date | None = None) -> list[Day]:
    """The last days, from the first on that counted anything, oldest first; none if nothing was counted."""
    asked: dict[date, list[int]] = {}
    for key, tally in tallies.items():
        if key.outcome in _ASKED:
            sums = asked.setdefault(date.fromisoformat(key.day), [0, 0])
            sums[0] += tally.requests * (key.outcome in _SERVED)
            sums[1] += tally.requests
    if not asked:
        return []
    last = max(today or datetime.now(UTC).date(), *asked)
    number = min(max((last - min(asked)).days + 1, LEAST_DAYS), MOST_DAYS)
    days = (last - timedelta(days=back) for back in reversed(range(number)))
    return [Day(day, *asked.get(day, (0, 0))) for day in days]


def columns(days: list[Day]) -> list[Column]:
    """The days as they are drawn."""
    busiest = max((day.asked for day in days), default=0) or 1
    drawn = []
    for at, day in enumerate(days):
        rate = _HEIGHT * day.served / day.asked if day.asked else 0
        # A day with a single request is still seen to have been one.
        asked = max(_HEIGHT * day.asked / busiest, 4) if day.asked else 0
        drawn.append(
            Column(
                words=day.words,
                x=at * _PITCH + _GAP / 2,
                width=_PITCH - _GAP,
                rate_y=round(_HEIGHT - rate, 2),
                rate_height=round(rate, 2),
                asked_y=round(_HEIGHT - asked, 2),
                asked_height=round(asked, 2),
            )
        )
    return drawn


def bounded(audits: Audits) -> Bounded:
    """What the audits that ever were say of all that was learnt."""
    return Bounded(audits.same + audits.different, audits.different)
