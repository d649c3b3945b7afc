"""Inputs near to good ones: JSON with odd values in odd places, disturbed event streams, loose bytes."""

import json
import random
from copy import deepcopy
from typing import Any

LONG = 5_000
DEEP = 3_000
"""Deeper than a stack of Python is."""
_MOST = 4_000_000
"""Bytes that a spelling may add: what has copies of copies would fill the memory of the machine with it."""

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**63,
    2**64,
    -(2**70),
    10**400,
    1e308,
    5e-324,
    "",
    " ",
    "\x00",
    "\x00hole",
    "\ud800",
    "\udfff\ud800",
    "\r\nSet-Cookie: a=b",
    "data: [DONE]\n\n",
    "{{slot}} {0} %s ${x}",
    "a" * 5_000,
    "-" * 300,
    "🜁é\u202e\u0000\uffff",
    [],
    {},
    [[]],
    [None],
    {"": ""},
    {"\x00hole": 0},
    {"type": "text", "text": None},
    {"type": "unheard_of"},
    [{}] * 200,
)
"""Values that no provider sends, or hardly."""

SPELT = (
    b"1e999999999",
    b"-1e-999999999",
    b"1" * 5_000,
    b"0." + b"1" * 5_000,
    b"NaN",
    b'"\\ud83d"',
    b'"\\u0000hole"',
    b"[" * DEEP + b"]" * DEEP,
    b'{"a":' * DEEP + b"1" + b"}" * DEEP,
)
"""JSON that no encoder writes."""

_MARK = "\ue000 a spelling of its own "


def document(value: Any, chance: random.Random, kin: Any = None) -> bytes:
    """JSON text of something like `value`, maybe with something of its `kin`."""
    changed = deepcopy(value)
    spelt: dict[str, bytes] = {}
    for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 5))):
        changed = (
            _crossed(changed, kin, chance)
            if kin is not None and chance.random() < 0.4
            else _disturbed(changed, chance, spelt)
        )
    # A lone surrogate that is not escaped is no UTF-8, which is refused at the door.
    body = json.dumps(changed, ensure_ascii=chance.random() < 0.8).encode("utf-8", "surrogatepass")
    for mark, spelling in spelt.items():
        for written in (json.dumps(mark), json.dumps(mark, ensure_ascii=False)):
            own = written.encode()
            body = body.replace(own, spelling, max(1, _MOST // len(spelling)))
    return loose(body, chance) if chance.random() < 0.08 else body


def stream(pieces: list[bytes], chance: random.Random, kin: list[bytes]) -> bytes:
    """An event stream like one of these events, maybe with one of its `kin`."""
    events = list(pieces)
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        at = chance.randrange(len(events)) if events else 0
        match chance.choice(("drop", "again", "swap", "kin", *("change",) * 8, "noise")):
            case "drop" if events:
                del events[at]
            case "again" if events:
                events.insert(chance.randrange(len(events) + 1), events[at])
            case "swap" if events:
                other = chance.randrange(len(events))
                events[at], events[other] = events[other], events[at]
            case "kin" if kin:
                events.insert(at, chance.choice(kin))
            case "change" if events:
                events[at] = _event(events[at], chance)
            case _:
                events.insert(
                    at, chance.choice((b": ping\n\n", b"data: \n\n", b"\r\n", b"\xef\xbb\xbf"))
                )
    body = b"".join(events)
    return loose(body, chance) if chance.random() < 0.06 else body


def loose(body: bytes, chance: random.Random) -> bytes:
    """Bytes like `body`, whatever it is."""
    changed = bytearray(body)
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(len(changed) + 1)
        match chance.choice(("flip", "cut", "put", "double")):
            case "flip" if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case "cut":
                del changed[at : at + chance.choice((1, 1, 16, 1_000_000))]
            case "put":
                changed[at:at] = chance.choice(
                    (b"\x00", b"\xff\xfe", b'"', b"\\", b"\r\n", b"{", b"]")
                )
            case _:
                changed[at:at] = changed[at : at + chance.choice((4, 64))]
    return bytes(changed)


def text(chance: random.Random, pieces: tuple[str, ...], most: int = 40) -> str:
    """A text of some of these pieces."""
    return "".join(chance.choices(pieces, k=chance.randrange(most)))


def _event(event: bytes, chance: random.Random) -> bytes:
    head, colon, data = event.partition(b"data: ")
    try:
        value = json.loads(data)
        json.dumps(value)
    except (ValueError, RecursionError):
        return loose(event, chance)
    if len(event) > LONG:
        return loose(event, chance)  # made deep already, too deep to be walked here
    return head + colon + document(value, chance).replace(b"\n", b" ") + b"\n\n"


def _disturbed(value: Any, chance: random.Random, spelt: dict[str, bytes]) -> Any:
    """The value with one place of it changed."""
    places = list(_places(value))
    if not places:
        return deepcopy(chance.choice(ODD))
    box, key = chance.choice(places)
    match chance.choice((*("odd",) * 6, "spelt", *("drop", "again", "other", "name") * 2)):
        case "odd":
            box[key] = deepcopy(chance.choice(ODD))
        case "spelt":
            mark = f"{_MARK}{len(spelt)}"
            spelt[mark] = chance.choice(SPELT)
            box[key] = mark
        case "drop":
            del box[key]
        case "again" if isinstance(box, list):
            box[key:key] = [deepcopy(box[key])] * chance.choice((1, 2, 300))
        case "name" if isinstance(box, dict):
            box[chance.choice(("\x00", "type", "index", "id", "", "\ud800"))] = deepcopy(box[key])
        case _:
            other, at = chance.choice(places)
            box[key] = deepcopy(other[at])
    return value


def _crossed(value: Any, kin: Any, chance: random.Random) -> Any:
    """The value with what its kin has under the same name, at one place where both have one."""
    ours = [(box, key) for box, key in _places(value) if isinstance(key, str)]
    if ours:
        box, name = chance.choice(ours)
        theirs = [other[key] for other, key in _places(kin) if key == name]
        if theirs:
            box[name] = deepcopy(chance.choice(theirs))
    return value


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for key in value:
            yield value, key
            yield from _places(value[key])
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield value, at
            yield from _places(item)
