"""Dates, times of day and durations: read out of text, moved, and spelt; explicit formats only.

Between operators a date is `YYYY-MM-DD` and a time of day `HH:MM:SS`, as text. A date whose day and month could be
exchanged is not read at all. A date without a year takes it from another date, by one of three policies; a time
without am or pm is read by one of two; examples decide which, and until they do the policies disagree and nothing
is served. Month and weekday names are English, the one language whose calendar words this module knows.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from tree.derive.amounts import number_of, plain
from tree.derive.program import NOTHING, Nothing, operator
from tree.message import Json
from tree.reading.held import by_text

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_ABROAD = """
januar februar märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
januari februari maart april mei juni juli augustus september oktober november december
"""
"""Months as they are called in German, French, Spanish, Italian, Portuguese and Dutch."""
_NUMBERS = {name: at % 12 + 1 for at, name in enumerate(_ABROAD.split())}
_FOREIGN = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" if len(name) > 3 else name for name in MONTHS)  # noqa: PLR2004
_DATE = re.compile(
    rf"""(?<![\d.-])(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)
    |(?<![\w.])(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<name2>{_MONTH})\b\.?(?:,?\s+(?P<year2>\d{{4}}))?
    |\b(?P<name3>{_MONTH})\.?\s+(?P<day3>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(?P<year3>\d{{4}}))?
    |(?<![\w.])(?P<day6>\d{{1,2}})(?:\.|er|º)?(?:\s+de)?\s+(?P<name6>{_FOREIGN})\b(?:(?:\s+del?)?\s+(?P<year6>\d{{4}}))?
    |(?<![\d.])(?P<day4>\d{{1,2}})\.(?P<month4>\d{{1,2}})\.(?P<year4>\d{{4}})(?!\d)
    |(?<![\d/])(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/(?P<year5>\d{{4}})(?!\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_CLOCK = re.compile(
    r"""(?<![\d:.-])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s*(?P<half>[ap])\.?m\b\.?)?(?![\d:])
    |(?<![\d:.-])(?P<hour2>\d{1,2})\s*(?P<half2>[ap])\.?m\b\.?
    |\bat\s+(?P<hour3>\d{1,2})(?![\d:.%]|\s*[ap]\.?m\b)
    |\b(?P<noon>noon|midday)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_SPAN = re.compile(
    r"(?<![\w:.,/-])(?P<count>\d+(?:\.\d+)?|half(?:\s+an?|-an?)?|an?(?=[\s-]))[\s-]*(?P<unit>h|hours?|hrs?|m|min|mins|minutes?)\b",
    re.IGNORECASE,
)
_OFFICE_OPENS = 8
"""Below this hour a time without am or pm is the afternoon's, where the examples say so."""
_HALF_DAY = 12
_NO_HOUR = 24
_DATE_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d",
    "%B %-d, %Y", "%-d %B %Y", "%B %-d", "%-d %B", "%b %-d, %Y", "%A", "%Y-%m", "%-m/%-d/%Y",
)  # fmt: skip
_CLOCK_FORMATS = ("%H:%M", "%H:%M:%S", "%-I:%M %p", "%-I %p", "%-I:%M%p", "%-I%p", "%I:%M %p")
_JOINTS = (" ", "T", ", ", " at ")
_TAILS = ("", "Z", ".000Z", "+00:00")
_LONG = 3000
_SHORTEST = re.compile(r"\d{4}|\d \w+$|\w \d")
_TIMELIKE = re.compile(r"\d:\d\d|\d ?[AP]M")


@by_text
def dates_in(text: str) -> tuple[tuple[int | None, int, int], ...]:
    """Year, month and day of every date in `text`; the year may be missing.

    One whose day and month could be exchanged keeps its place among them, as a day that there is not.
    """
    if not any(map(str.isdigit, text)):
        return ()
    return tuple(map(_parts, _DATE.finditer(text)))


def _parts(match: re.Match[str]) -> tuple[int | None, int, int]:
    got = match.groupdict()
    if got["first"]:
        first, second = int(got["first"]), int(got["second"])
        if first > _HALF_DAY >= second:
            return int(got["year5"]), second, first
        if second > _HALF_DAY >= first:
            return int(got["year5"]), first, second
        return int(got["year5"]), 0, 0
    year = got["year"] or got["year2"] or got["year3"] or got["year4"] or got["year6"]
    day = int(got["day"] or got["day2"] or got["day3"] or got["day4"] or got["day6"])
    if name := got["name2"] or got["name3"]:
        month = next(i for i, known in enumerate(MONTHS, 1) if known[:3] == name[:3].lower())
    elif got["name6"]:
        month = _NUMBERS[got["name6"].lower()]
    else:
        month = int(got["month"] or got["month4"])
    return (int(year) if year else None), month, day


@by_text
def clocks_in(text: str) -> tuple[tuple[int, int, int, bool], ...]:
    """Hour, minute, second of every time of day in `text`, and whether am and pm are told apart.

    What looks like one and is none, such as a score of 16:90, keeps its place, with an hour that there is not.
    """
    out = []
    for match in _CLOCK.finditer(text):
        got = match.groupdict()
        if got["noon"]:
            out.append((12, 0, 0, True))
            continue
        hour = int(got["hour"] or got["hour2"] or got["hour3"])
        half = (got["half"] or got["half2"] or "").lower()
        if half:
            hour = hour % _HALF_DAY + (_HALF_DAY if half == "p" else 0)
        known = bool(half) or hour > _HALF_DAY or len(got["hour"] or "") == 2 or bool(got["second"])  # noqa: PLR2004
        minute, second = int(got["minute"] or 0), int(got["second"] or 0)
        if max(minute, second) >= 60:  # noqa: PLR2004
            hour = _NO_HOUR
        out.append((hour, minute, second, known))
    return tuple(out)


@by_text
def minutes_in(text: str) -> Decimal | None:
    """The duration that `text` tells, in minutes; several units add up."""
    total = Decimal(0)
    units = set()
    for match in _SPAN.finditer(text):
        said = match["count"].lower()
        count = (
            Decimal("0.5")
            if said.startswith("half")
            else Decimal(1)
            if said in ("a", "an")
            else Decimal(said)
        )
        unit = match["unit"].lower()[0]
        if unit in units:
            return None
        units.add(unit)
        total += count * (60 if unit == "h" else 1)
    return total if units else None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _date(value: Json) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


@operator("date_in", 0.9, "date {1} in {0}")
def _date_in(value: Json, index: int) -> Json | Nothing:
    if not isinstance(value, str) or len(value) > _LONG:
        return NOTHING
    full = [_made(year, month, day) for year, month, day in dates_in(value) if year]
    chosen = full[index] if -len(full) <= index < len(full) else None
    return str(chosen) if chosen else NOTHING


@operator("date_near", 1.4, "the {2} date told by {0}, seen from {1}", hard=True)
def _date_near(value: Json, near: Json, policy: str) -> Json | Nothing:
    if not isinstance(value, str) or len(value) > _LONG or (today := _date(near)) is None:
        return NOTHING
    partial = [(month, day) for year, month, day in dates_in(value) if year is None]
    if len(set(partial)) != 1:
        return NOTHING
    made = [_made(today.year + years, *partial[0]) for years in (-1, 0, 1)]
    past, same, future = made
    match policy:
        case "same year's":
            chosen = same
        case "next":
            chosen = same if same and same >= today else future
        case _:
            chosen = same if same and same <= today else past
    return str(chosen) if chosen else NOTHING


POLICIES = ("same year's", "next", "last")


@operator("shifted", 1.6, "{0} moved by {1} {2}", hard=True)
def _shifted(value: Json, count: int, unit: str) -> Json | Nothing:
    if (start := _date(value)) is None or abs(count) > 5000:  # noqa: PLR2004
        return NOTHING
    if unit == "months":
        months = start.month - 1 + count
        moved = _made(start.year + months // 12, months % 12 + 1, start.day)
        return str(moved) if moved else NOTHING
    return _after(start, count * (7 if unit == "weeks" else 1))


def _after(start: date, days: int) -> str | Nothing:
    """The day so many days later; `9999-12-31` says "never", and nothing comes after it."""
    try:
        return str(start + timedelta(days=days))
    except OverflowError:
        return NOTHING


@operator("edge_of_month", 1.8, "the {1} day of the month of {0}", hard=True)
def _edge_of_month(day: Json, edge: str) -> Json | Nothing:
    found = _date(day)
    if found is None or found.year == date.max.year:
        return NOTHING
    if edge == "first":
        return str(found.replace(day=1))
    return str((found.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1))


@operator("moved", 1.6, "{0} moved by {1}, {2} {3}", hard=True)
def _moved(value: Json, count: Json, sign: int, unit: str) -> Json | Nothing:
    number = number_of(count)
    if number is None or number != int(number):
        return NOTHING
    return _shifted(value, sign * int(number), unit)


@operator("weekday", 1.6, "the first {1} after {0}, {2} weeks on", hard=True)
def _weekday(value: Json, name: Json, weeks: int) -> Json | Nothing:
    start = _date(value)
    if start is None or not isinstance(name, str):
        return NOTHING
    named = [i for i, day in enumerate(WEEKDAYS) if re.search(rf"\b{day}s?\b", name, re.IGNORECASE)]
    if len(named) != 1:
        return NOTHING
    return _after(start, (named[0] - start.weekday() - 1) % 7 + 1 + 7 * weeks)


@operator("clock_in", 0.9, "time {1} in {0}, {2}", hard=True)
def _clock_in(value: Json, index: int, policy: str) -> Json | Nothing:
    if not isinstance(value, str) or len(value) > _LONG:
        return NOTHING
    found = clocks_in(value)
    if not -len(found) <= index < len(found):
        return NOTHING
    hour, minute, second, known = found[index]
    if not known and policy == "in office hours" and hour < _OFFICE_OPENS:
        hour += _HALF_DAY
    return f"{hour:02}:{minute:02}:{second:02}" if hour < _NO_HOUR else NOTHING


READINGS = ("as told", "in office hours")


@operator("minutes", 1.2, "the minutes told by {0}", hard=True)
def _minutes(value: Json) -> Json | Nothing:
    told = minutes_in(value) if isinstance(value, str) and len(value) < _LONG else None
    return NOTHING if told is None else plain(told)


@operator("as_date", 0.5, "{0} as {1}")
def _as_date(value: Json, form: str) -> Json | Nothing:
    day = _date(value)
    return NOTHING if day is None else day.strftime(form)


@operator("as_clock", 0.5, "{0} as {1}")
def _as_clock(value: Json, form: str) -> Json | Nothing:
    try:
        return time.fromisoformat(value).strftime(form) if isinstance(value, str) else NOTHING
    except ValueError:
        return NOTHING


@operator("as_moment", 0.6, "{0} and {1} as {2}")
def _as_moment(day: Json, clock: Json, form: str) -> Json | Nothing:
    if not isinstance(day, str) or not isinstance(clock, str):
        return NOTHING
    try:
        return datetime.fromisoformat(f"{day}T{clock}").strftime(form)
    except ValueError:
        return NOTHING


@by_text
def read_date(wanted: str) -> list[tuple[str, str]]:
    """Formats in which `wanted` is a date, with that date."""
    return list(_read_date(wanted))


def _read_date(wanted: str) -> Iterator[tuple[str, str]]:
    if not 6 <= len(wanted) <= 20 or not _SHORTEST.search(wanted):  # noqa: PLR2004
        return
    for form in _DATE_FORMATS:
        if "%Y" not in form or "%d" not in form.replace("%-d", "%d"):
            continue
        if (found := _strict(wanted, form)) is not None:
            yield form, str(found.date())


@by_text
def read_clock(wanted: str) -> list[tuple[str, str]]:
    """Formats in which `wanted` is a time of day, with that time."""
    return list(_read_clock(wanted))


def _read_clock(wanted: str) -> Iterator[tuple[str, str]]:
    if len(wanted) > 12 or not _TIMELIKE.search(wanted):  # noqa: PLR2004
        return
    for form in _CLOCK_FORMATS:
        if (found := _strict(wanted, form)) is not None:
            yield form, found.strftime("%H:%M:%S")


@by_text
def read_moment(wanted: str) -> list[tuple[str, str, str]]:
    """Formats in which `wanted` is a date with a time of day, with both."""
    return list(_read_moment(wanted))


def _read_moment(wanted: str) -> Iterator[tuple[str, str, str]]:
    if not 12 < len(wanted) < 40 or not _TIMELIKE.search(wanted):  # noqa: PLR2004
        return
    for joint in _JOINTS:
        if joint not in wanted:
            continue
        for first in ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%B %-d, %Y"):
            for last in _CLOCK_FORMATS:
                for tail in _TAILS:
                    form = first + joint + last + tail
                    if (found := _strict(wanted, form)) is not None:
                        yield form, str(found.date()), found.strftime("%H:%M:%S")


def _strict(wanted: str, form: str) -> datetime | None:
    """What `wanted` means in this format, if the format gives back its very spelling."""
    try:
        found = datetime.strptime(wanted, form.replace("%-", "%"))  # noqa: DTZ007
    except ValueError:
        return None
    return found if found.strftime(form) == wanted else None
