"""Operators on numbers, exact: Decimal, never float. Spelling and reading of numbers, and arithmetic."""

import re
from collections.abc import Callable, Iterator
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)

from tree.derive.program import NOTHING, Nothing, operator
from tree.derive.text import Guess
from tree.message import Json
from tree.reading.held import by_text

FACTORS = (2, 7, 10, 12, 24, 60, 100, 1000)
"""Numbers that people multiply by without saying so."""

ROUNDINGS = {
    "halves up": ROUND_HALF_UP,
    "halves to even": ROUND_HALF_EVEN,
    "halves down": ROUND_HALF_DOWN,
    "down": ROUND_FLOOR,
    "up": ROUND_CEILING,
    "towards zero": ROUND_DOWN,
    "away from zero": ROUND_UP,
}
"""Examples decide; until one is a half, the ways disagree on halves and nothing is served for one."""

_NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?![\w])")
_PLAIN = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?", re.ASCII)
"""A comma is no decimal mark here, and stands before three digits; how other countries spell is for `spellings`."""
_MAX_DIGITS = 40
_MAX_PLACES = 9
"""With eighteen digits before it, a fraction of nine is still exact."""
_BOUND = 10**18
"""Nobody reckons with larger numbers; they are names, and `1e999999` would be a gigabyte of digits."""
_WIDE = Context(prec=100)
"""Rounds whatever two such numbers make together: the usual precision raises where it cannot hold all digits."""
_COUNTED = re.compile(r"(?<![\w.,:/-])(?<!\d[ \u00a0\u202f])(\d{1,3})[ -]([A-Za-z]{2,})")
_UNSURE = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_LONG = 3000


def number_of(value: Json) -> Decimal | None:
    """The number that `value` is or spells; thousands may be set apart by commas."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, Decimal)):
        return Decimal(value) if -_BOUND < value < _BOUND and not _is_endless(value) else None
    if not isinstance(value, str) or not value or len(value) > _MAX_DIGITS:
        return None
    bare = value.strip().lstrip("$€£")
    if not _PLAIN.fullmatch(bare):
        return None
    number = Decimal(bare.replace(",", ""))
    return number if -_BOUND < number < _BOUND else None


def is_unsure(value: Json) -> bool:
    """Whether a text spells a number, and nobody knows which: a little more than one, or more than a thousand."""
    return isinstance(value, str) and _UNSURE.fullmatch(value.strip("$€£ ")) is not None


def amount_of(value: Json) -> Decimal | None:
    """The number that is reckoned with; none where a text may mean two."""
    return None if is_unsure(value) else number_of(value)


def _is_endless(value: int | Decimal) -> bool:
    """Whether a fraction has more digits than anything is measured with."""
    if isinstance(value, int):
        return False
    exponent = value.as_tuple().exponent
    return not isinstance(exponent, int) or exponent < -_MAX_DIGITS


def plain(number: Decimal) -> int | Decimal:
    """An integer where it is one."""
    return int(number) if number == number.to_integral_value() else number


@operator("number", 0.8, "{0} as a number")
def _number(value: Json) -> Json | Nothing:
    number = number_of(value) if isinstance(value, str) else None
    return NOTHING if number is None else plain(number)


@operator("text", 0.6, "{0} as text")
def _text(value: Json) -> Json | Nothing:
    return (
        str(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else NOTHING
    )


@operator("only_number", 1.2, "the only number in {0}")
def _only_number(value: Json) -> Json | Nothing:
    if not isinstance(value, str):
        return NOTHING
    hits = _NUMBER.findall(value)
    number = number_of(hits[0].rstrip(",")) if len(hits) == 1 else None
    return NOTHING if number is None else plain(number)


@operator("number_before", 1.3, "the number before '{1}' in {0}")
def _number_before(value: Json, word: str) -> Json | Nothing:
    if not isinstance(value, str):
        return NOTHING
    hits = {number for number, own in counted(value) if own == word}
    return int(hits.pop()) if len(hits) == 1 else NOTHING


@by_text
def counted(text: str) -> tuple[tuple[str, str], ...]:
    """Whole numbers of a text with the word that follows each."""
    return tuple(_COUNTED.findall(text)) if len(text) < _LONG else ()


@operator("plain_text", 1.2, "{0} spelt plainly")
def _plain_text(value: Json) -> Json | Nothing:
    number = number_of(value)
    return NOTHING if number is None else str(plain(number))


@operator("fixed", 1.8, "{0} with {1} decimals")
def _fixed(value: Json, places: int) -> Json | Nothing:
    number = number_of(value)
    fixed = None if number is None else with_places(number, places)
    return NOTHING if fixed is None else str(fixed)


def with_places(number: Decimal, places: int) -> Decimal | None:
    """The same number with so many decimals; None where digits would be lost, for nobody said how to round."""
    if places > _MAX_PLACES:
        return None
    fixed = number.quantize(Decimal(1).scaleb(-places), context=_WIDE)
    return fixed if fixed == number else None


@operator("rounded", 2.0, "{0} rounded to {1} decimals, {2}")
def _rounded(value: Json, places: int, mode: str) -> Json | Nothing:
    number = number_of(value)
    return NOTHING if number is None else plain(rounded(number, places, mode))


def rounded(number: Decimal, places: int, mode: str) -> Decimal:
    """A number with so many decimals at most."""
    return number.quantize(Decimal(1).scaleb(-places), ROUNDINGS[mode], _WIDE)


@operator("times", 2.4, "{0} times {1}", hard=True)
def _times(value: Json, factor: int) -> Json | Nothing:
    number = amount_of(value)
    return NOTHING if number is None else plain(number * factor)


@operator("over", 2.6, "{0} ÷ {1}", hard=True)
def _over(value: Json, factor: int) -> Json | Nothing:
    number = amount_of(value)
    return NOTHING if number is None else plain(number / factor)


@operator("plus", 2.4, "{0} + {1}", hard=True)
def _plus(value: Json, more: int) -> Json | Nothing:
    number = amount_of(value)
    return NOTHING if number is None else plain(number + more)


@operator("sum", 3.0, "{0} + {1}", hard=True)
def _sum(left: Json, right: Json) -> Json | Nothing:
    return _both(left, right, lambda a, b: a + b)


@operator("difference", 3.0, "{0} minus {1}", hard=True)
def _difference(left: Json, right: Json) -> Json | Nothing:
    return _both(left, right, lambda a, b: a - b)


@operator("product", 3.2, "{0} times {1}", hard=True)
def _product(left: Json, right: Json) -> Json | Nothing:
    return _both(left, right, lambda a, b: a * b)


def _both(
    left: Json, right: Json, combine: Callable[[Decimal, Decimal], Decimal]
) -> Json | Nothing:
    a, b = amount_of(left), amount_of(right)
    return NOTHING if a is None or b is None else plain(combine(a, b))


@operator("quotient", 3.2, "{0} ÷ {1}", hard=True)
def _quotient(left: Json, right: Json) -> Json | Nothing:
    return NOTHING if not amount_of(right) else _both(left, right, lambda a, b: a / b)


def guesses(source: Json, wanted: int | Decimal) -> Iterator[Guess]:
    """Ways from a number or a text that spells one to the wanted number."""
    number = number_of(source)
    if number is None:
        if isinstance(source, str) and len(source) < 400:  # noqa: PLR2004
            yield "only_number", ()
        return
    if number == wanted:
        yield "number", ()
        return
    yield from _factors(number, Decimal(wanted))
    yield from _roundings(number, Decimal(wanted))


def _factors(number: Decimal, target: Decimal) -> Iterator[Guess]:
    for factor in FACTORS:
        if number * factor == target:
            yield "times", (factor,)
        if target * factor == number:
            yield "over", (factor,)
    if abs(target - number) in (1, 2):
        yield "plus", (int(target - number),)


def _roundings(number: Decimal, target: Decimal) -> Iterator[Guess]:
    if abs(target - number) >= 1:
        return
    for places in (0, 1, 2):
        for mode in ROUNDINGS:
            if rounded(number, places, mode) == target:
                yield "rounded", (places, mode)


def spellings(source: Json, wanted: str) -> Iterator[Guess]:
    """Ways from a number to the wanted text that spells one."""
    if number_of(source) is None:
        return
    yield "text", ()
    yield "plain_text", ()
    places = len(wanted.partition(".")[2])
    yield "fixed", (places,)
