"""Loops: the same step taken again and again is one step, with what it was taken for and what is left.

An agent that closes five tasks takes one step five times; a path through all of them is seen too seldom, and the next
step depends on what the earlier ones were for, not on how many there were. `looped` puts a run of like steps together:
what remains is the last one, and before it an item that tells the arguments of all, and for each list in the context
that they were taken from, the next value that none of them was for. Whether anything is left is part of the item's
shape, so that the step after the last one is another kind of context.
"""

from collections.abc import Iterator, Sequence

import msgspec

from tree.message import Json
from tree.reading.item import Item, Path, shape

DONE = "done"
"""The kind of the item that stands for a run of like steps."""
_MAX_LISTS = 6
_MAX_ROWS = 400

type Step = Sequence[Item]
"""Calls made at once, then their results."""


def looped(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items with runs of like steps put together.

    Args:
        items: What the user said last, and all that followed it.
    """
    out: list[Item] = []
    for run in _runs(items):
        calls = [item for step in run for item in step if item.kind == "call"]
        if calls:
            out.append(_done(calls, out))
        out += run[-1]
    return tuple(out)


def has_next(items: Sequence[Item]) -> bool:
    """Whether the last run of like steps works through a list: then the list says how long it goes on."""
    last = next((item for item in reversed(items) if item.kind == DONE), None)
    return last is not None and isinstance(last.tree, dict) and bool(last.tree["next"])


def _runs(items: Sequence[Item]) -> Iterator[list[Step]]:
    """Steps that follow one another and call the same tools; what is no step stands alone."""
    run: list[Step] = []
    for step in _steps(items):
        if run and (_tools(step) != _tools(run[-1]) or not _tools(step)):
            yield run
            run = []
        run.append(step)
    if run:
        yield run


def _steps(items: Sequence[Item]) -> Iterator[Step]:
    at = 0
    while at < len(items):
        stop = at
        while stop < len(items) and items[stop].kind == "call":
            stop += 1
        while stop < len(items) and items[stop].kind in ("result", "error"):
            stop += 1
        stop = max(stop, at + 1)
        yield items[at:stop]
        at = stop


def _tools(step: Step) -> set[str]:
    return {item.name for item in step if item.kind == "call"}


def _done(calls: Sequence[Item], before: Sequence[Item]) -> Item:
    """What the calls of a run were for, and what of the lists before them is left."""
    used: dict[str, list[Json]] = {}
    for call in calls:
        if isinstance(call.tree, dict):
            for name, value in call.tree.items():
                if _plain(value):
                    used.setdefault(name, []).append(value)
    left: dict[str, Json] = {}
    for name, values in sorted(used.items()):
        for place, column in _columns(before):
            if len(left) < _MAX_LISTS and set(values) <= set(column):
                fresh = (value for value in column if value not in values)
                left[f"{name} of {place}"] = next(fresh, None)
    did: dict[str, Json] = {name: list(values) for name, values in used.items()}
    tree: dict[str, Json] = {"did": did, "next": left}
    name = " ".join(sorted({call.name for call in calls}))
    text = msgspec.json.encode(tree, order="deterministic").decode()
    return Item(DONE, name, text, tree, structured=True, key=f"{DONE} {name} {shape(tree)}")


def _columns(items: Sequence[Item]) -> Iterator[tuple[str, list[Json]]]:
    """The values that lists in results hold: of one key of their records, or the items themselves."""
    for number, item in enumerate(items):
        if item.kind == "result" and item.structured:
            for path, rows in _lists((), item.tree):
                place = ".".join(map(str, (number, *path)))
                yield from ((f"{place}{key}", own) for key, own in _columns_of(rows))


def _lists(path: Path, value: Json) -> Iterator[tuple[Path, list[Json]]]:
    if isinstance(value, list):
        if len(value) <= _MAX_ROWS:  # of half a list nobody can say what is left
            yield path, value
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from _lists((*path, key), value[key])


def _columns_of(rows: list[Json]) -> Iterator[tuple[str, list[Json]]]:
    if all(map(_plain, rows)):
        yield "", rows
        return
    records = [row for row in rows if isinstance(row, dict)]
    if records and len(records) == len(rows):
        for key in sorted(set.intersection(*map(set, records))):
            column = [row[key] for row in records]
            if all(map(_plain, column)):
                yield f".{key}", column


def _plain(value: Json) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)
