"""The items of a Responses request as messages, so that only spelling is left out.

Items become messages one by one; only reasoning, calls and a message of the model that follow one another are
one message, for they are one turn. What the neutral form has no place for stands in an opaque part beside it: kind
`message`, `function_call` … for the rest of an item, `content.input_text` … for the rest of a content part.

Source: OpenAI API reference, "Create a model response", `input`.
"""

import base64
import binascii
from collections.abc import Iterator

from addon.wire.openai_responses_shape import CALLS, is_call, is_sealed, kind_of, objects
from tree.canonical import content_digest
from tree.message import Json, Media, Message, Opaque, Part, Text, ToolCall, ToolResult

_TEXTS = {"input_text", "output_text", "text"}
_MEDIA = ("image_url", "file_data", "file_url", "file_id")
_HEAVY = {*_MEDIA, "result", "data"}
_HEAVY_CHARS = 1024
_RESULTS = {"function_call_output", "custom_tool_call_output"}


class Names:
    """What ids say once their spelling is left out: which call, and whether one was there before."""

    def __init__(self) -> None:
        self._calls: dict[str, int] = {}
        self.seen: dict[str, int] = {}
        """Every id that was there so far."""

    def call(self, call_id: str) -> int:
        """The number of a call."""
        self.id(call_id)
        return self._calls.setdefault(call_id, len(self._calls))

    def id(self, item_id: Json) -> Json:
        """A word for an id that was not there before, else its number; what is no text is no id."""
        if not isinstance(item_id, str):
            return [item_id]
        if item_id in self.seen:
            return self.seen[item_id]
        self.seen[item_id] = len(self.seen)
        return "new"


def turns(items: list[dict[str, Json]], names: Names) -> Iterator[Message]:
    """The messages of a conversation; what the model gave in one go is one, with one of its messages at most.

    Raises:
        WireError: Content is not of the documented shape.
    """
    turn: list[Part] = []
    spoken = False
    for item in items:
        role, is_message = _role(item), _is_message(item)
        if turn and (role != "assistant" or (is_message and spoken)):
            yield Message("assistant", tuple(turn))
            turn, spoken = [], False
        parts = _item_parts(item, names)
        if role == "assistant":
            turn += parts
            spoken = spoken or is_message
        else:
            yield Message(role, tuple(parts))
    if turn:
        yield Message("assistant", tuple(turn))


def _is_message(item: dict[str, Json]) -> bool:
    return isinstance(item.get("role"), str) and kind_of(item) in ("", "message")


def _role(item: dict[str, Json]) -> str:
    if isinstance(role := item.get("role"), str):
        return role
    return "tool" if kind_of(item).endswith(("_output", "_response")) else "assistant"


def _item_parts(item: dict[str, Json], names: Names) -> list[Part]:
    kind = kind_of(item)
    if _is_message(item) and isinstance(item.get("content"), str | list):
        said = list(_content(item["content"], "content"))
        return [*_frame("message", item, {"role", "content"}, names, needed=not said), *said]
    if is_call(item):
        return _call_parts(item, names)
    if kind in _RESULTS and isinstance(item.get("call_id"), str):
        return _result_parts(item, names)
    value = _light(item)
    if isinstance(call_id := item.get("call_id"), str):
        value["call_id"] = names.id(call_id)  # only calls that the tree knows are numbered as calls
    return [Opaque(kind, value, signed=is_sealed(item))]


def _call_parts(item: dict[str, Json], names: Names) -> list[Part]:
    kind, argument = kind_of(item), CALLS[kind_of(item)]
    call = ToolCall(names.call(item["call_id"]), item["name"], item[argument])
    taken = {"call_id", "name", argument}
    if kind == "function_call":
        return [*_frame(kind, item, {*taken, "type"}, names), call]
    # A custom tool's input is text, of which every blank counts, even where it happens to be JSON.
    exact = {**item, "input": content_digest(call.arguments.encode())}
    return [*_frame(kind, exact, taken - {"input"}, names), call]


def _result_parts(item: dict[str, Json], names: Names) -> list[Part]:
    kind, output = kind_of(item), item.get("output")
    call = names.call(item["call_id"])
    taken = {"call_id"} | ({"type"} if kind == "function_call_output" else set())
    if isinstance(output, str | list):
        result = ToolResult(call, tuple(_content(output, "output")))
        return [*_frame(kind, item, {*taken, "output"}, names), result]
    return [*_frame(kind, item, taken, names), ToolResult(call, ())]


def _frame(
    kind: str, item: dict[str, Json], taken: set[str], names: Names, *, needed: bool = False
) -> list[Part]:
    """An opaque part for the members that are not taken, if there are any or if one is needed."""
    rest = {
        name: names.id(value) if name == "id" else _light(value)
        for name, value in item.items()
        if name not in taken and value not in (None, [], {})
    }
    return [Opaque(kind, rest, signed=is_sealed(item))] if rest or needed else []


def _content(content: Json, where: str) -> Iterator[Text | Media | Opaque]:
    if isinstance(content, str):
        yield Text(content)
        return
    for part in objects(content, where):
        yield from _content_part(part)


def _content_part(part: dict[str, Json]) -> Iterator[Text | Media | Opaque]:
    kind = kind_of(part)
    rest = {name: value for name, value in part.items() if value not in (None, [], {})}
    if kind in _TEXTS and isinstance(part.get("text"), str):
        yield Text(part["text"])
        del rest["type"], rest["text"]
        if rest:
            yield Opaque(f"content.{kind}", rest)
        return
    for name in _MEDIA:
        if isinstance(rest.get(name), str):
            yield _media(name, rest.pop(name))
    yield Opaque(f"content.{kind}", _light(rest))


def _media(name: str, reference: str) -> Media:
    """A medium by its bytes where they were sent, else by what refers to them."""
    head, comma, data = reference.partition(",")
    if name == "file_data" and not comma:
        head, data = "data:;base64", reference
    if not (head.startswith("data:") and head.endswith(";base64")):
        return Media(name, content_digest(reference.encode()), 0)
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        content = data.encode()
        head += ";not base64"
    kind = head.removeprefix("data:").removesuffix(";base64")
    return Media(kind, content_digest(content), len(content))


def _light(value: Json, name: str = "") -> Json:
    """A copy with long payloads replaced by their digests; identity needs no more of a picture."""
    if isinstance(value, dict):
        return {key: _light(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_light(member, name) for member in value]
    if isinstance(value, str) and name in _HEAVY and len(value) > _HEAVY_CHARS:
        return {"digest": content_digest(value.encode()), "chars": len(value)}
    return value
