"""What was made of texts lately, held up to so many characters in all: a number alone bounds no memory."""

from collections.abc import Callable, Hashable
from functools import wraps

from tree.reading.item import Item

MAX_CHARS = 2_000_000
"""Of what is asked about, all together. What is made of it takes several times as much."""
_EACH = 200
"""Beside its characters, each takes so much."""
_LARGEST = 4
"""One that is larger than one part in so many is not held."""


def held[Asked: Hashable, Made](
    make: Callable[[Asked], Made], size: Callable[[Asked], int], most_chars: int = MAX_CHARS
) -> Callable[[Asked], Made]:
    """A function that remembers what a pure function of one argument made lately; any thread may ask.

    Args:
        make: The function.
        size: How many characters an argument has.
        most_chars: All arguments together.
    """
    kept: dict[Asked, Made] = {}
    chars = 0

    @wraps(make)
    def ask(asked: Asked) -> Made:
        nonlocal chars
        try:
            return kept[asked]
        except KeyError:
            pass
        made, own = make(asked), size(asked) + _EACH
        if own > most_chars // _LARGEST:
            return made
        if chars + own > most_chars:
            kept.clear()
            chars = 0
        chars += own
        kept[asked] = made
        return made

    return ask


def by_text[Made](make: Callable[[str], Made]) -> Callable[[str], Made]:
    """The same of a function of a text."""
    return held(make, len)


def by_item[Made](make: Callable[[Item], Made]) -> Callable[[Item], Made]:
    """The same of a function of an item."""
    return held(make, lambda item: len(item.text))


def by_frame[Made](make: Callable[[tuple[Item, ...]], Made]) -> Callable[[tuple[Item, ...]], Made]:
    """The same of a function of a frame."""
    return held(make, lambda frame: sum(len(item.text) for item in frame))
