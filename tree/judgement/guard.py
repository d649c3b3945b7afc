"""Guards: which of several arms a request takes, told from what varies between their examples.

A guard is one test on one place: a category (each value always led to one arm), or a threshold. It must earn its
keep by description length, n examples' worth of bits over naming the place and its values, and all guards within
six bits of the best must agree. A number between the two classes, or a category never seen, abstains.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from tree.derive.amounts import number_of
from tree.derive.program import spelt
from tree.message import Json
from tree.reading.item import Frame, Path, is_map

MIN_GAIN = 3.0
NEAR_BITS = 6.0
_MAX_FEATURES = 600
_MAX_CATEGORY = 60


class Feature(Struct, frozen=True):
    """Something that can be asked of a frame."""

    kind: str
    """`value`, `number`, or `length`."""
    item: int
    path: Path


class Guard(Struct, frozen=True):
    """A test that picks an arm."""

    feature: Feature
    gain: float
    categories: dict[str, int]
    """Value to arm; empty for a threshold."""
    below: int = -1
    above: int = -1
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)

    def picks(self, frame: Frame) -> int | None:
        """The arm, or None in the gap, for an unseen category, or where the place is missing."""
        values = dict(features(frame, only=self.feature))
        value = values.get(self.feature)
        if value is None:
            return None
        if self.categories:
            return self.categories.get(str(value))
        if not isinstance(value, Decimal):
            return None
        if value <= self.low:
            return self.below
        return self.above if value >= self.high else None

    def described(self) -> str:
        """The test in words."""
        steps = "".join(f".{step}" for step in self.feature.path)
        place = f"{self.feature.kind} of item {self.feature.item}{steps}"
        if self.categories:
            return f"{place} in {sorted(self.categories)}"
        return f"{place} up to {self.low} or from {self.high}"


def features(frame: Frame, only: Feature | None = None) -> Iterator[tuple[Feature, str | Decimal]]:
    """Everything of a frame that could decide; places inside lists only by the lists' lengths."""
    left = _MAX_FEATURES
    for number, item in enumerate(frame):
        if only is not None and number != only.item:
            continue
        for feature, value in _walk(number, (), item.tree, structured=item.structured):
            if only is not None and feature != only:
                continue
            yield feature, value
            left -= 1
            if left <= 0:
                return


def _walk(
    item: int, path: Path, value: Json, *, structured: bool
) -> Iterator[tuple[Feature, str | Decimal]]:
    if isinstance(value, dict):
        if len(value) > 60 or (structured and is_map(value)):  # noqa: PLR2004
            return
        for key in sorted(value):
            yield from _walk(item, (*path, key), value[key], structured=structured)
    elif isinstance(value, list):
        if structured:
            yield Feature("length", item, path), "many" if len(value) > 1 else str(len(value))
            return
        for at, inner in enumerate(value):
            yield from _walk(item, (*path, at), inner, structured=structured)
    else:
        said = spelt(value) if not isinstance(value, bool) and value is not None else repr(value)
        if said is not None and len(said) <= _MAX_CATEGORY:
            yield Feature("value", item, path), said
        if (number := number_of(value)) is not None:
            yield Feature("number", item, path), number


def guards(frames: Sequence[Frame], labels: Sequence[int]) -> list[Guard]:
    """Tests that separate all examples rightly and earn their keep, best first; empty where none does."""
    table: dict[Feature, list[str | Decimal]] = {}
    for frame in frames:
        for feature, value in features(frame):
            table.setdefault(feature, []).append(value)
    whole = {feature: values for feature, values in table.items() if len(values) == len(frames)}
    varied = {feature: values for feature, values in whole.items() if len(set(values)) > 1}
    worth = _entropy_bits(labels) - math.log2(max(1, len(varied)))
    found = []
    for feature, values in varied.items():
        guard = _threshold(feature, values, labels, worth) if feature.kind == "number" else None
        if guard is None and feature.kind != "number":
            guard = _category(feature, values, labels, worth)
        if guard is not None:
            found.append(guard)
    found.sort(key=lambda guard: (-guard.gain, repr(guard.feature)))
    return [guard for guard in found if guard.gain >= found[0].gain - NEAR_BITS]


def _entropy_bits(labels: Sequence[int]) -> float:
    count = Counter(labels)
    return -sum(n * math.log2(n / len(labels)) for n in count.values())


def _category(
    feature: Feature, values: Sequence[Json], labels: Sequence[int], worth: float
) -> Guard | None:
    chosen: dict[str, int] = {}
    for value, label in zip(values, labels, strict=True):
        if chosen.setdefault(str(value), label) != label:
            return None
    gain = worth - len(chosen) * math.log2(max(2, len(set(labels))))
    if gain < MIN_GAIN:
        return None
    seen = Counter(map(str, values))
    return Guard(feature, gain, {value: arm for value, arm in chosen.items() if seen[value] > 1})


def _threshold(
    feature: Feature, values: Sequence[Json], labels: Sequence[int], worth: float
) -> Guard | None:
    arms = sorted(set(labels))
    if len(arms) != 2:  # noqa: PLR2004
        return None
    sides = {
        arm: [v for v, label in zip(values, labels, strict=True) if label == arm] for arm in arms
    }
    below, above = sorted(arms, key=lambda arm: max(sides[arm]))
    low, high = max(sides[below]), min(sides[above])
    gain = worth - math.log2(len(values) + 1)
    if low >= high or gain < MIN_GAIN:
        return None
    return Guard(feature, gain, {}, below, above, low, high)
