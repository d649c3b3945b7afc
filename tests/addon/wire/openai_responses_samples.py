"""Made-up requests, responses and streams of the Responses API, and the ways to read and write them in tests."""

import base64
import copy
import random

import msgspec

from addon.wire.codec import Form, Prompt, WireRequest, WireResponse
from addon.wire.mint import Mint
from addon.wire.openai_responses import OpenAIResponses
from addon.wire.sse import SseEvent, decode, encode_all
from tree.canonical import canonical_message
from tree.message import Answer, Json, Part

CODEC = OpenAIResponses()
NOW_S = 1_900_000_000

TEXT: dict[str, Json] = {
    "type": "output_text",
    "annotations": [],
    "logprobs": [],
    "text": "High water is at 06:12.",
}
MESSAGE: dict[str, Json] = {
    "id": "msg_0a1b2c3d4e5f60718293",
    "type": "message",
    "status": "completed",
    "content": [TEXT],
    "role": "assistant",
}
CALL: dict[str, Json] = {
    "id": "fc_0a1b2c3d4e5f60718294",
    "type": "function_call",
    "status": "completed",
    "arguments": '{"harbour": "Oban"}',
    "call_id": "call_Kf83hDnW02LsQpXz",
    "name": "read_tide",
}
CUSTOM: dict[str, Json] = {
    "id": "ctc_0a1b2c3d4e5f60718295",
    "type": "custom_tool_call",
    "status": "completed",
    "input": "tide of Oban",
    "call_id": "call_Pq55hDnW02LsQpXz",
    "name": "ask_harbour",
}
SEALED: dict[str, Json] = {
    "id": "rs_0a1b2c3d4e5f60718296",
    "type": "reasoning",
    "encrypted_content": "gAAAA-sealed",
    "summary": [{"type": "summary_text", "text": "Look at the table."}],
}
THOUGHT: dict[str, Json] = {
    "id": "rs_0a1b2c3d4e5f60718297",
    "type": "reasoning",
    "status": "completed",
    "content": [{"type": "reasoning_text", "text": "Six o'clock, or so."}],
    "summary": [],
}
SEARCH: dict[str, Json] = {
    "id": "ws_0a1b2c3d4e5f60718298",
    "type": "web_search_call",
    "status": "completed",
    "action": {"type": "search", "query": "tide tables"},
}
CODE: dict[str, Json] = {
    "id": "ci_0a1b2c3d4e5f60718299",
    "type": "code_interpreter_call",
    "status": "completed",
    "code": "print(6)",
    "outputs": [{"type": "logs", "logs": "6"}],
}
TOOLS_OF_HOST: dict[str, Json] = {
    "id": "mcpl_0a1b2c3d4e5f6071829a",
    "type": "mcp_list_tools",
    "server_label": "harbours",
    "tools": [{"name": "depth", "input_schema": {"type": "object"}}],
}
CALL_OF_HOST: dict[str, Json] = {
    "id": "mcp_0a1b2c3d4e5f6071829b",
    "type": "mcp_call",
    "status": "completed",
    "approval_request_id": "mcpr_0a1b2c3d4e5f6071829c",
    "arguments": "{}",
    "error": None,
    "name": "depth",
    "output": "4 m",
    "server_label": "harbours",
}
PICTURE: dict[str, Json] = {
    "id": "ig_0a1b2c3d4e5f6071829d",
    "type": "image_generation_call",
    "status": "completed",
    "result": "aGVsbG8=",
}
FILES: dict[str, Json] = {
    "id": "fs_0a1b2c3d4e5f6071829e",
    "type": "file_search_call",
    "status": "completed",
    "queries": ["tide"],
    "results": None,
}
ITEMS: dict[str, Json] = {
    "message": MESSAGE,
    "call": CALL,
    "custom": CUSTOM,
    "sealed": SEALED,
    "thought": THOUGHT,
    "search": SEARCH,
    "code": CODE,
    "host-tools": TOOLS_OF_HOST,
    "host-call": CALL_OF_HOST,
    "picture": PICTURE,
    "files": FILES,
}
"""One finished item of each kind."""

NAMED: dict[str, Json] = {
    "type": "url_citation",
    "url": "https://tides.example",
    "title": "Tides",
    "start_index": 0,
    "end_index": 4,
}

type Events = list[dict[str, Json]]

USER = {"role": "user", "content": "When is high water?"}
RESULT = {"type": "function_call_output", "call_id": CALL["call_id"], "output": "06:12"}
PICTURE_URL = "data:image/png;base64," + base64.b64encode(b"a picture").decode()


def response(*items: Json, **members: Json) -> dict[str, Json]:
    """A finished response of these items."""
    document = {
        "id": "resp_0a1b2c3d4e5f60718200",
        "object": "response",
        "created_at": 1_700_000_000,
        "status": "completed",
        "background": False,
        "completed_at": 1_700_000_004,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": "gpt-tide",
        "output": copy.deepcopy(list(items)),
        "parallel_tool_calls": True,
        "store": False,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": {
            "input_tokens": 20,
            "input_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 0},
            "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 25,
        },
        "user": None,
    }
    return {**document, **members}


def plain(document: Json) -> WireResponse:
    """A plain answer."""
    headers = (("content-type", "application/json"), ("x-request-id", "req_0123456789abcdef"))
    return WireResponse(headers, msgspec.json.encode(document))


def streamed(events: Events) -> WireResponse:
    """A streamed answer; events are numbered here."""
    numbered = ({**event, "sequence_number": number} for number, event in enumerate(events))
    body = encode_all(SseEvent(msgspec.json.encode(e).decode(), e["type"]) for e in numbered)
    headers = (
        ("content-type", "text/event-stream; charset=utf-8"),
        ("openai-version", "2020-10-01"),
    )
    return WireResponse(headers, body)


def told(document: Json) -> Events:
    """The events in which a provider tells a response of one message with one text."""
    begun = {**document, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    (item,) = document["output"]
    (part,) = item["content"]
    at = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    text = part["text"]
    first, second = text[: len(text) // 2], text[len(text) // 2 :]
    delta = {"type": "response.output_text.delta", **at, "logprobs": []}
    opened = {**item, "status": "in_progress", "content": []}
    return [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": opened},
        {"type": "response.content_part.added", **at, "part": {**part, "text": ""}},
        {**delta, "delta": first, "obfuscation": "x9"},
        {**delta, "delta": second, "obfuscation": "q"},
        {"type": "response.output_text.done", **at, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **at, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": document},
    ]


def mint(*, sealed: bool = False) -> Mint:
    """A mint whose ids are the same in every run."""
    return Mint(random.Random(1), NOW_S + 0.5, sealed=sealed)  # noqa: S311 - ids, not secrets


def written(
    answer: Answer, *, stream: bool = False, asked: Json = None, sealed: bool = False
) -> bytes:
    """The body of a served answer."""
    return CODEC.write_answer(answer, Form(stream, asked), mint(sealed=sealed)).body


def events_of(body: bytes) -> Events:
    """The payloads of a stream."""
    return [msgspec.json.decode(event.data) for event in decode(body)]


def kinds_of(body: bytes) -> list[str]:
    """The kinds of a stream's events, in order."""
    return [event["type"].removeprefix("response.") for event in events_of(body)]


def served(document: Json, **how: Json) -> dict[str, Json]:
    """The document that is served for a recorded one."""
    body = written(CODEC.read_answer(plain(document)), **how)
    final: dict[str, Json] = msgspec.json.decode(body)
    return final


def prompt(*items: Json, headers: dict[str, str] | None = None, **members: Json) -> Prompt:
    """A request with these items, as it is read."""
    return asked({"model": "gpt-tide", "input": list(items), **members}, headers)


def asked(body: Json, headers: dict[str, str] | None = None) -> Prompt:
    """A request, as it is read."""
    sent = tuple((headers or {}).items())
    return CODEC.read_request(WireRequest("/v1/responses", (), sent, msgspec.json.encode(body)))


def between(events: Events, *more: Json) -> Events:
    """The events with some more in the middle of the only item."""
    return [*events[:6], *more, *events[6:]]


def identity(read: Prompt) -> list[bytes]:
    scope = msgspec.json.encode([read.model, read.settings], order="deterministic")
    return [scope, *map(canonical_message, read.messages)]


def parts_of(*items: Json) -> list[Part]:
    return [part for message in prompt(*items).messages for part in message.parts]
