"""Requests known by their very bytes."""

from mitmproxy import http

from addon.repeats import LONGEST_BYTES, MOST, Repeat, Repeats
from addon.wire.codec import Form, Prompt
from tree.canonical import NodeId, Place, ScopeId
from tree.message import Answer, Conversation, Message, Scope, Text

URL = "https://api.openai.com/v1/chat/completions"
KEY = {"authorization": "Bearer a"}


def asking(url: str = URL, body: bytes = b"{}", headers: dict[str, str] = KEY) -> http.Request:
    fields = [(name.encode(), value.encode()) for name, value in headers.items()]
    return http.Request.make("POST", url, body, fields)


def repeat() -> Repeat:
    scope = Scope(tenant="t", api="a", origin="o", model="m", settings=None)
    place = Place(ScopeId(bytes(16)), [NodeId(bytes(16))])
    return Repeat(Prompt("m", None, (), Form(stream=False)), Conversation(scope, ()), place)


def answer() -> Answer:
    return Answer(Message("assistant", (Text("yes"),)), None)


def test_the_same_bytes_have_one_name() -> None:
    repeats = Repeats()

    assert repeats.name(asking()) == repeats.name(asking())


def test_whatever_differs_in_a_request_makes_it_another_one() -> None:
    repeats = Repeats()
    requests = [
        asking(),
        asking(headers={"authorization": "Bearer b"}),
        asking(headers={}),
        asking(headers=KEY | {"openai-project": "p"}),
        asking(url=URL.replace("api.", "other.")),
        asking(url=URL.replace("https", "http")),
        asking(url=URL.replace(".com", ".com:8443")),
        asking(url=URL + "?api-version=1"),
        asking(url=URL.replace("v1", "v2")),
        asking(body=b"{ }"),
        asking(body=b""),
    ]

    assert len({repeats.name(request) for request in requests}) == len(requests)


def test_what_stands_in_the_head_is_none_of_the_body() -> None:
    repeats = Repeats()
    one, other = asking(), asking()
    one.headers.fields = ((b"a", b"bc"),)
    other.headers.fields = ((b"ab", b"c"),)

    assert repeats.name(one) != repeats.name(other)


def test_nobody_can_tell_a_name_without_what_the_process_alone_knows() -> None:
    assert Repeats().name(asking()) != Repeats().name(asking())


def test_a_long_request_has_no_name() -> None:
    names = [
        Repeats().name(asking(body=b"x" * size)) for size in (LONGEST_BYTES, LONGEST_BYTES + 1)
    ]

    assert [bool(name) for name in names] == [True, False]


def test_what_was_read_goes_with_its_answer() -> None:
    repeats, known, kept = Repeats(), answer(), repeat()
    repeats.keep(b"one", kept, known)
    found = repeats.find(b"one")

    del known

    assert found is kept
    assert repeats.find(b"one") is None
    assert not len(repeats)


def test_no_more_is_kept_than_is_said() -> None:
    repeats, known = Repeats(), answer()

    for at in range(MOST + 5):
        repeats.keep(b"%d" % at, repeat(), known)

    assert len(repeats) == MOST
    assert repeats.find(b"4") is None
    assert repeats.find(b"5") is not None
