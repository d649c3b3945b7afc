"""Entries: what the records of lists always had under a key, or the few kinds of things that they had there.

An answer that picks one of several records reads a price and a name, and rests on what all of them had in common:
that everything was on sale, that every account was open. So a place within the records of a list is a condition like a
place outside lists, all records taken together.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from msgspec import Struct

from tree.judgement.form import MAX_FORMS, form_of, forms_of, has_one, sort_of
from tree.message import Json
from tree.reading.held import by_item
from tree.reading.item import Frame, Item, Path

MAX_KINDS = 3
"""A place with more values than this has had new ones that changed nothing."""
_MIN_RECORDS = 4
"""For one value."""
_MIN_EACH = 6
"""For each of several: one of three that come at random is not among eighteen once in a thousand times."""
_MAX_ROWS = 200
_MAX_KEYS = 60
_LONGEST = 80
_ANY = "*"
_MAX_FIELDS = 30
"""A list of so many plain values may be a record without names."""
_OTHERS = frozenset(["call", "done"])
"""Kinds of items that the agent itself made."""


class Kinds(Struct, frozen=True, gc=False, array_like=True):
    """What the records of a list have in one place, spelt as `repr` does it."""

    item: int
    rows: Path
    """Where the list is."""
    path: Path
    """Where in each record."""
    known: tuple[str, ...]
    """Empty where there are many."""
    forms: tuple[str, ...] = ()
    """What the many are told as, see `form`."""


class _Column(Struct, gc=False):
    """The values of one list in one place."""

    records: int = 0
    words: bool = True
    """Whether all of them are words, truth values or nothing: of numbers there are always more."""
    said: dict[str, None] = {}
    """Some of them, more than may be kinds if there are more."""
    values: list[Json] = []
    """One of each form."""
    forms: dict[str, None] = {}
    sorts: dict[str, None] = {}

    def take(self, value: Json) -> None:
        """Take in the value of one more record."""
        self.records += 1
        self.words &= value is None or isinstance(value, bool) or _is_word(value)
        if len(self.said) <= MAX_KINDS:
            self.said[repr(value)[:_LONGEST]] = None
        form, sort = form_of(value), sort_of(value)
        if sort not in self.sorts or (form not in self.forms and len(self.forms) <= MAX_FORMS):
            self.values.append(value)
            self.forms[form] = self.sorts[sort] = None


def kinds(frames: Sequence[Frame]) -> tuple[Kinds, ...]:
    """The places in records that had one value in all examples, or few."""
    found: list[Kinds] = []
    for number, item in enumerate(frames[0] if len(frames) > 1 else ()):
        for (rows, path), first in _columns(item).items():
            own = [_columns(frame[number]).get((rows, path)) for frame in frames]
            columns = [column for column in own if column is not None]
            known = list(dict.fromkeys(said for column in columns for said in column.said))
            records = sum(column.records for column in columns)
            words = first.words and all(column.words for column in columns)
            if len(columns) < len(frames):
                continue
            if _are_all(len(known), records, words=words):
                found.append(Kinds(number, rows, path, tuple(sorted(known))))
            elif records >= _MIN_EACH and (forms := _common(columns, records)):
                found.append(Kinds(number, rows, path, (), forms))
    return tuple(found)


def _common(columns: Sequence[_Column], records: int) -> tuple[str, ...]:
    """The forms that all values have."""
    forms = {form for column in columns for form in column.forms}
    sorts = {sort for column in columns for sort in column.sorts}
    return forms_of(forms, sorts, records)


def _are_all(distinct: int, records: int, *, words: bool) -> bool:
    """Whether so many values are taken to be all that there are."""
    if distinct == 1:
        return records >= _MIN_RECORDS
    return words and distinct <= MAX_KINDS and records >= _MIN_EACH * distinct


def unmet(known: Sequence[Kinds], frame: Frame) -> tuple[Kinds, str] | None:
    """A place in records and what stands there for the first time; None where nothing does."""
    for own in known:
        column = _columns(frame[own.item]).get((own.rows, own.path))
        for said in column.said if column and own.known else ():
            if said not in own.known:
                return own, said
        for value in column.values if column and own.forms else ():
            if not has_one(value, own.forms):
                return own, repr(value)[:_LONGEST]
    return None


@by_item
def _columns(item: Item) -> dict[tuple[Path, Path], _Column]:
    """The values of the records of each list outside other lists, by the list's place and that in a record."""
    found: dict[tuple[Path, Path], _Column] = {}
    if item.kind in _OTHERS:
        return found
    for place, rows in _lists((), item.tree, structured=item.structured):
        for path, value in chain(_fields(rows), *(_scalars((), row) for row in rows)):
            column = found.get((place, path))
            if column is None:
                column = found[place, path] = _Column(said={}, values=[], forms={}, sorts={})
            column.take(value)
    return found


def _lists(path: Path, value: Json, *, structured: bool) -> Iterator[tuple[Path, list[Json]]]:
    if isinstance(value, list):
        if not structured:
            for at, inner in enumerate(value):  # the slots of a text, or values that stand in it
                yield from _lists((*path, at), inner, structured=True)
        elif len(value) <= _MAX_ROWS:
            yield path, value
    elif isinstance(value, dict) and len(value) <= _MAX_KEYS:
        for key in value:
            yield from _lists((*path, key), value[key], structured=structured)


def _fields(rows: list[Json]) -> Iterator[tuple[Path, Json]]:
    """Plain values by their number: they may be a record whose fields have no names."""
    if len(rows) <= _MAX_FIELDS and not any(isinstance(row, (dict, list)) for row in rows):
        yield from (((at,), row) for at, row in enumerate(rows))


def _scalars(path: Path, value: Json) -> Iterator[tuple[Path, Json]]:
    if isinstance(value, dict):
        if len(value) <= _MAX_KEYS:
            for key in value:
                yield from _scalars((*path, key), value[key])
    elif isinstance(value, list):
        for inner in value[:_MAX_ROWS]:
            yield from _scalars((*path, _ANY), inner)
    else:
        yield path, value


def _is_word(value: Json) -> bool:
    return isinstance(value, str) and not any(map(str.isdigit, value))
