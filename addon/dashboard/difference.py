"""Two texts side by side: which words of each the other has not."""

import re
from collections.abc import Iterator
from difflib import Match, SequenceMatcher

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")

type Run = tuple[str, bool]
"""A piece of a text, and whether it stands in both."""


def compared(ours: str, theirs: str) -> tuple[list[Run], list[Run]]:
    """Both texts in runs that are the same, or differ."""
    words = _WORDS.findall(ours), _WORDS.findall(theirs)
    found = SequenceMatcher(None, *words, autojunk=False).get_matching_blocks()
    # Blanks alone are nothing in common; the last block is the empty one that ends both.
    blocks = [one for one in found if not one.size or "".join(_words(words[0], one)).strip()]
    return (
        list(_runs(words[0], [(block.a, block.size) for block in blocks])),
        list(_runs(words[1], [(block.b, block.size) for block in blocks])),
    )


def _words(words: list[str], block: Match) -> list[str]:
    return words[block.a : block.a + block.size]


def _runs(words: list[str], same: list[tuple[int, int]]) -> Iterator[Run]:
    at = 0
    for start, size in same:
        if at < start:
            yield "".join(words[at:start]), False
        if size:
            yield "".join(words[start : start + size]), True
        at = start + size
