"""Operators on shares and rates: a percentage that stands in the context, or a rate that only examples show.

A rate that stands nowhere is a constant of letters and digits: it counts only when three distinct values bore it out.
"""

from collections.abc import Iterator
from decimal import Context, Decimal

from tree.derive.amounts import FACTORS, amount_of, plain, rounded
from tree.derive.program import NOTHING, Apply, Nothing, Source, operator
from tree.message import Json

_DIGITS = 4
_PLACES = 2
_MODES = ("halves up", "halves to even", "halves down", "down")
_KNOWN = {Decimal(factor) for factor in FACTORS} | {1 / Decimal(factor) for factor in FACTORS}
_MAX_SOURCES = 40


@operator("at_rate", 3.4, "{0} times {1}, {2} decimals, {3}", hard=True, examples=3)
def _at_rate(value: Json, rate: str, places: int, mode: str) -> Json | Nothing:
    number = amount_of(value)
    return NOTHING if number is None else plain(rounded(number * Decimal(rate), places, mode))


@operator("percent", 3.2, "{1} percent of {0}, {2} decimals, {3}", hard=True)
def _percent(value: Json, share: Json, places: int, mode: str) -> Json | Nothing:
    number, percent = amount_of(value), _share(share)
    if number is None or percent is None:
        return NOTHING
    return plain(rounded(number * percent / 100, places, mode))


@operator("less_percent", 3.4, "{0} less {1} percent, {2} decimals, {3}", hard=True)
def _less_percent(value: Json, share: Json, places: int, mode: str) -> Json | Nothing:
    number, percent = amount_of(value), _share(share)
    if number is None or percent is None:
        return NOTHING
    return plain(rounded(number * (100 - percent) / 100, places, mode))


@operator("plus_percent", 3.4, "{0} and {1} percent on top, {2} decimals, {3}", hard=True)
def _plus_percent(value: Json, share: Json, places: int, mode: str) -> Json | Nothing:
    number, percent = amount_of(value), _share(share)
    if number is None or percent is None:
        return NOTHING
    return plain(rounded(number * (100 + percent) / 100, places, mode))


def _share(value: Json) -> Decimal | None:
    return amount_of(value.removesuffix("%").rstrip() if isinstance(value, str) else value)


def ways(values: list[tuple[Source, Json]], wanted: int | Decimal) -> Iterator[Apply]:
    """Programs that yield the wanted number as a share of another one, or at a rate."""
    target = Decimal(wanted)
    if not target:
        return
    known = [(source, own) for source, value in values if (own := _share(value))][:_MAX_SOURCES]
    for source, number in known:
        yield from _at(source, number, target)
        for share, percent in known:
            if share != source and 0 < percent <= 100:  # noqa: PLR2004
                yield from _shared(source, number, share, percent, target)


def _at(source: Source, number: Decimal, target: Decimal) -> Iterator[Apply]:
    seen: set[Decimal] = set()
    for digits in range(1, _DIGITS + 1):
        rate = Context(prec=digits).divide(target, number)
        if rate in seen or rate in _KNOWN or rate <= 0:
            continue
        seen.add(rate)
        for mode in _MODES:
            if rounded(number * rate, _PLACES, mode) == target:
                yield Apply("at_rate", (source,), (f"{rate:f}", _PLACES, mode))


def _shared(
    source: Source, number: Decimal, share: Source, percent: Decimal, target: Decimal
) -> Iterator[Apply]:
    part = number * percent / 100
    for op, made in (
        ("percent", part),
        ("less_percent", number - part),
        ("plus_percent", number + part),
    ):
        if abs(made - target) >= 1:
            continue
        for places in (0, _PLACES):
            for mode in _MODES:
                if rounded(made, places, mode) == target:
                    yield Apply(op, (source, share), (places, mode))
