"""Requests, answers and streams of chat completions that the codec's tests share."""

import random
import warnings

import msgspec
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from addon.wire.codec import Form, WireRequest, WireResponse
from addon.wire.mint import Mint
from addon.wire.openai_chat import OpenAIChat
from addon.wire.sse import SseEvent, decode, encode_all
from tree.message import Answer, Json

NOW_S = 1_800_000_000
CODEC = OpenAIChat()
PLAIN = Form(stream=False, options={"usage": False})
STREAM = Form(stream=True, options={"usage": False})
STREAM_WITH_USAGE = Form(stream=True, options={"usage": True})

USAGE: Json = {
    "prompt_tokens": 40,
    "completion_tokens": 12,
    "total_tokens": 52,
    "prompt_tokens_details": {"cached_tokens": 32},
}
HEAD: Json = {
    "id": "chatcmpl-A1b2C3d4E5f6",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "m-1",
}
CALL: Json = {
    "id": "call_A1b2C3d4E5f6",
    "type": "function",
    "function": {"name": "look_up", "arguments": '{"word":"é \\" x"}'},
}


def encode(value: Json) -> bytes:
    return msgspec.json.encode(value)


def request(body: Json, path: str = "/v1/chat/completions", **parts: Json) -> WireRequest:
    return WireRequest(path, parts.get("query", ()), parts.get("headers", ()), encode(body))


def asked(*messages: Json, **fields: Json) -> WireRequest:
    return request({"model": "m-1", "messages": list(messages), **fields})


def document(message: Json, **members: Json) -> Json:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    return {**HEAD, "choices": [choice], "usage": USAGE, **members}


def plain(body: Json, *headers: tuple[str, str]) -> WireResponse:
    return WireResponse((("content-type", "application/json"), *headers), encode(body))


def chunk(delta: Json, finish: str | None = None, **members: Json) -> Json:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice], **members}


def last_chunk(**members: Json) -> Json:
    return {**HEAD, "object": "chat.completion.chunk", "choices": [], **members}


def streamed(*chunks: Json, done: bool = True, headers: Json = ()) -> WireResponse:
    events = [SseEvent(encode(item).decode()) for item in chunks]
    body = encode_all([*events, *([SseEvent("[DONE]")] if done else [])])
    return WireResponse((("content-type", "text/event-stream"), *headers), body)


def mint(*, sealed: bool = False) -> Mint:
    return Mint(random.Random(7), NOW_S, sealed=sealed)  # noqa: S311 - ids need be new, not secret


def written(answer: Answer, form: Form = PLAIN, *, sealed: bool = False) -> WireResponse:
    return CODEC.write_answer(answer, form, mint(sealed=sealed))


def chunks_of(response: WireResponse) -> list[Json]:
    events = decode(response.body)
    assert events[-1].data == "[DONE]"
    return [msgspec.json.decode(event.data) for event in events[:-1]]


def json_of(response: WireResponse) -> Json:
    return msgspec.json.decode(response.body)


def read(body: Json) -> Answer:
    return CODEC.read_answer(plain(body))


def sdk_object(response: WireResponse) -> Json:
    """What the official SDK makes of an answer, which it builds unchecked and warns of later."""
    with warnings.catch_warnings(action="ignore"):
        if not response.streamed:
            return ChatCompletion.construct(**json_of(response)).model_dump(exclude_none=True)
        state = ChatCompletionStreamState()
        for item in chunks_of(response):
            state.handle_chunk(ChatCompletionChunk.construct(**item))
        return state.current_completion_snapshot.model_dump(exclude_none=True)


SOURCE: Json = {"url": "https://x/y", "title": "t", "start_index": 0, "end_index": 3}
TOKEN: Json = {"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}

DOCUMENTS: dict[str, Json] = {
    "text": document({"content": "hello " * 40, "refusal": None, "annotations": []}),
    "calls": document(
        {"content": None, "tool_calls": [CALL, {**CALL, "id": "call_Z9y8X7w6V5u4"}]},
        service_tier="default",
        system_fingerprint="fp_1",
    ),
    "a text and a call without arguments": document(
        {"content": "wait", "tool_calls": [{**CALL, "function": {"name": "now", "arguments": ""}}]}
    ),
    "a custom tool": document(
        {
            "content": None,
            "tool_calls": [
                {"id": "call_1", "type": "custom", "custom": {"name": "f", "input": "a b"}}
            ],
        }
    ),
    "an old function call": document(
        {"content": None, "function_call": {"name": "f", "arguments": '{"a": 1}'}}
    ),
    "several choices with log-probabilities": {
        **document({"content": "a"}),
        "choices": [
            {
                "index": at,
                "message": {"role": "assistant", "content": "a"},
                "logprobs": {"content": [TOKEN], "refusal": None},
                "finish_reason": "stop",
            }
            for at in (0, 1)
        ],
    },
    "reasoning": document({"content": "4", "reasoning_content": "two and two " * 20}),
    "signed reasoning": document(
        {
            "content": "4",
            "reasoning": "two and two",
            "reasoning_details": [
                {"type": "reasoning.text", "text": "two and two", "signature": "c2ln", "index": 0}
            ],
        },
        provider="P",
    ),
    "thinking parts": document(
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "4"},
            ]
        }
    ),
    "sources": document(
        {"content": "yes", "annotations": [{"type": "url_citation", "url_citation": SOURCE}]},
        citations=["https://x/y"],
        search_results=[{"title": "t"}],
    ),
    "sound": document(
        {
            "content": None,
            "audio": {"id": "audio_1", "data": "c291bmQ=", "expires_at": 1, "transcript": "hi"},
        }
    ),
    "a host's own members": document(
        {"content": "x", "executed_tools": [{"index": 0, "type": "search", "output": "o"}]},
        x_groq={"id": "req_0a1b2c3d4e"},
        request_id=HEAD["id"],
        unheard_of={"deep": [1, 2.5, None, {"a": []}]},
    ),
    "a name longer than a piece": document({"content": "x", "id": "a1B2" * 50, "name": "n" * 200}),
    "integers beyond 64 bits": document({"content": "x"}, seed=2**70),
}
