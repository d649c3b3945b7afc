"""Guesses: programs that yield a wanted value in one frame, asked of every family of operators.

Nothing is enumerated that does not fit: the wanted value is looked up among the sources, and each family says how it
could have made it from what stands there.
"""

from collections.abc import Iterator
from decimal import Decimal

from tree.derive import (
    amounts,
    choices,
    escapes,
    later,
    moments,
    naming,
    rates,
    spans,
    spellings,
    text,
    totals,
)
from tree.derive.program import Apply, Const, Joined, Program, Source, equal, evaluate, found, spelt
from tree.derive.sources import Sources
from tree.message import Json

_SHORT = 300
_MAX_ROWS = 200
_MAX_PAIRED = 40
_MIN_PART = 3
"""A shorter text is found inside others by accident."""


def guessed(sources: Sources, wanted: Json) -> Iterator[Program]:
    """Programs that may yield `wanted` from this frame, cheap families first."""
    said = spelt(wanted)
    if not said:
        return
    exact = sources.by_text.get(said, ())
    for source in exact:
        value = found(sources.frame[source.item], source.path)
        if equal(value, wanted):
            yield source
        elif isinstance(value, (dict, list)):
            yield Apply("as_spelt", (source,))
        else:
            yield Apply("number" if isinstance(value, str) else "text", (source,))
    yield from _picked(sources, wanted, said)
    if isinstance(wanted, str):
        yield from _moments(sources, wanted)
        yield from later.ways(sources, wanted)
        yield from spans.texts(sources, wanted)
        yield from naming.ways(sources, wanted)
        yield from escapes.ways(sources, wanted)
        yield from _texts(sources, wanted)
        yield from spellings.ways(sources, wanted)
        yield from totals.texts(sources, wanted)
    elif amounts.number_of(wanted) is not None:
        yield from spellings.read(sources, wanted)
        yield from _numbers(sources, wanted)


def _texts(sources: Sources, wanted: str) -> Iterator[Program]:
    number = amounts.number_of(wanted)
    fold = wanted.casefold()
    for source, value in sources.values:
        if isinstance(value, str):
            yield from _from_text(source, value, wanted, fold)
        if number is not None and amounts.number_of(value) == number:
            for op, args in amounts.spellings(value, wanted):
                yield Apply(op, (source,), args)
    if number is not None and len(wanted) < 8:  # noqa: PLR2004
        for program in _numbers(sources, amounts.plain(number)):
            yield Apply("text", (program,))


def _from_text(source: Source, value: str, wanted: str, fold: str) -> Iterator[Program]:
    if wanted in value:
        for op, args in text.guesses(value, wanted):
            yield Apply(op, (source,), args)
    elif fold in value.casefold() or len(value) == len(wanted):
        yield from _recased(source, value, wanted)
    elif len(value) >= _MIN_PART and value in wanted:
        before, _, after = wanted.partition(value)
        yield Joined((before, after), (source,))


def _recased(source: Source, value: str, wanted: str) -> Iterator[Program]:
    for op, args in text.guesses(value, wanted):
        yield Apply(op, (source,), args)
    at = value.casefold().find(wanted.casefold())
    if at < 0 or len(value) == len(wanted):
        return
    inner = value[at : at + len(wanted)]
    for case in text.CASES[:4]:
        if evaluate(Apply(case, (Const(inner),)), ()) == wanted:
            for op, args in text.guesses(value, inner):
                yield Apply(case, (Apply(op, (source,), args),))


def _numbers(sources: Sources, wanted: int | Decimal) -> Iterator[Apply]:
    plain: list[tuple[Source, Decimal]] = []
    for source, value in sources.values:
        if (number := amounts.number_of(value)) is not None:
            plain.append((source, number))
        for op, args in amounts.guesses(value, wanted):
            yield Apply(op, (source,), args)
        if isinstance(value, str) and len(value) < _SHORT:
            yield from _lasting(source, value, wanted)
    yield from _paired(plain, wanted)
    yield from totals.numbers(sources, wanted)
    yield from spans.numbers(sources, wanted)
    yield from rates.ways(sources.values, wanted)
    for source, rows in sources.lists:
        if len(rows) == wanted:
            yield Apply("count", (source,))


def _lasting(source: Source, value: str, wanted: int | Decimal) -> Iterator[Apply]:
    told = moments.minutes_in(value)
    if told is None:
        return
    if told == wanted:
        yield Apply("minutes", (source,))
    for op, length in (("times", told * 60), ("over", told / 60)):
        if length == wanted:
            yield Apply(op, (Apply("minutes", (source,)),), (60,))


def _paired(plain: list[tuple[Source, Decimal]], wanted: int | Decimal) -> Iterator[Apply]:
    for left, a in plain[:_MAX_PAIRED]:
        for right, b in plain[:_MAX_PAIRED]:
            if left == right:
                continue
            if a - b == wanted:
                yield Apply("difference", (left, right))
            if b and a == b * wanted:
                yield Apply("quotient", (left, right))
            if repr(left) < repr(right):
                if a + b == wanted:
                    yield Apply("sum", (left, right))
                if a * b == wanted:
                    yield Apply("product", (left, right))


def _moments(sources: Sources, wanted: str) -> Iterator[Program]:
    for form, day in moments.read_date(wanted):
        for program in sources.dates.get(day, ()):
            yield program if form == "%Y-%m-%d" else Apply("as_date", (program,), (form,))
    for form, clock in moments.read_clock(wanted):
        for program in sources.clocks.get(clock, ()):
            yield Apply("as_clock", (program,), (form,))
    for form, day, clock in moments.read_moment(wanted):
        for first in sources.dates.get(day, ()):
            yield Apply("as_moment", (first, Const(clock)), (form,))
            for last in sources.clocks.get(clock, ()):
                yield Apply("as_moment", (first, last), (form,))


def _picked(sources: Sources, wanted: Json, said: str) -> Iterator[Program]:
    """A member of a record in a list, the record chosen by what it says."""
    for source, rows in sources.lists:
        if len(rows) < 2:  # noqa: PLR2004
            continue
        for at, row in enumerate(rows[:_MAX_ROWS]):
            if not isinstance(row, dict):
                continue
            for key, value in row.items():
                if not equal(value, wanted):
                    continue
                for op, args in choices.picks(rows, at, key):
                    yield Apply(op, (source,), args)
                yield from _sought(sources, source, row, key)
    del said


def _sought(sources: Sources, rows: Source, row: dict[str, Json], wanted: str) -> Iterator[Program]:
    for key, own in row.items():
        said = spelt(own)
        if key == wanted or not said:
            continue
        for place in sources.by_fold.get(said.casefold(), ()):
            if place.item != rows.item:
                yield Apply("where", (rows, place), (key, wanted))
        if not isinstance(own, str):
            continue
        low = own.casefold()
        for place, value in sources.values:
            if (
                place.item == rows.item
                or not isinstance(value, str)
                or not _MIN_PART <= len(value) < len(own)
            ):
                continue
            if value.casefold() in low:
                yield Apply("where_in", (rows, place), (key, wanted))
