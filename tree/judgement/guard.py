"""Guards: which of several arms a request takes, told from what varies between their examples.

A guard is a test on one place: a category (each value always led to one arm), or a threshold; where no place alone
tells, on a word of a text, or on two places together. It must earn its keep by description length, n examples'
worth of bits over naming the places and their values, and all guards within six bits of the best must agree. A
number between the two classes, a category or a combination never seen, and a text with a word never seen abstain.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, combinations

from msgspec import Struct

from tree.derive.program import found
from tree.judgement.feature import (
    Feature,
    Said,
    ask,
    ask_two,
    day_of,
    features,
    finer,
    lists_of,
    words,
)
from tree.message import Json
from tree.reading.item import Frame

MIN_GAIN = 3.0
NEAR_BITS = 6.0
_FINER_BITS = 3.0
"""What a less plain sort of question must earn beyond that: the plain ones were tried before it, and failed."""
_MAX_PAIRED = 24
"""Features of a frame that are tried two at a time."""
_MAX_CELLS = 8
_MAX_KINDS = 4
_MAX_COMPARED = 60
_MAX_MEASURED, _MAX_SOUGHT = 12, 24
_MIN_SIDE = 2
_SEPARATOR = "\x1f"


class Cut(Struct, frozen=True, gc=False):
    """Where numbers part: up to `low` one arm, from `high` on another, and between them none."""

    below: int
    above: int
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)

    def side(self, value: Said | None) -> int | None:
        """The arm of a number."""
        if self.below == self.above:
            return self.below
        if not isinstance(value, Decimal):
            return None
        if value <= self.low:
            return self.below
        return self.above if value >= self.high else None


class Guard(Struct, frozen=True, gc=False):
    """A test that picks an arm."""

    feature: Feature
    gain: float
    categories: dict[str, int]
    """Value to arm; empty for a threshold."""
    below: int = -1
    above: int = -1
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    second: Feature | None = None
    """Asked together with the first: categories are of both, or cuts are of the second for each of the first."""
    cuts: dict[str, Cut] = {}
    known: tuple[str, ...] = ()
    """All words that were met, where a word is looked for."""

    @property
    def asked(self) -> tuple[Feature, ...]:
        """What it asks."""
        return (self.feature,) if self.second is None else (self.feature, self.second)

    def picks(self, frame: Frame) -> int | None:
        """The arm, or None in the gap, for an unseen category, or where the place is missing."""
        value = ask(frame, self.feature)
        if value is None or not self._heard(frame):
            return None
        if self.second is not None:
            other = ask(frame, self.second)
            if other is None:
                return None
            if self.cuts:
                cut = self.cuts.get(str(value))
                return None if cut is None else cut.side(other)
            return self.categories.get(_both(value, other))
        if self.categories:
            return self.categories.get(str(value))
        return Cut(self.below, self.above, self.low, self.high).side(value)

    def case(self, frame: Frame) -> str:
        """What it asks of a frame, in short: a category, or whether a number stands at a limit."""
        limits = {self.low, self.high}.union(*((cut.low, cut.high) for cut in self.cuts.values()))
        said = [ask(frame, feature) for feature in self.asked]
        return _SEPARATOR.join(
            ("limit" if one in limits else "") if isinstance(one, Decimal) else str(one)
            for one in said
        )

    def _heard(self, frame: Frame) -> bool:
        """Whether a text in which a word is looked for has no word that was never met: it could turn the meaning."""
        if self.feature.kind != "word":
            return True
        text = ask(frame, Feature("value", self.feature.item, self.feature.path))
        return isinstance(text, str) and words(text) <= set(self.known)


def _both(first: Json, second: Json) -> str:
    return f"{first}{_SEPARATOR}{second}"


def guards(frames: Sequence[Frame], labels: Sequence[int]) -> list[Guard]:
    """Tests that separate all examples rightly and earn their keep, best first; empty where none does."""
    plain = _table(frames, features)
    fine = _table(frames, finer) | _compared(plain)
    both = plain | fine
    for stage, told in enumerate(
        (
            _singles(plain, labels),
            _singles(fine, labels),
            _singles(_measured(plain, frames), labels),
            _wordy(plain, labels),
            _pairs(both, labels),
        )
    ):
        least = MIN_GAIN + (_FINER_BITS if stage else 0.0)
        kept = sorted(
            (guard for guard in told if guard.gain >= least),
            key=lambda guard: (-guard.gain, repr(guard.asked)),
        )
        if kept:
            return [guard for guard in kept if guard.gain >= kept[0].gain - NEAR_BITS]
    return []


type Table = dict[Feature, list[Said]]
"""Features that all examples have and that vary, with the value in each."""


def _table(
    frames: Sequence[Frame], source: Callable[[Frame], Iterator[tuple[Feature, Said]]]
) -> Table:
    table: Table = {}
    for frame in frames:
        for feature, value in source(frame):
            table.setdefault(feature, []).append(value)
    for feature in [own for own in table if own.kind == "key"]:
        # Listed where the map has the key only.
        said = [ask(frame, feature) for frame in frames]
        table[feature] = [value for value in said if value is not None]
    return {
        feature: values
        for feature, values in table.items()
        if len(values) == len(frames) and len(set(values)) > 1
    }


def _compared(table: Table) -> Table:
    """Pairs of places that have the same value in some examples, and not in others."""
    places = [feature for feature in table if feature.kind == "value"][:_MAX_COMPARED]
    pairs = (("same", left, right) for left, right in combinations(places, 2))
    return _asked_of_two(pairs, lambda feature: table[feature])


def _measured(table: Table, frames: Sequence[Frame]) -> Table:
    """Which of two numbers is less, how many days lie between two dates, and whether a list holds a value."""
    places = [feature for feature in table if feature.kind == "value"]
    numbers = [feature for feature in table if feature.kind == "number"][:_MAX_MEASURED]
    dates = [own for own in places if all(map(day_of, table[own]))][:_MAX_MEASURED]
    pairs = chain(
        (("less", left, right) for left, right in combinations(numbers, 2)),
        (("days", left, right) for left, right in combinations(dates, 2)),
        (("holds", rows, own) for rows in lists_of(frames) for own in places[:_MAX_SOUGHT]),
    )
    return _asked_of_two(pairs, lambda own: [found(frame[own.item], own.path) for frame in frames])


def _asked_of_two(
    pairs: Iterable[tuple[str, Feature, Feature]], values: Callable[[Feature], Sequence[Json]]
) -> Table:
    """What two places say of one another, where it is not always the same."""
    table: Table = {}
    for kind, left, right in pairs:
        said = [
            answer
            for a, b in zip(values(left), values(right), strict=True)
            if (answer := ask_two(kind, a, b)) is not None
        ]
        if len(said) < len(values(left)):
            continue
        varies = len(set(said)) > 1
        if varies and (kind == "days" or min(Counter(said).values()) >= _MIN_SIDE):
            table[Feature(kind, left.item, left.path, other=(right.item, right.path))] = said
    return table


def _entropy_bits(labels: Sequence[int]) -> float:
    count = Counter(labels)
    return -sum(n * math.log2(n / len(labels)) for n in count.values())


def _worth(labels: Sequence[int], candidates: int) -> float:
    """What telling the labels is worth, less the naming of one of so many candidates."""
    return _entropy_bits(labels) - math.log2(max(1, candidates))


def _singles(table: Table, labels: Sequence[int]) -> Iterator[Guard]:
    worth = _worth(labels, len(table))
    for feature, values in table.items():
        if feature.numeric:
            cut = _cut(values, labels)
            if cut is not None:
                gain = worth - math.log2(len(values) + 1)
                yield Guard(feature, gain, {}, cut.below, cut.above, cut.low, cut.high)
        elif (guard := _category(feature, values, labels, worth)) is not None:
            yield guard


def _category(
    feature: Feature, values: Sequence[Json], labels: Sequence[int], worth: float
) -> Guard | None:
    chosen: dict[str, int] = {}
    for value, label in zip(values, labels, strict=True):
        if chosen.setdefault(str(value), label) != label:
            return None
    gain = worth - len(chosen) * math.log2(max(2, len(set(labels))))
    seen = Counter(map(str, values))
    return Guard(feature, gain, {value: arm for value, arm in chosen.items() if seen[value] > 1})


def _cut(values: Sequence[Said], labels: Sequence[int]) -> Cut | None:
    """Where numbers of two classes part; none if they overlap."""
    arms = sorted(set(labels))
    if len(arms) != 2:  # noqa: PLR2004
        return None
    sides: dict[int, list[Decimal]] = {
        arm: [
            v
            for v, label in zip(values, labels, strict=True)
            if label == arm and isinstance(v, Decimal)
        ]
        for arm in arms
    }
    below, above = sorted(arms, key=lambda arm: max(sides[arm]))
    low, high = max(sides[below]), min(sides[above])
    return Cut(below, above, low, high) if low < high else None


def _wordy(table: Table, labels: Sequence[int]) -> Iterator[Guard]:
    """Words that some texts of a place have and others have not."""
    found: dict[Feature, tuple[list[str], frozenset[str]]] = {}
    for feature in [feature for feature in table if feature.kind == "value"]:
        heard = [words(str(value)) for value in table[feature]]
        known = frozenset().union(*heard)
        for word in sorted(known - {"#"}):
            said = ["yes" if word in own else "no" for own in heard]
            if min(said.count("yes"), said.count("no")) >= _MIN_SIDE:
                found[Feature("word", feature.item, feature.path, word)] = said, known
    worth = _worth(labels, len(found))
    for feature, (said, known) in found.items():
        guard = _category(feature, said, labels, worth)
        if guard is not None:
            yield Guard(feature, guard.gain, guard.categories, known=tuple(sorted(known)))


def _pairs(table: Table, labels: Sequence[int]) -> Iterator[Guard]:
    """Two categories together, or a threshold for each value of a category."""
    few = [feature for feature, values in table.items() if not feature.numeric and _few(values)][
        :_MAX_PAIRED
    ]
    numbers = [feature for feature in table if feature.kind == "number"][:_MAX_PAIRED]
    worth = _worth(labels, len(few) * (len(few) - 1) // 2 + len(few) * len(numbers))
    for first, second in combinations(few, 2):
        both = [_both(a, b) for a, b in zip(table[first], table[second], strict=True)]
        guard = _category(first, both, labels, worth)
        if guard is not None and len(set(both)) <= _MAX_CELLS:
            yield Guard(first, guard.gain, guard.categories, second=second)
    for first in few:
        for second in numbers:
            cut = _cuts(first, second, table, labels, worth)
            if cut is not None:
                yield cut


def _few(values: Sequence[Said]) -> bool:
    count = Counter(values)
    return len(count) <= _MAX_KINDS and min(count.values()) >= _MIN_SIDE


def _cuts(
    first: Feature, second: Feature, table: Table, labels: Sequence[int], worth: float
) -> Guard | None:
    cuts: dict[str, Cut] = {}
    gain = worth
    for kind in sorted(set(map(str, table[first]))):
        cell = [at for at, value in enumerate(table[first]) if str(value) == kind]
        own = [labels[at] for at in cell]
        if len(set(own)) == 1:
            cut: Cut | None = Cut(own[0], own[0])
            gain -= math.log2(max(2, len(set(labels))))
        else:
            cut = _cut([table[second][at] for at in cell], own)
            gain -= math.log2(len(cell) + 1) + 1
        if cut is None:
            return None
        cuts[kind] = cut
    return Guard(first, gain, {}, second=second, cuts=cuts)
