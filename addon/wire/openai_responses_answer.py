"""Answers of the Responses API: what the tree is to know is lifted out of a document, and put back.

Texts and calls stand in the message as what they are, everything else as an opaque part that is the very item, so
that nothing is kept twice. The envelope is `document` (with holes), `headers`, and for a stream `stream`, its plan.

Source: OpenAI API reference, "The response object".
"""

import msgspec

from addon.wire.codec import Form, NotRepeatableError, WireResponse
from addon.wire.document import token_count
from addon.wire.envelope import Lift, fill, mistakable
from addon.wire.mint import Mint
from addon.wire.openai_responses_fresh import (
    Asked,
    fresh_document,
    fresh_headers,
    is_stored,
    kept_headers,
    repeats_its_request,
)
from addon.wire.openai_responses_plan import read_stream
from addon.wire.openai_responses_shape import (
    CALLS,
    decoded_object,
    is_call,
    is_sealed,
    kind_of,
    objects,
)
from addon.wire.openai_responses_stream import write_stream
from addon.wire.openai_responses_verdict import literal_only, require_repeatable
from tree.message import (
    Answer,
    Json,
    Message,
    Opaque,
    Part,
    Text,
    ToolCall,
    Usage,
)

_encode = msgspec.json.Encoder().encode


def read_answer(response: WireResponse) -> Answer:
    """Read a complete answer.

    Raises:
        WireError: The body does not match the documented shape, or stops before its end.
        NotRepeatableError: It is no final answer, or one that must not be given twice.
    """
    envelope: dict[str, Json] = {"headers": kept_headers(response.headers)}
    if response.streamed:
        document, envelope["stream"] = read_stream(response.body)
    else:
        document = decoded_object(response.body)
    items = objects(document.get("output"), "output")
    require_repeatable(document, items)
    if mistakable(document):
        raise NotRepeatableError("a member that would be taken for a hole")
    usage, only = _usage(document.get("usage")), literal_only(document, items)
    message = Message("assistant", tuple(_lifted(items)))
    return Answer(message, {"document": document, **envelope}, usage, only)


def write_answer(answer: Answer, form: Form, mint: Mint) -> WireResponse:
    """Write an answer in the form asked for, with ids and times of its own.

    Raises:
        WireError: It leans on what the provider has forgotten by now.
    """
    envelope, asked = answer.envelope, form.options or Asked()
    sealed = mint.sealed or answer.message.signed
    repeats = repeats_its_request(envelope["headers"])
    document = fresh_document(_document(answer), asked, mint, sealed=sealed, repeats=repeats)
    plan = envelope.get("stream")
    body = write_stream(document, plan or {}) if form.stream else _encode(document)
    same_form = form.stream == (plan is not None)
    return WireResponse(fresh_headers(envelope["headers"], form, mint, same_form=same_form), body)


def stored(answer: Answer) -> Json | None:
    """The document of an answer that the provider holds for its clients; None where it does not."""
    document = _document(answer)
    return document if is_stored(document) else None


def _document(answer: Answer) -> Json:
    values = [value for part in answer.message.parts for value in _values(part)]
    return fill(answer.envelope["document"], values)


def _lifted(items: list[dict[str, Json]]) -> list[Part]:
    """Take out of the items what the tree is to know of, in their order."""
    lift, parts, calls = Lift(), list[Part](), 0
    for index, item in enumerate(items):
        if is_call(item):
            name = lift.out(item, "name")
            parts.append(ToolCall(calls, name, lift.out(item, CALLS[kind_of(item)])))
            calls += 1
        elif kind_of(item) == "message" and isinstance(item.get("content"), list):
            parts += _lifted_content(lift, item["content"])
        else:
            parts.append(Opaque(kind_of(item), lift.out(items, index), is_sealed(item)))
    return parts


def _lifted_content(lift: Lift, content: list[Json]) -> list[Part]:
    parts: list[Part] = []
    for index, part in enumerate(content):
        kind = kind_of(part) if isinstance(part, dict) else ""
        if kind == "output_text" and isinstance(part.get("text"), str):
            parts.append(Text(lift.out(part, "text")))
        else:
            parts.append(Opaque(f"content.{kind}", lift.out(content, index)))
    return parts


def _values(part: Part) -> list[Json]:
    """What was lifted for a part, in the order of lifting."""
    if isinstance(part, ToolCall):
        return [part.name, part.arguments]
    if isinstance(part, Text):
        return [part.text]
    return [part.value] if isinstance(part, Opaque) else []


def _usage(usage: Json) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    details = usage.get("input_tokens_details")
    return Usage(
        input_tokens=token_count(usage.get("input_tokens")),
        cached_input_tokens=token_count(details.get("cached_tokens"))
        if isinstance(details, dict)
        else 0,
        output_tokens=token_count(usage.get("output_tokens")),
    )
