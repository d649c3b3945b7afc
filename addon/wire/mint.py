"""Fresh ids in the shape of recorded ones; what is random and what time it is come from the caller."""

import random
import re
import string
from collections.abc import Collection
from functools import lru_cache
from operator import getitem

from tree.message import Json

_PREFIX = re.compile(r"(?:[A-Za-z]+[_-])*")
_WORDS = re.compile(r"(?:(?:[a-z]+|[A-Z]+)[_-])*")
"""What is surely a prefix; a group of mixed case may be a piece of a base64url id."""
_HEX = re.compile(r"[0-9a-f-]+")
_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})")
_COUNTED = re.compile(r":\d+$")
_ALPHABETS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_SORTS = {char: alphabet for alphabet in _ALPHABETS for char in alphabet}
_HEXADECIMAL = dict.fromkeys("0123456789abcdef", "0123456789abcdef")
_SHORTEST_UNIQUE = 8
_LOTS = 256


class Mint:
    """Makes the ids of one served response; the same recorded id becomes the same fresh one.

    Args:
        source: Where the randomness comes from.
        now_s: The time of the response, in seconds since 1970.
        sealed: The conversation carries signed parts, so the ids of its tool calls stay as recorded: a
            provider binds a signature to the history that it was made in.
        age_s: How long ago the answer was recorded.
        taken: Ids of calls that the conversation has already; another call of it has to have another one.
    """

    def __init__(
        self,
        source: random.Random,
        now_s: float,
        *,
        sealed: bool = False,
        age_s: float = 0,
        taken: Collection[str] = (),
    ) -> None:
        self._source = source
        self._taken = frozenset(taken)
        self._made: dict[str, str] = {}
        self.named: tuple[Json, tuple[str, ...]] | None = None
        """A document that its client may name later, and the ids in it that its provider does not know."""
        self.calls: dict[str, str] = {}
        """Fresh id of a tool call -> the recorded one that it stands for."""
        self.now_s = now_s
        self.age_s = age_s
        self.sealed = sealed

    def id(self, recorded: str) -> str:
        """An id of the same prefix, length and alphabet; one that was never unique stays as it is."""
        if recorded not in self._made:
            letters = _letters(recorded)
            lots = self._source.randbytes(len(letters))
            self._made[recorded] = "".join(map(getitem, letters, lots))
        return self._made[recorded]

    def call_id(self, recorded: str) -> str:
        """The same for a tool call, whose id is kept where the conversation is sealed."""
        if self.sealed:
            return recorded
        fresh = self.id(recorded)
        while fresh and fresh in self._taken:
            fresh = self._made[recorded] = _next(fresh)
        self.calls[fresh] = recorded
        return fresh


def _next(call_id: str) -> str:
    """The id that is counted up by one; where it does not end in a number, it is given one."""
    match = _NUMBERED.fullmatch(call_id)
    return f"{match[1]}{int(match[2]) + 1}" if match else f"{call_id}_1"


def looks_unique(recorded: str) -> bool:
    """Whether an id is one that a provider never gives twice; `0` and `functions.f:0` are not."""
    return _start_of_unique(recorded) is not None


@lru_cache(maxsize=4096)
def _letters(recorded: str) -> tuple[str, ...]:
    """What each lot stands for at each place of an id like this one; the same where it is not drawn by lot."""
    start = _start_of_unique(recorded)
    start = len(recorded) if start is None else start
    rest = recorded[start:]
    sorts = _HEXADECIMAL if _HEX.fullmatch(rest) else _SORTS
    chars = (*recorded[:start], *(sorts.get(char, char) for char in rest))
    return tuple(map(_for_each_lot, chars))


@lru_cache(maxsize=4096)
def _for_each_lot(alphabet: str) -> str:
    """An alphabet over and over, one letter for each value of a byte."""
    return (alphabet * _LOTS)[:_LOTS]


def _start_of_unique(recorded: str) -> int | None:
    """Where the unique rest of an id starts, behind as much prefix as leaves one; None if nowhere."""
    if _COUNTED.search(recorded):
        return None
    prefix, words = (pattern.match(recorded) for pattern in (_PREFIX, _WORDS))
    assert prefix is not None  # noqa: S101 - both patterns match the empty text
    assert words is not None  # noqa: S101
    starts = [
        words.end(),
        *(i + 1 for i in range(words.end(), prefix.end()) if recorded[i] in "_-"),
    ]
    return next((start for start in reversed(starts) if _is_unique(recorded[start:])), None)


def _is_unique(rest: str) -> bool:
    """Whether letters and digits look drawn by lot: a word has neither digits nor both cases."""
    drawn = any(map(str.isdigit, rest)) or not (rest.islower() or rest.isupper())
    return len(rest) >= _SHORTEST_UNIQUE and drawn and any(map(str.isalnum, rest))
