"""Messages of a chat request as neutral values; what is not understood is carried verbatim and compared.

Source: OpenAI API reference, "Create chat completion", messages; Mistral, "Chat completion" (document and thinking
parts); OpenRouter, "Multimodal" and "Reasoning tokens".
"""

import base64
import binascii
import re

from addon.wire.codec import WireError
from addon.wire.document import as_object, as_objects
from addon.wire.openai_chat_seal import is_sealed
from tree.canonical import content_digest
from tree.message import Json, Media, Message, Opaque, Part, Text, ToolCall, ToolResult

CACHE_HINTS = frozenset({"cache_control"})
"""Marks on parts and tools that say what to cache: they cannot change an answer."""

_PAYLOADS = {
    "image_url": "url",
    "video_url": "url",
    "audio_url": "url",
    "file_url": "url",
    "document_url": "url",
    "input_audio": "data",
    "file": "file_data",
}
"""Kinds of media parts, and the member that holds the content or the way to it."""

_PLAIN_MEMBERS = 2
_SPEAKERS = frozenset({"system", "developer", "user", "assistant"})

_DATA_URL = re.compile(r"data:([^,]*?);base64,", re.IGNORECASE)


class Messages:
    """Reads the messages of one conversation; numbers its tool calls in the order of their first appearance.

    Args:
        ids: Of the calls in earlier messages, in the order of their numbers.
    """

    def __init__(self, ids: tuple[str, ...] = ()) -> None:
        self.numbers = {spelling: number for number, spelling in enumerate(ids)}
        self._function = 0
        self.functions = False
        """Whether there are calls or results without ids, which tell nothing without those before them."""

    def read(self, messages: list[dict[str, Json]]) -> tuple[Message, ...]:
        """Read all messages.

        Raises:
            WireError: One of them does not match the documented shape.
        """
        return tuple(map(self._message, messages))

    def _message(self, message: dict[str, Json]) -> Message:
        role, content = message.get("role"), message.get("content")
        if not isinstance(role, str):
            raise WireError("a message without a role")
        if len(message) == _PLAIN_MEMBERS and type(content) is str and role in _SPEAKERS:
            return Message(role, (Text(content),) if content else ())  # most are like this
        rest = {k: v for k, v in message.items() if k not in ("role", "content") and _says(v)}
        said = list(content_parts(content))
        if role in ("tool", "function"):
            result = ToolResult(self._answered(role, rest), tuple(said))
            return Message(role, (result, *_opaques(rest)))
        calls = [part for call in self._calls(rest) for part in call]
        return Message(role, (*said, *calls, *_opaques(rest)))

    def _answered(self, role: str, rest: dict[str, Json]) -> int:
        """The call that a result answers; a function's has no id, so it is the latest of them."""
        if role == "function":
            self.functions = True
            return self._function
        return self._number(rest.pop("tool_call_id", None))

    def _calls(self, rest: dict[str, Json]) -> list[list[Part]]:
        calls = [
            self._call(call) for call in as_objects(rest.pop("tool_calls", None), "tool_calls")
        ]
        if function := rest.pop("function_call", None):
            name, arguments = named(as_object(function, "function_call"), "arguments")
            self._function = self._number(f"\x00function {len(self.numbers)}")
            self.functions = True
            calls.append([ToolCall(self._function, name, arguments), Opaque("function_call", None)])
        return calls

    def _call(self, call: dict[str, Json]) -> list[Part]:
        kind = "custom" if call.get("type") == "custom" else "function"
        inner = as_object(call.get(kind), f"a tool call's {kind}")
        argument = "input" if kind == "custom" else "arguments"
        name, arguments = named(inner, argument)
        rest = {
            k: v for k, v in call.items() if k not in ("id", "type", "index", kind) and _says(v)
        }
        rest |= {k: v for k, v in inner.items() if k not in ("name", argument) and _says(v)}
        if call.get("type") not in (None, "", "function"):
            rest["type"] = call["type"]
        extra = [Opaque("tool_call", rest, is_sealed(rest))] if rest else []
        return [ToolCall(self._number(call.get("id")), name, arguments), *extra]

    def _number(self, spelling: Json) -> int:
        if spelling is not None and not isinstance(spelling, str):
            raise WireError("the id of a tool call is no text")
        return self.numbers.setdefault(spelling or "", len(self.numbers))


def named(function: dict[str, Json], argument: str) -> tuple[str, str]:
    """Name and arguments of a function, null counting as the empty text.

    Raises:
        WireError: One of them is no text.
    """
    name, arguments = function.get("name") or "", function.get(argument) or ""
    if not isinstance(name, str) or not isinstance(arguments, str):
        raise WireError(f"name or {argument} of a tool call is no text")
    return name, arguments


def content_parts(content: Json) -> list[Text | Media | Opaque]:
    """The content of a message as parts; null and the empty text are none."""
    if content is None or content == "":
        return []
    if isinstance(content, str):
        return [Text(content)]
    if not isinstance(content, list):
        return [Opaque("content", content, is_sealed(content))]
    return [part for item in content for part in _content_part(item)]


def _content_part(item: Json) -> list[Text | Media | Opaque]:
    if not isinstance(item, dict):
        return [Opaque("part", item)]
    part = {k: v for k, v in item.items() if k not in CACHE_HINTS and _says(v)}
    kind = part.get("type")
    if kind == "text" and isinstance(item.get("text"), str):
        rest = {k: v for k, v in part.items() if k not in ("type", "text")}
        return [Text(item["text"]), *([Opaque("text", rest)] if rest else [])]
    if isinstance(kind, str) and kind in _PAYLOADS and (media := _media(kind, part)):
        return media
    return [Opaque(str(kind), part, is_sealed(part))]


def _media(kind: str, part: dict[str, Json]) -> list[Text | Media | Opaque]:
    """A media part as what it contains and, where there is more to it, the rest of it; empty if it has no payload."""
    inner = part.get(kind)
    payload = inner.get(_PAYLOADS[kind]) if isinstance(inner, dict) else inner
    if not isinstance(payload, str):
        return []
    media_type, content = _payload(payload)
    rest = {k: v for k, v in part.items() if k not in (kind, "type")}
    if isinstance(inner, dict):
        rest |= {f"{kind}.{k}": v for k, v in inner.items() if k != _PAYLOADS[kind] and _says(v)}
    media = Media(f"{kind} {media_type}".strip(), content_digest(content), len(content))
    return [media, *([Opaque(kind, rest)] if rest else [])]


def _payload(text: str) -> tuple[str, bytes]:
    """The media type and the bytes of a data URL or of base64; else no type, and the text itself."""
    match = _DATA_URL.match(text)
    try:
        return match[1] if match else "", base64.b64decode(
            text[match.end() if match else 0 :], validate=True
        )
    except (binascii.Error, ValueError):
        return "", text.encode()


def _opaques(rest: dict[str, Json]) -> list[Opaque]:
    return [Opaque(name, rest[name], is_sealed({name: rest[name]})) for name in sorted(rest)]


def _says(value: Json) -> bool:
    """Whether a member says anything: SDKs echo what an answer did not have as null or empty."""
    return value is not None and value not in ("", [], {})
