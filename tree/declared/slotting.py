r"""Texts with slots where declared values stood, and back again, at the escape level that each of them stood at.

What stood there does not always tell how it was escaped: `Erik` looks alike in prose, in JSON and in a URL. A slot
keeps every spelling that explains it; where they disagree about a new value, nothing is filled in. All static text
keeps its own spelling. Writing without spaces between words has no borders that could be checked, so a value within
it counts as a piece of a longer word.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal
from urllib.parse import quote, quote_plus

import msgspec
from msgspec import Struct

from tree.message import Bindings
from tree.reading.held import by_text

type Step = Literal["json", "ascii", "percent", "path", "form", "number"]
"""One escape: a JSON string's inside with or without other letters than ASCII's, three of URLs, a bare number."""

type Spelling = tuple[Step, ...]
"""Escapes, innermost first; none for the value as it is."""

type Piece = str | Slot
type Pieces = tuple[Piece, ...]


class Slot(Struct, frozen=True):
    """A place where a declared value stood."""

    name: str
    spellings: tuple[Spelling, ...]
    """All that explain what stood there."""


class UnclearError(ValueError):
    """What is data, or how it is to be spelt, is not certain; the message says why and tells no value."""


_SPELLINGS: tuple[Spelling, ...] = (
    (),
    ("json",),
    ("ascii",),
    ("json", "json"),
    ("ascii", "ascii"),
    ("percent",),
    ("path",),
    ("form",),
)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_IN_JSON = re.compile(r'"\s*[:,}\]]')
_IN_URL = re.compile(r"://|%[0-9A-Fa-f]{2}|[?&][^=]*=")
_HIGH_BYTE = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")
_PLAIN_RUN = re.compile(r"[A-Za-z0-9]+")
_ODD_ESCAPE = "\\u00"
"""How JSON may write even a letter of ASCII."""
_ANY_BYTE = re.compile(r"%[0-9A-Fa-f]{2}")
_RUN_CHARS = 500
"""How far back a run of characters is looked at to tell whether it is a URL."""
_RUN_ENDS = " \t\r\n\"'<>()"

_quote = msgspec.json.Encoder().encode
_unquote = msgspec.json.Decoder(str).decode
_decode = msgspec.json.decode


class _Mark(Struct, frozen=True, order=True):
    """A stretch of a text that spells a declared value."""

    start: int
    stop: int
    name: str
    spellings: tuple[Spelling, ...]


def cut(text: str, values: Bindings) -> Pieces:
    """The text with a slot for every occurrence of each value.

    Raises:
        UnclearError: A value stands within a longer word or number, or where nobody can tell which one it is.
    """
    present = tuple(pair for pair in values if _may_hold(text, pair[1]))
    if not present:
        return (text,) if text else ()
    return _joined(_cut_json(text, present) if _is_json(text) else _cut_plain(text, present))


def filled(pieces: Pieces, values: dict[str, str]) -> str:
    """The text with these values in its slots.

    Raises:
        UnclearError: What stood in a slot does not tell how its new value is spelt.
    """
    return "".join(
        piece if isinstance(piece, str) else _spelt_in(piece, values[piece.name])
        for piece in pieces
    )


def spell(value: str, spelling: Spelling) -> str | None:
    """A value under its escapes; None where it cannot stand so."""
    for step in spelling:
        match step:
            case "json" | "ascii":
                value = _escaped(value, step)
            case "percent" | "path":
                value = quote(value, safe="/" if step == "path" else "")
            case "form":
                value = quote_plus(value)
            case "number":
                if not _NUMBER.fullmatch(value):
                    return None
    return value


def _may_hold(text: str, value: str) -> bool:
    """Whether a value may stand in a text; no usual escape changes letters and digits of ASCII."""
    return _trace(value) in text or _ODD_ESCAPE in text


@by_text
def _trace(value: str) -> str:
    return max(_PLAIN_RUN.findall(value), key=len, default="")


def _spelt_in(slot: Slot, value: str) -> str:
    ways = {spell(value, spelling) for spelling in slot.spellings}
    way = ways.pop()
    if ways or way is None:
        raise UnclearError(
            f"how the new value of `{slot.name}` is spelt in the answer is not certain"
        )
    return way


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "[", '"'):
        return False
    try:
        _decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _cut_json(text: str, values: Bindings) -> Iterator[Piece]:
    at, ascii_only = 0, text.isascii() and "\\u" in text
    for literal in _LITERAL.finditer(text):
        yield from _cut_numbers(text[at : literal.start(1)], values)
        yield from _cut_literal(literal[1], values, ascii_only=ascii_only)
        at = literal.end(1)
    yield from _cut_numbers(text[at:], values)


def _cut_literal(inner: str, values: Bindings, *, ascii_only: bool) -> Sequence[Piece]:
    """The inside of a JSON string, its static parts escaped as they were."""
    content = _unquote(f'"{inner}"')
    pieces = cut(content, values)
    slots = [piece for piece in pieces if isinstance(piece, Slot)]
    if not slots:
        return [inner]
    steps: tuple[Step, Step] = ("ascii", "json") if ascii_only else ("json", "ascii")
    step = next((step for step in steps if _escaped(content, step) == inner), None)
    if step is None:
        raise UnclearError(f"`{slots[0].name}` stands in JSON that is escaped in an unusual way")
    return [
        _escaped(piece, step)
        if isinstance(piece, str)
        else Slot(piece.name, tuple((*spelling, step) for spelling in piece.spellings))
        for piece in pieces
    ]


def _cut_numbers(text: str, values: Bindings) -> Iterator[Piece]:
    """JSON between its strings: a number there is data as a whole or not at all."""
    at = 0
    for number in _NUMBER.finditer(text):
        for name, value in values:
            if value == number[0]:
                yield text[at : number.start()]
                yield Slot(name, (("number",),))
                at = number.end()
            elif value in number[0]:
                raise _within(name)
    yield text[at:]


def _cut_plain(text: str, values: Bindings) -> Iterator[Piece]:
    marks = sorted(mark for name, value in values for mark in _marks(text, name, value))
    at, in_json = 0, bool(marks and _IN_JSON.search(text))
    for mark in marks:
        if mark.start < at:
            raise UnclearError(f"`{mark.name}` and another declared value overlap")
        yield text[at : mark.start]
        yield Slot(mark.name, _likely(text, mark, in_json=in_json))
        at = mark.stop
    yield text[at:]


@by_text
def _ways(value: str) -> tuple[tuple[str, tuple[Spelling, ...]], ...]:
    """How a value may be spelt, and which spellings say so; asked for anew at every string of a document."""
    ways: dict[str, list[Spelling]] = {}
    for spelling in _SPELLINGS:
        ways.setdefault(spell(value, spelling) or value, []).append(spelling)
    return tuple((way, tuple(spellings)) for way, spellings in ways.items())


def _marks(text: str, name: str, value: str) -> Iterator[_Mark]:
    for way, spellings in _ways(value):
        start = text.find(way)
        while start >= 0:
            stop = start + len(way)
            if not _stands_alone(text, start, stop, value):
                raise _within(name)
            yield _Mark(start, stop, name, spellings)
            start = text.find(way, start + 1)


def _likely(text: str, mark: _Mark, *, in_json: bool) -> tuple[Spelling, ...]:
    """Of the spellings that explain a mark, those that fit where it stands."""
    if len(mark.spellings) == 1 or () not in mark.spellings:
        return mark.spellings
    before = text[max(0, mark.start - _RUN_CHARS) : mark.start]
    run = before[max(before.rfind(end) for end in _RUN_ENDS) + 1 :]
    in_url = bool(_IN_URL.search(run))
    return tuple(
        spelling
        for spelling in mark.spellings
        if not spelling or (in_json if spelling[0] in ("json", "ascii") else in_url)
    )


def _stands_alone(text: str, start: int, stop: int, value: str) -> bool:
    before, after = text[max(0, start - 1) : start], text[stop : stop + 1]
    if _ANY_BYTE.fullmatch(text[max(0, start - 3) : start]):
        before = "x" if _HIGH_BYTE.fullmatch(text[start - 3 : start]) else ""
    if _HIGH_BYTE.match(text, stop):
        after = "x"
    return not (
        (_is_wordy(value[0]) and (_is_wordy(before) or before == "%"))
        or (_is_wordy(value[-1]) and _is_wordy(after))
        or (value[0].isdigit() and _goes_on(text[max(0, start - 2) : start][::-1]))
        or (value[-1].isdigit() and _goes_on(text[stop : stop + 2]))
    )


def _goes_on(beside: str) -> bool:
    """Whether a number is continued: by a point or comma, and a digit beyond it."""
    return len(beside) == len(".0") and beside[0] in ".," and beside[1].isdigit()


def _is_wordy(char: str) -> bool:
    return char == "_" or (char != "" and unicodedata.category(char)[0] in "LNM")


def _escaped(text: str, step: Step) -> str:
    said = _quote(text).decode()[1:-1]
    if step == "json" or said.isascii():
        return said
    return "".join(char if char.isascii() else _units(char) for char in said)


def _units(char: str) -> str:
    code = char.encode("utf-16-be").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))


def _within(name: str) -> UnclearError:
    return UnclearError(f"the value of `{name}` also stands within a longer word or number")


def _joined(pieces: Iterator[Piece]) -> Pieces:
    """Neighbouring texts made one, empty ones left out, so that equal texts have equal pieces."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        elif piece != "":
            out.append(piece)
    return tuple(out)
