"""Operators on how countries spell numbers: which mark stands between thousands, and which before a fraction.

`1.137` is a little more than one, or more than a thousand. Both readings are asked wherever a text becomes a
number; where they differ, nothing is served until an example has told which it is. They differ on few texts:
a mark that does not stand before three digits, or that is followed by another, can be read in one way only.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from tree.derive.amounts import number_of, plain, with_places
from tree.derive.program import NOTHING, Apply, Nothing, Source, operator
from tree.derive.sources import Sources
from tree.message import Json

_DOTTED = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?|[+-]?\d+,\d+", re.ASCII)
"""Dots between thousands, a comma before the fraction."""
_ANY = re.compile(r"(?<![\w.,])[+-]?\d[\d.,]*(?<![.,])(?!\w)", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ '\u2019\u00a0\u202f]\d{3})+(?:[.,]\d+)?", re.ASCII)
_CURRENCIES = "$€£ "
_MAX_CHARS = 40
_LONG = 400
_GROUPS = ((",", "."), (".", ","), (" ", ","), ("'", "."), ("", ","))
"""Marks between thousands and before the fraction, as countries pair them."""


def number_abroad(value: Json) -> Decimal | None:
    """The number that a text spells where dots are between thousands; the usual one where it could be no other."""
    if not isinstance(value, str) or len(value) > _MAX_CHARS:
        return number_of(value)
    bare = value.strip(_CURRENCIES)
    if _DOTTED.fullmatch(bare):
        return number_of(bare.replace(".", "").replace(",", "."))
    if _SPACED.fullmatch(bare):
        return number_of(re.sub(r"[^\d.,+-]", "", bare).replace(",", "."))
    return number_of(value)


@operator("number_abroad", 1.2, "{0} as a number with dots between thousands")
def _number_abroad(value: Json) -> Json | Nothing:
    number = number_abroad(value) if isinstance(value, str) else None
    return NOTHING if number is None else plain(number)


@operator("only_number_abroad", 1.2, "the only number in {0}, with dots between thousands")
def _only_number_abroad(value: Json) -> Json | Nothing:
    hits = _ANY.findall(value) if isinstance(value, str) else []
    number = number_abroad(hits[0]) if len(hits) == 1 else None
    return NOTHING if number is None else plain(number)


@operator("plain_abroad", 1.5, "{0}, with dots between thousands, spelt plainly")
def _plain_abroad(value: Json) -> Json | Nothing:
    number = number_abroad(value) if isinstance(value, str) else None
    return NOTHING if number is None else str(plain(number))


@operator("grouped", 1.6, "{0} with {2} between thousands and {1} decimals after {3}")
def _grouped(value: Json, places: int, group: str, point: str) -> Json | Nothing:
    number = number_of(value)
    return NOTHING if number is None else _spelt(number, places, group, point)


def _spelt(number: Decimal, places: int, group: str, point: str) -> str | Nothing:
    if (fixed := with_places(number, places)) is None:
        return NOTHING
    whole, _, fraction = f"{fixed:,f}".partition(".")
    return whole.replace(",", group) + (point + fraction if fraction else "")


def read(sources: Sources, wanted: int | Decimal) -> Iterator[Apply]:
    """Programs that read the wanted number as another country spells it, beside every one that reads it as usual."""
    for source, value in _texts(sources):
        if number_abroad(value) == wanted:
            yield Apply("number_abroad", (source,))
    for source, value in sources.values:
        if isinstance(value, str) and len(value) < _LONG and _only_number_abroad(value) == wanted:
            yield Apply("only_number_abroad", (source,))


def ways(sources: Sources, wanted: str) -> Iterator[Apply]:
    """Programs that spell the wanted text, a number, anew or as another country does."""
    if not wanted or len(wanted) > _MAX_CHARS or not any(map(str.isdigit, wanted)):
        return
    number = number_of(wanted)
    if number is not None and wanted == str(plain(number)):
        for source, value in _texts(sources):
            if number_abroad(value) == number:
                yield Apply("plain_abroad", (source,))
    for group, point in _GROUPS:
        yield from _respelt(sources, wanted, group, point)


def _respelt(sources: Sources, wanted: str, group: str, point: str) -> Iterator[Apply]:
    """Programs that spell a number with these marks, if the wanted text shows one of them."""
    whole, _, fraction = wanted.partition(point)
    number = number_of(f"{whole.replace(group, '') if group else whole}.{fraction or '0'}")
    if number is None or not ((group and group in whole) or (fraction and point == ",")):
        return
    if _spelt(number, len(fraction), group, point) != wanted:
        return
    for source, value in sources.values:
        if number_of(value) == number and value != wanted:
            yield Apply("grouped", (source,), (len(fraction), group, point))


def _texts(sources: Sources) -> Iterator[tuple[Source, str]]:
    for source, value in sources.values:
        if isinstance(value, str) and value[-1:].isdigit() and len(value) <= _MAX_CHARS:
            yield source, value
