"""Ties: where what the user said stands again. Whether it does is often what decides, and no answer shows it.

A search goes on until a page has what was looked for; a record is dealt with because it belongs to whom the user named.
So a value that always stood again somewhere must stand there, and one that never stood there must not. Only values that
stand nowhere by accident are looked at, and places in lists are all one.
"""

from collections.abc import Container, Iterator, Sequence

from tree.derive.program import spelt
from tree.derive.search import bits
from tree.message import Json
from tree.reading.held import by_item
from tree.reading.item import Frame, Item, Path

type Place = tuple[int, Path]
"""Of a frame: the number of an item, and where in it; `*` for any place of a list."""
type Ties = dict[Place, tuple[tuple[Place, ...], tuple[Place, ...]]]
"""For what the user said: where it always stood again, and where it ever did."""

_TELLING_BITS = 10.0
_MIN_EXAMPLES = 4
_MAX_SAID = 24
_MAX_LEAVES = 1000
_LONG = 200
_DONE = "done"
_ANY = "*"


def ties(frames: Sequence[Frame]) -> Ties:
    """The ties that these frames have in common, of places that held a telling value in all of them."""
    if len(frames) < _MIN_EXAMPLES:
        return {}
    found = [dict(_again(frame)) for frame in frames]
    common = [place for place in found[0] if all(place in own for own in found)]
    return {
        place: (
            tuple(sorted(frozenset.intersection(*(own[place] for own in found)), key=repr)),
            tuple(sorted(frozenset.union(*(own[place] for own in found)), key=repr)),
        )
        for place in common
    }


def untied(known: Ties, frame: Frame) -> tuple[Place, Place, bool] | None:
    """What the user said, a place, and whether it stands there now, where that is new; None where nothing is."""
    for place, now in _again(frame, known) if known else ():
        always, ever = known[place]
        for other in always:
            if other not in now:
                return place, other, False
        for other in sorted(now - set(ever), key=repr):
            return place, other, True
    return None


def _again(
    frame: Frame, only: Container[Place] | None = None
) -> Iterator[tuple[Place, frozenset[Place]]]:
    """Each telling value that the user said, and where else it stands; but for places that nobody asks for."""
    left = _MAX_SAID
    for number, item in enumerate(frame):
        for path, said in _said(item) if item.kind == "user" else ():
            if left > 0 and _ANY not in path:
                left -= 1
                if only is not None and (number, path) not in only:
                    continue
                yield (
                    (number, path),
                    frozenset(
                        (at, spot)
                        for at, other in enumerate(frame)
                        if at > number and other.kind != _DONE
                        for spot in _spots(other).get(said, ())
                    ),
                )


@by_item
def _said(item: Item) -> tuple[tuple[Path, str], ...]:
    out: list[tuple[Path, str]] = []
    _walk((), item.tree, out, structured=item.structured)
    return tuple((path, said) for path, said in out if bits(said) >= _TELLING_BITS)


@by_item
def _spots(item: Item) -> dict[str, tuple[Path, ...]]:
    found: dict[str, dict[Path, None]] = {}
    out: list[tuple[Path, str]] = []
    _walk((), item.tree, out, structured=item.structured)
    for path, said in out:
        found.setdefault(said, {})[path] = None
    return {said: tuple(paths) for said, paths in found.items()}


def _walk(path: Path, value: Json, out: list[tuple[Path, str]], *, structured: bool) -> None:
    if len(out) >= _MAX_LEAVES:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            _walk((*path, key), inner, out, structured=structured)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            _walk((*path, _ANY if structured else at), inner, out, structured=True)
    elif (said := spelt(value)) and len(said) <= _LONG:
        out.append((path, said.casefold()))
