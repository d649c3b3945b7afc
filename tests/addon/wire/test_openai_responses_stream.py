"""Streams: the events that are made of a response and a plan, and which streams are read at all."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from addon.wire.codec import Form, NotRepeatableError, WireError, WireResponse
from addon.wire.sse import SseDecoder, SseEvent, encode, encode_all
from tests.addon.wire.openai_responses_samples import (
    CALL,
    CALL_OF_HOST,
    CODE,
    CODEC,
    ITEMS,
    MESSAGE,
    NAMED,
    SEALED,
    SEARCH,
    TEXT,
    Events,
    between,
    events_of,
    kinds_of,
    mint,
    plain,
    response,
    streamed,
    told,
    written,
)
from tests.conftest import Golden
from tests.strategies import json_objects, json_values
from tree.message import Json

USUAL = {
    "message": "content_part.added output_text.delta output_text.done content_part.done",
    "call": "function_call_arguments.delta function_call_arguments.done",
    "custom": "custom_tool_call_input.delta custom_tool_call_input.done",
    "sealed": "reasoning_summary_part.added reasoning_summary_text.delta reasoning_summary_text.done "
    "reasoning_summary_part.done",
    "thought": "content_part.added reasoning_text.delta reasoning_text.done content_part.done",
    "search": "web_search_call.in_progress web_search_call.searching web_search_call.completed",
    "code": "code_interpreter_call.in_progress code_interpreter_call_code.delta "
    "code_interpreter_call_code.done code_interpreter_call.interpreting code_interpreter_call.completed",
    "host-tools": "mcp_list_tools.in_progress mcp_list_tools.completed",
    "host-call": "mcp_call.in_progress mcp_call_arguments.delta mcp_call_arguments.done mcp_call.completed",
    "picture": "image_generation_call.in_progress image_generation_call.generating "
    "image_generation_call.completed",
    "files": "file_search_call.in_progress file_search_call.searching file_search_call.completed",
}
CUSTOM_UNKNOWN = {"type": "novelty", "id": "nv_0a1b2c3d4e5f60718299", "value": [1, {"deep": None}]}


@pytest.mark.parametrize("kind", ITEMS)
def test_an_item_is_told_in_the_events_of_its_kind(kind: str) -> None:
    body = written(CODEC.read_answer(plain(response(ITEMS[kind]))), stream=True)

    inner = USUAL[kind].split()
    items = ["output_item.added", *inner, "output_item.done"]
    assert kinds_of(body) == ["created", "in_progress", *items, "completed"]


def test_a_stream_begins_with_an_empty_response_and_ends_with_the_whole_one() -> None:
    document = response(MESSAGE)
    events = events_of(written(CODEC.read_answer(plain(document)), stream=True))

    begun, going, ended = (events[at]["response"] for at in (0, 1, -1))

    assert begun == going
    assert (begun["status"], begun["output"], begun["usage"]) == ("in_progress", [], None)
    assert begun["completed_at"] is None
    assert begun["id"] == ended["id"] != document["id"]
    assert ended["usage"] == document["usage"]
    assert ended["output"] == [
        event["item"] for event in events if "item_done" in event["type"]
    ] or (ended["output"] == [events[-2]["item"]])


def test_events_are_named_numbered_and_belong_to_their_item() -> None:
    body = written(CODEC.read_answer(plain(response(SEALED, MESSAGE, CALL))), stream=True)

    events = events_of(body)

    decoder = SseDecoder()
    assert [event.event for event in decoder.feed(body)] == [event["type"] for event in events]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    items = events[-1]["response"]["output"]
    named = [event for event in events if "item_id" in event]
    assert {event["output_index"] for event in named} == {0, 1, 2}
    assert all(event["item_id"] == items[event["output_index"]]["id"] for event in named)


def test_an_item_opens_empty() -> None:
    document = response(MESSAGE, CALL, SEARCH, CODE, CALL_OF_HOST)

    events = events_of(written(CODEC.read_answer(plain(document)), stream=True))

    opened = [event["item"] for event in events if event["type"] == "response.output_item.added"]
    message, call, search, code, call_of_host = opened
    assert (message["status"], message["content"]) == ("in_progress", [])
    assert (call["status"], call["arguments"], call["name"]) == ("in_progress", "", "read_tide")
    assert "action" not in search
    assert (code["code"], code["outputs"]) == ("", [])
    assert (call_of_host["arguments"], call_of_host["output"]) == ("", "")


def test_a_text_without_letters_comes_without_a_delta() -> None:
    document = response({**MESSAGE, "content": [{**TEXT, "text": ""}]})

    body = written(CODEC.read_answer(plain(document)), stream=True)

    assert "output_text.delta" not in kinds_of(body)
    assert "output_text.done" in kinds_of(body)


def test_annotations_are_told_one_by_one() -> None:
    document = response({**MESSAGE, "content": [{**TEXT, "annotations": [NAMED, NAMED]}]})

    events = events_of(written(CODEC.read_answer(plain(document)), stream=True))

    told_of = [
        event for event in events if event["type"] == "response.output_text.annotation.added"
    ]
    assert [event["annotation_index"] for event in told_of] == [0, 1]
    assert told_of[0]["annotation"] == NAMED


def test_log_probabilities_are_told_with_the_text() -> None:
    chances = [{"token": "High", "logprob": -0.1, "top_logprobs": [], "bytes": [72]}]
    document = response({**MESSAGE, "content": [{**TEXT, "logprobs": chances}]})

    events = events_of(written(CODEC.read_answer(plain(document)), stream=True))

    probable = [event["logprobs"] for event in events if "logprobs" in event]
    assert probable == [chances, chances]


@pytest.mark.parametrize(
    ("item", "last"),
    [
        ({**CALL_OF_HOST, "error": {"code": 500}}, "mcp_call.failed"),
        (CALL_OF_HOST, "mcp_call.completed"),
    ],
)
def test_a_call_of_the_host_that_failed_is_told_so(item: Json, last: str) -> None:
    body = written(CODEC.read_answer(plain(response(item))), stream=True)

    assert kinds_of(body)[-3] == last


def test_an_answer_that_was_cut_ends_as_incomplete() -> None:
    cut = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}

    body = written(CODEC.read_answer(plain(response(MESSAGE, **cut))), stream=True)

    events = events_of(body)
    assert events[-1]["type"] == "response.incomplete"
    assert events[0]["response"]["incomplete_details"] is None


def test_the_same_answer_is_read_from_either_form() -> None:
    document = response(MESSAGE)

    from_stream, from_plain = (
        CODEC.read_answer(answer) for answer in (streamed(told(document)), plain(document))
    )

    assert from_stream.message == from_plain.message
    assert from_stream.usage == from_plain.usage
    assert from_stream.envelope["document"] == from_plain.envelope["document"]


def test_a_done_mark_that_some_hosts_send_is_no_event() -> None:
    answer = streamed(told(response(MESSAGE)))
    body = answer.body + encode(SseEvent("[DONE]"))

    assert CODEC.read_answer(WireResponse(answer.headers, body)) == CODEC.read_answer(answer)


@pytest.mark.parametrize(
    "events",
    [
        [],
        told(response(MESSAGE))[:-1],
        [*told(response(MESSAGE)), {"type": "response.novelty"}],
        [*told(response(MESSAGE)), told(response(MESSAGE))[-1]],
        [{"type": "response.completed"}],
        [{"type": "response.completed", "response": {"output": None}}],
        [{"type": "response.completed", "response": {"output": [1]}}],
        [{"type": 1}],
    ],
    ids=[
        "empty",
        "cut",
        "after the end",
        "two ends",
        "no response",
        "no output",
        "no items",
        "no type",
    ],
)
def test_a_stream_that_is_not_whole_is_a_wire_error(events: Events) -> None:
    with pytest.raises(WireError) as caught:
        CODEC.read_answer(streamed(events))

    assert not isinstance(caught.value, NotRepeatableError)


@pytest.mark.parametrize(
    "events",
    [
        between(told(response(MESSAGE)), {"type": "error", "message": "overloaded"}),
        [
            *told(response(MESSAGE))[:-1],
            {"type": "response.failed", "response": response(status="failed")},
        ],
        [*told(response(MESSAGE))[:-1], {"type": "response.completed", "response": response()}],
        between(told(response(MESSAGE)), {"type": "response.novelty", "output_index": -1}),
        between(told(response(MESSAGE)), {"type": "response.novelty", "output_index": "0"}),
    ],
    ids=["error", "failed", "items lost", "no such item", "odd index"],
)
def test_a_stream_that_must_not_be_given_twice_is_refused(events: Events) -> None:
    with pytest.raises(NotRepeatableError):
        CODEC.read_answer(streamed(events))


@pytest.mark.parametrize(
    "body", [b"data: \xff\n\n", b"data: {\n\n", b"data: []\n\n", b"data: 1\n\n"]
)
def test_a_stream_of_something_else_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        CODEC.read_answer(WireResponse((("content-type", "text/event-stream"),), body))


@given(st.lists(st.integers(0, 9) | json_objects, max_size=12), json_values)
def test_odd_streams_are_read_and_written_or_refused(order: list[int | Json], odd: Json) -> None:
    events = told(response(MESSAGE, SEALED) | {"output": [MESSAGE]})
    shuffled: Events = [
        events[one] if isinstance(one, int) else {"type": "response.odd", "output_index": 0, **one}
        for one in order
    ]
    mixed = [*shuffled, {**events[5], "delta": odd, "content_index": odd}, events[-1]]
    body = encode_all(
        SseEvent(msgspec.json.encode(event).decode(), str(event["type"]).replace("\n", ""))
        for event in mixed
    )

    try:
        answer = CODEC.read_answer(WireResponse((("content-type", "text/event-stream"),), body))
    except WireError:
        return
    written(answer)
    again = CODEC.write_answer(answer, Form(stream=True), mint())
    assert CODEC.read_answer(again).message == answer.message


@given(st.binary(max_size=200))
def test_bytes_that_are_no_stream_are_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        CODEC.read_answer(WireResponse((("content-type", "text/event-stream"),), body))


@pytest.mark.parametrize("kind", [kind for kind in ITEMS if kind not in {"code", "search", "call"}])
def test_the_sdk_reads_every_event(kind: str) -> None:
    body = written(CODEC.read_answer(plain(response(ITEMS[kind]))), stream=True)
    known: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)

    parsed = [known.validate_python(event) for event in events_of(body)]

    assert [event.type for event in parsed] == [event["type"] for event in events_of(body)]


def test_a_stream_fed_byte_by_byte_is_the_same_stream() -> None:
    body = written(CODEC.read_answer(plain(response(SEALED, MESSAGE, CALL))), stream=True)
    decoder = SseDecoder()

    slowly = [event for at in range(len(body)) for event in decoder.feed(body[at : at + 1])]

    assert encode_all(slowly) == body


def test_a_served_stream_is_byte_for_byte_what_was_reviewed(golden: Golden) -> None:
    text = {**MESSAGE, "content": [{**TEXT, "annotations": [NAMED]}]}
    answer = CODEC.read_answer(plain(response(SEALED, SEARCH, text, CALL)))

    golden("openai_responses/mixed.sse", written(answer, stream=True))


def test_a_served_answer_is_byte_for_byte_what_was_reviewed(golden: Golden) -> None:
    answer = CODEC.read_answer(plain(response(MESSAGE, CALL, CUSTOM_UNKNOWN)))

    golden("openai_responses/plain.json", written(answer))
