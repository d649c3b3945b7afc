"""What a model's tokens cost, from a dated table; a model that is not in it has no price rather than a guessed one."""

import re
import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

TABLE = Path(__file__).with_name("prices.toml")

_KEPT = 4096
"""Prices that need not be looked for again."""
_VERSIONS = re.compile(
    r"(?:-(?:\d{4}-\d\d-\d\d|\d\d-\d\d|\d{3,8}|latest|preview|exp|beta|reasoning|non-reasoning))*(?:[@:].*)?"
)
"""How the name of one model may go on; what goes on otherwise is the name of another."""


class Price(Struct, frozen=True):
    """Of one model, in US dollars per million tokens."""

    input: float
    cached_input: float
    output: float
    as_of: date

    def of(self, input_tokens: int, cached_input_tokens: int, output_tokens: int) -> float:
        """What these tokens cost, in US dollars; cached ones are a part of the input."""
        fresh = max(input_tokens - cached_input_tokens, 0) * self.input
        return (fresh + cached_input_tokens * self.cached_input + output_tokens * self.output) / 1e6


class PriceList(Struct, frozen=True, forbid_unknown_fields=True):
    """What one provider asked on one day."""

    provider: str
    as_of: date
    source: str
    models: dict[str, tuple[float, ...]]
    """Name -> input, cached input if it has a price of its own, and output."""
    only_at: str = ""
    """Host that these prices hold for, where others offer the same models; empty for any."""


class Prices:
    """All lists together."""

    def __init__(self, lists: Sequence[PriceList]) -> None:
        self.lists = tuple(lists)
        self._entries = sorted(
            (
                (_plain(name), one.only_at, _price(numbers, one.as_of))
                for one in lists
                for name, numbers in one.models.items()
            ),
            key=lambda entry: (len(entry[0]), entry[2].as_of),
            reverse=True,
        )
        self.of = lru_cache(_KEPT)(self._of)
        """The price of a model at a host on a day; see `_of`."""

    def _of(self, model: str, origin: str = "", day: date | None = None) -> Price | None:
        """The price by the longest listed name that a model's begins with; None if unknown.

        Where there are several of one name, that of the last list before the day; before all lists, the first one's.
        """
        plain = _plain(model)
        fitting = [
            (name, price)
            for name, only_at, price in self._entries
            if plain.startswith(name)
            and _VERSIONS.fullmatch(plain, len(name))
            and only_at in ("", origin.partition(":")[0])
        ]
        same = [price for name, price in fitting if name == fitting[0][0]]
        known = [price for price in same if day is None or price.as_of <= day]
        return next(iter(known or same[-1:]), None)


@cache
def load(table: Path = TABLE) -> Prices:
    """The prices in a table, which is read once."""
    lists = tomllib.loads(table.read_text(encoding="utf-8"))["list"]
    return Prices(msgspec.convert(lists, list[PriceList]))


def _price(numbers: tuple[float, ...], as_of: date) -> Price:
    return Price(numbers[0], numbers[-2], numbers[-1], as_of)


def _plain(model: str) -> str:
    """A name as it is compared: without the maker that OpenRouter, Groq and Vertex put before it."""
    return model.rpartition("/")[2].lower().replace(".", "-")
