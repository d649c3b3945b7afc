"""What Google's own client makes of answers that were written here."""

import copy
from collections.abc import Callable

import httpx
import pytest
from google import genai
from google.genai import types

from addon.wire.codec import Form, Prompt, WireRequest, WireResponse
from addon.wire.gemini import Gemini
from tests.addon.wire.test_gemini import chunk, document, mint, plain, stream
from tree.message import Json

CALL = {"functionCall": {"name": "dim", "args": {"by": 0.5}, "id": "x7Gh29Kq"}}

RECORDED = {
    "plain": plain(
        document(
            {"text": "I look both ways.", "thought": True},
            {"text": "The lamp is on. " * 40},
            CALL | {"thoughtSignature": "c2ln"},
            groundingMetadata={"webSearchQueries": ["lamp"]},
        )
    ),
    "streamed": stream(
        chunk({"text": "I look ", "thought": True}, index=0),
        chunk({"text": "both ways.", "thought": True}, index=0),
        chunk({"text": "The lamp "}, index=0),
        chunk({"text": "is on."}, index=0),
        chunk(copy.deepcopy(CALL), index=0),
        document({"text": "", "thoughtSignature": "c2ln"}, index=0),
    ),
}


def _client(response: WireResponse) -> genai.Client:
    """A client to which every request is answered so."""
    answer = httpx.Response(200, headers=list(response.headers), content=response.body)
    return _client_of(lambda _: answer)


def _client_of(handler: Callable[[httpx.Request], httpx.Response]) -> genai.Client:
    transport = httpx.Client(transport=httpx.MockTransport(handler))
    return genai.Client(api_key="none", http_options=types.HttpOptions(httpx_client=transport))


def _asked(response: WireResponse, *, streamed: bool) -> list[types.GenerateContentResponse]:
    models = _client(response).models
    if streamed:
        return list(models.generate_content_stream(model="m", contents="x"))
    return [models.generate_content(model="m", contents="x")]


def _sums(responses: list[types.GenerateContentResponse]) -> Json:
    """What several chunks, or one answer, add up to."""
    parts = [part for one in responses for part in one.parts or []]
    last = responses[-1]
    assert last.candidates
    return {
        "text": "".join(part.text or "" for part in parts if not part.thought),
        "thoughts": "".join(part.text or "" for part in parts if part.thought),
        "calls": [
            (part.function_call.name, part.function_call.args)
            for part in parts
            if part.function_call
        ],
        "signatures": [part.thought_signature for part in parts if part.thought_signature],
        "finish": last.candidates[0].finish_reason,
        "grounding": last.candidates[0].grounding_metadata,
        "usage": last.usage_metadata,
        "model": last.model_version,
    }


@pytest.mark.parametrize("recorded", ["plain", "streamed"])
@pytest.mark.parametrize("streamed", [True, False])
def test_it_reads_the_recorded_answer_in_either_form(recorded: str, *, streamed: bool) -> None:
    response = RECORDED[recorded]

    served = Gemini().write_answer(Gemini().read_answer(response), Form(streamed), mint())

    before = _asked(response, streamed=recorded == "streamed")
    assert _sums(_asked(served, streamed=streamed)) == _sums(before)


def test_it_gets_the_chunks_of_a_recorded_stream_one_by_one() -> None:
    response = RECORDED["streamed"]

    served = Gemini().write_answer(
        Gemini().read_answer(response), Form(stream=True), mint(sealed=True)
    )

    before = _asked(response, streamed=True)
    after = _asked(served, streamed=True)
    assert [one.candidates for one in after] == [one.candidates for one in before]
    assert len({one.response_id for one in after}) == 1


@pytest.mark.parametrize("sealed", [True, False])
def test_its_next_request_is_the_same_after_the_recorded_answer_and_the_served(
    *, sealed: bool
) -> None:
    response = RECORDED["streamed"]

    served = Gemini().write_answer(
        Gemini().read_answer(response), Form(stream=True), mint(sealed=sealed)
    )

    before, after = (_next_request(each) for each in (response, served))
    assert _read(before).messages == _read(after).messages
    assert (before == after) == sealed


def _next_request(answer: WireResponse) -> bytes:
    """The body that is sent after this answer in a chat, whose history is the client's own."""
    bodies: list[bytes] = []

    def record(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200, headers=list(answer.headers), content=answer.body)

    chat = _client_of(record).chats.create(model="m")
    for said in ("first", "second"):
        list(chat.send_message_stream(said))
    return bodies[-1]


def _read(body: bytes) -> Prompt:
    return Gemini().read_request(
        WireRequest("/v1beta/models/m:streamGenerateContent", (("alt", "sse"),), (), body)
    )
