"""One call for each entry of a list: calls made at once that differ as the entries do, however many there are.

The entries of a list are looked at one at a time: a frame gets one more item, the entry, and the arguments of the
call that was made for it are derived in that frame like any others. It counts only if the calls of every example are
as many as the entries and in their order, if every call comes out right, and if the calls do depend on the entries.
Entries may be chosen by what they have under one key.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from msgspec import Struct

from tree.derive.program import Source, equal, evaluate, places_of, spelt
from tree.derive.reply import Reply, leaves, outline
from tree.derive.search import Leaf, derive
from tree.derive.sources import Sources
from tree.message import Json
from tree.reading.item import Frame, Item, Path

_MAX_CALLS = 64
_MAX_EXAMPLES = 10
"""Entries that programs are sought from; all the others only judge them."""
_MAX_LISTS = 4
_MAX_KINDS = 12
_MAX_POINTERS = 12
_ENTRY = "each"


class Over(Struct, frozen=True, gc=False):
    """The entries that calls are made for."""

    source: Source
    """The list."""
    item: int
    """Where an entry stands in the frame that it is looked at in."""
    key: str = ""
    """If not empty, only entries that have `sought` there."""
    sought: Json = None
    by: Source | None = None
    """If given, what stands here is sought instead."""

    def entries(self, frame: Frame) -> list[Json]:
        """The entries in a frame; none where the list is missing or too long."""
        rows = evaluate(self.source, frame)
        if not isinstance(rows, list):
            return []
        sought = evaluate(self.by, frame) if self.by else self.sought
        chosen = [
            row
            for row in rows
            if not self.key or (isinstance(row, dict) and equal(row.get(self.key), sought))
        ]
        return chosen if len(chosen) <= _MAX_CALLS else []

    def frames(self, frame: Frame) -> list[Frame]:
        """The frame, once for each entry, with that entry."""
        return [_looked_at(frame, entry) for entry in self.entries(frame)]


def _looked_at(frame: Frame, entry: Json) -> tuple[Item, ...]:
    return (*frame, Item(_ENTRY, "", "", entry, structured=True, key=_ENTRY))


class Mapped(Struct, frozen=True, gc=False):
    """Calls for entries: over which, and how their arguments are made."""

    over: Over
    leaves: tuple[tuple[Path, Leaf], ...]


def family(reply: Reply) -> str | None:
    """What calls made at once have in common: one tool, and arguments of one shape; None where they differ."""
    shapes = {f"{call.name} {outline(call.arguments)}" for call in reply.calls}
    return shapes.pop() if len(shapes) == 1 else None


def mapped(replies: Sequence[Reply], frames: Sequence[Sources]) -> Mapped | None:
    """The entries that these calls were made for, and how; None where no list tells.

    Args:
        replies: Of one family; at least two, and one with several calls.
        frames: What each was an answer to.
    """
    if len(replies) < 2 or max(len(reply.calls) for reply in replies) < 2:  # noqa: PLR2004
        return None
    for over in _candidates(replies, frames):
        fitted = _fitted(over, replies, [sources.frame for sources in frames])
        if fitted is not None:
            return Mapped(over, fitted)
    return None


def _candidates(replies: Sequence[Reply], frames: Sequence[Sources]) -> Iterator[Over]:
    """Lists that have as many entries as there were calls, in every example; all of them, then chosen ones."""
    wanted = [len(reply.calls) for reply in replies]
    item = len(frames[0].frame)
    whole = (Over(source, item) for source, _ in frames[0].lists)
    chosen = (
        Over(source, item, key, kind)
        for source, rows in frames[0].lists
        for key, kind in _kinds(rows)
    )
    pointed = (
        Over(source, item, key, by=by)
        for source, rows in frames[0].lists
        for key in _keys(rows)
        for by in _pointers(frames[0], source, {spelt(row[key]) for row in rows})
    )
    for overs in (whole, chosen, pointed):
        yield from islice(
            (
                over
                for over in overs
                if all(
                    len(over.entries(own.frame)) == count
                    for own, count in zip(frames, wanted, strict=True)
                )
            ),
            _MAX_LISTS,
        )


def _keys(rows: list[Json]) -> list[str]:
    """The keys that all records have."""
    records = [row for row in rows[:_MAX_CALLS] if isinstance(row, dict)]
    if len(records) < len(rows) or not records:
        return []
    return [key for key in records[0] if all(key in row for row in records)]


def _pointers(sources: Sources, rows: Source, values: set[str | None]) -> Iterator[Source]:
    """Places outside a list that hold one of its values."""
    for said in sorted(value for value in values if value):
        for place in sources.by_text.get(said, ())[:_MAX_POINTERS]:
            if (place.item, place.path[: len(rows.path)]) != (rows.item, rows.path):
                yield place


def _kinds(rows: list[Json]) -> list[tuple[str, Json]]:
    """Keys with the values that may choose between records."""
    found: dict[tuple[str, str], Json] = {}
    for row in rows[:_MAX_CALLS]:
        if isinstance(row, dict):
            for key, value in row.items():
                if isinstance(value, (str, bool)):
                    found.setdefault((key, repr(value)), value)
    return [(key, value) for (key, _), value in islice(found.items(), _MAX_KINDS)]


def _fitted(
    over: Over, replies: Sequence[Reply], frames: Sequence[Frame]
) -> tuple[tuple[Path, Leaf], ...] | None:
    table = [
        (looked_at, dict(leaves(call.arguments)))
        for reply, frame in zip(replies, frames, strict=True)
        for looked_at, call in zip(over.frames(frame), reply.calls, strict=True)
    ]
    few = _spread(table)
    sources = [Sources(frame) for frame, _ in few]
    out: list[tuple[Path, Leaf]] = []
    for path in table[0][1]:
        leaf = derive([values[path] for _, values in few], sources)
        if leaf is None or not all(
            equal(leaf.value(frame), values[path]) for frame, values in table
        ):
            return None
        out.append((path, leaf))
    return tuple(out) if any(_reads(leaf, over.item) for _, leaf in out) else None


def _spread[T](table: list[T]) -> list[T]:
    """Some entries from all over."""
    step = max(1, -(-len(table) // _MAX_EXAMPLES))
    return table[::step]


def _reads(leaf: Leaf, item: int) -> bool:
    return any(at == item for part in leaf.parts for at, _ in places_of(part[0]))
