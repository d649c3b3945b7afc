"""Items of a request as messages: whose they are, what tells them apart, and what is known by its digest."""

import pytest

from tests.addon.wire.openai_responses_samples import (
    CALL,
    CUSTOM,
    MESSAGE,
    PICTURE_URL,
    RESULT,
    SEALED,
    SEARCH,
    TEXT,
    USER,
    identity,
    parts_of,
    prompt,
    response,
    served,
)
from tree.canonical import content_digest
from tree.message import Json, Media, Message, Opaque, Text, ToolCall, ToolResult


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
        [{"role": "user", "content": [{"type": "input_image", "image_url": PICTURE_URL}]}],
        [
            {
                "role": "user",
                "content": [{"type": "input_image", "image_url": PICTURE_URL, "detail": "low"}],
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
            {"type": "input_image", "image_url": PICTURE_URL},
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
    (result,) = parts_of({**RESULT, "output": [{"type": "input_image", "image_url": PICTURE_URL}]})

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
