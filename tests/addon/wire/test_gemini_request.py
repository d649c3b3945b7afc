"""Requests to Gemini: paths, settings, and the messages in their contents."""

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.wire.codec import Form, Prompt, WireError, WireRequest
from addon.wire.gemini import Gemini
from tests.strategies import json_objects, json_values
from tree.canonical import content_digest
from tree.message import Json, Media, Message, Opaque, Part, Text, ToolCall, ToolResult

STUDIO = "/v1beta/models/gemini-9-mini"
VERTEX = "/v1/projects/p1/locations/us-east1/publishers/google/models/gemini-9-mini"
HELLO = {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]}


def read(
    body: Json,
    path: str = f"{STUDIO}:generateContent",
    query: tuple[tuple[str, str], ...] = (),
    headers: tuple[tuple[str, str], ...] = (),
) -> Prompt:
    """The prompt that a request is."""
    return Gemini().read_request(WireRequest(path, query, headers, msgspec.json.encode(body)))


def parts_of(*parts: Json) -> tuple[Part, ...]:
    """The neutral parts of a message with these parts."""
    return read({"contents": [{"role": "user", "parts": [*parts]}]}).messages[0].parts


@pytest.mark.parametrize(
    ("path", "model", "base"),
    [
        (f"{STUDIO}:generateContent", "gemini-9-mini", "/v1beta"),
        (f"{STUDIO}:streamGenerateContent", "gemini-9-mini", "/v1beta"),
        (f"{STUDIO}%3AgenerateContent", "gemini-9-mini", "/v1beta"),
        ("/v1beta/tunedModels/mine-7:generateContent", "tunedModels/mine-7", "/v1beta"),
        (f"{VERTEX}:generateContent", VERTEX.removeprefix("/v1/"), "/v1"),
        (
            "/v1beta1/publishers/google/models/gemini-9:generateContent",
            "publishers/google/models/gemini-9",
            "/v1beta1",
        ),
        (f"/gateway/x{STUDIO}:generateContent", "gemini-9-mini", "/gateway/x/v1beta"),
    ],
)
def test_the_path_names_the_model(path: str, model: str, base: str) -> None:
    prompt = read(HELLO, path)

    assert Gemini().claims(path)
    assert prompt.model == model
    assert prompt.settings["path"] == base


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"{STUDIO}:{method}"
            for method in ("countTokens", "embedContent", "predict", "generate")
        ),
        f"{STUDIO}:batchGenerateContent",
        f"{STUDIO}:generateContentX",
        f"{STUDIO}/operations/o:generateContent",
        STUDIO,
        "/v1/publishers/anthropic/models/m:generateContent",
        "/v1/projects/p/locations/l/publishers/meta/models/m:generateContent",
        "/v1beta/files/f:generateContent",
        "/v1beta/openai/chat/completions",
        "/",
        "",
    ],
)
def test_other_paths_are_not_claimed(path: str) -> None:
    assert not Gemini().claims(path)
    with pytest.raises(WireError):
        read(HELLO, path)


@pytest.mark.parametrize(
    ("method", "query", "form", "why"),
    [
        ("generateContent", (), Form(stream=False), ""),
        ("generateContent", (("alt", "json"),), Form(stream=False), ""),
        ("generateContent", (("$alt", "json;enum-encoding=int"),), Form(stream=False), ""),
        ("generateContent", (("alt", "proto"),), Form(stream=False), "alt=proto"),
        ("streamGenerateContent", (("alt", "sse"),), Form(stream=True), ""),
        ("streamGenerateContent", (("key", "k"), ("$alt", "sse")), Form(stream=True), ""),
        ("streamGenerateContent", (), Form(stream=True), "alt=json"),
        ("streamGenerateContent", (("alt", "json"),), Form(stream=True), "alt=json"),
    ],
)
def test_the_path_says_whether_to_stream(
    method: str, query: tuple[tuple[str, str], ...], form: Form, why: str
) -> None:
    prompt = read(HELLO, f"{STUDIO}:{method}", query)

    assert prompt.form == form
    assert why in prompt.not_repeatable
    assert bool(prompt.not_repeatable) == bool(why)


@pytest.mark.parametrize(
    "query",
    [
        (("key", "secret"),),
        (("alt", "sse"),),
        (("$alt", "sse"),),
        (("access_token", "secret"),),
        (("$prettyPrint", "false"),),
    ],
)
def test_a_query_that_changes_no_answer_is_no_setting(query: tuple[tuple[str, str], ...]) -> None:
    assert read(HELLO, query=query).settings == read(HELLO).settings


def test_any_other_query_is_a_setting() -> None:
    query = (
        ("$fields", "candidates"),
        ("new", "1"),
        ("new", "2"),
        ("$alt", "json;enum-encoding=int"),
    )

    settings = read(HELLO, query=query).settings

    assert settings["query"] == {
        "$fields": ["candidates"],
        "new": ["1", "2"],
        "$alt": ["enum-encoding=int"],
    }


def test_headers_of_google_are_settings_but_for_those_that_change_no_answer() -> None:
    headers = (
        ("x-goog-fieldmask", "candidates"),
        ("x-goog-api-client", "gl-python/3.13"),
        ("x-goog-api-key", "secret"),
        ("user-agent", "curl"),
    )

    settings = read(HELLO, headers=headers).settings

    assert settings["headers"] == {"x-goog-fieldmask": "candidates"}


def test_every_field_is_a_setting_but_messages_and_labels() -> None:
    body = HELLO | {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generation_config": {"temperature": 0.5},
        "cachedContent": "cachedContents/7",
        "tools": [{"functionDeclarations": []}],
        "somethingNew": 1,
        "labels": {"team": "blue"},
        "store": False,
    }

    settings = read(body).settings

    assert settings["body"] == {
        "generation_config": {"temperature": 0.5},
        "cachedContent": "cachedContents/7",
        "tools": [{"functionDeclarations": []}],
        "somethingNew": 1,
    }


def test_roles_are_told_neutrally_and_the_instruction_comes_first() -> None:
    body = {
        "contents": [
            {"role": "user", "parts": [{"text": "Hello"}]},
            {"role": "model", "parts": [{"text": "Hi"}]},
            {"role": "function", "parts": []},
            {"parts": [{"text": "Bye"}]},
        ],
        "system_instruction": {"parts": {"text": "Be brief."}},
    }

    messages = read(body).messages

    assert messages == (
        Message("system", (Text("Be brief."),)),
        Message("user", (Text("Hello"),)),
        Message("assistant", (Text("Hi"),)),
        Message("function", ()),
        Message("", (Text("Bye"),)),
    )


def test_the_role_of_an_instruction_and_what_is_new_in_a_content_are_kept() -> None:
    body = HELLO | {"systemInstruction": {"role": "user", "parts": [], "mood": "calm"}}

    system = read(body).messages[0]

    assert system == Message(
        "system", (Opaque("role", "user"), Opaque("content", {"mood": "calm"}))
    )


def test_a_single_object_is_as_good_as_a_list_of_one() -> None:
    body = {"contents": {"role": "user", "parts": {"text": "Hello"}}}

    assert read(body) == read(HELLO)


def _call(name: str, call_id: str = "") -> Json:
    return {"functionCall": {"name": name, "args": {}} | ({"id": call_id} if call_id else {})}


def _result(name: str, call_id: str = "") -> Json:
    ids = {"id": call_id} if call_id else {}
    return {"functionResponse": {"name": name, "response": {"output": 1}} | ids}


@pytest.mark.parametrize(
    ("asked", "given", "numbers"),
    [
        ([_call("f"), _call("g")], [_result("f"), _result("g")], [0, 1]),
        ([_call("f"), _call("g")], [_result("g"), _result("f")], [1, 0]),
        ([_call("f"), _call("f")], [_result("f"), _result("f")], [0, 1]),
        ([_call("f", "x"), _call("f", "y")], [_result("f", "y"), _result("f", "x")], [1, 0]),
        ([_call("f", "x"), _call("g")], [_result("g"), _result("f", "x")], [1, 0]),
        ([_call("f", "x"), _call("f", "x")], [_result("f", "x")], [0]),
        ([_call("f")], [_result("f"), _result("f")], [0, 1]),
        ([_call("f")], [_result("h"), _result("f", "z")], [1, 2]),
    ],
)
def test_results_belong_to_their_calls_by_id_or_else_by_order_and_name(
    asked: list[Json], given: list[Json], numbers: list[int]
) -> None:
    body = {"contents": [{"role": "model", "parts": asked}, {"role": "user", "parts": given}]}

    results = read(body).messages[1].parts

    assert [part.call for part in results if isinstance(part, ToolResult)] == numbers


def test_ids_may_be_spelt_anew() -> None:
    one, other = (
        {
            "contents": [
                {"role": "model", "parts": [_call("f", a), _call("f", b)]},
                {"role": "user", "parts": [_result("f", b), _result("f", a)]},
            ]
        }
        for a, b in (("a1", "a2"), ("q", "p"))
    )

    assert read(one).messages == read(other).messages


def test_a_result_of_another_name_than_its_call_keeps_it() -> None:
    body = {"contents": [{"parts": [_call("f", "x"), _result("g", "x")]}]}

    result = read(body).messages[0].parts[1]

    assert isinstance(result, ToolResult)
    assert result.parts == (Text('{"output":1}'), Opaque("functionResponse", {"name": "g"}))


def test_a_call_and_its_result_are_told_with_all_that_is_in_them() -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAAA", "displayName": "p"}}
    response = {"error": "no lamp"}

    parts = parts_of(
        {"functionCall": {"name": "f", "args": {"b": 1, "a": [2.5]}, "new": True}},
        {"functionResponse": {"name": "f", "response": response, "parts": [picture, {"x": 1}]}},
    )

    assert parts == (
        ToolCall(0, "f", '{"b":1,"a":[2.5]}'),
        Opaque("functionCall", {"new": True}),
        ToolResult(
            0,
            (
                Text('{"error":"no lamp"}'),
                Media("image/png", content_digest(bytes(3)), 3),
                Opaque("media", {"displayName": "p"}),
                Opaque("part", {"x": 1}),
            ),
            is_error=True,
        ),
    )


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_media_are_known_by_what_they_contain(encode: object) -> None:
    content = bytes(range(250, 256))
    assert callable(encode)

    (media,) = parts_of(
        {"inline_data": {"mime_type": "image/png", "data": encode(content).decode()}}
    )

    assert media == Media("image/png", content_digest(content), 6)


def test_files_are_known_by_their_address_and_odd_data_as_they_stand() -> None:
    parts = parts_of(
        {"fileData": {"fileUri": "gs://b/f.pdf", "mimeType": "application/pdf"}},
        {"inlineData": {"data": "no base64!"}},
    )

    assert parts == (
        Media("application/pdf", content_digest(b"gs://b/f.pdf"), 0),
        Media("", content_digest(b"no base64!"), 10),
    )


def test_what_stands_beside_a_part_is_kept() -> None:
    video = {"fileData": {"fileUri": "gs://v"}, "videoMetadata": {"fps": 2}}

    parts = parts_of(video)

    assert parts[1] == Opaque("part", {"videoMetadata": {"fps": 2}})


def test_a_part_of_a_response_may_have_metadata_too() -> None:
    item = {"fileData": {"fileUri": "gs://v"}, "videoMetadata": {"fps": 2}}

    (result,) = parts_of({"functionResponse": {"name": "f", "parts": item}})

    assert isinstance(result, ToolResult)
    assert Opaque("part", {"videoMetadata": {"fps": 2}}) in result.parts


@pytest.mark.parametrize(
    "part",
    [
        {"text": "I ponder.", "thought": True},
        {"executableCode": {"language": "PYTHON", "code": "6*7"}},
        {"toolCall": {"id": "t1"}},
        {"somethingNew": {"deep": [1, 2.5]}},
        {"text": "x", "functionCall": {"name": "f"}},
        {},
    ],
)
def test_what_is_no_neutral_part_is_carried_verbatim(part: Json) -> None:
    assert parts_of(part) == (Opaque("part", part),)


@pytest.mark.parametrize("name", ["thoughtSignature", "thought_signature"])
def test_a_signature_stands_beside_its_part(name: str) -> None:
    parts = parts_of(_call("f") | {name: "c2ln"})

    assert parts == (ToolCall(0, "f", "{}"), Opaque("thoughtSignature", "c2ln", signed=True))


def test_an_empty_signature_signs_nothing() -> None:
    assert (
        not read({"contents": [{"parts": [{"text": "x", "thoughtSignature": ""}]}]})
        .messages[0]
        .signed
    )


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {},
        {"contents": []},
        {"contents": "Hello"},
        {"contents": [{"role": 5, "parts": []}]},
        {"contents": [{"parts": ["Hello"]}]},
        {"contents": [{"parts": [{"text": 5}]}]},
        {"contents": [{"parts": [{"functionCall": 5}]}]},
        {"contents": [{"parts": [{"functionCall": {"name": ["f"]}}]}]},
        {"contents": [{"parts": [{"inlineData": {"data": 5}}]}]},
        {"contents": [{"parts": [{"functionResponse": {"name": "f", "parts": ["x"]}}]}]},
        HELLO | {"systemInstruction": "Be brief."},
        HELLO | {"systemInstruction": {}, "system_instruction": {}},
    ],
    ids=lambda body: str(body)[:60],
)
def test_other_shapes_are_no_requests(body: Json) -> None:
    with pytest.raises(WireError):
        read(body)


def test_a_request_nested_too_deeply_is_none() -> None:
    body = b'{"contents":[' * 99 + b"]}" * 99

    with pytest.raises(WireError, match="deeper"):
        Gemini().read_request(WireRequest(f"{STUDIO}:generateContent", (), (), body))


odd_parts = st.builds(
    lambda kind, value, more: more | {kind: value},
    st.sampled_from(["text", "functionCall", "functionResponse", "inlineData", "fileData"]),
    json_values
    | st.builds(lambda v: {"name": "f", "args": v, "response": v, "data": v}, json_values),
    json_objects,
)


@given(st.lists(odd_parts, max_size=3) | json_values, json_objects)
def test_any_request_parses_or_is_a_wire_error(parts: Json, more: dict[str, Json]) -> None:
    try:
        prompt = read(more | {"contents": [{"role": "user", "parts": parts}]})
    except WireError:
        return

    assert prompt.messages
    assert msgspec.json.decode(msgspec.json.encode(prompt), type=Prompt) == prompt


@given(st.binary(), st.text())
def test_any_bytes_and_any_path_parse_or_are_a_wire_error(body: bytes, path: str) -> None:
    for target in (path, f"{STUDIO}:generateContent"):
        with pytest.raises(WireError):
            Gemini().read_request(WireRequest(target, (), (), body))
