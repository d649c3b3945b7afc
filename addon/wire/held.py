"""What a provider holds for its clients, and what takes its place where the names were made here.

A client that goes on from an earlier answer by its id alone leans on what the provider stored. Of an answer that was
served from memory the provider knows nothing: what its id stands for is kept here, and put in its place.
"""

from typing import Protocol

from msgspec import Struct

from tree.message import Json


class Given(Struct, frozen=True):
    """What a request adds to what its provider holds."""

    previous: str
    """The id of the answer that it goes on from; empty where it begins anew."""
    items: list[Json]


class Holding(Struct, frozen=True):
    """An answer that its client may name later."""

    given: Given
    """What it answered."""
    document: Json
    made: tuple[str, ...] = ()
    """Ids in it that the provider does not know; empty where the answer is the provider's own."""


class Ledger(Protocol):
    """What ids of one tenant at one host stand for."""

    def answer(self, name: str) -> Holding | None:
        """The answer of this id; None where that is not known."""
        ...

    def item(self, name: str) -> Json | None:
        """A piece of an answer, by its own id; None where that was not made here."""
        ...

    def call(self, name: str) -> str | None:
        """What the provider calls a tool call that got this id here; None for the same."""
        ...

    def piece(self, name: str) -> Json | None:
        """The same, whoever made it; None where that is not known."""
        ...
