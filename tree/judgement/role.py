"""The roles of places: what of a context always was the same, what has few values, and what nothing reads.

What no answer reads may still decide. So a value that was the same in all examples is a condition until an example
breaks it, and a new value in a place that had few of them is one too; likewise the length of a list that always had
it, and the signs of numbers: who owed something so far may be owed something now. Stamps, digests and numbers of
things are noise.

A place that is read may decide as well. Measured on scripted workflows: a severity that was copied had three values in
two dozen runs, and the fourth called for something else.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from itertools import chain
from typing import Self

from msgspec import Struct

from tree.derive.amounts import number_of
from tree.derive.program import NOTHING, Nothing, found, spelt
from tree.judgement import doubt
from tree.judgement.entries import Kinds, kinds, unmet
from tree.judgement.form import form_of, forms_of, has_one, sort_of
from tree.judgement.place import Place, lengths, places_of_item, spelling
from tree.judgement.reach import Reaches, beyond, length_of, reach_of
from tree.judgement.tie import Ties, ties, untied
from tree.judgement.turn import turns
from tree.message import Json
from tree.reading.item import Frame, Item, Path
from tree.reading.tokens import mask
from tree.template.view import HEADS

MAX_CLOSED = 3
"""A place with more values than this has had new ones that changed nothing: it is open."""
MAX_KINDS = 8
"""The same of a place whose values are words, unless it stands in instructions: kinds of things are called so."""
_MIN_KINDS = 9
"""Examples of these before they are taken to be all: of twenty names, six people may well have four."""
MAX_COPIED = 4
"""And of one that is read: what is only copied may have any value, but one of four kinds may also decide."""
_NOISE = frozenset(["datetime", "date", "time", "uuid", "hex", "id"])
_PROVEN = 4
"""Examples for each value of a place that is read before it is taken to have no others."""
_MIN_SIGNED, _MAX_SIGNS = 3, 3
_WORDS = re.compile(r"[^\W\d]+(?:[ ,.'!?-]+[^\W\d]+)*[.!?]?")


class Roles(Struct, frozen=True, gc=False):
    """What the examples of a node say of the places that they share; in an order that follows from these alone."""

    fixed: dict[Place, str] = {}
    """Places with one value in all examples, as `spelling` has it."""
    closed: dict[Place, tuple[str, ...]] = {}
    """Unread places with few values, spelt likewise."""
    free: tuple[Place, ...] = ()
    """Unread places that vary and are no noise: any of them may be what decides."""
    sizes: tuple[tuple[int, Path, int], ...] = ()
    """Lists with one length in all examples."""
    signs: tuple[tuple[int, Path, tuple[int, ...]], ...] = ()
    """Places that always had a number, of this sign or these: -1, 0, 1."""
    ties: Ties = {}
    """Where what the user said always stands again, and where it ever does."""
    forms: tuple[tuple[int, Path, tuple[str, ...]], ...] = ()
    """Places that always had a text of this form, or one of these."""
    kinds: tuple[Kinds, ...] = ()
    """Places within the records of lists that had few values, or few forms."""
    turns: tuple[tuple[int, Path, tuple[str, ...]], ...] = ()
    """Places with texts of several words, and which words that turn their meaning were ever among them."""
    reaches: Reaches = ()
    """Places with numbers, and lists: how large, and how long, they may be."""

    @classmethod
    def of(
        cls,
        frames: Sequence[Frame],
        read: AbstractSet[Place],
        past: AbstractSet[Place] = frozenset(),
    ) -> Self:
        """The roles in these examples.

        Args:
            frames: Of the examples.
            read: What answers and guards read.
            past: What all answers give up (see `amended`): not read, and yet nothing that may decide.
        """
        columns, spelt_there = _columns(frames)
        fixed: dict[Place, str] = {}
        closed: dict[Place, tuple[str, ...]] = {}
        free: list[Place] = []
        signs: list[tuple[int, Path, tuple[int, ...]]] = []
        for place, values in columns.items():
            distinct = spelt_there[place]
            if len(distinct) == 1:
                fixed[place] = next(iter(distinct))
            elif not is_noise(values):
                if _is_closed(len(distinct), values, frames[0][place[0]], read=place in read):
                    closed[place] = tuple(sorted(distinct))
                elif len(values) >= _MIN_SIGNED and (own := _signs(values)):
                    signs.append((*place, own))
                if place not in read | past:
                    free.append(place)
        return cls(
            fixed,
            closed,
            tuple(free),
            _same_sizes(frames),
            tuple(signs),
            ties(frames),
            _forms(frames, columns, fixed),
            kinds(frames),
            _turns(frames, columns, fixed),
            _reaches(frames, columns, fixed),
        )

    def outside(self, frame: Frame, new: AbstractSet[int] | None = None) -> str | None:
        """Why a frame is none of those that the examples speak for; None if it is.

        Args:
            frame: What is asked about.
            new: Numbers of its items; the others were in one that the examples speak for. None for all of them.
        """
        if new is None:
            new = frozenset(range(len(frame)))
        odd = chain(
            self._odd_places(frame, new), self._odd_lists(frame, new), self._odd_texts(frame, new)
        )
        return next(odd, None)

    def _odd_places(self, frame: Frame, new: AbstractSet[int]) -> Iterator[str]:
        for (item, path), known in self.fixed.items():
            if item in new and spelling(found(frame[item], path)) != known:
                yield doubt.never_otherwise(frame, item, path, known)
        for (item, path), few in self.closed.items():
            if item in new and spelling(found(frame[item], path)) not in few:
                yield doubt.never_this(frame, item, path, few)
        for item, path, signs in self.signs:
            if item in new and _sign(value := found(frame[item], path)) not in signs:
                yield doubt.never_signed(item, path, value, signs)

    def _odd_texts(self, frame: Frame, new: AbstractSet[int]) -> Iterator[str]:
        for item, path, forms in self.forms:
            if item in new and not has_one(value := found(frame[item], path), forms):
                yield doubt.never_such(item, path, value, forms)
        for item, path, words in self.turns:
            if item in new and (news := turns(found(frame[item], path)).difference(words)):
                yield doubt.never_turned(item, path, min(news))

    def _odd_lists(self, frame: Frame, new: AbstractSet[int]) -> Iterator[str]:
        for item, path, size in self.sizes:
            if item in new:
                now = found(frame[item], path)
                if not isinstance(now, list) or len(now) != size:
                    yield doubt.never_so_many(item, path, now, size)
        for item, path, reach in self.reaches:
            if item in new and beyond(value := found(frame[item], path), reach):
                yield doubt.never_so_far(item, path, value)
        if (odd := unmet([own for own in self.kinds if own.item in new], frame)) is not None:
            yield doubt.never_among(*odd)
        # What the user said may stand again in any item: a tie is one of all of them.
        if new and (news := untied(self.ties, frame)) is not None:
            yield doubt.never_tied(*news)


def _columns(frames: Sequence[Frame]) -> tuple[dict[Place, list[Json]], dict[Place, set[str]]]:
    """The values of each place that all frames have, and how they are spelt; a key that comes and goes is data."""
    columns: dict[Place, list[Json]] = {}
    spelt_there: dict[Place, set[str]] = {}
    for frame in frames:
        for number, item in enumerate(frame):
            for path, value, said in places_of_item(item):
                columns.setdefault((number, path), []).append(value)
                spelt_there.setdefault((number, path), set()).add(said)
    whole = {place: values for place, values in columns.items() if len(values) == len(frames)}
    return whole, spelt_there


def _forms(
    frames: Sequence[Frame], columns: dict[Place, list[Json]], fixed: dict[Place, str]
) -> tuple[tuple[int, Path, tuple[str, ...]], ...]:
    """Places that had texts of few forms; not in instructions, where stamps and digests may look like anything."""
    return tuple(
        (*place, forms)
        for place, values in columns.items()
        if len(values) >= _MIN_SIGNED
        and place not in fixed
        and frames[0][place[0]].kind not in HEADS
        and all(isinstance(value, str) for value in values)
        and (forms := forms_of(set(map(form_of, values)), set(map(sort_of, values)), len(values)))
    )


def _turns(
    frames: Sequence[Frame], columns: dict[Place, list[Json]], fixed: dict[Place, str]
) -> tuple[tuple[int, Path, tuple[str, ...]], ...]:
    return tuple(
        (*place, tuple(sorted(frozenset().union(*map(turns, values)))))
        for place, values in columns.items()
        if place not in fixed
        and frames[0][place[0]].kind not in HEADS
        and any(isinstance(value, str) and " " in value for value in values)
    )


def _reaches(
    frames: Sequence[Frame], columns: dict[Place, list[Json]], fixed: dict[Place, str]
) -> Reaches:
    told: dict[Place, list[int]] = {}
    for frame in frames:
        for item, path, size in lengths(frame):
            told.setdefault((item, path), []).append(size)
    numbers = (
        (*place, reach)
        for place, values in columns.items()
        if place not in fixed
        and frames[0][place[0]].kind not in HEADS
        and (reach := reach_of(values)) is not None
    )
    lists = (
        (*place, reach)
        for place, sizes in told.items()
        if len(sizes) == len(frames) and (reach := length_of(sizes)) is not None
    )
    return (*numbers, *lists)


def _same_sizes(frames: Sequence[Frame]) -> tuple[tuple[int, Path, int], ...]:
    sizes = list(map(list, map(lengths, frames)))
    always = sizes[0] if sizes else []
    for others in sizes[1:]:
        always = [one for one in always if one in others]
    return tuple(always)


def _is_closed(distinct: int, values: Sequence[Json], item: Item, *, read: bool) -> bool:
    """Whether a place that has had so many values, one in each of `values`, is taken to have no others."""
    if read:
        return distinct <= MAX_COPIED and _PROVEN * distinct <= len(values)
    if distinct <= MAX_CLOSED:
        return 2 * distinct <= len(values)
    kinds = item.kind not in HEADS and all(map(_is_word, values))
    enough = len(values) >= _MIN_KINDS and 3 * distinct <= 2 * len(values)
    return kinds and distinct <= MAX_KINDS and enough


def _is_word(value: Json) -> bool:
    return isinstance(value, str) and _WORDS.fullmatch(value) is not None


def _signs(values: Sequence[Json]) -> tuple[int, ...]:
    """The signs of numbers; none where something else is among them, or where there is any."""
    signs = set(map(_sign, values))
    known = tuple(sorted(sign for sign in signs if sign is not None))
    return known if len(known) == len(signs) < _MAX_SIGNS else ()


def _sign(value: Json | Nothing) -> int | None:
    """Of a number however large; None of what is none."""
    if isinstance(value, bool) or value is NOTHING:
        return None
    number = value if isinstance(value, (int, Decimal)) else number_of(value)
    return None if number is None else (number > 0) - (number < 0)


def is_noise(values: Sequence[Json]) -> bool:
    """Typed values that hardly ever repeat: stamps, digests, numbers of things."""
    said = [spelt(value) for value in values]
    if len(set(said)) < len(said) - len(said) // 8 or isinstance(values[0], bool):
        return False
    return all(text is not None and _noisy(text) for text in said)


def _noisy(text: str) -> bool:
    parts = text.split()
    return bool(parts) and all(mask(part) in _NOISE for part in parts)
