"""Operators that cut and re-case text, and for each the guesses that lead from a source to a wanted value."""

import re
from collections.abc import Iterator

from tree.derive.program import NOTHING, Nothing, operator
from tree.message import Json
from tree.reading.structure import raw_of

QUOTES = "\u201c\u201d\u2018\u2019\u00ab\u00bb"
"""Typographic quotation marks."""

type Guess = tuple[str, tuple[Json, ...]]
"""An operator's name and its arguments."""

_DELIMITERS = (
    ", ",
    ": ",
    " - ",
    "\n",
    "; ",
    "/",
    ":",
    "-",
    ".",
    "@",
    "_",
    "#",
    "|",
    ",",
    "=",
    " ",
    "T",
    "+",
)
_CHUNK = re.compile(r"\S+")


@operator("lower", 1.1, "{0} in lower case")
def _lower(value: Json) -> Json | Nothing:
    return value.lower() if isinstance(value, str) else NOTHING


@operator("upper", 1.1, "{0} in upper case")
def _upper(value: Json) -> Json | Nothing:
    return value.upper() if isinstance(value, str) else NOTHING


@operator("title", 1.1, "{0} with every word capitalised")
def _title(value: Json) -> Json | Nothing:
    if not isinstance(value, str):
        return NOTHING
    return " ".join(word[:1].upper() + word[1:] for word in value.split(" "))


@operator("capital", 1.1, "{0} with its first letter capitalised")
def _capital(value: Json) -> Json | Nothing:
    return value[:1].upper() + value[1:] if isinstance(value, str) else NOTHING


@operator("lowercapital", 1.2, "{0} with only its first letter capitalised")
def _only_capital(value: Json) -> Json | Nothing:
    return value.capitalize() if isinstance(value, str) else NOTHING


@operator("snake", 1.2, "{0} in snake case")
def _snake(value: Json) -> Json | Nothing:
    return re.sub(r"[\s-]+", "_", value.strip().lower()) if isinstance(value, str) else NOTHING


@operator("kebab", 1.2, "{0} in kebab case")
def _kebab(value: Json) -> Json | Nothing:
    return re.sub(r"[\s_]+", "-", value.strip().lower()) if isinstance(value, str) else NOTHING


@operator("spaced", 1.2, "{0} with blanks for underscores and hyphens")
def _spaced(value: Json) -> Json | Nothing:
    return re.sub(r"[_-]+", " ", value) if isinstance(value, str) else NOTHING


@operator("digits", 1.5, "the digits of {0}")
def _digits(value: Json) -> Json | Nothing:
    if not isinstance(value, str):
        return NOTHING
    return "".join(char for char in value if char.isdigit()) or NOTHING


@operator("as_spelt", 0.2, "{0} as it was spelt")
def _as_spelt(value: Json) -> Json | Nothing:
    raw = raw_of(value)
    return NOTHING if raw is None else raw


@operator("unquoted", 0.8, "{0} without the marks around it")
def _unquoted(value: Json) -> Json | Nothing:
    return (
        value.strip(" \t\r\n\"'.,;:!?()[]{}<>`*#" + QUOTES) or NOTHING
        if isinstance(value, str)
        else NOTHING
    )


@operator("field", 1.0, "field {2} of {0} cut at {1}")
def _field(value: Json, delimiter: str, index: int) -> Json | Nothing:
    if not isinstance(value, str):
        return NOTHING
    parts = value.split(delimiter)
    if len(parts) < 2 or not -len(parts) <= index < len(parts):  # noqa: PLR2004
        return NOTHING
    return parts[index].strip() or NOTHING


@operator("between", 1.4, "what stands in {0} between {1} and {2}")
def _between(value: Json, left: str, right: str) -> Json | Nothing:
    if not isinstance(value, str):
        return NOTHING
    if left:
        _, found, value = value.partition(left)
        if not found:
            return NOTHING
    if right:
        value, found, _ = value.partition(right)
        if not found:
            return NOTHING
    return value or NOTHING


@operator("start", 2.6, "the first {1} characters of {0}")
def _start(value: Json, count: int) -> Json | Nothing:
    return value[:count] if isinstance(value, str) and len(value) > count else NOTHING


@operator("end", 2.6, "the last {1} characters of {0}")
def _end(value: Json, count: int) -> Json | Nothing:
    return value[-count:] if isinstance(value, str) and len(value) > count else NOTHING


CASES = ("lower", "upper", "title", "capital", "lowercapital", "snake", "kebab", "spaced")


def guesses(source: str, wanted: str) -> Iterator[Guess]:
    """Ways from `source` to `wanted`, which it contains or nearly is."""
    if source.casefold() == wanted.casefold() or len(source) == len(wanted):
        for name in CASES:
            yield name, ()
    if wanted not in source or source == wanted:
        return
    yield "unquoted", ()
    yield "digits", ()
    for delimiter in _DELIMITERS:
        if delimiter in source and delimiter not in wanted:
            parts = [part.strip() for part in source.split(delimiter)]
            if wanted in parts:
                index = parts.index(wanted)
                yield "field", (delimiter, index)
                yield "field", (delimiter, index - len(parts))
    yield from _contexts(source, wanted)
    if source.startswith(wanted):
        yield "start", (len(wanted),)
    if source.endswith(wanted):
        yield "end", (len(wanted),)


def _contexts(source: str, wanted: str) -> Iterator[Guess]:
    """By the marks, or the word and its blank, on both sides."""
    at = source.find(wanted)
    before, after = source[:at], source[at + len(wanted) :]
    lefts = {before[-1:], before[-2:], before.rsplit(" ", 2)[-1] if " " in before[:-1] else before}
    if before.endswith(" "):
        lefts.add(before[:-1].rsplit(" ", 1)[-1] + " ")
    rights = {after[:1], after[:2]}
    if match := _CHUNK.search(after):
        rights.add(after[: match.end()])
    if not before:
        lefts = {""}
    if not after:
        rights = {""}
    for left in sorted(lefts):
        for right in sorted(rights):
            if left or right:
                yield "between", (left, right)
