"""Lists as arguments: what one key of a list's records holds, of all of them or of those that something points at.

A list whose length differs from example to example is one value, made from another list: the list itself, a column of
it, or the column of those records that have a value of the context under some key.
"""

import math
from collections.abc import Iterator, Sequence

from tree.derive.program import NOTHING, Apply, Nothing, Program, Source, equal, evaluate, operator
from tree.derive.sources import Sources
from tree.message import Json

_MAX_ITEMS = 2000
"""Of a longer list nothing is taken: half of it would be another answer."""
_MAX_SOUGHT = 200
_MIN_BITS = 10.0
_BITS = 4.0
"""Of a value in a list that came out right; there are few lists and few keys to choose from."""
_MIN_ROWS = 2


@operator("column", 1.2, "{1} of every entry of {0}", hard=True)
def _column(value: Json, key: str) -> Json | Nothing:
    rows = value if isinstance(value, list) and len(value) <= _MAX_ITEMS else []
    column = [row[key] for row in rows if isinstance(row, dict) and key in row]
    return column if rows and len(column) == len(rows) else NOTHING


@operator("column_where", 1.8, "{3} of the entries of {0} whose {2} is {1}", hard=True)
def _column_where(value: Json, sought: Json, key: str, wanted: str) -> Json | Nothing:
    rows = value if isinstance(value, list) and len(value) <= _MAX_ITEMS else []
    chosen = [row for row in rows if isinstance(row, dict) and equal(row.get(key), sought)]
    return _column(chosen, wanted)


def listed(wanted: Sequence[Json], frames: Sequence[Sources]) -> tuple[Program, ...]:
    """The programs that give each of these lists; empty where none does, or where it would be no surprise."""
    distinct = {repr(value) for own in wanted if isinstance(own, list) for value in own}
    tried = list(_guessed(wanted[0], frames[0]))
    if _BITS * len(distinct) - math.log2(1 + len(tried)) < _MIN_BITS:
        return ()
    kept = dict.fromkeys(
        program
        for program in tried
        if all(
            equal(evaluate(program, own.frame), value)
            for value, own in zip(wanted, frames, strict=True)
        )
    )
    plain = [program for program in kept if not _pointed(program)]
    return tuple(plain or kept)


def _guessed(wanted: Json, sources: Sources) -> Iterator[Program]:
    for place, rows in sources.lists:
        yield place
        keys = [key for row in rows[:1] if isinstance(row, dict) for key in row]
        for key in keys:
            yield Apply("column", (place,), (key,))
        if isinstance(wanted, list) and len(rows) >= max(_MIN_ROWS, len(wanted)):
            yield from _chosen(place, keys, sources)


def _chosen(place: Source, keys: list[str], sources: Sources) -> Iterator[Program]:
    outside = [source for source, _ in sources.values if not _within(source, place)][:_MAX_SOUGHT]
    for key in keys:
        for wanted in keys:
            if key != wanted:
                for source in outside:
                    yield Apply("column_where", (place, source), (key, wanted))


def _within(source: Source, place: Source) -> bool:
    return source.item == place.item and source.path[: len(place.path)] == place.path


def _pointed(program: Program) -> bool:
    return isinstance(program, Apply) and program.op == "column_where"
