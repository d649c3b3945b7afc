"""The templates of one library on a shelf: read when they are asked for, and kept in memory only while they are in use.

Keys: `l` template · `c` how many there are · `g` the numbers under a mark by which a text is parsed, `G` those under
the others, which are many, and asked for only where something is learnt. A mark's key holds a short digest of it, so
two marks may come to share a row; a template that is found by another's mark is one more to try, and no more than that.
"""

import array
import hashlib
import sys
from collections.abc import Iterable, Sequence
from zlib import crc32

import msgspec

from tree.canonical import ScopeId
from tree.judgement.rows import Shelf, brief, encode, name_of
from tree.template.filing import FILED, Entry

MAX_FILED = 64
"""Templates under one mark that is only one of many; what so many have in common tells none of them from another."""
_KEPT_ENTRIES = 500
_KEPT_MARKS = 30_000
_CAPPED = "g"


class LibraryRow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A template and the family that it belongs to."""

    kind: str
    name: str
    entry: Entry


_library = msgspec.msgpack.Decoder(LibraryRow).decode


class Drawer:
    """Templates of a family (a role, or the results of one tool) in one scope.

    Args:
        shelf: Where the rows are.
        scope: Whose they are.
        family: Role or sort of result, and name of the tool.
        kept: How many templates stay in memory when others are asked for.
    """

    def __init__(
        self, shelf: Shelf, scope: ScopeId, family: tuple[str, str], kept: int = _KEPT_ENTRIES
    ) -> None:
        self._shelf, self._family, self._kept = shelf, family, kept
        self._place = scope + hashlib.blake2b("\x00".join(family).encode(), digest_size=8).digest()
        self._marks_place = b"g" + hashlib.blake2b(self._place, digest_size=8).digest()
        self._entries: dict[int, Entry] = {}
        self._changed: set[int] = set()
        self._marks: dict[str, tuple[int, ...]] = {}
        row = shelf.get(b"c" + self._place)
        self._count = 0 if row is None else int.from_bytes(row)

    def __len__(self) -> int:
        """How many templates there are."""
        return self._count

    def __getitem__(self, number: int) -> Entry:
        """A template; the same object for as long as it is among the changed ones."""
        entry = self._entries.get(number)
        if entry is None:
            if not 0 <= number < self._count:
                raise IndexError(number)
            row = self._shelf.get(self._key(number))
            if row is None:
                raise LostTemplateError(number)
            entry = _library(row).entry
            self._enter(number, entry)
        return entry

    def append(self, entry: Entry) -> None:
        """Take in a template, the next by number."""
        self._count += 1
        self._enter(entry.number, entry)
        self.change(entry.number)

    def change(self, number: int) -> None:
        """Note that a template has become another; it is written by `save`."""
        self._changed.add(number)

    def found(self, marks: Iterable[str]) -> dict[str, Sequence[int]]:
        """The numbers of the templates under each mark that has any, in their order."""
        asked = list(marks)
        if missing := [mark for mark in asked if mark not in self._marks]:
            if len(self._marks) + len(missing) > _KEPT_MARKS:
                self._marks.clear()
                missing = asked
            self._read(missing)
        return {mark: numbers for mark in asked if (numbers := self._marks[mark])}

    def file(self, marks: Iterable[str], number: int) -> None:
        """File a template under marks; a second time changes nothing."""
        asked = list(marks)
        filed = self.found(asked)
        for mark in asked:
            numbers = tuple(filed.get(mark, ()))
            if number in numbers or (mark.startswith(_CAPPED) and len(numbers) >= MAX_FILED):
                continue
            self._marks[mark] = numbers = tuple(sorted((*numbers, number)))
            if _parses(mark):
                self._shelf.put(self._mark_key(mark), _packed(numbers))
            else:
                self._shelf.put(brief(self._name(mark), number), b"")

    def save(self) -> None:
        """Put what changed on the shelf."""
        if not self._changed:
            return
        for number in sorted(self._changed):
            self._shelf.put(
                self._key(number), encode(LibraryRow(*self._family, self._entries[number]))
            )
        self._shelf.put(b"c" + self._place, self._count.to_bytes(4))
        self._changed.clear()

    def _read(self, marks: list[str]) -> None:
        """Read the numbers under marks from the shelf."""
        parsing = [mark for mark in marks if _parses(mark)]
        rows = self._shelf.get_many([self._mark_key(mark) for mark in parsing])
        self._marks.update(zip(parsing, map(_numbers, rows), strict=True))
        others = [mark for mark in marks if not _parses(mark)]
        found = self._shelf.numbers(list(map(self._name, others))) if others else []
        self._marks.update(zip(others, map(tuple, found), strict=True))

    def _name(self, mark: str) -> bytes:
        return name_of(b"G", self._place, mark.encode("utf-8", "surrogatepass"))

    def _enter(self, number: int, entry: Entry) -> None:
        if len(self._entries) - len(self._changed) >= self._kept:
            self._entries = {one: self._entries[one] for one in self._changed}
        self._entries[number] = entry

    def _key(self, number: int) -> bytes:
        return b"l" + self._place + number.to_bytes(4)

    def _mark_key(self, mark: str) -> bytes:
        return self._marks_place + crc32(mark.encode("utf-8", "surrogatepass")).to_bytes(4)


class LostTemplateError(LookupError):
    """A template is not on the shelf although there are more; what was learnt has to be made anew."""

    def __init__(self, number: int) -> None:
        super().__init__(f"no template {number}")
        self.number = number


def _parses(mark: str) -> bool:
    """Whether it is a mark that is asked for wherever a text is read."""
    return mark.startswith(FILED)


def _numbers(row: bytes | None) -> tuple[int, ...]:
    return () if row is None else tuple(_ordered(array.array("I", row)))


def _packed(numbers: Sequence[int]) -> bytes:
    return _ordered(array.array("I", numbers)).tobytes()


def _ordered(numbers: "array.array[int]") -> "array.array[int]":
    """As they are, or from and to the order of bytes that rows have."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
