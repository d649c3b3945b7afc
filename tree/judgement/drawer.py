"""The templates of one library on a shelf: read when they are asked for, and kept in memory only while they are in use.

Keys: `l` template, or `L` of a text that came once, for what it was made of is in the journal · `c` how many there are
· `G` a number under a mark, by which texts are parsed, and templates found that are like one another. A mark's key
holds a short digest of its first word and one of it all: what a text is looked for under lies together, and where
nothing begins with a word, that is seen at once. Two marks may come to share a key; a template that is found by
another's mark is one more to try, and no more than that.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from tree.canonical import ScopeId
from tree.judgement.rows import NAME_BYTES, Shelf, brief, encode, name_of
from tree.template.filing import Entry, Left
from tree.template.library import first_pattern
from tree.template.pattern import Pattern

MAX_FILED = 64
"""Templates under one mark that is only one of many; what so many have in common tells none of them from another."""
_KEPT_ENTRIES = 500
_KEPT_MARKS = 30_000
_CAPPED = "g"
_HEAD_BYTES = 3
"""Of the digest of a mark's first word."""


LAST = -1
"""The last text of a family in an observation: most texts are new when they are the last."""

type Spot = tuple[int, int]
"""Where a text was said: the number of an observation, and which of its items."""


class LibraryRow(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A template; the texts that it was made of are in the journal."""

    pattern: Pattern | None
    """None for what follows from its only text."""
    texts: list[Spot | str]
    version: int
    former: list[tuple[str, ...]]


class Spoken(Protocol):
    """What was said in observations, as libraries have it: prose without the values in it."""

    def text(self, family: tuple[str, str], spot: Spot) -> str:
        """What was said somewhere."""
        ...

    def spot(self, family: tuple[str, str], text: str) -> Spot | None:
        """Where in the observation that is being learnt something was said."""
        ...

    def used(self, seq: int) -> frozenset[str]:
        """Values of the answer of an observation."""
        ...


_library = msgspec.msgpack.Decoder(LibraryRow).decode


class Drawer:
    """Templates of a family (a role, or the results of one tool) in one scope.

    Args:
        shelf: Where the rows are.
        scope: Whose they are.
        family: Role or sort of result, and name of the tool.
        spoken: Where texts were said. If None, they are kept in the rows.
        kept: How many templates stay in memory when others are asked for.
    """

    def __init__(
        self,
        shelf: Shelf,
        scope: ScopeId,
        family: tuple[str, str],
        spoken: Spoken | None = None,
        kept: int = _KEPT_ENTRIES,
    ) -> None:
        self._shelf, self._family, self._spoken, self._kept = shelf, family, spoken, kept
        self._place = scope + hashlib.blake2b("\x00".join(family).encode(), digest_size=8).digest()
        self._entries: dict[int, Entry] = {}
        self._spots: dict[int, dict[str, Spot]] = {}
        """Where the texts of these were said."""
        self._changed: set[int] = set()
        self._marks: dict[str, tuple[int, ...]] = {}
        self._names: dict[str, bytes] = {}
        """Of the marks that were read last: those that are filed next."""
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
            entry = self._entry(number, self._row(number))
            self._enter(number, entry)
        return entry

    def _row(self, number: int) -> LibraryRow:
        row = self._shelf.get(self._key(number))
        if row is not None:
            return _library(row)
        seqs = self._shelf.numbers([self._once(number)])[0]
        if not seqs:
            raise LostTemplateError(number)
        return LibraryRow(None, [(seqs[0], LAST)], 0, [])

    def _entry(self, number: int, row: LibraryRow) -> Entry:
        texts = Left(len(row.texts), lambda: self._texts(number, row.texts))
        pattern = row.pattern
        if pattern is None:
            (spot,) = row.texts
            pattern = first_pattern(texts[0], self._used(spot))
        return Entry(number, pattern, texts, version=row.version, former=row.former)

    def _texts(self, number: int, spots: list[Spot | str]) -> list[str]:
        texts = []
        for spot in spots:
            if isinstance(spot, str) or self._spoken is None:
                texts.append(str(spot))
                continue
            text = self._spoken.text(self._family, spot)
            self._spots.setdefault(number, {})[text] = spot
            texts.append(text)
        return texts

    def _used(self, spot: Spot | str) -> frozenset[str]:
        if self._spoken is None or isinstance(spot, str) or self._family[0] != "user":
            return frozenset()
        return self._spoken.used(spot[0])

    def _spot(self, number: int, text: str) -> Spot | str:
        """Where a text was said; the text itself where nobody knows."""
        known = self._spots.setdefault(number, {})
        if text not in known:
            spot = self._spoken.spot(self._family, text) if self._spoken else None
            if spot is None:
                return text
            known[text] = spot
        return known[text]

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
            self._shelf.put(brief(self._names.get(mark) or self._name(mark, {}), number), b"")

    def save(self) -> None:
        """Put what changed on the shelf."""
        if not self._changed:
            return
        for number in sorted(self._changed):
            self._put(self._entries[number])
        self._shelf.put(b"c" + self._place, self._count.to_bytes(4))
        self._changed.clear()

    def _put(self, entry: Entry) -> None:
        spots = [self._spot(entry.number, text) for text in entry.texts]
        first = spots[0]
        single = len(spots) == 1 and not isinstance(first, str)
        if single and first[1] == LAST:
            self._shelf.put(brief(self._once(entry.number), int(first[0])), b"")
            return
        pattern = None if single else entry.pattern
        row = LibraryRow(pattern, spots, entry.version, entry.former)
        self._shelf.put(self._key(entry.number), encode(row))

    def _once(self, number: int) -> bytes:
        return name_of(b"L", self._place, number.to_bytes(4))

    def _read(self, marks: list[str]) -> None:
        """Read the numbers under marks from the shelf."""
        heads: dict[str, bytes] = {}
        self._names = {mark: self._name(mark, heads) for mark in marks}
        found = self._shelf.numbers(list(self._names.values()))
        self._marks.update(zip(self._names, map(tuple, found), strict=True))

    def _name(self, mark: str, heads: dict[str, bytes]) -> bytes:
        """The name of a mark; `heads` are the beginnings of names by first word, those known so far."""
        word = mark.partition(" ")[0]
        head = heads.get(word)
        if head is None:
            head = heads[word] = b"G" + self._digest(word, _HEAD_BYTES)
        return head + self._digest(mark, NAME_BYTES - len(head))

    def _digest(self, text: str, size: int) -> bytes:
        content = self._place + text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(content, digest_size=size).digest()

    def _enter(self, number: int, entry: Entry) -> None:
        if len(self._entries) - len(self._changed) >= self._kept:
            self._entries = {one: self._entries[one] for one in self._changed}
            self._spots = {one: own for one, own in self._spots.items() if one in self._changed}
        self._entries[number] = entry

    def _key(self, number: int) -> bytes:
        return b"l" + self._place + number.to_bytes(4)


class LostTemplateError(LookupError):
    """A template is not on the shelf although there are more; what was learnt has to be made anew."""

    def __init__(self, number: int) -> None:
        super().__init__(f"no template {number}")
        self.number = number
