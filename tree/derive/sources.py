"""What a program may read in one frame, indexed by value: the starting points of the search."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property

from tree.derive import moments
from tree.derive.amounts import counted, number_of
from tree.derive.program import Apply, Source, evaluate, spelt
from tree.message import Json
from tree.reading.held import by_text
from tree.reading.item import Frame, Path
from tree.reading.structure import raw_of
from tree.reading.tokens import fine_tokens, tokens

MAX_LEAVES = 500
"""Leaves of one item that are looked at."""
_EDGE = 4
"""Of a long list, this many items at either end are addressed by position."""
_LONG_LIST = 12
_LONG_TEXT = 1500
_MAX_COUNT = 400
_MAX_NAME = 300
_MIN_PART, _MAX_SPECIAL = 3, 400
_ESCAPED = re.compile(r"[%+&\\']|^[A-Za-z0-9+/_-]{8,}={0,2}$")
_SPECIAL = re.compile(r"[^A-Za-z0-9_.-]")

type Made = Source | Apply


class Sources:
    """The values of a frame, and where each stands."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.values: list[tuple[Source, Json]] = []
        self.lists: list[tuple[Source, list[Json]]] = []
        self.by_text: dict[str, list[Source]] = {}
        self.by_fold: dict[str, list[Source]] = {}
        self._dates: dict[str, list[Made]] | None = None
        self._clocks: dict[str, list[Made]] | None = None
        for number, item in enumerate(frame):
            if not item.structured and len(item.text) < _LONG_TEXT and item.kind != "system":
                self._enter(Source(number, ()), item.text)
            self._walk(number, (), item.tree, [MAX_LEAVES])

    def _walk(self, item: int, path: Path, value: Json, left: list[int]) -> None:
        if left[0] <= 0:
            return
        if (raw := raw_of(value)) is not None:
            self.by_text.setdefault(raw, []).append(Source(item, path))
        if isinstance(value, dict):
            if path:
                self.lists.append((Source(item, path), []))
            for key, inner in value.items():
                self._walk(item, (*path, key), inner, left)
        elif isinstance(value, list):
            # The slots of a text are no list; but what stands in one of them may be.
            real = self.frame[item].structured or bool(path)
            if real:
                self.lists.append((Source(item, path), value))
            for at in _positions(len(value)):
                self._walk(item, (*path, at), value[at], left)
                if real:
                    self._walk(item, (*path, at - len(value)), value[at], left)
        else:
            left[0] -= 1
            self._enter(Source(item, path), value)

    def _enter(self, source: Source, value: Json) -> None:
        said = spelt(value)
        if said is None or not said:
            return
        self.values.append((source, value))
        self.by_text.setdefault(said, []).append(source)
        if isinstance(value, str):
            self.by_fold.setdefault(said.casefold(), []).append(source)

    @cached_property
    def first_tokens(self) -> frozenset[str]:
        """What a value begins with."""
        return frozenset(tokens(said[:200])[0] for said in self.by_text)

    @cached_property
    def escaped(self) -> list[tuple[str, list[Source]]]:
        """Texts that may be escaped for another language, or be base64."""
        return [own for own in self.by_text.items() if _ESCAPED.search(own[0])]

    @cached_property
    def special(self) -> list[tuple[str, list[Source]]]:
        """Short texts that another language would escape."""
        return [
            (text, places)
            for text, places in self.by_text.items()
            if _MIN_PART <= len(text) <= _MAX_SPECIAL and _SPECIAL.search(text)
        ]

    @cached_property
    def by_letters(self) -> dict[str, list[tuple[Source, str]]]:
        """Short texts by their letters and digits, whatever the case and the marks between them."""
        found: dict[str, list[tuple[Source, str]]] = {}
        for source, value in self.values:
            if isinstance(value, str) and len(value) < _MAX_NAME and (key := letters(value)):
                found.setdefault(key, []).append((source, value))
                if not value.isascii() and (other := letters(_unaccented(value))) != key:
                    found.setdefault(other, []).append((source, value))
        return found

    @cached_property
    def first_fine_tokens(self) -> frozenset[str]:
        """The same, where what is typed is cut as well."""
        return frozenset(fine_tokens(said[:200])[0] for said in self.by_text)

    @property
    def dates(self) -> dict[str, list[Made]]:
        """Programs that yield a date, by that date."""
        if self._dates is None:
            self._dates = {}
            for program in self._date_programs():
                value = evaluate(program, self.frame)
                if isinstance(value, str):
                    self._dates.setdefault(value, []).append(program)
        return self._dates

    @property
    def clocks(self) -> dict[str, list[Made]]:
        """Programs that yield a time of day, by that time."""
        if self._clocks is None:
            self._clocks = {}
            for program in self._clock_programs():
                value = evaluate(program, self.frame)
                if isinstance(value, str):
                    self._clocks.setdefault(value, []).append(program)
        return self._clocks

    def _texts(self) -> Iterator[tuple[Source, str]]:
        for source, value in self.values:
            if isinstance(value, str):
                yield source, value
        for number, item in enumerate(self.frame):
            if item.kind == "system" and len(item.text) < _LONG_TEXT:
                yield Source(number, ()), item.text

    def _date_programs(self) -> Iterator[Made]:
        full: list[Made] = []
        partial: list[Source] = []
        named: list[Source] = []
        for source, text in self._texts():
            if any(map(str.isdigit, text)):
                found = moments.dates_in(text)
                years = [year for year, _, _ in found if year]
                full += [Apply("date_in", (source,), (at,)) for at in range(min(3, len(years)))]
                if len(years) < len(found):
                    partial.append(source)
            if len(text) < _LONG_TEXT and any(day in text.lower() for day in moments.WEEKDAYS):
                named.append(source)
        full = full[:80]
        yield from full
        near = _spread(full, self.frame)
        for source in partial[:20]:
            for today in near:
                for policy in moments.POLICIES:
                    yield Apply("date_near", (source, today), (policy,))
        yield from self._moved(near, named)

    def _moved(self, near: list[Made], named: list[Source]) -> Iterator[Made]:
        counts = list(self._counts())
        for today in near:
            for days in (-30, -14, -7, -2, -1, 1, 2, 7, 14, 30):
                yield Apply("shifted", (today,), (days, "days"))
            for months in (-1, 1):
                yield Apply("shifted", (today,), (months, "months"))
            for edge in ("first", "last"):
                yield Apply("edge_of_month", (today,), (edge,))
            for source in named[:10]:
                for weeks in (-1, 0, 1):
                    yield Apply("weekday", (today, source), (weeks,))
            for count in counts:
                for sign in (-1, 1):
                    for unit in ("days", "weeks"):
                        yield Apply("moved", (today, count), (sign, unit))

    def _counts(self) -> Iterator[Made]:
        """Small whole numbers: values of their own, or told in a text before a word."""
        yield from [source for source, value in self.values if _is_count(value)][:20]
        for source, text in self._texts():
            if not source.path:
                for word in sorted({word for _, word in counted(text)})[:6]:
                    yield Apply("number_before", (source,), (word,))

    def _clock_programs(self) -> Iterator[Made]:
        for source, text in self._texts():
            for at in range(min(3, len(moments.clocks_in(text)))):
                for reading in moments.READINGS:
                    yield Apply("clock_in", (source,), (at, reading))


@by_text
def letters(text: str) -> str:
    """Its letters and digits in small letters."""
    return "".join(filter(str.isalnum, text.casefold()))


def _unaccented(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _positions(length: int) -> Iterator[int]:
    if length <= _LONG_LIST:
        yield from range(length)
    else:
        yield from range(_EDGE)
        yield from range(length - _EDGE, length)


def _is_count(value: Json) -> bool:
    number = number_of(value)
    return number is not None and number == int(number) and 0 < abs(number) <= Decimal(_MAX_COUNT)


def _spread(dates: list[Made], frame: Frame) -> list[Made]:
    """A few dates to reckon from: the first of every distinct value, early items first."""
    seen: dict[str, Made] = {}
    for program in dates:
        value = evaluate(program, frame)
        if isinstance(value, str):
            seen.setdefault(value, program)
    return list(seen.values())[:4]
