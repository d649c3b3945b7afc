"""Answers of chat completions as the tree's values, and as documents again.

An envelope here has these members: `document`, the plain answer with holes; `texts`, what fills those holes that are
no part's; `headers`; `runs`, for an answer that was streamed (see `openai_chat_fold`); `plain_only`, for one that could
not be; `bare`, the numbers of the message's parts that left no hole.

Source: OpenAI API reference, "The chat completion object"; DeepSeek, "Create Chat Completion"; Z.ai, "Chat Completion".
"""

import re
from collections import Counter
from collections.abc import Iterator

from addon.wire.codec import NotRepeatableError, WireError
from addon.wire.document import as_object, as_objects, decode, token_count
from addon.wire.envelope import Lift, fill
from addon.wire.openai_chat_message import named
from addon.wire.openai_chat_seal import is_sealed
from tree.message import Answer, Json, Message, Opaque, Text, ToolCall, Usage

_STOPPED_BADLY = re.compile(
    "filter|error|sensitive|safety|refusal|prohibited|blocklist|recitation|abort|cancel|insufficient",
    re.IGNORECASE,
)
"""What is in the reasons of hosts for stopping where the model would not have; `insufficient_system_resource` is
DeepSeek's, `sensitive` is Z.ai's, `abort` vLLM's."""
_CUT_OFF = re.compile("length|max_tokens|context", re.IGNORECASE)
"""The same where there was no more room; whether there is depends on every word of the request."""
_SHARED_CHARS = 32
"""A text of this length that stands twice in a document is kept once."""

_ORDINARY = ("role", "content", "tool_calls", "function_call", "refusal", "index")
_HOW_IT_STOPPED = ("finish_reason", "native_finish_reason", "stop_reason")
_UNBOUND = (*_HOW_IT_STOPPED, "index", "message", "seed", "content_filter_results")
_ABOUT = (
    *("id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier"),
    *("provider", "x_groq", "usage_breakdown", "prompt_filter_results", "time_info", "request_id"),
    "metadata",
)
"""Members of a document that say how it was made, and nothing of what it says."""


def check(document: dict[str, Json]) -> None:
    """Pass a document that may be served again.

    Raises:
        WireError: It does not have the documented shape.
        NotRepeatableError: It is an error, a refusal, filtered, or a wrong call.
    """
    if document.get("error"):
        raise NotRepeatableError("an error under a status of success")
    choices = as_objects(document.get("choices"), "choices")
    if not choices:
        raise WireError("no choices")
    indexes = [choice.get("index", 0) for choice in choices]
    if not all(type(index) is int for index in indexes) or len(set(indexes)) != len(indexes):
        raise WireError("choices that are not numbered")
    for choice in choices:
        _check_choice(choice)


def _check_choice(choice: dict[str, Json]) -> None:
    message = as_object(choice.get("message"), "message")
    reason = choice.get("finish_reason")
    if not message:
        raise WireError("an empty message")
    if reason is not None and not isinstance(reason, str):
        raise WireError("a finish_reason that is no text")
    if _STOPPED_BADLY.search(str(reason or "")):
        raise NotRepeatableError(f"finish_reason {reason}")
    if message.get("refusal"):
        raise NotRepeatableError("a refusal")
    for call in as_objects(message.get("tool_calls"), "tool_calls"):
        if call.get("type") != "custom":
            _check_function(as_object(call.get("function") or {}, "function"))
    _check_function(as_object(message.get("function_call") or {}, "function_call"))


def _check_function(function: dict[str, Json]) -> None:
    _, arguments = named(function, "arguments")
    if not arguments:
        return
    try:
        decode(arguments)
    except WireError as exc:
        raise NotRepeatableError(f"arguments that are {exc}") from exc


def read_document(document: dict[str, Json], rest: dict[str, Json]) -> Answer:
    """The answer that a checked document holds; `rest` are the other members of its envelope."""
    choices = document["choices"]
    first = choices[0]["message"]
    literal_only, sealed = (
        _why_literal(document),
        any(is_sealed(choice["message"]) for choice in choices),
    )
    usage = _usage(document)
    lift = Lift()
    parts, bare = _lifted_parts(first, lift)
    envelope = {"document": document, "texts": _share(document, lift), **rest}
    if bare:
        envelope["bare"] = bare
    seals = [Opaque("seal", None, signed=True)] if sealed else []
    message = Message(str(first.get("role") or "assistant"), (*parts, *seals))
    return Answer(message, envelope, usage, literal_only)


def filled(answer: Answer) -> dict[str, Json]:
    """The document of an answer, new and whole."""
    bare = answer.envelope.get("bare", [])
    values = [
        part.text if isinstance(part, Text) else part.arguments
        for at, part in enumerate(answer.message.parts)
        if isinstance(part, Text | ToolCall) and at not in bare
    ]
    document: dict[str, Json] = fill(
        answer.envelope["document"], [*values, *answer.envelope["texts"]]
    )
    return document


def _lifted_parts(message: dict[str, Json], lift: Lift) -> tuple[list[Text | ToolCall], list[int]]:
    parts: list[Text | ToolCall] = []
    bare: list[int] = []
    content = message.get("content")
    if isinstance(content, str) and content:
        parts.append(Text(lift.out(message, "content")))
    items = content if isinstance(content, list) else []
    parts += [Text(lift.out(item, "text")) for item in items if _is_text(item)]
    for number, (function, argument) in enumerate(_functions(message)):
        name, arguments = named(function, argument)
        if isinstance(function.get(argument), str):
            lift.out(function, argument)
        else:
            bare.append(len(parts))
        parts.append(ToolCall(number, name, arguments))
    return parts, bare


def _is_text(item: Json) -> bool:
    return (
        isinstance(item, dict) and item.get("type") == "text" and isinstance(item.get("text"), str)
    )


def _functions(message: dict[str, Json]) -> list[tuple[dict[str, Json], str]]:
    """What is called, and the name of the member that holds what it is called with."""
    functions: list[tuple[dict[str, Json], str]] = []
    for call in message.get("tool_calls") or []:
        custom = call.get("type") == "custom"
        inner = as_object(call.get("custom" if custom else "function"), "a tool call's function")
        functions.append((inner, "input" if custom else "arguments"))
    function = message.get("function_call")
    return [*functions, (function, "arguments")] if function and function.get("name") else functions


def _share(document: dict[str, Json], lift: Lift) -> list[str]:
    """Leave a hole for each long text that stands more than once; those that no part holds are returned."""
    parts = len(lift.values)
    numbers = {value: at for at, value in enumerate(lift.values)}
    places = list(_long_texts(document))
    times = Counter(box[key] for box, key in places)
    for box, key in places:
        text = box[key]
        if text in numbers:
            lift.again(box, key, numbers[text])
        elif times[text] > 1:
            numbers[text] = len(lift.values)
            lift.out(box, key)
    return lift.values[parts:]


def _long_texts(box: Json) -> Iterator[tuple[Json, str | int]]:
    items = (
        box.items() if isinstance(box, dict) else enumerate(box) if isinstance(box, list) else ()
    )
    for key, value in list(items):
        if isinstance(value, str) and len(value) >= _SHARED_CHARS:
            yield box, key
        else:
            yield from _long_texts(value)


def _why_literal(document: dict[str, Json]) -> str:
    """What in a document depends on its content beside the parts that the tree knows."""
    choice = document["choices"][0]
    if len(document["choices"]) > 1:
        return "several choices"
    content = choice["message"].get("content")
    parts = content if isinstance(content, list) else []
    return ", ".join(
        [
            *_beyond(choice["message"], _ORDINARY),
            *(["cut off"] if _CUT_OFF.search(str(choice.get("finish_reason"))) else []),
            *(["content parts"] if not all(map(_is_text, parts)) else []),
            *_beyond(choice, _UNBOUND),
            *_beyond(document, _ABOUT),
        ]
    )


def _beyond(box: dict[str, Json], known: tuple[str, ...]) -> list[str]:
    return [name for name, value in box.items() if name not in known and _holds(value)]


def _holds(value: Json) -> bool:
    """Whether anything is in it: some hosts send every member there is, emptied."""
    if isinstance(value, dict):
        return any(map(_holds, value.values()))
    return any(map(_holds, value)) if isinstance(value, list) else bool(value)


def _usage(document: dict[str, Json]) -> Usage:
    groq = document.get("x_groq")
    usage = document.get("usage") or (groq.get("usage") if isinstance(groq, dict) else None)
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get("prompt_tokens_details")
    cached = [details.get("cached_tokens") if isinstance(details, dict) else None]
    cached += [usage.get("prompt_cache_hit_tokens"), usage.get("cached_tokens")]
    return Usage(
        token_count(usage.get("prompt_tokens")),
        max(map(token_count, cached)),
        token_count(usage.get("completion_tokens")),
    )
