"""What is not to be served again is refused, and no body whatever does worse than that."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.wire.codec import NotRepeatableError, WireError, WireResponse
from tests.addon.wire.openai_chat_cases import (
    CALL,
    CODEC,
    HEAD,
    STREAM,
    chunk,
    document,
    json_of,
    plain,
    streamed,
    written,
)
from tests.strategies import json_objects, json_values
from tree.message import Json

NEVER: dict[str, WireResponse] = {
    "an error": plain({"error": {"message": "x"}}),
    "a refusal": plain(document({"content": None, "refusal": "no"})),
    "a filtered answer": plain(
        {
            **HEAD,
            "choices": [
                {"index": 0, "message": {"content": "x"}, "finish_reason": "content_filter"}
            ],
        }
    ),
    "a failed one": plain(
        {**HEAD, "choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "error"}]}
    ),
    "arguments that are no JSON": plain(
        document({"tool_calls": [{**CALL, "function": {"name": "f", "arguments": '{"a":'}}]})
    ),
    "an old call whose arguments are none": plain(
        document({"function_call": {"name": "f", "arguments": "{"}})
    ),
    "an error in a stream": streamed(chunk({"role": "assistant"}), {"error": {"message": "x"}}),
    "a refusal in a stream": streamed(
        chunk({"role": "assistant", "refusal": "no"}), chunk({}, "stop")
    ),
    "two calls under one index": streamed(
        chunk({"tool_calls": [{**CALL, "index": 0}]}),
        chunk({"tool_calls": [{**CALL, "index": 0, "id": "call_B"}]}, "tool_calls"),
    ),
    "a text that becomes a list": streamed(
        chunk({"content": "a"}), chunk({"content": [{"type": "text", "text": "b"}]}, "stop")
    ),
    "a message that its deltas do not make": streamed(
        {
            **chunk({}),
            "choices": [{"index": 0, "delta": {"content": "a"}, "message": {"content": "b"}}],
        }
    ),
}


@pytest.mark.parametrize("reason", ["insufficient_system_resource", "sensitive", "abort"])
def test_an_answer_that_its_host_broke_off_is_refused(reason: str) -> None:
    choice = {"index": 0, "message": {"content": "Twelve b"}, "finish_reason": reason}

    with pytest.raises(NotRepeatableError, match=reason):
        CODEC.read_answer(plain({**HEAD, "choices": [choice]}))


@pytest.mark.parametrize("response", NEVER.values(), ids=NEVER.keys())
def test_what_must_not_be_served_again_is_refused(response: WireResponse) -> None:
    with pytest.raises(NotRepeatableError):
        CODEC.read_answer(response)


def test_an_error_event_is_refused_whatever_its_data() -> None:
    response = WireResponse(
        (("content-type", "text/event-stream"),),
        b'event: error\ndata: {"code":1}\n\ndata: [DONE]\n\n',
    )

    with pytest.raises(NotRepeatableError):
        CODEC.read_answer(response)


MALFORMED: dict[str, WireResponse] = {
    "text": WireResponse((("content-type", "application/json"),), b"upstream said no"),
    "nothing": WireResponse((), b""),
    "a list": plain([]),
    "no choices": plain({**HEAD, "choices": []}),
    "choices of another kind": plain({**HEAD, "choices": ["x"]}),
    "choices under one number": plain({**HEAD, "choices": [{"message": {"content": "x"}}] * 2}),
    "a choice without a message": plain({**HEAD, "choices": [{"index": 0}]}),
    "an empty message": plain({**HEAD, "choices": [{"index": 0, "message": {}}]}),
    "a reason that is no text": plain(
        {**HEAD, "choices": [{"message": {"content": "x"}, "finish_reason": [None]}]}
    ),
    "a call without a function": plain(document({"tool_calls": [{"id": "a", "type": "custom"}]})),
    "arguments of another kind": plain(
        document({"tool_calls": [{**CALL, "function": {"arguments": {"a": 1}}}]})
    ),
    "a stream without events": streamed(done=False),
    "a stream cut short": streamed(chunk({"role": "assistant", "content": "x"}), done=False),
    "a stream cut before its usage": streamed(
        chunk({"content": "x"}), chunk({}, "stop"), done=False
    ),
    "a stream of something else": streamed({"type": "ping"}),
    "a choice whose index is no number": streamed(
        {**HEAD, "choices": [{"index": "0", "delta": {}}]}
    ),
    "a stream that is not UTF-8": WireResponse(
        (("content-type", "text/event-stream"),), b"data: \xff\n\n"
    ),
    "a stream under a plain content-type": WireResponse(
        (("content-type", "application/json"),), b"data: {}\n\n"
    ),
}


@pytest.mark.parametrize("response", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_no_whole_answer_is_an_error(response: WireResponse) -> None:
    with pytest.raises(WireError):
        CODEC.read_answer(response)


odd_deltas = json_objects | st.fixed_dictionaries(
    {},
    optional={
        "role": st.just("assistant"),
        "content": st.text() | json_values,
        "tool_calls": json_values | st.just([{**CALL, "index": 0}]),
        "reasoning_details": st.lists(
            json_objects | st.fixed_dictionaries({"index": st.integers(0, 1)})
        ),
        "audio": json_values,
    },
)
odd_choices = st.fixed_dictionaries(
    {},
    optional={
        "index": st.integers(0, 2) | json_values,
        "delta": odd_deltas,
        "message": odd_deltas,
        "logprobs": json_values,
        "finish_reason": st.sampled_from([None, "stop"]),
    },
)
odd_bodies = st.fixed_dictionaries(
    {"choices": st.lists(odd_choices, max_size=2) | json_values},
    optional={"usage": json_values, "id": json_values},
)


def anonymous(body: Json) -> Json:
    calls = [c for choice in body["choices"] for c in choice["message"].get("tool_calls") or []]
    for box in (body, *calls):
        box.pop("id", None)
    return {**body, "created": 0}


@given(st.lists(odd_bodies, max_size=4), st.booleans())
def test_a_stream_of_garbage_is_kept_whole_or_refused(chunks: list[Json], done: bool) -> None:  # noqa: FBT001
    try:
        answer = CODEC.read_answer(streamed(*chunks, done=done))
    except WireError:
        return

    again = CODEC.read_answer(written(answer, STREAM))

    assert anonymous(json_of(written(again))) == anonymous(json_of(written(answer)))


@given(odd_bodies | json_values)
def test_a_plain_body_of_garbage_is_kept_whole_or_refused(body: Json) -> None:
    try:
        answer = CODEC.read_answer(plain(body))
    except WireError:
        return

    served = json_of(written(answer))

    assert anonymous(served) == anonymous(msgspec.json.decode(plain(body).body))
    CODEC.read_answer(written(answer, STREAM))


@given(st.binary(max_size=60), st.booleans())
def test_bytes_of_any_kind_are_read_or_refused(body: bytes, stream: bool) -> None:  # noqa: FBT001
    kind = "text/event-stream" if stream else "application/json"
    with pytest.raises(WireError):
        CODEC.read_answer(WireResponse((("content-type", kind),), body))
