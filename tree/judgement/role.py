"""The roles of places: what of a context always was the same, what has few values, and what nothing reads.

What no answer reads may still decide. So a value that was the same in all examples is a condition until an example
breaks it, and a new value in a place that had few of them is one too; likewise the length of a list that always had
it. Stamps, digests and numbers of things are noise.
"""

import hashlib
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Self

from msgspec import Struct

from tree.derive.program import found, spelt
from tree.judgement import doubt
from tree.message import Json
from tree.reading.item import Frame, Path, is_map
from tree.reading.tokens import mask

MAX_CLOSED = 3
"""A place with more values than this has had new ones that changed nothing: it is open."""
_MAX_KEYS = 60
_LONGEST = 160
_NOISE = frozenset(["datetime", "date", "time", "uuid", "hex", "id"])

type Place = tuple[int, Path]
"""Of a frame: the number of an item, and where in it."""


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

    @classmethod
    def of(cls, frames: Sequence[Frame], read: AbstractSet[Place]) -> Self:
        """The roles in these examples, of which answers and guards read `read`."""
        columns: dict[Place, list[Json]] = {}
        for frame in frames:
            for place, value in places(frame):
                columns.setdefault(place, []).append(value)
        fixed: dict[Place, str] = {}
        closed: dict[Place, tuple[str, ...]] = {}
        free: list[Place] = []
        for place, values in columns.items():
            distinct = set(map(spelling, values))
            if len(distinct) == 1 and len(values) == len(frames):
                fixed[place] = distinct.pop()
            elif place not in read and not _is_noise(values):
                if len(distinct) <= MAX_CLOSED and 2 * len(distinct) <= len(values):
                    closed[place] = tuple(sorted(distinct))
                free.append(place)
        sizes = list(map(list, map(lengths, frames)))
        always = sizes[0] if sizes else []
        for others in sizes[1:]:
            always = [one for one in always if one in others]
        return cls(fixed, closed, tuple(free), tuple(always))

    def outside(self, frame: Frame) -> str | None:
        """Why a frame is none of those that the examples speak for; None if it is."""
        for (item, path), known in self.fixed.items():
            if spelling(found(frame[item], path)) != known:
                return doubt.never_otherwise(frame, item, path, known)
        for item, path, size in self.sizes:
            now = found(frame[item], path)
            if not isinstance(now, list) or len(now) != size:
                return doubt.never_so_many(item, path, now, size)
        for (item, path), few in self.closed.items():
            if spelling(found(frame[item], path)) not in few:
                return doubt.never_this(frame, item, path, few)
        return None


def spelling(value: Json) -> str:
    """What tells a value from all others and fits in a row: `repr`, or the beginning and a digest of a long one."""
    text = repr(value)
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{text[: _LONGEST // 2]}… {digest}{text[-1]}"


def lengths(frame: Frame) -> Iterator[tuple[int, Path, int]]:
    """How many entries each list outside other lists has."""
    for number, item in enumerate(frame):
        if item.structured:
            yield from ((number, path, size) for path, size in _lengths((), item.tree))


def _lengths(path: Path, value: Json) -> Iterator[tuple[Path, int]]:
    if isinstance(value, list):
        yield path, len(value)
    elif isinstance(value, dict) and len(value) <= _MAX_KEYS and not is_map(value):
        for key in value:
            yield from _lengths((*path, key), value[key])


def places(frame: Frame) -> list[tuple[Place, Json]]:
    """Scalars outside lists, and slots of texts."""
    out: list[tuple[Place, Json]] = []
    for number, item in enumerate(frame):
        _places(number, (), item.tree, out, structured=item.structured)
    return out


def _places(
    item: int,
    path: Path,
    value: Json,
    out: list[tuple[Place, Json]],
    *,
    structured: bool,
) -> None:
    if isinstance(value, dict):
        if len(value) <= _MAX_KEYS and not (structured and is_map(value)):
            for key in value:
                _places(item, (*path, key), value[key], out, structured=structured)
    elif isinstance(value, list):
        if not structured:
            for at, inner in enumerate(value):
                _places(item, (*path, at), inner, out, structured=True)
    else:
        out.append(((item, path), value))


def _is_noise(values: Sequence[Json]) -> bool:
    """Typed values that hardly ever repeat: stamps, digests, numbers of things."""
    said = [spelt(value) for value in values]
    if len(set(said)) < len(said) - len(said) // 8 or isinstance(values[0], bool):
        return False
    return all(text is not None and _noisy(text) for text in said)


def _noisy(text: str) -> bool:
    parts = text.split()
    return bool(parts) and all(mask(part) in _NOISE for part in parts)
