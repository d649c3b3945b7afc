"""What providers send when all is well: an answer of every kind that a codec tells apart, plain and as a stream."""

import json
import random
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from addon.wire.catalogue import CODECS
from addon.wire.codec import Codec, Form, WireRequest, WireResponse
from addon.wire.mint import Mint
from tests.addon import answers
from tests.addon.wire import anthropic_messages_cases as anthropic
from tests.addon.wire import openai_chat_cases as chat
from tests.addon.wire import openai_responses_samples as responses

CORPUS = Path(__file__).parent / "corpus"
BY_API = {codec.api: codec for codec in CODECS}
PATHS = {
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "anthropic-messages": "/v1/messages",
    "gemini": "/v1beta/models/m:streamGenerateContent",
}
JSON_TYPE, EVENTS_TYPE = "application/json", "text/event-stream"

_BASE: dict[str, tuple[bytes, list[bytes]]] = {
    "openai-chat": (answers.CHAT, answers.CHAT_STREAM),
    "openai-responses": (answers.RESPONSE, answers.RESPONSE_STREAM),
    "anthropic-messages": (answers.MESSAGE, answers.MESSAGE_STREAM),
    "gemini": (answers.GEMINI, answers.GEMINI_STREAM),
}
_CITED = {**responses.MESSAGE, "content": [responses.TEXT | {"annotations": [responses.NAMED]}]}
_THOUGHT: Any = {"text": "I ponder.", "thought": True, "thoughtSignature": "c2ln"}
_RUN: Any = {"executableCode": {"language": "PYTHON", "code": "6*7"}}
_CALL: Any = {"functionCall": {"id": "c-2", "name": "switch", "args": {"lamp": 2}}}
_GEMINI: Any = json.loads(answers.GEMINI)


def _candidate(*parts: Any, **more: Any) -> Any:
    content = {"parts": parts, "role": "model"}
    return {"content": content, "finishReason": "STOP", "index": 0} | more


_MORE: dict[str, list[Any]] = {
    "openai-chat": [*chat.DOCUMENTS.values()],
    "openai-responses": [
        *(responses.response(item) for item in responses.ITEMS.values()),
        responses.response(*responses.ITEMS.values(), store=True),
        responses.response(_CITED, incomplete_details={"reason": "max_output_tokens"}),
    ],
    "anthropic-messages": [
        anthropic.document(anthropic.THOUGHT, anthropic.SAID, anthropic.CALL),
        anthropic.document(anthropic.SEARCH, anthropic.FOUND, anthropic.CITED),
        anthropic.document(anthropic.COMPACTED, anthropic.SAID, stop_reason="max_tokens"),
        anthropic.document({"type": "redacted_thinking", "data": "eHg="}, anthropic.SAID),
    ],
    "gemini": [
        _GEMINI | {"candidates": [_candidate(_THOUGHT, {"text": "42"}, _CALL)]},
        _GEMINI | {"candidates": [_candidate(_RUN, _CALL | {"thoughtSignature": "c2ln"})]},
        _GEMINI | {"candidates": [_candidate({"text": "a"}, avgLogprobs=-0.5)]},
        _GEMINI
        | {"candidates": [_candidate({"text": "a"}), _candidate({"text": "b"}, index=1)]}
        | {"createTime": "2026-03-01T12:00:00.000000Z"},
        _GEMINI | {"candidates": [_candidate(groundingMetadata={"webSearchQueries": ["x"]})]},
    ],
}


_PIECES = [
    _GEMINI | {"candidates": [{"content": {"parts": [{"text": "a"}]}, "groundingMetadata": found}]}
    for found in ({"groundingChunks": [{"web": {"uri": "x"}}]}, {"groundingChunks": [{"b": 1}]})
]
"""Chunks of which each has what belongs to its own text."""


@cache
def corpus(name: str) -> tuple[bytes, ...]:
    """The kept inputs of a target or an API: good ones to start from, and all that ever did harm."""
    return tuple(file.read_bytes() for file in sorted((CORPUS / name).glob("*")))


@cache
def requests(api: str) -> tuple[Any, ...]:
    """Those of the kept requests that are JSON, as values."""
    good = []
    for content in corpus(f"{api}-request"):
        with suppress(ValueError, RecursionError):
            good.append(json.loads(content))
    return tuple(good)


@cache
def documents(api: str) -> tuple[Any, ...]:
    """Good answers of an API, as values."""
    return (json.loads(_BASE[api][0]), *_MORE[api])


@cache
def streams(api: str) -> tuple[list[bytes], ...]:
    """What its provider sent as a stream, and the good answers as its codec writes them; the events of each."""
    codec, told = BY_API[api], [_BASE[api][1]]
    for document in documents(api):
        body = json.dumps(document).encode()
        answer = codec.read_answer(WireResponse((("content-type", JSON_TYPE),), body))
        mint = Mint(random.Random(5), 0.0)  # noqa: S311 - the same each time
        written = codec.write_answer(answer, form(codec, streamed=True), mint)
        told.append(re.findall(rb".+?\n\r?\n", written.body, re.DOTALL))
    if api == "gemini":
        told.append([b"data: %b\n\n" % json.dumps(one).encode() for one in (*_PIECES, _GEMINI)])
    return tuple(told)


def form(codec: Codec, *, streamed: bool) -> Form:
    """How an answer is asked for, as the codec itself reads it from a request."""
    body = requests(codec.api)[0]
    if codec.api != "gemini":
        body = body | {"stream": streamed}
    verb = "streamGenerateContent" if streamed else "generateContent"
    path = f"/v1beta/models/m:{verb}" if codec.api == "gemini" else PATHS[codec.api]
    query = (("alt", "sse"),) if codec.api == "gemini" and streamed else ()
    return codec.read_request(WireRequest(path, query, (), json.dumps(body).encode())).form
