"""Messages that are alike enough to be one stage of a workflow: same role, same tools, and texts of one pattern.

It is for the eye alone and takes microseconds a message: nothing is ever served by it. Texts are brought together
word by word, a group's pattern keeping the words that all of its texts share, as log parsers do.

Source: P. He et al., Drain: An Online Log Parsing Approach with Fixed Depth Tree, ICWS 2017 (the idea of a pattern that
grows online; here the words at both ends decide, for values of several words shift what follows them).
"""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from tree.message import Json, Message, Text, ToolCall, ToolResult

MAX_WORDS = 60
"""Of a text, so many words are looked at."""
ALIKE = 0.5
"""The share of words in common from which on two texts are of one pattern."""
HOLE = "…"
_KEYS = 6


class Sort(Struct, frozen=True):
    """What two messages must have in common before their texts are compared."""

    role: str
    kind: str
    """`text`, `call`, `result`, `error` or `other`."""
    tools: tuple[str, ...] = ()
    """Those that are called, or that gave something back."""
    keys: tuple[str, ...] = ()
    """Members of what they gave back."""
    many: bool = False
    """Whether it is several calls at once, or their results."""


def sort_of(message: Message, called: Sequence[str]) -> tuple[Sort, str]:
    """A message's sort, and what of it is compared; `called` names the tools called just before."""
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    if calls:
        names = dict.fromkeys(part.name for part in calls)
        return Sort(message.role, "call", tuple(names), many=len(calls) > 1), ""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    if results:
        kind = "error" if any(part.is_error for part in results) else "result"
        text = "".join(part.text for part in results[0].parts if isinstance(part, Text))
        keys = _keys(text)
        sort = Sort(message.role, kind, tuple(called), keys, len(results) > 1)
        return sort, "" if keys else text
    text = " ".join(part.text for part in message.parts if isinstance(part, Text))
    return Sort(message.role, "text" if text else "other"), text


def words_of(text: str) -> list[str]:
    """The words that are compared."""
    return text[: 20 * MAX_WORDS].split()[:MAX_WORDS]


def joined(pattern: list[str], words: list[str]) -> list[str] | None:
    """The pattern of both, with holes where they differ; None where they are not alike."""
    longer = max(len(pattern), len(words))
    if not longer:
        return pattern
    start = 0
    while start < min(len(pattern), len(words)) and pattern[start] == words[start]:
        start += 1
    if start == longer:
        return pattern
    if len(pattern) == len(words):
        same = [a if a == b else HOLE for a, b in zip(pattern, words, strict=True)]
        return same if sum(word != HOLE for word in same) >= ALIKE * longer else None
    shorter, stop = min(len(pattern), len(words)) - start, 0
    while stop < shorter and pattern[-1 - stop] == words[-1 - stop]:
        stop += 1
    if start + stop < ALIKE * longer:
        return None
    return [*pattern[:start], HOLE, *pattern[len(pattern) - stop :]]


def _keys(text: str) -> tuple[str, ...]:
    """The first members of a JSON object; none of anything else."""
    if not text.startswith("{") or len(text) > 100_000:  # noqa: PLR2004 - one that takes long to read
        return ()
    try:
        value: Json = msgspec.json.decode(text)
    except ValueError:
        return ()
    return tuple(list(value)[:_KEYS]) if isinstance(value, dict) else ()
