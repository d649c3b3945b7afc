"""JSON bodies: decoded with exact integers, and refused where a program that walks them could come to harm."""

import msgspec

from addon.wire.codec import NotRepeatableError, WireError
from addon.wire.envelope import mistakable
from tree.message import Json

_DEEPEST = 128
"""Far deeper than any provider nests, far shallower than Python's stack."""

_MOST_TOKENS = 1 << 40

_decode = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder().encode
"""Compact JSON, members in the order in which they came."""


def parsed(body: bytes | str) -> Json:
    """The value of a JSON text.

    Raises:
        WireError: It is not JSON, or nested too deeply.
    """
    try:
        value = _decode(body)
    except (ValueError, RecursionError) as exc:  # bytes that are no UTF-8 are no `DecodeError`
        raise WireError(f"not JSON: {exc}") from exc
    if _depth_exceeds(value, _DEEPEST):
        raise WireError(f"nested deeper than {_DEEPEST} levels")
    return value


def decode(body: bytes | str) -> Json:
    """The same, of a text that goes into an envelope.

    Raises:
        WireError: It is not JSON, or nested too deeply.
        NotRepeatableError: It holds a name that envelopes keep for themselves.
    """
    value = parsed(body)
    if (b"\\u0000" if isinstance(body, bytes) else "\\u0000") in body and mistakable(value):  # type: ignore[operator]
        raise NotRepeatableError("a member's name begins with NUL")
    return value


def decode_object(body: bytes | str) -> dict[str, Json]:
    """The same, of a text that must be an object."""
    return as_object(decode(body), "the body")


def as_object(value: Json, what: str) -> dict[str, Json]:
    """The value, if it is an object.

    Raises:
        WireError: It is none.
    """
    if not isinstance(value, dict):
        raise WireError(f"{what} is no object")
    return value


def as_objects(value: Json, what: str) -> list[dict[str, Json]]:
    """The items of a list of objects; none for null.

    Raises:
        WireError: It is something else.
    """
    if value is not None and not isinstance(value, list):
        raise WireError(f"{what} is no list")
    return [as_object(item, f"an item of {what}") for item in value or []]


def token_count(value: Json) -> int:
    """A number of tokens; 0 for whatever cannot be one, so that counters stay whole."""
    return value if type(value) is int and 0 < value <= _MOST_TOKENS else 0


def _depth_exceeds(value: Json, limit: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        # In one go and by exact types, for there may be thousands of values and a request waits.
        below = [
            item
            for box in level
            for item in (box.values() if type(box) is dict else box)
            if type(item) is dict or type(item) is list
        ]
        if not below:
            return False
        level = below
    return True
