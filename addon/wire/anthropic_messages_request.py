"""Requests of Anthropic Messages: what of a request is its identity, what is messages, and what is neither.

Source: Anthropic API reference, "Create a Message"; anthropic-sdk-python, `types/beta/message_create_params.py`.
"""

from collections.abc import Iterator

from addon.wire.anthropic_messages_block import (
    EMPTY,
    bare_block,
    content_parts,
    decode_object,
    encode_text,
    extra_parts,
    is_call,
)
from addon.wire.codec import Form, Prompt, WireError, WireRequest
from addon.wire.lately import Opening
from addon.wire.withheld import withheld
from tree.message import Json, Media, Message, Opaque, Part, Text, ToolCall, ToolResult

PATH = "/v1/messages"

IGNORED = {
    "stream": "decides how the answer is written, not what it says",
    "metadata": "an opaque id of the user, for the provider's detection of abuse",
    "service_tier": "decides how soon the answer is computed, and its price",
    "cache_control": "a hint for the provider's prompt cache",
}
"""Fields of a request that cannot change what the answer says, each with its reason."""

IGNORED_OF_TOOL = {
    "cache_control": "a hint for the provider's prompt cache",
    "eager_input_streaming": "decides how early pieces of the input are sent",
}
"""The same for a tool's definition."""

IGNORED_HEADERS = {
    "anthropic-dangerous-direct-browser-access": "asks for CORS headers",
}
"""The same for the request headers of Anthropic's own; all others may change the answer."""

STATEFUL = {
    "container": "a container at the provider",
    "thread": "a conversation that the provider keeps under the answer's id",
    "fallback_credit_token": "a token that can be redeemed once",
}
"""Fields that tie a request to state at the provider, which a fabricated answer would leave behind."""

_LISTED = "anthropic-beta"


def read_prompt(request: WireRequest) -> Prompt:
    """Read a request.

    Raises:
        WireError: The body does not match the documented shape.
    """
    opening = request.opened("messages", decode_object)
    body = opening.document
    model, stream = body.get("model"), body.get("stream")
    if not isinstance(model, str):
        raise WireError("a request without a model")
    if stream not in (None, True, False):
        raise WireError("`stream` is no truth value")
    stateful = (reason for field, reason in STATEFUL.items() if body.get(field) not in EMPTY)
    conversation = _Conversation()
    try:
        system = conversation.system(body)
        if (
            conversation.numbers
        ):  # calls in there, as none has, would change the numbers of all others
            opening = Opening(decode_object(request.body))
        else:
            conversation.number(opening.ids)
        new = conversation.messages(opening.document, known=bool(opening.messages))
        messages = opening.grown(new, conversation.numbers)
        return Prompt(
            model=model,
            settings=_settings(request, body, messages[0].role),
            messages=(*system, *messages),
            ids=tuple(conversation.numbers),
            form=Form(stream=bool(stream)),
            not_repeatable=next(stateful, ""),
        )
    except RecursionError as exc:
        raise WireError("blocks within blocks without end") from exc


def _settings(request: WireRequest, body: Json, first: str) -> Json:
    """All that may change the answer and is no message.

    The query is part of it: `beta=true` chooses the schema that the provider answers in, and the official client for
    the other schema would meet members and blocks that it does not know.
    """
    apart = ("model", "system", "messages", *IGNORED)
    fields = {k: v for k, v in body.items() if k not in apart and v not in EMPTY}
    if isinstance(tools := fields.get("tools"), list):
        fields["tools"] = [_without(tool, IGNORED_OF_TOOL) for tool in tools]
    settings = {
        "fields": withheld(fields),
        "headers": _own_headers(request),
        "path": "" if request.path == PATH else request.path,
        "query": sorted(request.query),
        # A first message of this role reads like the field `system`, and is not the same request.
        "begins": first if first == "system" and not body.get("system") else "",
    }
    return {key: value for key, value in settings.items() if value}


def _without(value: Json, ignored: dict[str, str]) -> Json:
    if not isinstance(value, dict):
        return value
    return {k: v for k, v in value.items() if k not in ignored and v is not None}


def _own_headers(request: WireRequest) -> Json:
    headers: dict[str, Json] = {}
    for name, _ in request.headers:
        if name == _LISTED:
            features = {feature.strip() for feature in request.header(name).split(",")}
            headers[name] = sorted(features - {""})
        elif name.startswith("anthropic-") and name not in IGNORED_HEADERS:
            headers[name] = request.header(name)
    return {name: value for name, value in headers.items() if value}


class _Conversation:
    """Reads the messages of one request; calls are numbered in the order in which their ids first appear."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, ids: tuple[str, ...]) -> None:
        """Take in the ids of messages that are read already, in the order of their numbers."""
        for spelling in ids:
            self._number(spelling)

    def system(self, body: Json) -> tuple[Message, ...]:
        """The system prompt; none where there is none."""
        system = body.get("system")
        return (Message("system", tuple(self._parts(system))),) if system else ()

    def messages(self, body: Json, *, known: bool) -> list[Message]:
        """The messages in a list of at least one, unless others are known."""
        messages = body.get("messages")
        if not isinstance(messages, list) or not (messages or known):
            raise WireError("a request without messages")
        return list(map(self._message, messages))

    def _message(self, message: Json) -> Message:
        match message:
            case {"role": str(role), "content": content}:
                parts = [*self._parts(content)]
            case _:
                raise WireError("a message without role and content")
        if rest := bare_block({k: v for k, v in message.items() if k not in ("role", "content")}):
            parts.append(Opaque("message", rest))
        return Message(role, tuple(parts))

    def _parts(self, content: Json) -> Iterator[Part]:
        if isinstance(content, str):
            yield Text(content)
        elif isinstance(content, list):
            for block in content:
                yield from self._block(block)
        else:
            raise WireError("content that is neither text nor blocks")

    def _block(self, block: Json) -> Iterator[Part]:
        match block:
            case {"type": "tool_use", "input": arguments} if is_call(block):
                yield ToolCall(self._number(block["id"]), block["name"], encode_text(arguments))
                yield from extra_parts(block, "id", "name", "input")
            case {"type": "tool_result", "tool_use_id": str(call)}:
                yield self._result(block, self._number(call))
            case _:
                yield from content_parts(block)

    def _result(self, block: Json, number: int) -> ToolResult:
        parts: list[Text | Media | Opaque] = []
        match block.get("content"):
            case None:
                pass
            case str(text):
                parts.append(Text(text))
            case [*blocks]:
                parts += [part for inner in blocks for part in content_parts(inner)]
            case _:
                raise WireError("a tool result that is neither text nor blocks")
        parts += extra_parts(block, "tool_use_id", "content", "is_error")
        match block.get("is_error"):
            case None | True | False as is_error:
                return ToolResult(number, tuple(parts), bool(is_error))
            case _:
                raise WireError("`is_error` is no truth value")

    def _number(self, spelling: str) -> int:
        return self.numbers.setdefault(spelling, len(self.numbers))
