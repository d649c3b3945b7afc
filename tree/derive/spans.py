"""Operators between dates, clocks and counts: epochs, edges of days and months, how long between two, days in words.

A moment without a zone is read as UTC; whoever means another zone gives examples that no program fits.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from tree.derive import moments
from tree.derive.amounts import number_of, plain
from tree.derive.program import NOTHING, Apply, Nothing, Operator, operator
from tree.derive.sources import Made, Sources
from tree.message import Json
from tree.reading.held import by_text

_MOMENT = re.compile(
    r"(?<![\w-])\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?(?![\w:])",
    re.ASCII,
)
_UNITS = {"seconds": 1, "milliseconds": 1000}
_OLDEST, _NEWEST = 10**8, 10**11
_LONG = 3000
_PARTS = (
    "%A", "%a", "%B", "%b", "%Y", "%B %Y", "%b %Y", "%Y-%m", "%m/%Y", "%B %-d", "%b %-d", "%-d %B",
    "%-d %b", "%A, %B %-d", "%a %-d %b", "%A, %B %-d, %Y", "%A, %-d %B %Y", "%m-%d", "%d/%m", "%m/%d",
    "%d.%m.", "%d.%m",
)  # fmt: skip
_PART = re.compile(
    r"""(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s?)?
    (?:[\d./-]{3,7}|\d{0,2}\s?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s?\d{0,4}(?:,\s\d{4})?)?""",
    re.IGNORECASE | re.VERBOSE,
)
"""What may be part of a date: dates are looked for in the context for nothing else."""
_MIN_PART = 3
_EDGES = ("00:00:00", "23:59:59", "23:59:00")
_DAYS = re.compile(
    r"(?<![\w:.,/-])(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten)[\s-]+(?P<unit>days?|weeks?|fortnights?|nights?)\b",
    re.IGNORECASE,
)
_COUNTS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LENGTHS = {"d": 1, "n": 1, "w": 7, "f": 14}
_MAX_DAYS = 12
_MAX_BETWEEN = 400
_DAY = 86_400


@by_text
def epochs_in(text: str) -> tuple[Decimal, ...]:
    """Seconds since 1970 of every full moment in a text."""
    out = []
    for match in _MOMENT.finditer(text):
        try:
            found = datetime.fromisoformat(match[0])
        except ValueError:
            continue
        known = found if found.tzinfo else found.replace(tzinfo=UTC)
        out.append(_seconds(known))
    return tuple(out)


def _seconds(moment: datetime) -> Decimal:
    span = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return span.days * _DAY + span.seconds + Decimal(span.microseconds) / 1_000_000


@operator("epoch_in", 1.6, "moment {1} in {0} in {2} since 1970", hard=True)
def _epoch_in(value: Json, index: int, unit: str) -> Json | Nothing:
    if not isinstance(value, str) or len(value) > _LONG:
        return NOTHING
    found = epochs_in(value)
    return plain(found[index] * _UNITS[unit]) if index < len(found) else NOTHING


@operator("epoch", 1.4, "{0} at {1}, UTC, in {2} since 1970", hard=True)
def _epoch(day: Json, clock: Json, unit: str) -> Json | Nothing:
    if not isinstance(day, str) or not isinstance(clock, str):
        return NOTHING
    found = epochs_in(f"{day}T{clock}")
    return plain(found[0] * _UNITS[unit]) if found else NOTHING


@operator("day_epoch", 1.4, "the beginning of {0}, UTC, in {1} since 1970", hard=True)
def _day_epoch(day: Json, unit: str) -> Json | Nothing:
    return _epoch(day, "00:00:00", unit)


@operator("from_epoch", 1.6, "{0}, {1} since 1970, as {2} in UTC", hard=True)
def _from_epoch(value: Json, unit: str, form: str) -> Json | Nothing:
    number = number_of(value)
    if number is None or number != int(number):
        return NOTHING
    seconds = int(number) // _UNITS[unit]
    if not _OLDEST < seconds < _NEWEST:
        return NOTHING
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime(form)


@operator("edge_of_day", 0.6, "the edge of {0} as {1}", hard=True)
def _edge_of_day(day: Json, form: str) -> Json | Nothing:
    """The format spells the clock: midnight, or the last minute."""
    return _spelt(day, form)


@operator("part_of_date", 0.9, "{0} as {1}", hard=True)
def _part_of_date(day: Json, form: str) -> Json | Nothing:
    return _spelt(day, form)


def _spelt(day: Json, form: str) -> Json | Nothing:
    found = _date(day)
    return NOTHING if found is None else found.strftime(form)


@operator("days_between", 2.4, "the days from {0} to {1}", hard=True)
def _days_between(first: Json, last: Json) -> Json | Nothing:
    start, stop = _date(first), _date(last)
    return NOTHING if start is None or stop is None else (stop - start).days


@operator("minutes_between", 2.4, "the minutes from {0} to {1}", hard=True)
def _minutes_between(first: Json, last: Json) -> Json | Nothing:
    if not isinstance(first, str) or not isinstance(last, str):
        return NOTHING
    span = _minutes(last) - _minutes(first)
    return plain(span) if span > 0 else NOTHING


def _minutes(clock: str) -> Decimal:
    hour, minute, second = map(int, clock.split(":"))
    return 60 * hour + minute + Decimal(second) / 60


@operator("days_told", 1.4, "the days told by {0}", hard=True)
def _days_told(value: Json) -> Json | Nothing:
    if not isinstance(value, str) or len(value) > _LONG:
        return NOTHING
    found = list(_DAYS.finditer(value))
    if len(found) != 1:
        return NOTHING
    said = found[0]["count"].lower()
    count = int(said) if said.isdigit() else 1 if said in ("a", "an") else _COUNTS.index(said)
    return count * _LENGTHS[found[0]["unit"][0].lower()]


def _date(value: Json) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


@lru_cache(8192)
def _parts(day: str) -> dict[str, tuple[str, ...]]:
    """Spellings of a part of a date, with their formats."""
    found: dict[str, tuple[str, ...]] = {}
    for form in _PARTS:
        said = date.fromisoformat(day).strftime(form)
        found[said] = (*found.get(said, ()), form)
    return found


def texts(sources: Sources, wanted: str) -> Iterator[Apply]:
    """Programs that spell part of a date, the edge of a day, or a moment told in seconds since 1970."""
    if not _MIN_PART <= len(wanted) <= 40:  # noqa: PLR2004
        return
    if _PART.fullmatch(wanted):
        for day, programs in sources.dates.items():
            for form in _parts(day).get(wanted, ()):
                yield from (Apply("part_of_date", (program,), (form,)) for program in programs)
    for form, day, clock in moments.read_moment(wanted):
        if clock in _EDGES:
            literal = form.replace("%H:%M:%S", clock).replace("%H:%M", clock[:5])
            if "%I" not in literal and "%-I" not in literal:
                for program in sources.dates.get(day, ()):
                    yield Apply("edge_of_day", (program,), (literal,))
        yield from _since(sources, wanted, form)
    for form, _ in moments.read_date(wanted):
        yield from _since(sources, wanted, form)


def _since(sources: Sources, wanted: str, form: str) -> Iterator[Apply]:
    for source, value in sources.values:
        number = number_of(value)
        if number is not None and number > _OLDEST:
            for unit in _UNITS:
                if _from_epoch(value, unit, form) == wanted:
                    yield Apply("from_epoch", (source,), (unit, form))


def numbers(sources: Sources, wanted: int | Decimal) -> Iterator[Apply]:
    """Programs that yield a number of days, minutes, seconds, or seconds since 1970."""
    if wanted != int(wanted):
        return
    for source, value in sources.values:
        if isinstance(value, str) and len(value) < _LONG and _days_told(value) == wanted:
            yield Apply("days_told", (source,))
    if _OLDEST < wanted < _NEWEST * 1000:
        yield from _epochs(sources, wanted)
    elif 0 < wanted <= _MAX_BETWEEN * 4:
        yield from _between(sources, int(wanted))


def _epochs(sources: Sources, wanted: int | Decimal) -> Iterator[Apply]:
    for unit, factor in _UNITS.items():
        for source, value in sources.values:
            if isinstance(value, str) and len(value) < _LONG:
                for at, own in enumerate(epochs_in(value)[:_MAX_DAYS]):
                    if own * factor == wanted:
                        yield Apply("epoch_in", (source,), (at, unit))
        if _OLDEST < wanted // factor < _NEWEST:
            told = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(wanted // factor))
            yield from _at(sources, told, unit)


def _at(sources: Sources, told: datetime, unit: str) -> Iterator[Apply]:
    for day in sources.dates.get(str(told.date()), ()):
        if f"{told:%H:%M:%S}" == _EDGES[0]:
            yield Apply("day_epoch", (day,), (unit,))
        for clock in sources.clocks.get(f"{told:%H:%M:%S}", ()):
            yield Apply("epoch", (day, clock), (unit,))


def _between(sources: Sources, wanted: int) -> Iterator[Apply]:
    yield from _pairs("days_between", _first(sources.dates), wanted, _days_between)
    yield from _pairs("minutes_between", _first(sources.clocks), wanted, _minutes_between)


def _first(made: dict[str, list[Made]]) -> list[tuple[str, Made]]:
    """A few of the values, each by its first plain program: what was reckoned from another is not reckoned from."""
    plain_ones = ("date_in", "date_near", "clock_in")
    found: list[tuple[str, Made]] = []
    for value, programs in made.items():
        known = next((p for p in programs if isinstance(p, Apply) and p.op in plain_ones), None)
        if known is not None:
            found.append((value, known))
    return found[:_MAX_DAYS]


def _pairs(
    op: str, values: list[tuple[str, Made]], wanted: int, between: Operator
) -> Iterator[Apply]:
    for first, start in values:
        for last, stop in values:
            if first < last and between(first, last) == wanted:
                yield Apply(op, (start, stop))
