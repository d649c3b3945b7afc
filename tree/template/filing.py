"""Where a library keeps its templates, and the marks under which they are found again.

A mark is a short text: a skeleton, or a run of words. Templates go by number, from 0. Nothing is asked for but by
number or by mark, so a library of a million templates need not be in memory.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, overload, override

from msgspec import Struct

from tree.template.pattern import Pattern

FILED = "f"
"""What a mark begins with under which alone a parse is tried."""


class Left(Sequence[str]):
    """Texts that are read when somebody asks for them, which whoever only parses does not.

    Args:
        many: How many there are.
        read: Reads them.
    """

    def __init__(self, many: int, read: Callable[[], list[str]]) -> None:
        self._many, self._read = many, read
        self._texts: list[str] | None = None

    def __len__(self) -> int:
        """How many there are."""
        return self._many

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    @override
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if self._texts is None:
            self._texts = self._read()
        return self._texts[at]

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class Entry(Struct, gc=False):
    """A template and what it was made from."""

    number: int
    pattern: Pattern
    texts: Sequence[str]
    skeleton: str = ""
    """Of the text that it began with, when it is made."""
    version: int = 0
    former: list[tuple[str, ...]] = []
    """Static parts that it had before, newest last: it is still found by them."""


class Filing(Protocol):
    """Templates by number and by mark."""

    def __len__(self) -> int:
        """How many templates there are."""
        ...

    def __getitem__(self, number: int) -> Entry:
        """A template; the same object for as long as it is among the changed ones."""
        ...

    def append(self, entry: Entry) -> None:
        """Take in a template, the next by number."""
        ...

    def change(self, number: int) -> None:
        """Note that a template has become another."""
        ...

    def found(self, marks: Iterable[str]) -> dict[str, Sequence[int]]:
        """The numbers of the templates under each mark that has any."""
        ...

    def file(self, marks: Iterable[str], number: int) -> None:
        """File a template under marks; a second time changes nothing."""
        ...


class MemoryFiling(list[Entry]):
    """Templates in memory."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: dict[str, list[int]] = {}

    def change(self, number: int) -> None:
        """Note that a template has become another: it is here, as it is now."""

    def found(self, marks: Iterable[str]) -> dict[str, Sequence[int]]:
        """The numbers under each mark that has any."""
        return {mark: numbers for mark in marks if (numbers := self._marks.get(mark))}

    def file(self, marks: Iterable[str], number: int) -> None:
        """File a template under marks."""
        for mark in marks:
            numbers = self._marks.setdefault(mark, [])
            if number not in numbers:
                numbers.append(number)
