"""Operators on all of a list at once: sum, average, least and greatest value, how many are so, all of them in a row."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from tree.derive.amounts import ROUNDINGS, amount_of, plain, rounded
from tree.derive.choices import rows_of
from tree.derive.program import NOTHING, Apply, Nothing, Source, operator, spelt
from tree.derive.sources import Sources
from tree.message import Json

_MAX_KEYS = 20
_MAX_LISTED = 60
_MAX_KIND = 30
_DELIMITERS = (", ", ",", "; ", "\n", " ", "|", " and ", "/")
_MODES = ("halves up", "halves to even", "halves down", "down")


@operator("total", 2.2, "the sum of {1} over {0}", hard=True)
def _total(value: Json, key: str) -> Json | Nothing:
    numbers = _numbers(value, key)
    return plain(sum(numbers, Decimal(0))) if numbers else NOTHING


@operator("average", 2.6, "the average of {1} over {0}, {2} decimals, {3}", hard=True)
def _average(value: Json, key: str, places: int, mode: str) -> Json | Nothing:
    numbers = _numbers(value, key)
    if not numbers:
        return NOTHING
    return plain(rounded(sum(numbers, Decimal(0)) / len(numbers), places, mode))


@operator("lowest", 2.2, "the least {1} in {0}", hard=True)
def _lowest(value: Json, key: str) -> Json | Nothing:
    numbers = _numbers(value, key)
    return plain(min(numbers)) if numbers else NOTHING


@operator("highest", 2.2, "the greatest {1} in {0}", hard=True)
def _highest(value: Json, key: str) -> Json | Nothing:
    numbers = _numbers(value, key)
    return plain(max(numbers)) if numbers else NOTHING


@operator("count_where", 2.6, "how many of {0} have {2} as {1}", hard=True)
def _count_where(value: Json, key: str, kind: str) -> Json | Nothing:
    rows = rows_of(value)
    if not isinstance(value, list) or len(rows) < len(value):
        return NOTHING
    return sum(row.get(key) == kind for row in rows)


@operator("listed", 2.4, "every {1} of {0} with {2} between", hard=True)
def _listed(value: Json, key: str, delimiter: str) -> Json | Nothing:
    said = [spelt(own) for own in _column(value, key)]
    if not said or any(own is None or delimiter in own for own in said):
        return NOTHING
    return delimiter.join(own for own in said if own is not None)


def _column(value: Json, key: str) -> list[Json]:
    """What records have under a key; the items themselves without one. Empty where one has nothing there."""
    if not isinstance(value, list):
        return []
    if not key:
        return value
    rows = rows_of(value)
    whole = len(rows) == len(value) and all(key in row for row in rows)
    return [row[key] for row in rows] if whole else []


def _numbers(value: Json, key: str) -> list[Decimal]:
    numbers = [amount_of(own) for own in _column(value, key)]
    return [] if None in numbers else [number for number in numbers if number is not None]


def _keys(rows: list[Json]) -> list[str]:
    first = rows[0]
    if isinstance(first, dict):
        return sorted(key for key, own in first.items() if not isinstance(own, (dict, list)))[
            :_MAX_KEYS
        ]
    return [""]


def numbers(sources: Sources, wanted: int | Decimal) -> Iterator[Apply]:
    """Programs that yield a number from a whole list; one of a single item says nothing about which."""
    for source, rows in sources.lists:
        if len(rows) < 2:  # noqa: PLR2004
            continue
        for key in _keys(rows):
            yield from _reckoned(source, _numbers(rows, key), key, wanted)
            yield from _counted(source, rows, key, wanted)


def _reckoned(
    source: Source, own: list[Decimal], key: str, wanted: int | Decimal
) -> Iterator[Apply]:
    if not own:
        return
    total = sum(own, Decimal(0))
    if total == wanted:
        yield Apply("total", (source,), (key,))
    if min(own) == wanted:
        yield Apply("lowest", (source,), (key,))
    if max(own) == wanted:
        yield Apply("highest", (source,), (key,))
    mean = total / len(own)
    if abs(mean - wanted) < 1:
        for places in (0, 1, 2, 3):
            for mode in _MODES:
                if mode in ROUNDINGS and rounded(mean, places, mode) == wanted:
                    yield Apply("average", (source,), (key, places, mode))


def _counted(source: Source, rows: list[Json], key: str, wanted: int | Decimal) -> Iterator[Apply]:
    if not key or wanted != int(wanted) or not 0 < wanted < len(rows):
        return
    kinds = Counter(
        own for own in _column(rows, key) if isinstance(own, str) and len(own) < _MAX_KIND
    )
    for kind in sorted(kinds):
        if kinds[kind] == wanted:
            yield Apply("count_where", (source,), (key, kind))


def texts(sources: Sources, wanted: str) -> Iterator[Apply]:
    """Programs that write every item of a list one after the other."""
    for source, rows in sources.lists:
        if not 1 < len(rows) <= _MAX_LISTED:
            continue
        for key in _keys(rows):
            for delimiter in _DELIMITERS:
                if delimiter in wanted and _listed(rows, key, delimiter) == wanted:
                    yield Apply("listed", (source,), (key, delimiter))
