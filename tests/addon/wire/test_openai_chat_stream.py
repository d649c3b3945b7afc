"""A recorded stream is told by its document and a few runs, and comes back as the stream that it was."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.wire.codec import WireError
from addon.wire.openai_chat_fold import COUNT
from addon.wire.sse import SseDecoder, decode
from tests.addon.wire.openai_chat_cases import (
    CALL,
    CODEC,
    HEAD,
    PLAIN,
    STREAM,
    STREAM_WITH_USAGE,
    USAGE,
    chunk,
    chunks_of,
    document,
    json_of,
    last_chunk,
    plain,
    sdk_object,
    streamed,
    written,
)
from tests.conftest import Golden
from tree.message import Answer, Json, Text, ToolCall

STRICT = (("openai-version", "2020-10-01"),)


def choice_chunk(index: int, delta: Json, finish: str | None = None, **members: Json) -> Json:
    choice = {"index": index, "delta": delta, "finish_reason": finish, **members}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}


def call_chunk(index: int, arguments: str, **members: Json) -> Json:
    call = {"index": index, **members, "function": {"arguments": arguments}}
    if members:
        call["function"]["name"] = "look_up"
    return chunk({"tool_calls": [call]})


def token(text: str) -> Json:
    return {"content": [{"token": text, "logprob": -0.25}], "refusal": None}


STREAMS: dict[str, list[Json]] = {
    "text": [
        chunk({"role": "assistant", "content": "", "refusal": None}, usage=None, obfuscation="ab"),
        *[chunk({"content": word}, usage=None, obfuscation="abc") for word in ("so ", "it ", "is")],
        chunk({}, "stop", usage=None),
        last_chunk(usage=USAGE),
    ],
    "two calls": [
        chunk({"role": "assistant", "content": None}),
        call_chunk(0, "", id="call_A1b2C3d4", type="function"),
        *[call_chunk(0, piece) for piece in ('{"a"', ": ", "1}")],
        call_chunk(1, "", id="call_Z9y8X7w6", type="function"),
        *[call_chunk(1, piece) for piece in ('{"b"', ":2}")],
        chunk({}, "tool_calls"),
    ],
    "reasoning before the text, and the role in each chunk": [
        *[
            chunk({"role": "assistant", "content": "", "reasoning": word})
            for word in ("a ", "b ", "c ")
        ],
        *[
            chunk({"role": "assistant", "content": word, "reasoning": None})
            for word in ("d ", "e ")
        ],
        chunk({"role": "assistant", "content": ""}, "stop", usage=USAGE),
    ],
    "details of reasoning, several of one index": [
        chunk({"role": "assistant", "reasoning_details": []}),
        chunk({"reasoning_details": [{"type": "reasoning.summary", "summary": "x", "index": 0}]}),
        chunk({"reasoning_details": [{"type": "reasoning.summary", "summary": "y", "index": 0}]}),
        chunk(
            {"reasoning_details": [{"type": "reasoning.encrypted", "data": "ZGF0YQ==", "index": 0}]}
        ),
        chunk({"content": "z"}, "stop"),
    ],
    "log-probabilities": [
        choice_chunk(0, {"role": "assistant", "content": ""}, logprobs=None),
        *[choice_chunk(0, {"content": t}, logprobs=token(t)) for t in ("a", "b", "c")],
        choice_chunk(0, {}, "stop", logprobs=None),
    ],
    "choices side by side": [
        *[choice_chunk(i, {"role": "assistant", "content": ""}) for i in (0, 1)],
        *[choice_chunk(i, {"content": t}) for t in ("a", "b", "c") for i in (0, 1)],
        *[choice_chunk(i, {}, "stop") for i in (1, 0)],
    ],
    "content parts, then a bare text": [
        chunk({"role": "assistant", "content": ""}),
        *[
            chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": t}]}]})
            for t in ("h", "m")
        ],
        chunk({"content": [{"type": "text", "text": "1"}]}),
        chunk({"content": "44"}, "stop"),
    ],
    "a number for each token": [
        chunk({"role": "assistant", "content": ""}),
        *[
            chunk({"content": t, "token_id": i})
            for i, t in ((5, "a"), (9, "b"), (9, "c"), (2, "d"))
        ],
        chunk({}, "stop"),
    ],
    "sources and a usage that grows, in each chunk": [
        *[
            chunk(
                {"role": "assistant", "content": t},
                citations=["https://x/y"],
                usage={"completion_tokens": i},
            )
            for i, t in enumerate("abc", 1)
        ],
        chunk({"content": ""}, "stop", citations=["https://x/y"], usage={"completion_tokens": 4}),
    ],
    "an opening chunk about the prompt alone": [
        {
            "id": "",
            "object": "",
            "created": 0,
            "model": "",
            "choices": [],
            "prompt_filter_results": [{"x": 1}],
        },
        chunk({"role": "assistant", "content": "a"}),
        choice_chunk(0, {}, "stop", content_filter_results={"hate": {"filtered": False}}),
    ],
    "sound": [
        chunk({"role": "assistant", "audio": {"id": "audio_1", "transcript": "hi"}}),
        *[chunk({"audio": {"data": data}}) for data in ("QQ==", "QUI=", "QUJD")],
        chunk({"audio": {"expires_at": 1}}, "stop"),
    ],
    "an old function call": [
        chunk(
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": ""}}
        ),
        *[chunk({"function_call": {"arguments": piece}}) for piece in ("{", "}")],
        chunk({}, "function_call"),
    ],
}
TABLE = pytest.mark.parametrize("chunks", STREAMS.values(), ids=STREAMS.keys())


def read(chunks: list[Json], **parts: Json) -> Answer:
    return CODEC.read_answer(streamed(*chunks, **parts))


def same_ids(value: Json) -> Json:
    """The document with its ids and its time blanked."""
    for box in (
        value,
        *(c for choice in value["choices"] for c in choice["message"].get("tool_calls") or []),
    ):
        box["id"] = box.get("id") and "an id"
    return {**value, "created": bool(value["created"])}


@TABLE
def test_the_official_sdk_sums_up_the_served_stream_as_the_recorded_one(chunks: list[Json]) -> None:
    before: str | Json
    try:
        before = same_ids(sdk_object(streamed(*chunks)))
    except (RuntimeError, TypeError) as exc:  # parts without an index are beyond it
        before = type(exc)

    try:
        after = same_ids(sdk_object(written(read(chunks), STREAM)))
    except (RuntimeError, TypeError) as exc:
        after = type(exc)

    assert after == before


@TABLE
def test_a_served_stream_is_read_as_the_recorded_one(chunks: list[Json]) -> None:
    answer = read(chunks)

    again = read(chunks_of(written(answer, STREAM)))

    assert (again.message, again.usage, again.literal_only) == (
        answer.message,
        answer.usage,
        answer.literal_only,
    )
    assert same_ids(json_of(written(again))) == same_ids(json_of(written(answer)))


def test_a_long_stream_is_told_by_few_runs_and_written_in_fewer_pieces() -> None:
    words = [f"word{i} " for i in range(500)]
    chunks = [
        chunk({"role": "assistant", "content": ""}),
        *[chunk({"content": w}) for w in words],
        chunk({}, "stop"),
    ]

    answer = read(chunks)

    served = chunks_of(written(answer, STREAM))
    assert answer.message.parts == (Text("".join(words)),)
    assert len(answer.envelope["runs"]["runs"]) == 3
    assert len(msgspec.json.encode(answer.envelope)) < 700
    assert 10 < len(served) < 100


def test_where_each_chunk_repeats_the_role_their_number_is_kept() -> None:
    chunks = [*[chunk({"role": "assistant", "content": t}) for t in "abcdefgh"], chunk({}, "stop")]

    answer = read(chunks)

    assert [run.get(COUNT) for run in answer.envelope["runs"]["runs"]] == [None, 7, None]
    assert [c["choices"][0]["delta"].get("content") for c in chunks_of(written(answer, STREAM))][
        :8
    ] == [*"abcdefgh"]


def test_details_of_several_types_under_one_index_stay_apart() -> None:
    answer = read(STREAMS["details of reasoning, several of one index"])

    [choice] = json_of(written(answer))["choices"]

    assert choice["message"]["reasoning_details"] == [
        {"type": "reasoning.summary", "summary": "xy", "index": 0},
        {"type": "reasoning.encrypted", "data": "ZGF0YQ==", "index": 0},
    ]
    assert answer.message.signed


THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
DETAIL = {"type": "reasoning.text", "text": "two and two", "index": 0}


@pytest.mark.parametrize(
    ("message", "streams"),
    [
        ({"content": [THOUGHT, {"type": "text", "text": "4"}]}, True),
        ({"content": [THOUGHT, THOUGHT, {"type": "text", "text": "4"}]}, False),
        ({"content": "4", "reasoning_details": [DETAIL, {**DETAIL, "index": 1}]}, True),
        ({"content": "4", "reasoning_details": [DETAIL, DETAIL]}, False),
        ({"content": [{"type": "text", "text": {"of": "another kind"}}] * 2}, False),
    ],
)
def test_a_plain_answer_is_streamed_only_if_its_chunks_add_up_to_it(
    message: Json,
    streams: bool,  # noqa: FBT001
) -> None:
    answer = CODEC.read_answer(plain(document(message)))

    [choice] = json_of(written(answer, PLAIN))["choices"]
    assert choice["message"] == {"role": "assistant", **message}
    if streams:
        again = CODEC.read_answer(written(answer, STREAM))
        assert json_of(written(again, PLAIN))["choices"][0]["message"] == choice["message"]
    else:
        with pytest.raises(WireError, match="another answer"):
            written(answer, STREAM)


def test_choices_that_take_turns_are_told_one_after_another() -> None:
    answer = read(STREAMS["choices side by side"])

    assert len(answer.envelope["runs"]["runs"]) == 6
    assert answer.literal_only == "several choices"


def test_a_plain_answer_of_a_stream_has_what_only_the_plain_form_has() -> None:
    answer = read(STREAMS["two calls"])

    served = json_of(written(answer, PLAIN))

    [choice] = served["choices"]
    assert served["object"] == "chat.completion"
    assert "usage" not in served
    assert choice["message"]["content"] is None
    assert [call["function"] for call in choice["message"]["tool_calls"]] == [
        {"name": "look_up", "arguments": '{"a": 1}'},
        {"name": "look_up", "arguments": '{"b":2}'},
    ]
    assert all("index" not in call for call in choice["message"]["tool_calls"])
    assert answer.message.parts == (
        ToolCall(0, "look_up", '{"a": 1}'),
        ToolCall(1, "look_up", '{"b":2}'),
    )


def test_what_a_provider_pads_its_chunks_with_is_kept_of_the_first_alone() -> None:
    served = chunks_of(written(read(STREAMS["text"]), STREAM_WITH_USAGE))

    assert [item.get("obfuscation") for item in served] == ["ab", *[None] * (len(served) - 1)]


@pytest.mark.parametrize(
    ("headers", "form", "told"),
    [
        (STRICT, STREAM_WITH_USAGE, True),
        (STRICT, STREAM, False),
        ((), STREAM_WITH_USAGE, True),
        ((), STREAM, True),
    ],
    ids=["openai, asked", "openai, not asked", "elsewhere, asked", "elsewhere, not asked"],
)
def test_usage_comes_as_the_host_sends_it(headers: Json, form: Json, told: bool) -> None:  # noqa: FBT001
    answer = read(STREAMS["text"], headers=headers)

    served = chunks_of(written(answer, form))

    assert [item for item in served if item.get("usage")] == ([served[-1]] if told else [])
    assert all("usage" in item for item in served) is told
    assert json_of(written(answer, PLAIN))["usage"] == USAGE


@pytest.mark.parametrize("usage", [None, USAGE], ids=["not told", "told"])
def test_a_stream_may_end_without_done_where_its_usage_shows_that_nothing_is_missing(
    usage: Json,
) -> None:
    chunks = [chunk({"role": "assistant", "content": "x"}), chunk({}, "stop", usage=USAGE)]

    answer = read(chunks, done=False)

    assert answer.message.parts == (Text("x"),)
    assert written(answer, STREAM).body.endswith(b"data: [DONE]\n\n")
    assert usage is None or json_of(written(answer))["usage"] == usage


def test_each_piece_of_sound_stays_as_it_was_for_it_is_decoded_alone() -> None:
    served = chunks_of(written(read(STREAMS["sound"]), STREAM))

    pieces = [item["choices"][0]["delta"].get("audio", {}).get("data") for item in served]
    assert pieces == [None, "QQ==", "QUI=", "QUJD", None]


def test_a_longer_text_than_the_recorded_one_is_served_to_its_end() -> None:
    answer = read(STREAMS["text"])
    [said] = answer.message.parts
    assert isinstance(said, Text)
    longer = msgspec.structs.replace(said, text=said.text * 100)
    message = msgspec.structs.replace(answer.message, parts=(longer,))

    served = written(msgspec.structs.replace(answer, message=message), STREAM)

    assert sdk_object(served)["choices"][0]["message"]["content"] == said.text * 100


@pytest.mark.parametrize("name", ["text", "two calls", "sound"])
def test_a_served_stream_is_byte_for_byte_what_was_reviewed(name: str, golden: Golden) -> None:
    answer = read(STREAMS[name])

    file = name.replace(" ", "_")
    golden(f"openai_chat/streamed_{file}.sse", written(answer, STREAM).body)
    golden(
        f"openai_chat/streamed_{file}.envelope.json",
        msgspec.json.format(msgspec.json.encode(answer.envelope)),
    )


deltas = st.fixed_dictionaries(
    {},
    optional={
        "role": st.just("assistant"),
        "content": st.sampled_from([None, "", "a", "b c", "é"]),
        "reasoning": st.sampled_from(["", "x", "yy"]),
        "tool_calls": st.sampled_from(
            [
                [
                    {
                        "index": 0,
                        "id": CALL["id"],
                        "type": "function",
                        "function": {"name": "f", "arguments": ""},
                    }
                ],
                [{"index": 0, "function": {"arguments": "1"}}],
                [{"index": 1, "function": {"name": "g", "arguments": "2"}}],
            ]
        ),
        "token_id": st.integers(0, 3),
    },
)
streams = st.lists(
    st.builds(
        choice_chunk, st.integers(0, 1), deltas, logprobs=st.sampled_from([None, token("a")])
    ),
    max_size=12,
)


@given(streams)
def test_any_stream_is_served_as_the_document_that_it_adds_up_to(chunks: list[Json]) -> None:
    opening = [choice_chunk(i, {"role": "assistant", "content": "a"}) for i in (0, 1)]
    ending = [choice_chunk(i, {}, "stop") for i in (0, 1)]
    answer = read([*opening, *chunks, *ending])

    again = read(chunks_of(written(answer, STREAM)))

    assert again.message == answer.message
    assert same_ids(json_of(written(again))) == same_ids(json_of(written(answer)))


@TABLE
def test_events_are_the_same_byte_by_byte(chunks: list[Json]) -> None:
    body = written(read(chunks), STREAM).body
    decoder = SseDecoder()

    got = [event for i in range(len(body)) for event in decoder.feed(body[i : i + 1])]

    assert got == decode(body)
