"""What was read lately is read as if for the first time, only sooner."""

import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from addon.wire.anthropic_messages import AnthropicMessages
from addon.wire.codec import Codec, Prompt, WireError, WireRequest
from addon.wire.lately import SHORTEST, Lately
from addon.wire.openai_chat import OpenAIChat
from tree.message import Json

LONG: Json = {"role": "user", "content": "Count the boxes. " * (SHORTEST // 16)}
CHAT, ANTHROPIC = OpenAIChat(), AnthropicMessages()
PATHS = {CHAT.api: "/v1/chat/completions", ANTHROPIC.api: "/v1/messages"}

ids = st.sampled_from(["call_1", "call_2", "call_3", "\x00function 0"])
texts = st.sampled_from(["one", "", 'a "quote"\n', "é\u2028\x00", '"messages":[', "]}"])


def call(name: str) -> Json:
    return {"id": name, "type": "function", "function": {"name": "count", "arguments": "{}"}}


def use(name: str) -> Json:
    return {"type": "tool_use", "id": name, "name": "count", "input": {"messages": []}}


def outcome(name: str) -> Json:
    return {"type": "tool_result", "tool_use_id": name, "content": "7"}


chat_messages = st.one_of(
    st.builds(lambda text: {"role": "user", "content": text}, texts),
    st.builds(lambda one: {"role": "assistant", "content": None, "tool_calls": [call(one)]}, ids),
    st.builds(lambda one: {"role": "tool", "tool_call_id": one, "content": "7"}, ids),
    st.just({"role": "assistant", "function_call": {"name": "count", "arguments": "{}"}}),
    st.just({"role": "function", "name": "count", "content": "7"}),
    st.just({"content": "nobody says this"}),
)
anthropic_messages = st.one_of(
    st.builds(lambda text: {"role": "user", "content": text}, texts),
    st.builds(lambda one: {"role": "assistant", "content": [use(one)]}, ids),
    st.builds(lambda one: {"role": "user", "content": [outcome(one)]}, ids),
    st.just({"role": "system", "content": "From now on, count twice."}),
    st.just({"content": "nobody says this"}),
)
others = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.sampled_from([0, 1]),
        "tools": st.just([{"messages": [LONG]}]),
        "system": st.sampled_from(["Be brief.", ""]) | ids.map(lambda one: [use(one)]),
    },
)
spellings = st.sampled_from(
    [
        lambda body: json.dumps(body).encode(),
        lambda body: json.dumps(body, indent=1).encode(),
        lambda body: json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        lambda body: json.dumps(dict(reversed(body.items()))).encode(),
        lambda body: (
            json.dumps(body)[:-1].encode() + b',"messages":[{"role":"user","content":""}]}'
        ),
        lambda body: b'{"messages":[],' + json.dumps(body)[1:].encode(),
        lambda body: json.dumps(body)[:-9].encode(),
    ]
)


def asked(codec: Codec, body: bytes) -> WireRequest:
    return WireRequest(PATHS[codec.api], (), (), body)


def read(codec: Codec, request: WireRequest) -> Prompt | str:
    try:
        return codec.read_request(request)
    except WireError as error:
        return str(error)


@pytest.mark.parametrize(
    ("codec", "messages"),
    [(CHAT, chat_messages), (ANTHROPIC, anthropic_messages)],
    ids=["chat", "anthropic"],
)
@settings(max_examples=150)
@given(data=st.data())
def test_however_a_conversation_goes_on_it_is_read_as_if_for_the_first_time(
    codec: Codec, messages: st.SearchStrategy[Json], data: st.DataObject
) -> None:
    lately = Lately()
    said: list[Json] = [LONG]
    spell: Callable[[Json], bytes] = data.draw(spellings)
    for _ in range(data.draw(st.integers(2, 8))):
        said = said[: data.draw(st.integers(1, len(said)))] + data.draw(
            st.lists(messages, max_size=3)
        )
        if data.draw(st.integers(0, 5)) == 0:
            spell = data.draw(spellings)
        request = asked(codec, spell({"model": "m", "messages": said, **data.draw(others)}))

        warm = read(codec, replace(request, lately=lately.of("someone")))

        assert warm == read(codec, request)


def turns(count: int) -> list[Json]:
    return [LONG, *({"role": "user", "content": f"And box {at}?"} for at in range(count))]


def body(said: list[Json]) -> bytes:
    return json.dumps({"model": "m", "messages": said}).encode()


@pytest.mark.parametrize("codec", [CHAT, ANTHROPIC], ids=["chat", "anthropic"])
def test_messages_that_were_read_lately_are_the_same_objects(codec: Codec) -> None:
    own = Lately().of("someone")

    read_in_turn = [
        codec.read_request(replace(asked(codec, body(turns(count))), lately=own)).messages
        for count in (5, 6, 9, 3, 9)
    ]

    *_, longest, _, again = read_in_turn
    for messages in read_in_turn[1:]:
        assert all(one is other for one, other in zip(messages, again, strict=False))
    assert len(longest) == len(again) == 10


def test_what_one_client_said_is_never_looked_at_for_another() -> None:
    lately = Lately()
    request = asked(CHAT, body(turns(5)))
    first, second, other = (
        CHAT.read_request(replace(request, lately=lately.of(owner))).messages
        for owner in ("one", "one", "other")
    )

    assert first[0] is second[0]
    assert other == first
    assert other[0] is not first[0]


def test_no_more_is_kept_than_there_is_room_for() -> None:
    lately = Lately()
    source = random.Random(1)  # noqa: S311 - bytes of any kind, no secret

    for _ in range(60):
        said = [{"role": "user", "content": source.randbytes(1 << 19).hex()}]
        CHAT.read_request(replace(asked(CHAT, body(said)), lately=lately.of("someone")))

    assert 20 << 20 < lately.bytes <= 32 << 20


@pytest.mark.parametrize("order", [(2, 5, 3), (5, 3, 2), (3, 2, 5)])
def test_of_several_that_begin_alike_the_one_that_goes_furthest_is_looked_at(
    order: tuple[int, ...],
) -> None:
    lately = Lately().of("someone")
    before = {
        count: CHAT.read_request(
            replace(
                asked(CHAT, body([*turns(count), {"role": "user", "content": f"Only {count}"}])),
                lately=lately,
            )
        ).messages
        for count in order
    }

    last = [*turns(5), {"role": "user", "content": "Now what?"}]
    after = CHAT.read_request(replace(asked(CHAT, body(last)), lately=lately)).messages

    assert all(one is other for one, other in zip(after[:6], before[5], strict=False))
    assert len(after) == 7
