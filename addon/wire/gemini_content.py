"""The parts of a request's contents, as neutral parts.

A part has one field that says what it is, and may have others beside it: a signature, metadata. The
first becomes a neutral part, a signature an opaque part that is signed, and the others one opaque part more.
"""

import base64
import binascii
from collections import defaultdict, deque

import msgspec

from addon.wire.codec import WireError
from addon.wire.gemini_json import camel_fields, listed
from tree.canonical import content_digest
from tree.message import Json, Media, Opaque, Part, Text, ToolCall, ToolResult

SIGNATURE = "thoughtSignature"

_KINDS = ("text", "functionCall", "functionResponse", "inlineData", "fileData")

_encode = msgspec.json.encode


class Calls:
    """The numbers of a conversation's calls, in the order in which they first appear.

    A response belongs to the call with its id; without an id, to the first call of its name that has none
    and is not answered yet.
    """

    def __init__(self) -> None:
        self._count = 0
        self.numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._open: defaultdict[str, deque[int]] = defaultdict(deque)

    def called(self, call_id: str, name: str) -> int:
        """Number a call."""
        number = self._number(call_id) if call_id else self._next()
        self._names[number] = name
        if not call_id:
            self._open[name].append(number)
        return number

    def answered(self, call_id: str, name: str) -> int:
        """The number of the call that is answered; a new one where no such call was made."""
        if call_id:
            return self._number(call_id)
        return self._open[name].popleft() if self._open[name] else self._next()

    def named(self, number: int, name: str) -> bool:
        """Whether a call was made with this number, and of this name."""
        return self._names.get(number) == name

    def _number(self, call_id: str) -> int:
        if call_id not in self.numbers:
            self.numbers[call_id] = self._next()
        return self.numbers[call_id]

    def _next(self) -> int:
        self._count += 1
        return self._count - 1


def read_parts(parts: list[Json], calls: Calls) -> tuple[Part, ...]:
    """The neutral parts that say what these parts say, in their order.

    Raises:
        WireError: A part is no object, or a field of it is not of its documented type.
    """
    return tuple(neutral for part in parts for neutral in _read(part, calls))


def _read(part: Json, calls: Calls) -> list[Part]:
    fields = camel_fields(part, "a part")
    signature = fields.pop(SIGNATURE, None)
    signed: list[Part] = (
        [] if signature is None else [Opaque(SIGNATURE, signature, signed=bool(signature))]
    )
    kinds = [kind for kind in _KINDS if kind in fields]
    if len(kinds) != 1 or "thought" in fields:
        return [Opaque("part", fields), *signed]
    said = _said(kinds[0], fields.pop(kinds[0]), calls)
    rest: list[Part] = [Opaque("part", fields)] if fields else []
    return [*said, *rest, *signed]


def _said(kind: str, value: Json, calls: Calls) -> list[Part]:
    if kind == "text":
        return [Text(_text(value, "a text"))]
    fields = camel_fields(value, f"a {kind}")
    if kind == "functionCall":
        return _call(fields, calls)
    if kind == "functionResponse":
        return _response(fields, calls)
    return [*_media(fields)]


def _call(fields: dict[str, Json], calls: Calls) -> list[Part]:
    name = _text(fields.pop("name", ""), "a function's name")
    number = calls.called(_text(fields.pop("id", ""), "an id"), name)
    arguments = _encode(fields.pop("args", {})).decode()
    rest: list[Part] = [Opaque("functionCall", fields)] if fields else []
    return [ToolCall(number, name, arguments), *rest]


def _response(fields: dict[str, Json], calls: Calls) -> list[Part]:
    name = _text(fields.pop("name", ""), "a function's name")
    number = calls.answered(_text(fields.pop("id", ""), "an id"), name)
    response = fields.pop("response", {})
    parts = [part for item in listed(fields.pop("parts", None)) for part in _given(item)]
    if not calls.named(number, name):
        fields["name"] = name
    rest = (Opaque("functionResponse", fields),) if fields else ()
    said = Text(_encode(response).decode())
    failed = isinstance(response, dict) and "error" in response
    return [ToolResult(number, (said, *parts, *rest), is_error=failed)]


def _given(item: Json) -> list[Text | Media | Opaque]:
    """A part of a function's response."""
    fields = camel_fields(item, "a part of a response")
    kinds = [kind for kind in ("inlineData", "fileData") if kind in fields]
    if len(kinds) != 1:
        return [Opaque("part", fields)]
    media = _media(camel_fields(fields.pop(kinds[0]), f"a {kinds[0]}"))
    return [*media, Opaque("part", fields)] if fields else media


def _media(fields: dict[str, Json]) -> list[Text | Media | Opaque]:
    """What is sent along, or pointed to, by its digest."""
    kind = _text(fields.pop("mimeType", ""), "a media type")
    if "data" in fields:
        content = _bytes(_text(fields.pop("data"), "data"))
        media = Media(kind, content_digest(content), len(content))
    else:
        uri = _text(fields.pop("fileUri", ""), "a file's address")
        media = Media(kind, content_digest(uri.encode()), 0)
    return [media, Opaque("media", fields)] if fields else [media]


def _bytes(text: str) -> bytes:
    """What a base64 text stands for, in either alphabet; the text itself where it is none."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (ValueError, binascii.Error):
        return text.encode()


def _text(value: Json, what: str) -> str:
    if not isinstance(value, str):
        raise WireError(f"{what} is no text")
    return value
