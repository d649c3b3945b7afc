"""Text as tokens whose concatenation is the text again, and the coarse type that a token has.

A token is a run of blanks, a piece of punctuation, or a *chunk*: what stands between blanks without the quotes,
brackets and sentence marks around it. Chunks stay whole (`lab/inlet-354.xlsx`, `2024-10-01`, `Y-558892`),
because values are copied whole: cutting them at inner punctuation gives slots whose borders are accidents.
"""

import re
from collections.abc import Iterable, Iterator

from tree.reading.held import by_text

_EDGE = '"\u201c\u201d\u00ab\u00bb()\\[\\]{}<>`|*='
_QUOTE = "'\u2018\u2019"
_MARKS = ".,;:!?"
_TRAIL = _MARKS + "'\u2019"
_TOKEN = re.compile(
    rf"\s+|[{_EDGE}]|(?:[^\s{_EDGE}{_QUOTE}][^\s{_EDGE}]*)?[^\s{_EDGE}{_TRAIL}\u2018]|[{_QUOTE}]|[{_MARKS}][{_TRAIL}\u2018]*"
)
"""Where a mark begins no chunk, none begins within the marks and quotes after it: they are taken at once and cut after.

One by one, each of them would look again for the end of a chunk that is not there: a megabyte of dots took hours.
"""
_SEVERAL = re.compile(f"[{_MARKS}][{_TRAIL}\u2018]")
_ENDS = _TRAIL + "\u2018"
_POSSESSIVE = ("'s", "\u2019s")
_MASKS = (
    (
        "datetime",
        re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII),
    ),
    ("date", re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}", re.ASCII)),
    ("time", re.compile(r"\d{1,2}:\d\d(:\d\d(\.\d+)?)?", re.ASCII)),
    ("int", re.compile(r"[+-]?\d+", re.ASCII)),
    ("decimal", re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d+\.\d+", re.ASCII)),
    ("uuid", re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
    ("hex", re.compile(r"(?=[a-f]*\d)[0-9a-f]{4,}|(?=[A-F]*\d)[0-9A-F]{6,}")),
    # Looked at as a whole first, for otherwise each dot is tried for the last one.
    ("email", re.compile(r"(?=[^@\s]+@[^@\s]+\Z)[^@\s]+@[^@\s]+\.[^@\s]+")),
    ("url", re.compile(r"[a-z]+://\S+")),
    ("path", re.compile(r"[\w.~-]*/\S+")),
    ("id", re.compile(r"(?=.*\d)[\w.#$€%:+-]+")),
)

_FINE = re.compile(r"\w+|\s+|[^\w\s]")


_REMEMBERED = 2_000
"""Characters of a text that is cut once only; tokens take twenty times the memory of what they were cut from."""


def tokens(text: str) -> list[str]:
    """Cut `text` into tokens; joined, they are `text`."""
    return list(_tokens(text) if len(text) <= _REMEMBERED else _cut(text))


@by_text
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_cut(text))


def _cut(text: str) -> Iterator[str]:
    """One pass of the pattern; a possessive ending comes off what it is attached to."""
    found: Iterable[str] = _TOKEN.findall(text)
    if _SEVERAL.search(text):
        found = _marks_apart(found)
    if not any(ending in text for ending in _POSSESSIVE):
        yield from found
        return
    for token in found:
        if len(token) > 2 and token.endswith(_POSSESSIVE):  # noqa: PLR2004
            yield token[:-2]
            yield token[-2:]
        else:
            yield token


def _marks_apart(found: Iterable[str]) -> Iterator[str]:
    for token in found:
        # A chunk may begin with a mark, and never ends with one.
        if token[0] in _MARKS and token[-1] in _ENDS:
            yield from token
        else:
            yield token


def is_word(token: str) -> bool:
    """Whether a token says something: it holds a letter or a digit."""
    return token.isalnum() or any(map(str.isalnum, token))


def mask(token: str) -> str:
    """The type of a token, or of a whole value: `date`, `int`, `hex`, …; `word` where none fits."""
    return "word" if token.isalpha() else _mask(token)  # most are


@by_text
def _mask(token: str) -> str:
    if not any(map(str.isdigit, token)) and "@" not in token and "/" not in token:
        return "text"
    for name, pattern in _MASKS:
        if pattern.fullmatch(token):
            return name
    return "text"


def skeleton(parts: list[str]) -> str:
    """The tokens with the typed ones replaced by their types: equal for texts that differ in typed values only."""
    return "\x00".join(
        part if (kind := mask(part)) in ("word", "text") else f"\x01{kind}" for part in parts
    )


def fine_tokens(text: str) -> list[str]:
    """Words and single marks, typed values cut up too: a path into its parts."""
    return _FINE.findall(text)
