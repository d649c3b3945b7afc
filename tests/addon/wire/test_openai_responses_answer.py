"""Answers: what is lifted out of them, what of them is new when they are served, and what is refused."""

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response

from addon.wire.codec import Form, NotRepeatableError, WireError, WireResponse
from addon.wire.mint import Mint
from addon.wire.openai_responses_fresh import Asked
from tests.addon.wire.openai_responses_samples import (
    CALL,
    CODEC,
    CUSTOM,
    ITEMS,
    MESSAGE,
    NAMED,
    NOW_S,
    SEALED,
    SEARCH,
    TEXT,
    mint,
    plain,
    prompt,
    response,
    served,
    streamed,
    told,
    written,
)
from tests.strategies import json_objects, json_values, texts
from tree.message import Json, Opaque, Text, ToolCall, Usage

IDS = {"id", "call_id", "created_at", "completed_at"}


def without_ids(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: without_ids(member) for key, member in value.items() if key not in IDS}
    return [without_ids(item) for item in value] if isinstance(value, list) else value


def test_the_parts_of_an_answer_are_its_texts_its_calls_and_all_else_verbatim() -> None:
    answer = CODEC.read_answer(plain(response(SEALED, MESSAGE, SEARCH, CALL, CUSTOM)))

    assert answer.message.role == "assistant"
    assert answer.message.parts == (
        Opaque("reasoning", SEALED, signed=True),
        Text("High water is at 06:12."),
        Opaque("web_search_call", SEARCH),
        ToolCall(0, "read_tide", '{"harbour": "Oban"}'),
        ToolCall(1, "ask_harbour", "tide of Oban"),
    )


def test_what_stands_in_the_message_does_not_stand_in_the_envelope_too() -> None:
    answer = CODEC.read_answer(plain(response(SEALED, MESSAGE, SEARCH, CALL, CUSTOM)))

    kept = msgspec.json.encode(answer.envelope)

    for once in (b"High water", b"gAAAA", b"tide tables", b"Oban", b"read_tide"):
        assert once not in kept


@pytest.mark.parametrize("item", ITEMS.values(), ids=ITEMS)
def test_every_item_survives_in_both_forms(item: Json) -> None:
    document = response(item, an_unknown_member={"deep": [1, 2.5, None]})
    answer = CODEC.read_answer(plain(document))

    as_plain = msgspec.json.decode(written(answer))
    streamed_again = CODEC.write_answer(answer, Form(stream=True), mint())
    as_stream = msgspec.json.decode(written(CODEC.read_answer(streamed_again)))

    assert without_ids(as_plain) == without_ids(as_stream) == without_ids(document)


@given(texts, json_objects, json_values)
def test_whatever_a_document_holds_is_served(text: str, members: Json, unknown: Json) -> None:
    item = {"type": "novelty", "value": unknown}
    message = {**MESSAGE, "content": [{**TEXT, "text": text, "more": unknown}, {"type": "novelty"}]}
    document = {**members, **response(message, item)}

    assert without_ids(served(document)) == without_ids(document)


@given(texts)
def test_a_text_is_served_as_it_was(text: str) -> None:
    document = response({**MESSAGE, "content": [{**TEXT, "text": text}]})

    body = written(CODEC.read_answer(streamed(told(document))), stream=False)

    assert msgspec.json.decode(body)["output"][0]["content"][0]["text"] == text


def test_ids_and_times_of_an_answer_that_nobody_stored_are_new() -> None:
    document = served(response(MESSAGE, CALL))

    message, call = document["output"]
    assert document["id"] != "resp_0a1b2c3d4e5f60718200"
    assert document["id"].startswith("resp_")
    assert message["id"] != MESSAGE["id"]
    assert message["id"].startswith("msg_")
    assert call["id"] != CALL["id"]
    assert call["call_id"] != CALL["call_id"]
    assert len(call["call_id"]) == len(CALL["call_id"])
    assert (document["created_at"], document["completed_at"]) == (NOW_S, NOW_S)
    assert isinstance(document["created_at"], int)


def test_times_that_are_not_set_stay_so() -> None:
    document = served(response(MESSAGE, created_at=1_700_000_000.0, completed_at=None))

    assert document["created_at"] == NOW_S + 0.5
    assert document["completed_at"] is None


def test_a_stored_answer_of_which_the_provider_holds_more_keeps_the_ids_by_which_it_knows_it() -> (
    None
):
    document = served(response(SEARCH, MESSAGE, CALL, store=True))

    assert document["id"] == "resp_0a1b2c3d4e5f60718200"
    assert [item["id"] for item in document["output"]] == [
        item["id"] for item in (SEARCH, MESSAGE, CALL)
    ]
    assert document["output"][2]["call_id"] != CALL["call_id"]


def test_a_stored_answer_that_is_known_in_full_gets_ids_of_its_own_which_are_told() -> None:
    source = mint()

    document = CODEC.write_answer(
        CODEC.read_answer(plain(response(MESSAGE, CALL, store=True))),
        Form(stream=False, options=Asked(previous="resp_1", holds=True)),
        source,
    )

    written = msgspec.json.decode(document.body)
    ids = (written["id"], *(item["id"] for item in written["output"]))
    assert source.named == (written, ids)
    assert not {MESSAGE["id"], CALL["id"], "resp_0a1b2c3d4e5f60718200"}.intersection(ids)


def test_what_a_provider_has_forgotten_is_not_served() -> None:
    answer = CODEC.read_answer(plain(response(SEARCH, MESSAGE, store=True)))
    aged = Mint(random.Random(1), 1_800_000_000, age_s=30 * 24 * 3600)  # noqa: S311 - no secret

    with pytest.raises(WireError, match="forgotten"):
        CODEC.write_answer(answer, Form(stream=False), aged)


def test_an_answer_to_a_sealed_conversation_keeps_the_ids_of_its_items() -> None:
    document = served(response(CALL), sealed=True)

    assert document["output"] == [CALL]
    assert document["id"] != "resp_0a1b2c3d4e5f60718200"


def test_a_sealed_answer_keeps_the_ids_of_its_items() -> None:
    document = served(response(SEALED, CALL))

    assert [item["id"] for item in document["output"]] == [SEALED["id"], CALL["id"]]
    assert document["output"][1]["call_id"] == CALL["call_id"]
    assert document["id"] != "resp_0a1b2c3d4e5f60718200"


@pytest.mark.parametrize(
    "kind", [kind for kind in ITEMS if kind not in {"message", "call", "custom"}]
)
def test_an_item_that_may_be_named_by_its_id_keeps_it(kind: str) -> None:
    document = served(response(ITEMS[kind]))

    assert document["output"][0]["id"] == ITEMS[kind]["id"]


def test_calls_of_the_providers_own_kinds_get_new_call_ids_too() -> None:
    search = {"type": "tool_search_call", "call_id": "call_0123456789abcdef", "arguments": {}}
    found = {"type": "tool_search_output", "call_id": "call_0123456789abcdef", "tools": []}

    document = served(response(search, found))

    first, second = (item["call_id"] for item in document["output"])
    assert first == second != "call_0123456789abcdef"


def test_reading_and_writing_leave_the_answer_as_it_was() -> None:
    answer = CODEC.read_answer(plain(response(SEALED, MESSAGE, SEARCH)))
    before = msgspec.json.encode(answer)

    written(answer)
    written(answer, stream=True)

    assert msgspec.json.encode(answer) == before


def test_a_call_may_come_without_arguments() -> None:
    answer = CODEC.read_answer(plain(response({**CALL, "arguments": ""})))

    assert answer.message.parts == (ToolCall(0, "read_tide", ""),)


def test_usage_counts_cached_tokens_among_the_input() -> None:
    answer = CODEC.read_answer(plain(response(MESSAGE)))

    assert answer.usage == Usage(input_tokens=20, cached_input_tokens=8, output_tokens=5)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (None, Usage()),
        ({"input_tokens": 3}, Usage(input_tokens=3)),
        ({"input_tokens": "3", "output_tokens": -1, "input_tokens_details": []}, Usage()),
    ],
)
def test_usage_that_is_not_there_is_zero(usage: Json, expected: Usage) -> None:
    assert CODEC.read_answer(plain(response(MESSAGE, usage=usage))).usage == expected


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (response(MESSAGE), ""),
        (response(CALL, CUSTOM), ""),
        (
            response(
                MESSAGE, status="incomplete", incomplete_details={"reason": "max_output_tokens"}
            ),
            "cut off",
        ),
        (response({**CALL, "caller": {"type": "direct"}}), ""),
        (response({**MESSAGE, "phase": "final"}), ""),
        (
            response({**MESSAGE, "content": [{**TEXT, "annotations": [NAMED]}]}),
            "annotations of a message",
        ),
        (response({**MESSAGE, "content": [{**TEXT, "logprobs": [{}]}]}), "logprobs of a message"),
        (response({**MESSAGE, "content": [{"type": "odd"}]}), "odd part of a message"),
        (response({**CALL, "caller": {"type": "program"}}), "caller of a function_call"),
        (response(SEALED), "sealed reasoning item"),
        (response(SEARCH), "web_search_call item"),
        (response({"id": "x"}), "unknown item"),
        (response(MESSAGE, moderation={"flagged": False}), "moderation of the response"),
        (response(MESSAGE, output_text="High water"), "output_text of the response"),
    ],
)
def test_an_answer_with_more_to_it_than_texts_and_calls_is_literal_only(
    document: Json, why: str
) -> None:
    assert CODEC.read_answer(plain(document)).literal_only == why


@pytest.mark.parametrize(
    "document",
    [
        *(response(status=status) for status in ("failed", "cancelled", "queued", "in_progress")),
        response(MESSAGE, status="complete"),
        response(MESSAGE, status=None),
        response(MESSAGE, error={"code": "server_error"}),
        response(MESSAGE, status="incomplete", incomplete_details={"reason": "content_filter"}),
        response(MESSAGE, incomplete_details="odd"),
        response(MESSAGE, content_filters=[{"blocked": True}]),
        response({**MESSAGE, "content": [{"type": "refusal", "refusal": "No."}]}),
        response({**CALL, "arguments": '{"harbour": "Ob'}),
        response({**ITEMS["code"], "container_id": "cntr_1"}),
        response(
            {
                "type": "shell_call",
                "action": {"commands": ["ls"]},
                "environment": {"type": "container_reference", "container_id": "cntr_1"},
            }
        ),
        response(MESSAGE, tools=[{"type": "mcp", "headers": {"Authorization": "Bearer sesame"}}]),
        response({**MESSAGE, "content": [{**TEXT, "annotations": [{"container_id": "cntr_1"}]}]}),
        response(MESSAGE, odd={"\x00hole": 0}),
    ],
)
def test_what_must_not_be_given_twice_is_refused(document: Json) -> None:
    with pytest.raises(NotRepeatableError):
        CODEC.read_answer(plain(document))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ok",
        b"[]",
        b"{}",
        b'{"output": {}}',
        b'{"output": [1]}',
        b"\xff",
        msgspec.json.encode(response(MESSAGE))[:-1] + b',"deep":' + 200 * b"[" + 200 * b"]" + b"}",
        100_000 * b"[",
    ],
)
def test_what_is_no_response_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        CODEC.read_answer(WireResponse((), body))


@given(json_objects, st.lists(json_objects, max_size=2), st.lists(json_values, max_size=2))
def test_odd_documents_are_read_and_written_or_refused(
    members: Json, items: Json, content: Json
) -> None:
    odd = [
        {**item, "type": kind} for item in items for kind in ("message", "reasoning", "mcp_call")
    ]
    document = response(
        *odd, {**MESSAGE, "content": content}, {**SEALED, "summary": content}, **members
    )

    try:
        answer = CODEC.read_answer(plain(document))
    except WireError:
        return
    written(answer)
    written(answer, stream=True)


@pytest.mark.parametrize(
    "kind", [kind for kind in ITEMS if kind != "code"]
)  # that one needs a container
def test_the_sdk_reads_a_served_answer(kind: str) -> None:
    body = written(CODEC.read_answer(plain(response(ITEMS[kind]))))

    parsed = Response.model_validate_json(body)

    assert parsed.output[0].type == ITEMS[kind]["type"]


def test_the_askers_own_notes_come_back() -> None:
    recorded = response(MESSAGE, user="ann", metadata={"run": "1"}, instructions="Be brief.")
    asked = {"user": "bob", "metadata": {"run": "2"}, "instructions": "Be kind."}

    document = served(recorded, asked=Asked(asked))

    assert {name: document[name] for name in asked} == asked


@pytest.mark.parametrize(("asked", "told"), [("resp_2", "resp_2"), ("", None)])
def test_it_goes_on_from_what_the_asker_named_and_not_from_what_was_named_once(
    asked: str, told: str | None
) -> None:
    recorded = response(MESSAGE, previous_response_id="resp_1")

    document = served(recorded, asked=Asked(previous=asked))

    assert document["previous_response_id"] == told


@pytest.mark.parametrize(
    ("asked", "metadata", "user"),
    [
        ({}, {}, None),
        ({"metadata": {"task": "7"}, "user": "bob"}, {"task": "7"}, "bob"),
    ],
)
def test_what_another_asker_noted_is_told_to_nobody(
    asked: Json, metadata: Json, user: Json
) -> None:
    recorded = response(MESSAGE, user="wilma", metadata={"run": "1"}, safety_identifier="wilma-1")
    headers = (*plain({}).headers, ("openai-version", "2020-10-01"))
    answer = CODEC.read_answer(WireResponse(headers, msgspec.json.encode(recorded)))

    for stream in (False, True):
        body = CODEC.write_answer(answer, Form(stream, Asked(asked)), mint()).body
        assert b"wilma" not in body
        assert b'"run"' not in body

    document = msgspec.json.decode(
        CODEC.write_answer(answer, Form(False, Asked(asked)), mint()).body
    )
    assert (document["metadata"], document["user"]) == (metadata, user)
    assert document["safety_identifier"] is None


def test_how_long_its_prompt_is_cached_is_as_the_present_asker_said() -> None:
    answer = CODEC.read_answer(plain(response(MESSAGE, prompt_cache_retention="24h")))
    form = prompt(prompt_cache_retention="in_memory").form

    document = msgspec.json.decode(CODEC.write_answer(answer, form, mint()).body)

    assert document["prompt_cache_retention"] == "in_memory"


def test_a_note_that_the_host_did_not_repeat_is_not_added() -> None:
    recorded = response(MESSAGE, metadata={"fingerprint": "f1"})

    document = served(recorded, asked=Asked({"user": "bob", "metadata": {"run": "2"}}))

    assert document["metadata"] == {"fingerprint": "f1"}
    assert document["user"] is None


def test_headers_fit_the_form_and_hold_nothing_of_the_recorded_moment() -> None:
    headers = (
        ("content-type", "application/json; charset=utf-8"),
        ("x-request-id", "req_0123456789abcdef"),
        ("openai-version", "2020-10-01"),
        ("set-cookie", "session=1"),
        ("openai-processing-ms", "12"),
        ("x-ratelimit-remaining-requests", "7"),
    )
    answer = CODEC.read_answer(WireResponse(headers, msgspec.json.encode(response(MESSAGE))))

    same = dict(CODEC.write_answer(answer, Form(stream=False), mint()).headers)
    other = dict(CODEC.write_answer(answer, Form(stream=True), mint()).headers)

    assert same.keys() == other.keys() == {"content-type", "x-request-id", "openai-version"}
    assert same["content-type"] == "application/json; charset=utf-8"
    assert other["content-type"] == "text/event-stream; charset=utf-8"
    assert same["x-request-id"] != "req_0123456789abcdef"


def test_a_request_id_is_new_even_where_it_looks_like_none() -> None:
    answer = CODEC.read_answer(
        WireResponse((("x-request-id", "none"),), msgspec.json.encode(response(MESSAGE)))
    )

    headers = dict(CODEC.write_answer(answer, Form(stream=False), mint()).headers)

    assert headers["x-request-id"].startswith("req_")
    assert headers["content-type"] == "application/json"
