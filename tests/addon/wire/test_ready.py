"""Answers written once and given often are what their codec writes each time."""

import random
from typing import override

import msgspec
import pytest

from addon.wire.anthropic_messages import AnthropicMessages
from addon.wire.codec import Codec, Form, WireError, WireRequest, WireResponse
from addon.wire.gemini import Gemini
from addon.wire.mint import Mint
from addon.wire.openai_chat import OpenAIChat
from addon.wire.openai_responses import OpenAIResponses
from addon.wire.ready import LONGEST, Ready
from tests.addon import answers
from tree.message import Answer, Json

PLAIN, STREAMED = Form(stream=False, options={"usage": True}), Form(True, {"usage": True})
RECORDED: dict[str, tuple[Codec, bytes]] = {
    "chat": (OpenAIChat(), answers.CHAT),
    "messages": (AnthropicMessages(), answers.MESSAGE),
    "gemini": (Gemini(), answers.GEMINI),
}
ASKING = b'{"model": "stand-in-1", "input": "What is the weather?", "store": false}'


class Counting(OpenAIChat):
    """Counts how often it writes."""

    def __init__(self) -> None:
        self.written = 0

    @override
    def write_answer(self, answer: Answer, form: Form, mint: Mint) -> WireResponse:
        self.written += 1
        return super().write_answer(answer, form, mint)


def chat(**members: Json) -> Answer:
    return answer_in(OpenAIChat(), msgspec.json.encode(msgspec.json.decode(answers.CHAT) | members))


def answer_in(codec: Codec, body: bytes) -> Answer:
    headers = (("content-type", "application/json"), ("x-request-id", "req_7f3a9c0b1d2e4f56"))
    return codec.read_answer(WireResponse(headers, body))


def mint(seed: int = 0, *, taken: tuple[str, ...] = (), sealed: bool = False) -> Mint:
    source = random.Random(seed)  # noqa: S311 - ids need be new, not secret
    return Mint(source, 1_800_000_000.25 + seed, taken=taken, sealed=sealed)


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize("form", [PLAIN, STREAMED], ids=["plain", "streamed"])
@pytest.mark.parametrize("api", RECORDED)
def test_what_is_given_again_is_what_its_codec_writes(
    api: str, form: Form, *, sealed: bool
) -> None:
    codec, body = RECORDED[api]
    answer, ready = answer_in(codec, body), Ready()

    given = [ready.write(codec, answer, form, mint(at, sealed=sealed)) for at in range(5)]

    assert given == [codec.write_answer(answer, form, mint(at, sealed=sealed)) for at in range(5)]
    assert len({one.body for one in given}) == len(given)


def test_a_response_that_nobody_will_name_is_given_as_its_codec_writes_it() -> None:
    codec, ready = OpenAIResponses(), Ready()
    answer = answer_in(codec, answers.RESPONSE)

    form = codec.read_request(WireRequest("/v1/responses", (), (), ASKING)).form

    given = [ready.write(codec, answer, form, mint(at)) for at in range(5)]

    assert given == [codec.write_answer(answer, form, mint(at)) for at in range(5)]


def test_it_is_written_no_more_once_it_was_given_twice() -> None:
    codec, ready, answer = Counting(), Ready(), chat()
    for at in range(2):
        ready.write(codec, answer, PLAIN, mint(at))
    codec.written = 0

    ready.write(codec, answer, PLAIN, mint(2))

    assert not codec.written


def test_each_form_is_given_as_it_was_asked_for() -> None:
    codec, ready, answer = OpenAIChat(), Ready(), chat()
    forms = [PLAIN, PLAIN, PLAIN, STREAMED, Form(True, {"usage": False}), PLAIN, PLAIN, PLAIN]

    given = [ready.write(codec, answer, form, mint()) for form in forms]

    assert given == [codec.write_answer(answer, form, mint()) for form in forms]


def test_no_call_has_an_id_that_the_conversation_has_already() -> None:
    codec, ready, answer = OpenAIChat(), Ready(), chat()
    for at in range(3):
        ready.write(codec, answer, PLAIN, mint(at))
    drawn = mint(7)
    ready.write(codec, answer, PLAIN, drawn)
    taken = tuple(drawn.calls)

    again = mint(7, taken=taken)
    body = ready.write(codec, answer, PLAIN, again).body

    assert taken
    assert not set(again.calls) & set(taken)
    assert all(name.encode() in body for name in again.calls)


def test_a_mark_in_the_answer_itself_is_none_of_ours() -> None:
    codec, ready = OpenAIChat(), Ready()
    answer = chat(system_fingerprint="7123456789012340000", created=7123456789012340001)

    given = [ready.write(codec, answer, PLAIN, mint(at)) for at in range(4)]

    assert given == [codec.write_answer(answer, PLAIN, mint(at)) for at in range(4)]


def test_what_may_grow_too_old_is_looked_at_each_time() -> None:
    codec, ready = Counting(), Ready()
    document = msgspec.json.decode(answers.CHAT)
    sound = {"id": "audio_6a0b1c2d3e4f5061", "expires_at": 1_700_003_600, "data": "UklGRg=="}
    document["choices"][0]["message"]["audio"] = sound
    answer = answer_in(codec, msgspec.json.encode(document))
    for at in range(4):
        ready.write(codec, answer, PLAIN, mint(at))

    aged = Mint(random.Random(1), 1_800_000_000, age_s=7_200)  # noqa: S311
    with pytest.raises(WireError, match="has forgotten"):
        ready.write(codec, answer, PLAIN, aged)


def test_what_is_too_long_is_written_each_time() -> None:
    codec, ready = Counting(), Ready()
    answer = chat(service_tier="x" * LONGEST)

    for at in range(4):
        ready.write(codec, answer, PLAIN, mint(at))

    assert codec.written == 4


def test_an_answer_that_is_let_go_of_leaves_nothing() -> None:
    codec, ready, answer = OpenAIChat(), Ready(), chat()
    for at in range(3):
        ready.write(codec, answer, PLAIN, mint(at))
    held = len(ready)

    del answer

    assert (held, len(ready)) == (1, 0)
