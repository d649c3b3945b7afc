"""Variety: what an example shows that no other one does, so that of many the telling ones are kept.

Sixteen examples stand for all that a node has met. What they show of its places is what may be served: the values of
places that have few, two of these together, how small and how large numbers get. An example that alone shows one of
these is kept for as long as it is not too old; of the others the oldest goes. Measured on scripted workflows: where a
branch needs two conditions, the oldest going first forgot the rare cases that tell it.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import combinations

from tree.derive.amounts import number_of
from tree.judgement.place import Place, places_of_item
from tree.judgement.role import is_noise
from tree.message import Json
from tree.reading.item import Frame

MAX_FEW = 8
"""Values of a place that has few."""
_MAX_PAIRED_VALUES = 4
_MAX_PAIRED = 8
_MAX_NUMBERS = 4


def own_facts(frames: Sequence[Frame]) -> list[int]:
    """Of each frame: how much it shows that none of the others does."""
    shown = [set[Hashable]() for _ in frames]
    columns = _columns(frames)
    for fact, at in (*_values(columns), *_extremes(columns), *_pairs(columns)):
        shown[at].add(fact)
    often = Counter(fact for own in shown for fact in own)
    return [sum(often[fact] == 1 for fact in own) for own in shown]


type _Column = dict[int, tuple[Json, str]]
"""Number of a frame to the value of a place, and how that is spelt."""


def _columns(frames: Sequence[Frame]) -> dict[Place, _Column]:
    columns: dict[Place, _Column] = {}
    for at, frame in enumerate(frames):
        for number, item in enumerate(frame):
            for path, value, said in places_of_item(item):
                columns.setdefault((number, path), {})[at] = value, said
    return {
        place: column
        for place, column in columns.items()
        if len(column) == len(frames)
        and len({said for _, said in column.values()}) > 1
        and not is_noise([value for value, _ in column.values()])
    }


def _few(column: _Column, most: int) -> bool:
    return len({said for _, said in column.values()}) <= most


def _values(columns: dict[Place, _Column]) -> Iterator[tuple[Hashable, int]]:
    for place, column in columns.items():
        if _few(column, MAX_FEW):
            yield from (((place, said), at) for at, (_, said) in column.items())


def _pairs(columns: dict[Place, _Column]) -> Iterator[tuple[Hashable, int]]:
    few = [place for place, column in columns.items() if _few(column, _MAX_PAIRED_VALUES)]
    for left, right in combinations(few[:_MAX_PAIRED], 2):
        for at in columns[left].keys() & columns[right].keys():
            yield (left, right, columns[left][at][1], columns[right][at][1]), at


def _extremes(columns: dict[Place, _Column]) -> Iterator[tuple[Hashable, int]]:
    numeric = 0
    for place, column in columns.items():
        numbers = {at: number_of(value) for at, (value, _) in column.items()}
        known = {number: at for at, number in numbers.items() if number is not None}
        if _few(column, MAX_FEW) or len(known) < len(column) or numeric >= _MAX_NUMBERS:
            continue
        numeric += 1
        yield (place, "least"), known[min(known)]
        yield (place, "most"), known[max(known)]
