"""Requests that ask the same look the same, whatever their spelling; all others differ."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.wire.codec import Prompt, WireError, WireRequest
from tests.addon.wire.openai_chat_cases import CALL, CODEC, asked, encode, request
from tests.strategies import json_objects, json_values
from tree.canonical import canonical_json, canonical_message
from tree.message import (
    Conversation,
    Json,
    Media,
    Message,
    Opaque,
    Scope,
    Text,
    ToolCall,
    ToolResult,
)

USER: Json = {"role": "user", "content": "hello"}
PNG = base64.b64encode(b"\x89PNG picture").decode()
TOOL: Json = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}


def read(*messages: Json, **fields: Json) -> Prompt:
    return CODEC.read_request(asked(*messages, **fields))


def said(*messages: Json) -> tuple[Message, ...]:
    return read(*messages).messages


def identity(prompt: Prompt) -> Json:
    return canonical_json([prompt.model, prompt.settings]), [
        *map(canonical_message, prompt.messages)
    ]


def result(call: str, content: Json = "found") -> Json:
    return {"role": "tool", "tool_call_id": call, "content": content}


def calling(*calls: str, **members: Json) -> Json:
    return {"role": "assistant", "tool_calls": [{**CALL, "id": call} for call in calls], **members}


def picture(**image: Json) -> Json:
    return {"role": "user", "content": [{"type": "image_url", "image_url": image}]}


def text(value: str, **members: Json) -> Json:
    return {"role": "user", "content": [{"type": "text", "text": value, **members}]}


EQUAL_MESSAGES: dict[str, tuple[list[Json], list[Json]]] = {
    "a text and a list of that text": ([USER], [text("hello")]),
    "with a hint to the cache": ([USER], [text("hello", cache_control={"type": "ephemeral"})]),
    "empty, null and absent content beside calls": (
        [calling("a", content=""), calling("b", content=None)],
        [calling("a"), calling("b")],
    ),
    "what SDKs echo": (
        [{"role": "assistant", "content": "x"}],
        [{"role": "assistant", "content": "x", "refusal": None, "annotations": [], "audio": None}],
    ),
    "ids of calls": (
        [calling("x1", "x2"), result("x2"), result("x1")],
        [calling("y7", "y8"), result("y8"), result("y7")],
    ),
    "the index of a call that came in a stream": (
        [{"role": "assistant", "tool_calls": [{**CALL, "index": 0}]}],
        [{"role": "assistant", "tool_calls": [CALL]}],
    ),
    "spelling of arguments": (
        [{"role": "assistant", "function_call": {"name": "f", "arguments": '{"a":1,"b":2}'}}],
        [{"role": "assistant", "function_call": {"name": "f", "arguments": '{"b": 2, "a": 1}'}}],
    ),
}


@pytest.mark.parametrize(("one", "other"), EQUAL_MESSAGES.values(), ids=EQUAL_MESSAGES.keys())
def test_conversations_that_say_the_same_are_equal(one: list[Json], other: list[Json]) -> None:
    assert identity(read(*one)) == identity(read(*other))


DIFFERENT_MESSAGES: dict[str, tuple[list[Json], list[Json]]] = {
    "texts": ([USER], [{"role": "user", "content": "hallo"}]),
    "roles": ([USER], [{"role": "system", "content": "hello"}]),
    "names": ([USER], [{**USER, "name": "Ada"}]),
    "one text and two": (
        [USER],
        [{"role": "user", "content": [*text("hel")["content"], *text("lo")["content"]]}],
    ),
    "unknown members of a part": ([text("hello")], [text("hello", tone="low")]),
    "which call is answered": (
        [calling("a", "b"), result("a")],
        [calling("a", "b"), result("b")],
    ),
    "a call and an old function call": (
        [{"role": "assistant", "tool_calls": [CALL]}],
        [{"role": "assistant", "function_call": CALL["function"]}],
    ),
    "a function and a custom tool": (
        [
            {
                "role": "assistant",
                "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "1"}}],
            }
        ],
        [
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "a", "type": "custom", "custom": {"name": "f", "input": "1"}}
                ],
            }
        ],
    ),
    "detail of a picture": (
        [picture(url="https://x/y")],
        [picture(url="https://x/y", detail="low")],
    ),
    "pictures": ([picture(url="https://x/y")], [picture(url="https://x/z")]),
    "bytes and the letters that stand for them": (
        [picture(url="data:text/plain;base64,SGlnaA==")],
        [picture(url="data:text/plain,SGlnaA==")],
    ),
    "types of the same bytes": (
        [picture(url=f"data:image/png;base64,{PNG}")],
        [picture(url=f"data:image/gif;base64,{PNG}")],
    ),
    "a picture and a film": (
        [picture(url="https://x/y")],
        [{"role": "user", "content": [{"type": "video_url", "video_url": {"url": "https://x/y"}}]}],
    ),
    "a prefix to go on from": (
        [{"role": "assistant", "content": "x"}],
        [{"role": "assistant", "content": "x", "prefix": True}],
    ),
    "reasoning": (
        [{"role": "assistant", "content": "x", "reasoning_content": "a"}],
        [{"role": "assistant", "content": "x", "reasoning_content": "b"}],
    ),
}


@pytest.mark.parametrize(
    ("one", "other"), DIFFERENT_MESSAGES.values(), ids=DIFFERENT_MESSAGES.keys()
)
def test_conversations_that_say_other_things_differ(one: list[Json], other: list[Json]) -> None:
    assert identity(read(*one)) != identity(read(*other))


EQUAL_FIELDS: dict[str, tuple[Json, Json]] = {
    "the form": ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": False}),
    "who asks and what for": (
        {"user": "u1", "safety_identifier": "s1", "metadata": {"run": "1"}, "store": True},
        {"user": "u2", "safety_identifier": "s2", "metadata": {"run": "2"}, "store": False},
    ),
    "cache and tier": (
        {"prompt_cache_key": "k", "prompt_cache_retention": "24h", "service_tier": "flex"},
        {"cache_control": {"type": "ephemeral"}},
    ),
    "what is null, empty or the default": (
        {"temperature": None, "tools": [], "n": 1, "logit_bias": {}},
        {},
    ),
    "a cache hint on a tool": (
        {"tools": [{**TOOL, "cache_control": {"type": "x"}}]},
        {"tools": [TOOL]},
    ),
    "the order of members": (
        {"response_format": {"type": "json_object", "strict": True}},
        {"response_format": {"strict": True, "type": "json_object"}},
    ),
}


@pytest.mark.parametrize(("one", "other"), EQUAL_FIELDS.values(), ids=EQUAL_FIELDS.keys())
def test_fields_that_cannot_change_the_answer_share_a_scope(one: Json, other: Json) -> None:
    assert identity(read(USER, **one)) == identity(read(USER, **other))


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0.5},
        {"temperature": 0},
        {"n": 2},
        {"tools": [TOOL]},
        {"tools": [TOOL, TOOL]},
        {"tool_choice": "none"},
        {"parallel_tool_calls": False},
        {"never_heard_of": 1},
        {"model": "m-2"},
    ],
    ids=str,
)
def test_any_other_field_makes_another_scope(fields: Json) -> None:
    assert identity(read(USER, **fields)) != identity(read(USER))


def test_what_a_schema_calls_like_a_cache_hint_belongs_to_the_scope() -> None:
    def asked(words: str) -> Prompt:
        properties = {"cache_control": {"type": "string", "description": words}}
        schema = {"type": "object", "properties": properties}
        return read(
            USER, tools=[{"type": "function", "function": {"name": "f", "parameters": schema}}]
        )

    assert identity(asked("no-store, or nothing")) != identity(asked("how long"))


@pytest.mark.parametrize(
    "other",
    [
        request(
            {"model": "m-1", "messages": [USER]}, path="/openai/deployments/d/chat/completions"
        ),
        request({"model": "m-1", "messages": [USER]}, query=(("api-version", "2025-01-01"),)),
        request({"model": "m-1", "messages": [USER]}, query=(("variant", "b"),)),
        request({"model": "m-1", "messages": [USER]}, headers=(("openai-organization", "o"),)),
        request({"model": "m-1", "messages": [USER]}, headers=(("openai-beta", "b"),)),
    ],
    ids=["path", "api-version", "query", "organization", "beta"],
)
def test_path_query_and_some_headers_belong_to_the_scope(other: WireRequest) -> None:
    assert identity(CODEC.read_request(other)) != identity(read(USER))


def test_an_unknown_query_is_kept_as_a_digest_for_it_may_be_a_credential() -> None:
    body = {"model": "m-1", "messages": [USER]}
    query = (("code", "s3cret"), ("api-version", "2025-01-01"))

    prompt = CODEC.read_request(request(body, query=query))

    assert "s3cret" not in str(prompt)
    assert ["api-version", "2025-01-01"] in prompt.settings["query"]


def test_headers_of_transport_do_not_matter() -> None:
    body = {"model": "m-1", "messages": [USER]}
    headers = (("user-agent", "x/1"), ("x-stainless-retry-count", "1"))

    assert identity(CODEC.read_request(request(body, headers=headers))) == identity(read(USER))


@pytest.mark.parametrize(
    ("path", "model"), [("/openai/deployments/my-gpt/chat/completions", "my-gpt"), ("/v1", "")]
)
def test_without_a_model_the_deployment_is_it(path: str, model: str) -> None:
    assert CODEC.read_request(request({"messages": [USER]}, path=path)).model == model


@pytest.mark.parametrize(
    ("fields", "stream", "usage"),
    [
        ({}, False, False),
        ({"stream": True}, True, False),
        ({"stream": True, "stream_options": {"include_usage": True}}, True, True),
        ({"stream": False, "stream_options": None}, False, False),
    ],
)
def test_the_form_is_what_the_client_asks_for(fields: Json, stream: bool, usage: bool) -> None:  # noqa: FBT001
    form = read(USER, **fields).form

    assert (form.stream, form.options) == (stream, {"usage": usage})


def test_a_conversation_with_tools_is_read_into_numbered_calls() -> None:
    messages = said(
        {"role": "system", "content": "be brief"},
        calling("c9", "c7", content="wait"),
        result("c7", [{"type": "text", "text": "found"}]),
        result("c9", ""),
    )

    arguments = CALL["function"]["arguments"]
    assert messages == (
        Message("system", (Text("be brief"),)),
        Message(
            "assistant",
            (Text("wait"), ToolCall(0, "look_up", arguments), ToolCall(1, "look_up", arguments)),
        ),
        Message("tool", (ToolResult(1, (Text("found"),)),)),
        Message("tool", (ToolResult(0, ()),)),
    )


def test_old_function_calls_are_answered_by_the_next_function_message() -> None:
    call = {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}
    answer = {"role": "function", "name": "f", "content": "1"}

    messages = said(call, answer, call, answer)

    assert [m.parts[0] for m in messages] == [
        ToolCall(0, "f", "{}"),
        ToolResult(0, (Text("1"),)),
        ToolCall(1, "f", "{}"),
        ToolResult(1, (Text("1"),)),
    ]


@pytest.mark.parametrize(
    ("part", "kind", "size"),
    [
        (
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
            "image_url image/png",
            12,
        ),
        ({"type": "input_audio", "input_audio": {"data": PNG}}, "input_audio", 12),
        (
            {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PNG}"}},
            "file application/pdf",
            12,
        ),
        ({"type": "document_url", "document_url": "https://x/y"}, "document_url", 11),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,%%"}}, "image_url", 24),
    ],
)
def test_media_are_known_by_their_content(part: Json, kind: str, size: int) -> None:
    [message] = said({"role": "user", "content": [part]})

    [media] = message.parts
    assert isinstance(media, Media)
    assert (media.kind, media.size_bytes) == (kind, size)
    assert PNG not in str(media)


def test_a_file_named_by_id_alone_is_carried_verbatim() -> None:
    part = {"type": "file", "file": {"file_id": "file-1"}}

    assert said({"role": "user", "content": [part]})[0].parts == (Opaque("file", part),)


@pytest.mark.parametrize(
    "members",
    [
        {"reasoning_details": [{"type": "reasoning.text", "text": "a", "signature": "s"}]},
        {"reasoning_details": [{"type": "reasoning.encrypted", "data": "a"}]},
        {"thought_signature": "s"},
        {"content": [{"type": "thinking", "thinking": [], "signature": "s"}]},
        {"tool_calls": [{**CALL, "extra_content": {"google": {"thought_signature": "s"}}}]},
    ],
    ids=str,
)
def test_what_a_provider_signed_seals_its_message(members: Json) -> None:
    [message] = said({"role": "assistant", "content": "x", **members})

    assert message.signed


def test_nothing_else_is_sealed() -> None:
    assert not any(m.signed for m in said(USER, calling("a", reasoning="b"), result("a")))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"model":"m"}',
        b'{"model":"m","messages":{}}',
        b'{"model":"m","messages":["x"]}',
        b'{"model":"m","messages":[{}]}',
        b'{"model":1,"messages":[]}',
        b'{"model":"m","messages":[],"stream_options":[1]}',
        b'{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":1,"function":{}}]}]}',
        b'{"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}',
        b'{"model":"m","messages":[{"role":"assistant","tool_calls":{"a":1}}]}',
        b'{"model":"m","messages":[{"role":"assistant","function_call":{"name":1}}]}',
        b"[" * 100_000,
        b'{"model":' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"\\u0000hole":1}',
        b"\xff",
    ],
    ids=lambda body: repr(body[:60]),
)
def test_a_body_of_another_shape_is_an_error(body: bytes) -> None:
    with pytest.raises(WireError):
        CODEC.read_request(WireRequest("/v1/chat/completions", (), (), body))


odd_messages = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "role": st.sampled_from(["user", "assistant", "tool", "function"]),
            "content": json_values
            | st.lists(
                st.fixed_dictionaries({"type": st.sampled_from(["text", "file", "image_url"])})
                | json_objects
            ),
            "tool_calls": json_values | st.just([CALL]),
            "tool_call_id": json_values,
            "function_call": json_values,
        },
    ),
    max_size=3,
)


@given(odd_messages | json_values, json_objects)
def test_garbage_is_read_or_refused_and_never_worse(
    messages: Json, fields: dict[str, Json]
) -> None:
    body = encode({"model": "m", **fields, "messages": messages})
    try:
        prompt = CODEC.read_request(WireRequest("/x/chat/completions", (), (), body))
    except WireError:
        return
    conversation = Conversation(
        Scope("t", "a", "o", prompt.model, prompt.settings), prompt.messages
    )
    assert identity(prompt) == identity(
        CODEC.read_request(WireRequest("/x/chat/completions", (), (), body))
    )
    assert canonical_json(conversation)


@given(st.binary(max_size=40))
def test_bytes_of_any_kind_are_read_or_refused(body: bytes) -> None:
    try:
        CODEC.read_request(WireRequest("/chat/completions", (), (), body))
    except WireError:
        return
