"""A version space as a row holds it: what is near is read at once, the rest when somebody asks for it.

What a space gives is decided by its members that are near the cheapest, two or three of two dozen. All others only
matter once more is learnt.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import overload, override

from msgspec import Raw

from tree.derive.program import Program


class Space(Sequence[Program]):
    """Programs, cheapest first.

    Args:
        near: The first of them.
        rest: The row of all others.
        read: Reads that row.
    """

    __slots__ = ("_read", "near", "rest")

    def __init__(
        self,
        near: tuple[Program, ...],
        rest: Raw,
        read: Callable[[Raw], tuple[Program, ...]],
    ) -> None:
        self.near, self.rest, self._read = near, rest, read

    def __len__(self) -> int:
        """How many there are."""
        return len(self._all())

    @overload
    def __getitem__(self, at: int) -> Program: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Program, ...]: ...

    @override
    def __getitem__(self, at: int | slice) -> Program | tuple[Program, ...]:
        if isinstance(at, int) and 0 <= at < len(self.near):
            return self.near[at]
        return self._all()[at]

    @override
    def __iter__(self) -> Iterator[Program]:
        yield from self.near
        yield from self._read(self.rest)

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    @override
    def __hash__(self) -> int:
        return hash(self._all())

    def _all(self) -> tuple[Program, ...]:
        return (*self.near, *self._read(self.rest))
