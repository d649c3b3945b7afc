r"""Text that is a value in disguise: JSON, JSON within JSON, Python literals; numbers keep how they were spelt.

Python literals are turned into JSON in one pass over their tokens and decoded by msgspec: `ast.literal_eval` took
2 ms for 10 KB, this takes a quarter of it, and cannot be made to build anything but plain values.
"""

import re
from decimal import Decimal

import msgspec

from tree.message import Json

MAX_DEPTH = 100
"""Far deeper than data is, far shallower than Python's stack, also when texts within are values again."""
MAX_NESTING = 3
"""How many times a text inside a value is itself read as a value."""
_MAX_CHARS = 2_000_000
_MAX_LITERAL = 400_000
"""A Python literal is read at a fortieth of the pace of JSON."""
_MAX_DEPTH = 60
"""Whatever is nested deeper is nothing that an answer takes values from."""
_TOO_DEEP = "nested too deep"

_json = msgspec.json.Decoder(float_hook=Decimal)
_quote = msgspec.json.Encoder().encode
_LITERAL = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<word>True|False|None)\b
    |(?P<open>\()|(?P<close>,?\s*\)|,\s*(?=[\]}]))
    |(?P<plain>[\[\]{}:,\s]+|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)""",
    re.VERBOSE | re.DOTALL,
)
_OPENING = frozenset(["{", "[", " ", "\n"])
_WORDS = {"True": "true", "False": "false", "None": "null"}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}


def structured(text: str) -> Json | None:
    """The list or object that `text` spells, texts inside it read as well; None where it spells none."""
    return _read(text, MAX_NESTING)


def decode(text: str) -> Json:
    """Read JSON with its numbers as they were spelt.

    Raises:
        msgspec.DecodeError: It is no JSON, or nested deeper than anything that is looked through.
    """
    try:
        value: Json = _json.decode(text)
    except RecursionError as error:
        raise msgspec.DecodeError(_TOO_DEEP) from error
    if text.count("[") + text.count("{") > _MAX_DEPTH and _is_deep(value):
        raise msgspec.DecodeError(_TOO_DEEP)
    return value


def _is_deep(value: Json) -> bool:
    """Whether lists and records are nested deeper than is read; level by level, for the stack is not endless."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for own in level
            if isinstance(own, (list, dict))
            for inner in (own.values() if isinstance(own, dict) else own)
        ]
        if not level:
            return False
    return any(isinstance(own, (list, dict)) for own in level)


def _read(text: str, depth: int) -> Json | None:
    bare = text.strip()
    if (
        not depth
        or len(bare) > _MAX_CHARS
        or bare[:1] not in ("{", "[")
        or bare[-1:] not in ("}", "]")
    ):
        return None
    try:
        value = decode(bare)
    except (msgspec.DecodeError, RecursionError, ArithmeticError):
        if len(bare) > _MAX_LITERAL or (value := _literal(bare)) is None:
            return None
    try:
        return _deepened(value, depth - 1, 0)
    except _TooDeepError:
        return None


def _literal(text: str) -> Json | None:
    """A Python literal's value, by way of JSON."""
    out: list[str] = []
    at = 0
    while at < len(text):
        match = _LITERAL.match(text, at)
        if match is None:
            return None
        at = match.end()
        try:
            out.append(_as_json(match))
        except ValueError:  # an escape that spells no character, such as half of a surrogate pair
            return None
    try:
        return decode("".join(out))
    except (msgspec.DecodeError, RecursionError, ArithmeticError):
        return None


def _as_json(match: re.Match[str]) -> str:
    piece = match[0]
    match match.lastgroup:
        case "string":
            return _quote(_ESCAPE.sub(_unescaped, piece[1:-1])).decode()
        case "word":
            return _WORDS[piece]
        case "open":
            return "["
        case "close":
            return "]" if piece.endswith(")") else ""
        case _:
            return piece


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "xuU" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)


class _TooDeepError(Exception):
    """Nested deeper than is read."""


class Inner(dict[str, Json]):
    """A record that was spelt inside a text, which knows how."""

    __slots__ = ("raw",)
    raw: str


class InnerList(list[Json]):
    """A list that was spelt inside a text."""

    __slots__ = ("raw",)
    raw: str


def raw_of(value: Json) -> str | None:
    """The text that a value inside a text was, or None for any other value."""
    return value.raw if isinstance(value, (Inner, InnerList)) else None


def _deepened(value: Json, depth: int, level: int) -> Json:
    if level > _MAX_DEPTH:
        raise _TooDeepError
    if isinstance(value, str):
        inner = _read(value, depth) if depth and value[:1] in _OPENING else None
        return value if inner is None else _spelt(inner, value)
    if isinstance(value, list):
        return [_deepened(item, depth, level + 1) for item in value]
    if isinstance(value, dict):
        return {key: _deepened(item, depth, level + 1) for key, item in value.items()}
    return value


def _spelt(value: Json, raw: str) -> Json:
    own: Inner | InnerList = Inner(value) if isinstance(value, dict) else InnerList(value)
    own.raw = raw
    return own
