"""One answer of each API, plain and streamed, as its provider would write it; all say and do the same."""

import json
from typing import Any

SAID = "It is 21 °C in “Lisbon”."
CALL = {"city": 'Lisbon "old town"', "days": 2}
MODEL = "stand-in-1"


def asking(question: str, **more: Any) -> bytes:
    """A chat request, whose answers are below."""
    message = {"role": "user", "content": question}
    return json.dumps({"model": MODEL, "messages": [message]} | more).encode()


def _bytes(document: Any) -> bytes:
    return json.dumps(document).encode()


def _events(*documents: Any, named: bool = False, end: bytes = b"") -> list[bytes]:
    names = [f"event: {d['type']}\n".encode() if named else b"" for d in documents]
    return [n + b"data: " + _bytes(d) + b"\n\n" for n, d in zip(names, documents, strict=True)] + [
        end
    ] * bool(end)


CHAT_HEAD = {"id": "chatcmpl-A1b2C3d4E5f6G7h8", "created": 1_700_000_000, "model": MODEL}
CHAT_USAGE = {"prompt_tokens": 31, "completion_tokens": 9, "total_tokens": 40}
CHAT = _bytes(
    CHAT_HEAD
    | {
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": SAID,
                    "tool_calls": [
                        {
                            "id": "call_a1B2c3D4e5F6g7H8",
                            "type": "function",
                            "function": {"name": "forecast", "arguments": json.dumps(CALL)},
                        }
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": CHAT_USAGE,
    }
)


def _chat_chunk(delta: Any, finish: str | None = None) -> Any:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return CHAT_HEAD | {"object": "chat.completion.chunk", "choices": [choice]}


def _chat_call(**function: str) -> Any:
    return {"tool_calls": [{"index": 0, "function": function}]}


_OPENING = {
    "index": 0,
    "id": "call_a1B2c3D4e5F6g7H8",
    "type": "function",
    "function": {"name": "forecast", "arguments": ""},
}
CHAT_STREAM = _events(
    _chat_chunk({"role": "assistant", "content": ""}),
    _chat_chunk({"content": SAID[:9]}),
    _chat_chunk({"content": SAID[9:]}),
    _chat_chunk({"tool_calls": [_OPENING]}),
    _chat_chunk(_chat_call(arguments=json.dumps(CALL)[:11])),
    _chat_chunk(_chat_call(arguments=json.dumps(CALL)[11:])),
    _chat_chunk({}, "tool_calls"),
    CHAT_HEAD | {"object": "chat.completion.chunk", "choices": [], "usage": CHAT_USAGE},
    end=b"data: [DONE]\n\n",
)

MESSAGE_USAGE = {"input_tokens": 31, "output_tokens": 9}
MESSAGE = _bytes(
    {
        "id": "msg_01A2b3C4d5E6f7G8",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [
            {"type": "text", "text": SAID},
            {"type": "tool_use", "id": "toolu_01A2b3C4d5E6f7", "name": "forecast", "input": CALL},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": MESSAGE_USAGE,
    }
)
_EMPTY = json.loads(MESSAGE) | {"content": [], "stop_reason": None}
_TOOL_USE = {"type": "tool_use", "id": "toolu_01A2b3C4d5E6f7", "name": "forecast", "input": {}}
MESSAGE_STREAM = _events(
    {
        "type": "message_start",
        "message": _EMPTY | {"usage": {"input_tokens": 31, "output_tokens": 1}},
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": SAID}},
    {"type": "content_block_stop", "index": 0},
    {"type": "content_block_start", "index": 1, "content_block": _TOOL_USE},
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "input_json_delta", "partial_json": json.dumps(CALL)},
    },
    {"type": "content_block_stop", "index": 1},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 9},
    },
    {"type": "message_stop"},
    named=True,
)

GEMINI_USAGE = {"promptTokenCount": 31, "candidatesTokenCount": 9, "totalTokenCount": 40}
_GEMINI_REST = {"modelVersion": MODEL, "responseId": "a1B2c3D4e5F6g7H8"}
_GEMINI_PARTS = [{"text": SAID}, {"functionCall": {"name": "forecast", "args": CALL}}]


def _candidate(parts: list[Any], **rest: Any) -> Any:
    return {"candidates": [{"content": {"parts": parts, "role": "model"}, "index": 0} | rest]}


GEMINI = _bytes(
    _candidate(_GEMINI_PARTS, finishReason="STOP") | {"usageMetadata": GEMINI_USAGE} | _GEMINI_REST
)
GEMINI_STREAM = _events(
    _candidate([{"text": SAID[:7]}]) | {"usageMetadata": GEMINI_USAGE} | _GEMINI_REST,
    _candidate([{"text": SAID[7:]}]) | {"usageMetadata": GEMINI_USAGE} | _GEMINI_REST,
    _candidate(_GEMINI_PARTS[1:], finishReason="STOP")
    | {"usageMetadata": GEMINI_USAGE}
    | _GEMINI_REST,
)

_OUTPUT: list[Any] = [
    {
        "id": "msg_0a1b2c3d4e5f6a7b8c",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": SAID, "annotations": [], "logprobs": []}],
    },
    {
        "id": "fc_0a1b2c3d4e5f6a7b8c9d",
        "type": "function_call",
        "status": "completed",
        "call_id": "call_a1B2c3D4e5F6g7H8",
        "name": "forecast",
        "arguments": json.dumps(CALL),
    },
]
_RESPONSE: Any = {
    "id": "resp_0a1b2c3d4e5f6a7b8c9d",
    "object": "response",
    "created_at": 1_700_000_000,
    "status": "completed",
    "model": MODEL,
    "output": _OUTPUT,
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "store": False,
    "usage": {
        "input_tokens": 31,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 40,
    },
}
RESPONSE = _bytes(_RESPONSE)


def _response_events() -> list[bytes]:
    begun = _RESPONSE | {"status": "in_progress", "output": [], "usage": None}
    text, call = _OUTPUT
    at = {"item_id": text["id"], "output_index": 0, "content_index": 0}
    empty = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    of = {"item_id": call["id"], "output_index": 1}
    opened = {"status": "in_progress"}
    events: list[Any] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": text | opened | {"content": []},
        },
        {"type": "response.content_part.added", "part": empty} | at,
        {"type": "response.output_text.delta", "delta": SAID, "logprobs": []} | at,
        {"type": "response.output_text.done", "text": SAID, "logprobs": []} | at,
        {"type": "response.content_part.done", "part": text["content"][0]} | at,
        {"type": "response.output_item.done", "output_index": 0, "item": text},
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": call | opened | {"arguments": ""},
        },
        {"type": "response.function_call_arguments.delta", "delta": json.dumps(CALL)} | of,
        {"type": "response.function_call_arguments.done", "arguments": json.dumps(CALL)} | of,
        {"type": "response.output_item.done", "output_index": 1, "item": call},
        {"type": "response.completed", "response": _RESPONSE},
    ]
    numbered = [event | {"sequence_number": number} for number, event in enumerate(events)]
    return _events(*numbered, named=True)


RESPONSE_STREAM = _response_events()
