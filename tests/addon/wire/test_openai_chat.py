"""An answer of chat completions, recorded in either form, is served in both without loss and with ids of its own."""

import random

import msgspec
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from addon.wire.codec import Form, WireError
from addon.wire.mint import Mint
from tests.addon.wire.openai_chat_cases import (
    CALL,
    CODEC,
    DOCUMENTS,
    HEAD,
    NOW_S,
    PLAIN,
    STREAM,
    STREAM_WITH_USAGE,
    USAGE,
    asked,
    chunk,
    chunks_of,
    document,
    json_of,
    last_chunk,
    plain,
    read,
    sdk_object,
    streamed,
    written,
)
from tests.conftest import Golden
from tree.message import Json, Message, Opaque, Text, ToolCall, Usage

TABLE = pytest.mark.parametrize("recorded", DOCUMENTS.values(), ids=DOCUMENTS.keys())


def numbered(value: Json, ids: dict[str, str]) -> Json:
    """The value with the ids that are made anew, and the time, under other names."""
    if isinstance(value, dict):
        return {k: NOW_S if k == "created" else numbered(v, ids) for k, v in value.items()}
    if isinstance(value, list):
        return [numbered(item, ids) for item in value]
    return ids.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("path", "claimed"),
    [
        ("/v1/chat/completions", True),
        ("/openai/deployments/d/chat/completions", True),
        ("/v1/completions", False),
        ("/v1/chat/completions/chatcmpl-1", False),
    ],
)
def test_only_chat_completions_are_claimed(path: str, claimed: bool) -> None:  # noqa: FBT001
    assert CODEC.claims(path) is claimed


@TABLE
def test_a_plain_answer_comes_back_whole_with_fresh_ids_and_time(recorded: Json) -> None:
    response = written(read(recorded))

    served = json_of(response)
    ids = {recorded["id"]: served["id"]}
    for before, after in zip(calls_of(recorded), calls_of(served), strict=True):
        ids[before["id"]] = after["id"]
    if "x_groq" in recorded:
        ids[recorded["x_groq"]["id"]] = served["x_groq"]["id"]
    assert served == numbered(recorded, ids)
    assert all(before != after for before, after in ids.items() if before != "call_1")
    assert response.header("content-type") == "application/json"


def calls_of(body: Json) -> Json:
    return [
        call for choice in body["choices"] for call in choice["message"].get("tool_calls") or []
    ]


@TABLE
def test_a_stream_of_a_plain_answer_adds_up_to_it_again(recorded: Json) -> None:
    answer = read(recorded)

    again = CODEC.read_answer(written(answer, STREAM_WITH_USAGE))

    assert anonymous(json_of(written(again))) == anonymous(json_of(written(answer)))
    assert (again.message, again.usage) == (answer.message, answer.usage)
    assert sorted(again.literal_only) == sorted(answer.literal_only)


def anonymous(body: Json) -> Json:
    """The document without its ids, and without what is null or empty in its messages: streams leave that out."""
    for box in (body, body.get("x_groq", {}), *calls_of(body)):
        box.pop("id", None)
    body.pop("request_id", None)
    for choice in body["choices"]:
        choice["message"] = {k: v for k, v in choice["message"].items() if v not in (None, "", [])}
    return body


@pytest.mark.parametrize("name", ["text", "calls", "an old function call", "sources"])
def test_the_official_models_accept_every_member(name: str) -> None:
    answer = read(DOCUMENTS[name])

    ChatCompletion.model_validate_json(written(answer).body)
    assert all(
        map(ChatCompletionChunk.model_validate, chunks_of(written(answer, STREAM_WITH_USAGE)))
    )


@TABLE
@pytest.mark.parametrize("form", [STREAM, STREAM_WITH_USAGE], ids=["", "with usage"])
def test_streams_keep_the_grammar(recorded: Json, form: Json) -> None:
    chunks = chunks_of(written(read(recorded), form))

    seen: set[int] = set()
    ended: set[int] = set()
    assert {item["id"] for item in chunks} == {chunks[0]["id"]}
    assert {item["object"] for item in chunks} == {"chat.completion.chunk"}
    assert {item["created"] for item in chunks} == {NOW_S}
    for choice in (choice for item in chunks for choice in item["choices"]):
        assert choice["index"] not in ended
        assert choice["index"] in seen or choice["delta"]["role"] == "assistant"
        seen.add(choice["index"])
        ended |= {choice["index"]} if choice["finish_reason"] else set()
    assert seen == ended
    asked = form is STREAM_WITH_USAGE
    assert [bool(item.get("usage")) for item in chunks] == [*[False] * (len(chunks) - 1), asked]


@TABLE
def test_the_official_sdk_reads_both_forms_as_the_same(recorded: Json) -> None:
    answer = read(recorded)

    whole, summed = sdk_object(written(answer)), sdk_object(written(answer, STREAM_WITH_USAGE))

    for one, other in zip(whole["choices"], summed["choices"], strict=True):
        for key in ("content", "reasoning", "reasoning_content", "audio"):
            assert (one["message"].get(key) or None) == (other["message"].get(key) or None)
        assert one["finish_reason"] == other["finish_reason"]
        functions = [
            c.get("function") or c.get("custom") for c in one["message"].get("tool_calls") or []
        ]
        streamed_calls = other["message"].get("tool_calls") or []
        assert functions == [
            {k: v for k, v in (c.get("function") or c["custom"]).items() if k != "parsed_arguments"}
            for c in streamed_calls
        ]
    assert whole["usage"] == summed["usage"]


def test_the_tree_learns_texts_calls_and_usage() -> None:
    answer = read(document({"content": "wait", "tool_calls": [CALL]}))

    call = ToolCall(0, "look_up", CALL["function"]["arguments"])
    assert answer.message == Message("assistant", (Text("wait"), call))
    assert answer.usage == Usage(40, 32, 12)
    assert answer.literal_only == ""
    assert "look_up" in str(answer.envelope)
    assert call.arguments not in str(answer.envelope)


def test_another_text_and_other_arguments_fill_the_same_envelope() -> None:
    answer = read(document({"content": "wait", "tool_calls": [CALL]}))
    other = msgspec.structs.replace(
        answer,
        message=Message("assistant", (Text("go on " * 50), ToolCall(0, "look_up", '{"word":"y"}'))),
    )

    for form in (PLAIN, STREAM):
        [choice] = sdk_object(written(other, form))["choices"]
        assert choice["message"]["content"] == "go on " * 50
        assert choice["message"]["tool_calls"][0]["function"]["arguments"] == '{"word":"y"}'


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        (
            {"prompt_tokens": 3, "completion_tokens": 1, "prompt_cache_hit_tokens": 2},
            Usage(3, 2, 1),
        ),
        ({"prompt_tokens": 3, "completion_tokens": 1, "cached_tokens": 2}, Usage(3, 2, 1)),
        ({"prompt_tokens": None, "completion_tokens": "1", "prompt_tokens_details": []}, Usage()),
        (None, Usage()),
    ],
)
def test_usage_is_counted_as_each_host_spells_it(usage: Json, counted: Usage) -> None:
    assert read(document({"content": "x"}, usage=usage)).usage == counted


def test_groq_tells_the_usage_of_a_stream_in_a_place_of_its_own() -> None:
    first = chunk({"role": "assistant", "content": "x"}, x_groq={"id": "req_0a1b2c3d4e"})
    last = chunk({}, "stop", x_groq={"id": "req_0a1b2c3d4e", "usage": USAGE})

    answer = CODEC.read_answer(streamed(first, last))

    served = chunks_of(written(answer, STREAM))
    assert answer.usage == Usage(40, 32, 12)
    assert served[0]["x_groq"]["id"] == served[1]["x_groq"]["id"] != "req_0a1b2c3d4e"
    assert served[1]["x_groq"]["usage"] == USAGE


LITERAL_ONLY = {
    "reasoning": "reasoning_content",
    "signed reasoning": "reasoning, reasoning_details",
    "several choices with log-probabilities": "several choices",
    "thinking parts": "content parts",
    "sources": "annotations, citations, search_results",
    "sound": "audio",
    "a host's own members": "executed_tools, unheard_of",
    "text": "",
    "calls": "",
}


@pytest.mark.parametrize(("name", "why"), LITERAL_ONLY.items())
def test_what_depends_on_the_content_beyond_texts_and_calls_is_replayed_literally(
    name: str, why: str
) -> None:
    assert read(DOCUMENTS[name]).literal_only == why


@pytest.mark.parametrize("reason", ["length", "max_tokens", "model_length"])
def test_an_answer_that_was_cut_off_fits_no_other_conversation(reason: str) -> None:
    choice = {"index": 0, "message": {"content": "Twelve b"}, "finish_reason": reason}

    assert read({**HEAD, "choices": [choice]}).literal_only == "cut off"


def test_members_that_are_there_but_empty_bind_nothing() -> None:
    message = {
        "content": "x",
        "audio": {"id": "", "data": ""},
        "function_call": {"name": "", "arguments": ""},
    }

    assert read(document(message)).literal_only == ""


@pytest.mark.parametrize("name", ["signed reasoning"])
def test_a_signed_answer_is_sealed_and_keeps_the_ids_of_its_calls(name: str) -> None:
    recorded = msgspec.json.decode(msgspec.json.encode(DOCUMENTS[name]))
    recorded["choices"][0]["message"]["tool_calls"] = [CALL]
    answer = read(recorded)

    served = json_of(written(answer, sealed=True))

    assert answer.message.signed
    assert Opaque("seal", None, signed=True) in answer.message.parts
    assert calls_of(served)[0]["id"] == CALL["id"]
    assert served["id"] != recorded["id"]


def test_headers_are_replayed_when_they_stay_true_and_request_ids_renewed() -> None:
    headers = (
        ("x-request-id", "req_0a1b2c3d4e5f"),
        ("openai-version", "2020-10-01"),
        ("openai-processing-ms", "1200"),
        ("set-cookie", "a=b"),
        ("x-ratelimit-remaining-requests", "9"),
    )

    response = written(CODEC.read_answer(plain(document({"content": "x"}), *headers)))

    assert [name for name, _ in response.headers] == [
        "content-type",
        "openai-version",
        "x-request-id",
    ]
    assert response.header("openai-version") == "2020-10-01"
    assert response.header("x-request-id").startswith("req_")
    assert response.header("x-request-id") != "req_0a1b2c3d4e5f"


def test_a_request_id_that_looks_like_none_is_replaced_all_the_same() -> None:
    response = written(
        CODEC.read_answer(plain(document({"content": "x"}), ("x-request-id", "none")))
    )

    assert len(response.header("x-request-id")) == 36


def test_no_text_is_kept_twice() -> None:
    said, thought = (
        "what is said, and said again in a member of its own",
        "a thought that stands in two places",
    )
    recorded = document(
        {"content": said, "reasoning": thought, "reasoning_details": [{"text": thought}]}, text=said
    )
    answer = read(recorded)

    kept = msgspec.json.encode(answer).decode()

    assert (kept.count(said), kept.count(thought)) == (1, 1)
    assert {**json_of(written(answer)), "id": HEAD["id"], "created": HEAD["created"]} == recorded


GOLDEN = {
    "text": DOCUMENTS["text"],
    "calls": DOCUMENTS["calls"],
    "signed_reasoning": DOCUMENTS["signed reasoning"],
    "choices": DOCUMENTS["several choices with log-probabilities"],
    "sources": DOCUMENTS["sources"],
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_written_answer_is_byte_for_byte_what_was_reviewed(name: str, golden: Golden) -> None:
    answer = read(GOLDEN[name])

    golden(f"openai_chat/{name}.json", written(answer).body)
    golden(f"openai_chat/{name}.sse", written(answer, STREAM).body)
    golden(f"openai_chat/{name}.usage.sse", written(answer, STREAM_WITH_USAGE).body)
    golden(
        f"openai_chat/{name}.envelope.json",
        msgspec.json.format(msgspec.json.encode(answer.envelope)),
    )


def test_last_chunks_without_choices_are_read() -> None:
    answer = CODEC.read_answer(
        streamed(chunk({"content": "x"}), chunk({}, "stop"), last_chunk(usage=USAGE))
    )

    assert answer.usage == Usage(40, 32, 12)


@pytest.mark.parametrize("in_chunks", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize(
    ("noting", "metadata", "user"),
    [({}, {}, None), ({"metadata": {"task": "7"}, "user": "bob"}, {"task": "7"}, "bob")],
)
def test_what_another_asker_noted_is_told_to_nobody(
    noting: Json,
    metadata: Json,
    user: Json,
    in_chunks: bool,  # noqa: FBT001
) -> None:
    notes: Json = {"metadata": {"run": "wilma"}, "user": "wilma", "safety_identifier": "wilma-1"}
    of_openai = ("openai-version", "2020-10-01")
    pieces = [chunk({"content": "x"}, **notes), chunk({}, "stop", **notes)]
    recorded = (
        streamed(*pieces, headers=(of_openai,))
        if in_chunks
        else plain(document({"content": "x"}, **notes), of_openai)
    )
    answer, form = CODEC.read_answer(recorded), CODEC.read_request(asked(**noting)).form

    whole = written(answer, Form(stream=False, options=form.options))
    stream = written(answer, Form(stream=True, options=form.options))

    told = json_of(whole)
    assert (told["metadata"], told["user"], told["safety_identifier"]) == (metadata, user, None)
    assert b"wilma" not in whole.body + stream.body
    assert chunks_of(stream)[-1].get("metadata", {}) == metadata


def test_a_note_of_the_hosts_own_stays() -> None:
    recorded = document({"content": "x"}, metadata={"weights": "w1"})
    form = Form(stream=False, options={"usage": False, "notes": {"metadata": {"task": "7"}}})

    told = json_of(written(read(recorded), form))

    assert told["metadata"] == {"weights": "w1"}


@pytest.mark.parametrize(("age_s", "served"), [(3_500, True), (3_700, False)])
def test_a_sound_is_served_as_long_as_the_provider_has_it(
    age_s: float,
    served: bool,  # noqa: FBT001
) -> None:
    made_s = HEAD["created"]
    sound = {"id": "audio_1", "data": "c291bmQ=", "expires_at": made_s + 3_600, "transcript": "hi"}
    answer = read(document({"role": "assistant", "content": None, "audio": sound}))
    aged = Mint(random.Random(1), NOW_S, age_s=age_s)  # noqa: S311 - ids need be new, not secret

    if served:
        written = json_of(CODEC.write_answer(answer, PLAIN, aged))
        assert written["choices"][0]["message"]["audio"] == sound
    else:
        with pytest.raises(WireError, match="forgotten"):
            CODEC.write_answer(answer, PLAIN, aged)
