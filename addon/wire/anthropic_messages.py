"""The wire format of Anthropic Messages.

An answer's document is kept whole: what the tree should know is lifted out of it, and the rest is its envelope,
`{"document": …, "headers": …, "stream": …}`, the last of them only where an event stream had an unusual shape.

Source: Anthropic API reference, "Create a Message" and "Streaming Messages".
"""

from collections.abc import Iterator

import msgspec

from addon.wire import sse
from addon.wire.anthropic_messages_block import (
    EMPTY,
    decode_object,
    extra_keys,
    is_call,
    is_signed,
    is_text,
)
from addon.wire.anthropic_messages_events import events
from addon.wire.anthropic_messages_request import PATH, read_prompt
from addon.wire.anthropic_messages_shape import input_text
from addon.wire.anthropic_messages_stream import assemble
from addon.wire.codec import (
    Form,
    NotRepeatableError,
    Prompt,
    WireError,
    WireRequest,
    WireResponse,
)
from addon.wire.document import token_count
from addon.wire.envelope import Lift, fill, mistakable
from addon.wire.mint import Mint, looks_unique
from addon.wire.stateless import Stateless
from tree.message import Answer, Json, Message, Opaque, Part, Text, ToolCall, Usage

_NUMBERING = ("request-id",)
"""Response headers worth replaying; the others tell of one connection, one account or one moment."""
_SOME_REQUEST_ID = "req_011AbCdEfGhJkLmNpQrStUvW"
_STREAM_HEADERS = (
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache"),
)
_PLAIN_HEADERS = (("content-type", "application/json"),)

_PLAIN_FIELDS = (
    *("id", "type", "role", "model", "content", "usage"),
    *("stop_reason", "stop_sequence"),
)
_CUT_OFF = ("max_tokens", "model_context_window_exceeded")
_DIRECT: Json = {"caller": {"type": "direct"}}
"""Says that the model called the tool itself; true of all calls but those that run code made."""

_IDS = ("id", "tool_use_id", "tool_id")
_DEEPEST = 64
"""Levels of a document that is kept; the API's own have about ten, and filling one takes a frame for each."""


class AnthropicMessages(Stateless):
    """Anthropic Messages, at Anthropic and at those who copied it."""

    api = "anthropic-messages"

    def claims(self, path: str) -> bool:
        """Whether a request to this path (no query) is for this API; counting and batches are not."""
        return path.endswith(PATH)

    def read_request(self, request: WireRequest) -> Prompt:
        """Read a request.

        Raises:
            WireError: The body does not match the documented shape.
        """
        return read_prompt(request)

    def read_answer(self, response: WireResponse) -> Answer:
        """Read a complete answer of status 2xx, streamed or plain.

        Raises:
            WireError: The body does not match the documented shape, or stops before its end.
            NotRepeatableError: It is complete, but a refusal, a pause, bound to a container, or holds what
                cannot be kept without loss.
        """
        document, shape = _document(response)
        _refuse_unsound(document, shape)
        usage = _usage(document["usage"])
        lift = Lift()
        parts = tuple(_lifted(lift, document["content"]))
        headers = {name: value for name in _NUMBERING if (value := response.header(name))}
        envelope = {"document": document, "headers": headers, "stream": shape}
        return Answer(
            message=Message("assistant", parts),
            envelope={key: value for key, value in envelope.items() if value},
            usage=usage,
            literal_only=_literal_reason(document, parts),
        )

    def write_answer(self, answer: Answer, form: Form, mint: Mint) -> WireResponse:
        """Write an answer in the form asked for, whatever form it was recorded in, with ids of its own."""
        values = [value for part in answer.message.parts for value in _values(part)]
        document = _renewed(fill(answer.envelope["document"], values), mint)
        recorded = answer.envelope.get("headers", {})
        kept = [(name, _fresh(value, mint)) for name, value in recorded.items()]
        if form.stream:
            written = sse.encode_all(events(document, answer.envelope.get("stream", {})))
            return WireResponse((*_STREAM_HEADERS, *kept), written)
        return WireResponse((*_PLAIN_HEADERS, *kept), msgspec.json.encode(document))


def _document(response: WireResponse) -> tuple[Json, dict[str, Json]]:
    if not response.streamed:
        return decode_object(response.body), {}
    try:
        return assemble(sse.decode(response.body))
    except UnicodeDecodeError as exc:
        raise WireError("an event that is not UTF-8") from exc


def _refuse_unsound(document: Json, shape: Json) -> None:
    """Let pass only what is a finished message and can be taken apart and put together again."""
    match document:
        case {"type": "error"}:
            raise NotRepeatableError("an error under a status of success")
        case {
            "type": "message",
            "id": str(),
            "content": [*blocks],
            "usage": {"output_tokens": int()},
        }:
            if not all(isinstance(b, dict) and isinstance(b.get("type"), str) for b in blocks):
                raise WireError("a content block without a type")
        case _:
            raise WireError("not a message with id, content and usage")
    if _deeper([document, shape], _DEEPEST) or mistakable(document):
        raise NotRepeatableError("a document that cannot be taken apart")
    reason = document.get("stop_reason")
    if reason in (None, "refusal", "pause_turn"):
        raise NotRepeatableError(f"stop_reason {reason}")
    if document.get("container") not in EMPTY:
        raise NotRepeatableError("bound to a container at the provider, which expires")


def _deeper(value: Json, levels: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, list) and (
        levels == 0 or any(_deeper(item, levels - 1) for item in value)
    )


def _lifted(lift: Lift, content: list[Json]) -> Iterator[Part]:
    """The parts of an answer, taken out of its content in the order in which `_values` gives them back."""
    calls = 0
    known: tuple[str, ...]
    for i, block in enumerate(content):
        if is_text(block):
            yield Text(lift.out(block, "text"))
            known = ("type", "text")
        elif is_call(block) and "input" in block:
            yield ToolCall(calls, block["name"], input_text(lift.out(block, "input")))
            known = ("type", "id", "name", "input")
            calls += 1
        else:
            yield Opaque(block["type"], lift.out(content, i), is_signed(block))
            continue
        for key in extra_keys(block, known):
            yield Opaque(block["type"], {key: lift.out(block, key)})


def _values(part: Part) -> Iterator[Json]:
    match part:
        case Text():
            yield part.text
        case ToolCall():
            yield msgspec.Raw(part.arguments.encode())
        case Opaque(value={"type": _}):
            yield part.value
        case Opaque():
            yield from part.value.values()


def _fresh(recorded: str, mint: Mint) -> str:
    """An id of the recorded one's form; of the API's where that one would come out the same again."""
    return mint.id(recorded if looks_unique(recorded) else _SOME_REQUEST_ID)


def _renewed(document: Json, mint: Mint) -> Json:
    """The document under an id of its own, and its calls too.

    Ids of the provider's own tools stay: what belongs to them is encrypted, and may name them.
    """
    content = document["content"]
    calls = {block["id"]: mint.call_id(block["id"]) for block in content if is_call(block)}
    if any(old != new for old, new in calls.items()):
        content = _respelt(content, calls)
    return {**document, "id": mint.id(document["id"]), "content": content}


def _respelt(value: Json, ids: dict[str, str], key: str = "") -> Json:
    """The value with other ids, save in what a tool gets: that is the model's and may look like anything."""
    if isinstance(value, dict):
        return {k: v if k == "input" else _respelt(v, ids, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_respelt(item, ids) for item in value]
    return ids.get(value, value) if key in _IDS and isinstance(value, str) else value


def _usage(counted: Json) -> Usage:
    def count(name: str) -> int:
        return token_count(counted.get(name))

    cached = count("cache_read_input_tokens")
    written = count("cache_creation_input_tokens")
    return Usage(count("input_tokens") + cached + written, cached, count("output_tokens"))


def _literal_reason(document: Json, parts: tuple[Part, ...]) -> str:
    """Why an answer fits no other conversation; empty if it might."""
    for part in parts:
        if isinstance(part, Opaque) and part.value != _DIRECT:
            if "type" in part.value:
                return f"a block of type {part.kind}"
            return f"{part.kind} with {', '.join(part.value)}"
    if document["stop_reason"] in _CUT_OFF:
        return f"cut off: {document['stop_reason']}"
    unknown = extra_keys(document, _PLAIN_FIELDS)
    return f"the response has {', '.join(unknown)}" if unknown else ""
