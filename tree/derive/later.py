"""Operators for moments that lie a while after others: when something ends that begins then and takes so long."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tree.derive import moments
from tree.derive.amounts import number_of
from tree.derive.program import NOTHING, Apply, Nothing, Program, Source, operator
from tree.derive.sources import Made, Sources
from tree.message import Json
from tree.reading.held import by_text

_PER = {"minutes": 1, "hours": 60, "days": 1440}
_MAX_COUNT = 400
_MAX_BASES = 12
_LONG = 300
_PLAIN = ("date_in", "date_near", "clock_in")


@operator("later", 2.2, "{3} times {2} after {1} on {0}, as {4}", hard=True)
def _later(day: Json, clock: Json, count: Json, unit: str, form: str) -> Json | Nothing:
    begun = _moment(day, clock)
    number = number_of(count)
    if begun is None or number is None or number != int(number) or not 0 < number <= _MAX_COUNT:
        return NOTHING
    try:
        return (begun + timedelta(minutes=int(number) * _PER[unit])).strftime(form)
    except OverflowError:  # after the last day that there is
        return NOTHING


@by_text
def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _moment(day: Json, clock: Json) -> datetime | None:
    if not isinstance(day, str) or not isinstance(clock, str):
        return None
    return _parsed(f"{day}T{clock}")


def ways(sources: Sources, wanted: str) -> Iterator[Program]:
    """Programs that add a number of minutes, hours or days of the context to a moment of it."""
    for form, day, clock in moments.read_moment(wanted):
        ended = _moment(day, clock)
        if ended is not None:
            for first, last, count, unit in _sums(sources, ended):
                yield Apply("later", (first, last, count), (unit, form))


def _sums(sources: Sources, ended: datetime) -> Iterator[tuple[Made, Made, Made, str]]:
    lasting = _lasting(sources)
    if not lasting:
        return
    for day, first in _bases(sources.dates):
        for clock, last in _bases(sources.clocks):
            begun = _moment(day, clock)
            if begun is None or begun >= ended:
                continue
            minutes = (ended - begun) // timedelta(minutes=1)
            for count, unit in lasting.get(minutes, ()):
                yield first, last, count, unit


def _bases(made: dict[str, list[Made]]) -> list[tuple[str, Made]]:
    """A few values, each with its plain programs: what was reckoned from another is not reckoned from."""
    found: list[tuple[str, Made]] = []
    for value, programs in made.items():
        found += [(value, own) for own in programs if isinstance(own, Apply) and own.op in _PLAIN]
    return found[:_MAX_BASES]


def _lasting(sources: Sources) -> dict[int, list[tuple[Made, str]]]:
    """How long something may take, in minutes, and who says so."""
    found: dict[int, list[tuple[Made, str]]] = {}
    for source, value in sources.values:
        number = number_of(value)
        if number is not None and number == int(number) and 0 < number <= _MAX_COUNT:
            for unit, minutes in _PER.items():
                found.setdefault(int(number) * minutes, []).append((source, unit))
        elif isinstance(value, str) and len(value) < _LONG:
            _told(source, value, found)
    return found


def _told(source: Source, value: str, found: dict[int, list[tuple[Made, str]]]) -> None:
    minutes = moments.minutes_in(value)
    if minutes is not None and minutes == int(minutes) and 0 < minutes <= _MAX_COUNT:
        found.setdefault(int(minutes), []).append((Apply("minutes", (source,)), "minutes"))
