"""Requests: what of them decides whether two may share an answer, and how their items become messages."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.wire.codec import Codec, Form, WireError, WireRequest
from addon.wire.openai_responses import OpenAIResponses
from addon.wire.openai_responses_fresh import Asked
from tests.addon.wire.openai_responses_samples import (
    CODEC,
    USER,
    asked,
    identity,
    prompt,
)
from tests.strategies import json_objects, json_values
from tree.message import Json, Message, Text


def test_it_is_a_codec() -> None:
    codec: Codec = OpenAIResponses()

    assert codec.api == "openai-responses"


@pytest.mark.parametrize(
    ("path", "claimed"),
    [
        ("/v1/responses", True),
        ("/openai/v1/responses", True),
        ("/openai/responses", True),
        ("/responses", True),
        ("/v1/responses/resp_1", False),
        ("/v1/responses/resp_1/input_items", False),
        ("/v1/responses/resp_1/cancel", False),
        ("/v1/responses/compact", False),
        ("/v1/responses/input_tokens", False),
        ("/v1/chat/completions", False),
    ],
)
def test_only_what_creates_a_response_is_claimed(path: str, *, claimed: bool) -> None:
    assert CODEC.claims(path) is claimed


def test_a_text_is_one_message_of_the_user_after_the_instructions() -> None:
    read = asked({"model": "gpt-tide", "input": "When?", "instructions": "Be brief."})

    assert read.model == "gpt-tide"
    assert read.messages == (
        Message("system", (Text("Be brief."),)),
        Message("user", (Text("When?"),)),
    )
    assert read.form == Form(stream=False, options=Asked({"instructions": "Be brief."}, holds=True))
    assert read.not_repeatable == ""


def test_a_request_without_input_has_no_messages() -> None:
    read = asked({"prompt": {"id": "pmpt_1"}})

    assert read.messages == ()
    assert read.model == ""
    assert read.settings["body"] == {"prompt": {"id": "pmpt_1"}}


@pytest.mark.parametrize(
    "members",
    [
        {"stream": True},
        {"stream_options": {"include_obfuscation": False}},
        {"metadata": {"run": "1"}},
        {"user": "ann"},
        {"safety_identifier": "a"},
        {"prompt_cache_key": "k"},
        {"prompt_cache_retention": "24h"},
        {"service_tier": "flex"},
        {"store": True},
        {"temperature": None},
    ],
)
def test_what_cannot_change_the_answer_does_not_count(members: Json) -> None:
    assert identity(prompt(USER, **members)) == identity(prompt(USER))


@pytest.mark.parametrize(
    "members",
    [
        {"temperature": 0.5},
        {"tools": [{"type": "function", "name": "f"}]},
        {"tool_choice": "none"},
        {"text": {"verbosity": "low"}},
        {"reasoning": {"effort": "low"}},
        {"include": ["reasoning.encrypted_content"]},
        {"truncation": "auto"},
        {"model": "gpt-ebb"},
        {"instructions": "Be brief."},
        {"store": False},
        {"an_unknown_member": 1},
    ],
)
def test_everything_else_counts(members: Json) -> None:
    assert identity(prompt(USER, **members)) != identity(prompt(USER))


def test_which_call_is_answered_counts() -> None:
    calls = [
        {"type": "function_call", "call_id": f"call_{at}", "name": "f", "arguments": "{}"}
        for at in (1, 2)
    ]
    words = ["a", "b"]
    results = [
        [
            {"type": "function_call_output", "call_id": f"call_{at}", "output": said}
            for at, said in zip(order, words, strict=True)
        ]
        for order in ((1, 2), (2, 1))
    ]

    in_order, crosswise = (identity(prompt(USER, *calls, *given)) for given in results)

    assert in_order != crosswise


def test_bytes_are_not_the_letters_that_stand_for_them() -> None:
    def sent(url: str) -> Json:
        return {"role": "user", "content": [{"type": "input_file", "file_data": url}]}

    coded, plain = (prompt(sent(f"data:text/plain{mark},SGlnaA==")) for mark in (";base64", ""))

    assert identity(coded) != identity(plain)


def test_instructions_are_not_a_system_message_of_the_input() -> None:
    said = asked({"model": "m", "input": [{"role": "system", "content": "Be brief."}, USER]})
    instructed = asked({"model": "m", "input": [USER], "instructions": "Be brief."})

    assert said.messages == instructed.messages
    assert identity(said) != identity(instructed)


@pytest.mark.parametrize("name", ["openai-organization", "openai-project", "openai-beta"])
def test_headers_that_may_change_the_answer_count(name: str) -> None:
    assert identity(prompt(USER, headers={name: "a"})) != identity(prompt(USER))


def test_other_headers_do_not_count() -> None:
    assert identity(prompt(USER, headers={"user-agent": "a"})) == identity(prompt(USER))


def test_path_and_query_count() -> None:
    body = msgspec.json.encode({"model": "m", "input": "x"})
    requests = [
        WireRequest("/v1/responses", (), (), body),
        WireRequest("/openai/v1/responses", (), (), body),
        WireRequest("/v1/responses", (("api-version", "1"),), (), body),
    ]

    assert len({identity(CODEC.read_request(request))[0] for request in requests}) == 3


@pytest.mark.parametrize(("stream", "expected"), [(True, True), (False, False), (None, False)])
def test_the_form_is_what_the_client_asks_for(stream: Json, *, expected: bool) -> None:
    assert prompt(USER, stream=stream).form.stream is expected


def test_what_the_response_will_repeat_is_carried_in_the_form() -> None:
    read = prompt(USER, metadata={"run": "1"}, user="ann", temperature=0.5)

    assert read.form.options.echo == {"metadata": {"run": "1"}, "user": "ann"}


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"conversation": {"id": "conv_1"}}, "conversation"),
        ({"background": True}, "background"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "item_reference"),
        ({"input": [{"id": "msg_1"}]}, "item_reference"),
        (
            {
                "input": [
                    {
                        "type": "additional_tools",
                        "role": "developer",
                        "tools": [{"type": "mcp", "server_label": "s", "authorization": "sesame"}],
                    }
                ]
            },
            "a credential for a tool's server stands among its messages",
        ),
        ({"background": False, "previous_response_id": None, "conversation": None}, ""),
    ],
)
def test_what_leans_on_state_at_the_provider_is_not_repeatable(members: Json, reason: str) -> None:
    assert prompt(USER, **members).not_repeatable.partition(":")[0] == reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"input": 1}',
        b'{"input": ["x"]}',
        b'{"model": 1}',
        b'{"instructions": [1]}',
        b'{"input": [{"role": "user", "content": [1]}]}',
        b'{"input": [{"type": "function_call_output", "call_id": "c", "output": [1]}]}',
        b'{"input": [], "metadata": ' + 200 * b"[" + 200 * b"]" + b"}",
        b'{"input": "\\ud800"}',
    ],
)
def test_what_is_no_request_is_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        CODEC.read_request(WireRequest("/v1/responses", (), (), body))


KINDS = ["message", "function_call", "function_call_output", "custom_tool_call", "reasoning", "odd"]
ROLES: list[Json] = [
    {"role": "user"},
    {"role": "assistant", "name": "f", "arguments": "", "input": ""},
]
ODD_ITEMS = st.builds(
    lambda kind, members, content: {
        "type": kind,
        "call_id": "c",
        "content": content,
        "output": content,
        **members,
    },
    st.sampled_from(KINDS),
    json_objects
    | st.just({"role": "user"})
    | st.just({"role": "assistant", "name": "f", "arguments": "", "input": ""}),
    json_values
    | st.lists(json_objects | st.just({"type": "input_image", "image_url": "data:,"}), max_size=2),
)


@given(st.lists(ODD_ITEMS, max_size=4), json_objects)
def test_odd_requests_are_read_or_refused(items: list[Json], members: Json) -> None:
    body = msgspec.json.encode({**members, "input": items})

    try:
        read = CODEC.read_request(WireRequest("/v1/responses", (), (), body))
    except WireError:
        return
    assert identity(read) == identity(
        CODEC.read_request(WireRequest("/v1/responses", (), (), body))
    )


@given(st.binary(max_size=100))
def test_bytes_that_are_no_request_are_a_wire_error(body: bytes) -> None:
    with pytest.raises(WireError):
        CODEC.read_request(WireRequest("/v1/responses", (), (), b"[" + body))


@given(st.lists(ODD_ITEMS, max_size=3), st.integers(0, 2), ODD_ITEMS)
def test_another_item_is_another_conversation(items: list[Json], at: int, other: Json) -> None:
    changed = [*items[:at], {**other, "mark": "changed"}, *items[at + 1 :]]

    try:
        one, two = prompt(*items), prompt(*changed)
    except WireError:
        return
    assert identity(one) != identity(two)
