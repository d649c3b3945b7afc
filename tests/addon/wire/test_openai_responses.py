"""Requests: what of them decides whether two may share an answer, and how their items become messages."""

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.wire.codec import Codec, Form, Prompt, WireError, WireRequest
from addon.wire.openai_responses import OpenAIResponses
from addon.wire.openai_responses_fresh import Asked
from tests.addon.wire.openai_responses_samples import (
    CALL,
    CODEC,
    CUSTOM,
    MESSAGE,
    SEALED,
    SEARCH,
    TEXT,
    asked,
    prompt,
    response,
    served,
)
from tests.strategies import json_objects, json_values
from tree.canonical import canonical_message, content_digest
from tree.message import Json, Media, Message, Opaque, Part, Text, ToolCall, ToolResult

USER = {"role": "user", "content": "When is high water?"}
RESULT = {"type": "function_call_output", "call_id": CALL["call_id"], "output": "06:12"}
PICTURE = "data:image/png;base64," + base64.b64encode(b"a picture").decode()


def identity(read: Prompt) -> list[bytes]:
    scope = msgspec.json.encode([read.model, read.settings], order="deterministic")
    return [scope, *map(canonical_message, read.messages)]


def parts_of(*items: Json) -> list[Part]:
    return [part for message in prompt(*items).messages for part in message.parts]


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


def test_a_turn_of_the_model_is_one_message() -> None:
    read = prompt(USER, SEALED, MESSAGE, CALL, RESULT, MESSAGE, MESSAGE, USER)

    assert [message.role for message in read.messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "assistant",
        "user",
    ]
    reasoning, frame, text, call_frame, call = read.messages[1].parts
    assert reasoning == Opaque("reasoning", SEALED, signed=True)
    assert frame == Opaque("message", {"id": "new", "type": "message", "status": "completed"})
    assert text == Text("High water is at 06:12.")
    assert call_frame == Opaque("function_call", {"id": "new", "status": "completed"})
    assert call == ToolCall(0, "read_tide", '{"harbour": "Oban"}')
    assert read.messages[2] == Message("tool", (ToolResult(0, (Text("06:12"),)),))


@pytest.mark.parametrize(
    ("item", "role"),
    [
        ({"role": "developer", "content": "x"}, "developer"),
        ({"role": "developer", "type": "additional_tools", "tools": []}, "developer"),
        ({"type": "shell_call_output", "call_id": "c"}, "tool"),
        ({"type": "mcp_approval_response", "approve": True}, "tool"),
        ({"type": "shell_call", "call_id": "c"}, "assistant"),
        ({"type": "novelty"}, "assistant"),
    ],
)
def test_an_item_speaks_in_the_role_that_fits_it(item: Json, role: str) -> None:
    (message,) = prompt(item).messages

    assert message.role == role


def test_an_echo_of_a_served_answer_is_the_turn_that_an_echo_of_the_recorded_one_is() -> None:
    recorded = response(MESSAGE, CALL, CUSTOM)
    fresh = served(recorded)

    echoes = [
        prompt(USER, *document["output"], {**RESULT, "call_id": document["output"][1]["call_id"]})
        for document in (recorded, fresh)
    ]

    assert recorded["output"] != fresh["output"]
    assert identity(echoes[0]) == identity(echoes[1])


def test_an_echo_of_a_served_answer_with_calls_of_the_providers_is_so_too() -> None:
    recorded = response(
        {"type": "shell_call", "id": "sh_1", "call_id": "call_0123456789abcdef"}, SEARCH
    )
    fresh = served(recorded)

    echoes = [
        prompt(
            *document["output"],
            {"type": "shell_call_output", "call_id": document["output"][0]["call_id"]},
        )
        for document in (recorded, fresh)
    ]

    assert recorded["output"] != fresh["output"]
    assert identity(echoes[0]) == identity(echoes[1])


def test_results_in_another_order_are_another_conversation() -> None:
    other = {**CALL, "call_id": "call_other"}
    results = [RESULT, {**RESULT, "call_id": "call_other"}]

    straight, crossed = (prompt(CALL, other, *answered) for answered in (results, results[::-1]))

    assert identity(straight) != identity(crossed)


DIFFERENT: list[tuple[list[Json], list[Json]]] = [
    ([USER], [{**USER, "type": "message"}]),
    ([USER], [{**USER, "role": "developer"}]),
    ([MESSAGE], [{**MESSAGE, "status": "incomplete"}]),
    ([MESSAGE], [{**MESSAGE, "phase": "commentary"}]),
    ([MESSAGE, MESSAGE], [MESSAGE, {**MESSAGE, "id": "msg_other"}]),
    (
        [{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}],
        [{"role": "assistant", "content": [{**TEXT, "text": "a"}, {**TEXT, "text": "b"}]}],
    ),
    ([{"role": "user", "content": []}], []),
    ([SEALED, {"role": "assistant", "content": []}], [SEALED]),
    ([{**MESSAGE, "id": 1}], [{**MESSAGE, "id": 2}]),
    ([MESSAGE, {**MESSAGE, "id": 0}], [MESSAGE, MESSAGE]),
    ([{**CALL, "id": CALL["call_id"]}], [CALL]),
    ([SEALED], [{**SEALED, "encrypted_content": "gAAAA-other"}]),
    ([SEALED], [{**SEALED, "id": "rs_other"}]),
    (
        [{**CALL, "arguments": '{"harbour": "Oban"}'}],
        [{**CALL, "arguments": '{"harbour": "Mull"}'}],
    ),
    ([CALL], [{**CALL, "namespace": "sea"}]),
    ([CUSTOM], [{**CUSTOM, "input": "tide of  Oban"}]),
    ([{**CUSTOM, "input": "[1]"}], [{**CUSTOM, "input": "[1 ]"}]),
    (
        [{**CUSTOM, "input": "{}"}],
        [{**CALL, "name": "ask_harbour", "arguments": "{}", "id": CUSTOM["id"]}],
    ),
    ([RESULT], [{**RESULT, "type": "custom_tool_call_output"}]),
    ([RESULT], [{**RESULT, "status": "incomplete"}]),
    ([{**RESULT, "output": None}], [{**RESULT, "output": ""}]),
    (
        [{"role": "user", "content": [{"type": "input_image", "image_url": PICTURE}]}],
        [
            {
                "role": "user",
                "content": [{"type": "input_image", "image_url": PICTURE, "detail": "low"}],
            }
        ],
    ),
    (
        [{"role": "user", "content": [{"type": "input_image", "file_id": "file_1"}]}],
        [{"role": "user", "content": [{"type": "input_file", "file_id": "file_1"}]}],
    ),
    ([{"type": "novelty", "value": 1}], [{"type": "novelty", "value": 1.5}]),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_items_that_differ_make_another_conversation(one: list[Json], other: list[Json]) -> None:
    assert identity(prompt(*one)) != identity(prompt(*other))


SAME: list[tuple[list[Json], list[Json]]] = [
    ([USER], [{"role": "user", "content": [{"type": "input_text", "text": USER["content"]}]}]),
    ([MESSAGE], [{**MESSAGE, "id": "msg_other"}]),
    ([MESSAGE], [{**MESSAGE, "phase": None}]),
    ([MESSAGE], [{**MESSAGE, "content": [{"type": "output_text", "text": TEXT["text"]}]}]),
    ([CALL, RESULT], [{**CALL, "call_id": "c", "id": "d"}, {**RESULT, "call_id": "c"}]),
    ([CALL], [{**CALL, "arguments": '{"harbour":"Oban"}'}]),
    ([RESULT], [{**RESULT, "output": [{"type": "input_text", "text": "06:12"}]}]),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_another_spelling_is_the_same_conversation(one: list[Json], other: list[Json]) -> None:
    assert identity(prompt(*one)) == identity(prompt(*other))


def test_calls_are_numbered_as_calls_whatever_other_ids_there_are() -> None:
    search = {"type": "tool_search_call", "call_id": "call_1", "id": "tsc_1"}
    found = {"type": "tool_search_output", "call_id": "call_1"}

    parts = parts_of(search, found, CALL, CUSTOM)

    assert [part.call for part in parts if isinstance(part, ToolCall)] == [0, 1]
    opaque = [
        part.value["call_id"]
        for part in parts
        if isinstance(part, Opaque) and "call_id" in part.value
    ]
    assert opaque == ["new", 0]


def test_only_what_is_sealed_is_signed() -> None:
    compaction = {"type": "compaction", "id": "cmp_1", "encrypted_content": "gAAAA"}
    plain_thought: Json = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [],
        "encrypted_content": None,
    }

    signed = [
        prompt(item).messages[0].signed for item in (SEALED, compaction, plain_thought, SEARCH)
    ]

    assert signed == [True, True, False, False]


@pytest.mark.parametrize(
    ("part", "media"),
    [
        (
            {"type": "input_image", "image_url": PICTURE},
            Media("image/png", content_digest(b"a picture"), 9),
        ),
        (
            {"type": "input_file", "file_data": "YSBmaWxl", "filename": "a.txt"},
            Media("", content_digest(b"a file"), 6),
        ),
        (
            {"type": "input_file", "file_data": "data:text/plain;base64,?"},
            Media("text/plain;base64;not base64", content_digest(b"?"), 1),
        ),
        (
            {"type": "input_file", "file_id": "file_1"},
            Media("file_id", content_digest(b"file_1"), 0),
        ),
        (
            {"type": "input_image", "image_url": "https://tides.example/a.png"},
            Media("image_url", content_digest(b"https://tides.example/a.png"), 0),
        ),
    ],
)
def test_media_are_known_by_digest(part: Json, media: Media) -> None:
    read, frame = parts_of({"role": "user", "content": [part]})

    assert read == media
    assert isinstance(frame, Opaque)
    assert frame.kind == f"content.{part['type']}"


def test_media_in_results_are_known_by_digest() -> None:
    (result,) = parts_of({**RESULT, "output": [{"type": "input_image", "image_url": PICTURE}]})

    assert isinstance(result, ToolResult)
    assert result.parts[0] == Media("image/png", content_digest(b"a picture"), 9)


def test_a_mark_on_a_text_stands_beside_it() -> None:
    marked = {"type": "input_text", "text": "When?", "prompt_cache_breakpoint": {"mode": "on"}}

    parts = parts_of({"role": "user", "content": [marked]})

    assert parts == [
        Text("When?"),
        Opaque("content.input_text", {"prompt_cache_breakpoint": {"mode": "on"}}),
    ]


def test_a_heavy_payload_is_known_by_its_digest_wherever_it_stands() -> None:
    screenshot = {"type": "computer_screenshot", "image_url": "data:image/png;base64," + 2000 * "A"}

    (part,) = parts_of({"type": "computer_call_output", "call_id": "c", "output": screenshot})

    assert isinstance(part, Opaque)
    assert part.value["output"]["image_url"] == {
        "digest": content_digest(screenshot["image_url"].encode()),
        "chars": 2022,
    }


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
