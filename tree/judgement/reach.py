"""Reach: how large and how small numbers got so far, and how long lists.

What is far beyond all that was met is another case, whatever was done with the others: an order for a million, a share
that is told in hundredths now, forty mails at once where there were three.
"""

from collections.abc import Sequence
from decimal import Decimal

from tree.derive.amounts import number_of
from tree.derive.program import NOTHING, Nothing
from tree.message import Json
from tree.reading.item import Path

_TIMES = 100
"""So many times as large or as small is beyond reach: with ten, numbers of things were, that had one digit more."""
_TIMES_AS_LONG, _MORE = 5, 5
_MIN_EXAMPLES = 5

type Reach = tuple[str, str]
"""How far from 0 a number may be, at least and at most, spelt out; 0 always may be. Or how long a list may be."""
type Reaches = tuple[tuple[int, Path, Reach], ...]


def reach_of(values: Sequence[Json]) -> Reach | None:
    """How far from 0 a number may be where these stood; None where they are no numbers, or too few."""
    numbers = [number_of(value) for value in values]
    known = [abs(number) for number in numbers if number is not None]
    if len(known) < max(_MIN_EXAMPLES, len(numbers)) or not max(known):
        return None
    return str(min(filter(None, known)) / _TIMES), str(_TIMES * max(known))


def length_of(lengths: Sequence[int]) -> Reach | None:
    """How long a list may be that was so long; None where there are too few."""
    if len(lengths) < _MIN_EXAMPLES:
        return None
    return "0", str(_TIMES_AS_LONG * max(lengths) + _MORE)


def beyond(value: Json | Nothing, reach: Reach) -> bool:
    """Whether a number, or the length of a list, is out of reach."""
    number = None if value is NOTHING else number_of(value)
    far = (
        Decimal(len(value)) if isinstance(value, list) else None if number is None else abs(number)
    )
    return far is None or (far != 0 and not Decimal(reach[0]) <= far <= Decimal(reach[1]))
