"""The places of a frame: its scalars outside lists, the slots of its texts, and its lists, each with what is there."""

import hashlib
from collections.abc import Iterator

from tree.message import Json
from tree.reading.held import by_item
from tree.reading.item import Frame, Item, Path, is_map

_MAX_KEYS = 60
_LONGEST = 160

type Place = tuple[int, Path]
"""Of a frame: the number of an item, and where in it."""


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
    return [
        ((number, path), value)
        for number, item in enumerate(frame)
        for path, value, _ in places_of_item(item)
    ]


@by_item
def places_of_item(item: Item) -> tuple[tuple[Path, Json, str], ...]:
    """The same of one item, each with what tells its value from others."""
    out: list[tuple[Path, Json, str]] = []
    _places((), item.tree, out, structured=item.structured)
    return tuple(out)


def _places(
    path: Path, value: Json, out: list[tuple[Path, Json, str]], *, structured: bool
) -> None:
    if isinstance(value, dict):
        if len(value) <= _MAX_KEYS:
            for key in value:
                _places((*path, key), value[key], out, structured=structured)
    elif isinstance(value, list):
        if not structured:
            for at, inner in enumerate(value):
                _places((*path, at), inner, out, structured=True)
    else:
        out.append((path, value, spelling(value)))
