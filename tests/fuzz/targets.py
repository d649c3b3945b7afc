"""What is fed: for each reader a way to make inputs, and what must hold of whatever it makes of them."""

import atexit
import json
import random
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from flask.testing import FlaskClient

from addon.bindings import BindingsError
from addon.bindings import read as read_bindings
from addon.cli.dashboard import Beside, page
from addon.decision import Decision, Outcome
from addon.directives import read as read_directives
from addon.wire.codec import Codec, Prompt, WireError, WireRequest, WireResponse
from addon.wire.held import Given, Holding
from addon.wire.mint import Mint
from addon.wire.sse import SseDecoder, decode, encode_all
from tests.addon import answers
from tests.addon.dashboard.desk import fill
from tests.fuzz.good import (
    BY_API,
    EVENTS_TYPE,
    JSON_TYPE,
    PATHS,
    corpus,
    documents,
    form,
    requests,
    streams,
)
from tests.fuzz.mutation import document, loose, stream, text
from tree.agreement import Agreement, agreement
from tree.canonical import path_of
from tree.carrying.importing import read_export
from tree.carrying.lines import ImportFileError
from tree.declared.hinting import slotted
from tree.declared.slotting import UnclearError, cut, filled
from tree.judgement.rows import MemoryShelf
from tree.learning import Learner
from tree.message import Answer, Conversation, Json, Message, Observation, Scope, Text
from tree.reading.structure import structured
from tree.reading.tokens import mask, tokens
from tree.store.coding import unpack
from tree.store.rows import decode_entry, decode_others, decode_sealed, decode_seq, decode_step
from tree.template.library import Library
from tree.template.reader import Reader


@dataclass(frozen=True)
class Target:
    """Something that reads what strangers send."""

    make: Callable[[random.Random], bytes]
    feed: Callable[[bytes], None]
    """Raises what nobody may raise."""


def _conversation(codec: Codec, prompt: Prompt) -> Conversation:
    return Conversation(Scope("t", codec.api, "o", prompt.model, prompt.settings), prompt.messages)


def _is_kept(codec: Codec, prompt: Prompt) -> None:
    """What was read can be named, stored and read again."""
    conversation = _conversation(codec, prompt)
    path_of(conversation)
    encoded = msgspec.json.encode(conversation)
    assert msgspec.json.encode(msgspec.json.decode(encoded, type=Conversation)) == encoded
    slotted(conversation, (("a", "Lisbon"),))
    Reader().read(conversation, learn=True)


def _feed_request(codec: Codec) -> Callable[[bytes], None]:
    def feed(body: bytes) -> None:
        query = (("alt", "sse"),) if codec.api == "gemini" else ()
        headers = (("anthropic-beta", "a, b"), ("x-odd", "\udcff"))
        request = WireRequest(PATHS[codec.api], query, headers, body)
        with suppress(WireError):
            prompt = codec.read_request(request)
            _is_kept(codec, prompt)
            if prompt.leans_on:
                codec.unfold(request, Knowing())

    return feed


class Knowing:
    """A ledger in which every name stands for something."""

    def answer(self, name: str) -> Holding | None:
        return Holding(Given("" if name else "resp_0", []), json.loads(answers.RESPONSE), ("a",))

    def item(self, name: str) -> Json | None:
        return json.loads(answers.RESPONSE)["output"][len(name) % 2]

    piece = item

    def call(self, name: str) -> str | None:
        return f"{name}0" if len(name) % 2 else None


def _feed_answer(codec: Codec, kind: str) -> Callable[[bytes], None]:
    def feed(body: bytes) -> None:
        try:
            answer = codec.read_answer(WireResponse((("content-type", kind),), body))
        except WireError:
            return
        msgspec.json.decode(msgspec.json.encode(answer), type=Answer)
        for streamed in (False, True):
            _is_written(codec, answer, streamed=streamed)

    return feed


def _is_written(codec: Codec, answer: Answer, *, streamed: bool) -> None:
    """What is remembered can be said again, or is refused; and then says the same."""
    mint = Mint(random.Random(1), 1_800_000_000.0, sealed=False)  # noqa: S311 - ids need be new, not secret
    try:
        written = codec.write_answer(answer, form(codec, streamed=streamed), mint)
    except WireError:
        return
    try:
        again = codec.read_answer(written)
    except WireError as error:
        raise AssertionError(f"what was written cannot be read: {error}") from error
    assert agreement(answer.message, again.message) is not Agreement.DIFFERENT


def _feed_sse(body: bytes) -> None:
    try:
        whole = decode(body)
    except UnicodeDecodeError:
        return
    bit_by_bit = SseDecoder()
    events = [event for at in range(len(body)) for event in bit_by_bit.feed(body[at : at + 1])]
    assert events + bit_by_bit.finish() == whole
    assert decode(encode_all(whole)) == whole


def _feed_import(body: bytes) -> None:
    with suppress(ImportFileError):
        read_export(body.splitlines(keepends=True))


@cache
def _page() -> FlaskClient:
    """The page over a filled store, which goes with the process."""
    folder = tempfile.TemporaryDirectory(prefix="rote-fuzz-")
    atexit.register(folder.cleanup)
    fill(Path(folder.name) / "store")
    beside = Beside(Path(folder.name) / "store")
    atexit.register(beside.close)
    return page(beside).test_client()


def _feed_page(body: bytes) -> None:
    """A path and parameters, and then those that the page knows."""
    path, _, query = body.decode("latin-1").partition("?")
    answered = _page().get("/" + path.lstrip("/"), query_string=query)
    assert answered.status_code < 500
    assert not re.search(rb"<(script|img)[^>]*planted", answered.data)


def _text_of(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _feed_reading(body: bytes) -> None:
    content = _text_of(body)
    assert "".join(tokens(content)) == content
    for token in tokens(content)[:50]:
        mask(token)
    structured(content)


def _feed_templates(body: bytes) -> None:
    texts = _text_of(body).split("\x1e")
    library = Library()
    for content in texts:
        number, values = library.learn(content)
        pattern = library.entries[number].pattern
        assert pattern.parse(content) == values
        assert pattern.fill(values) == content or not pattern.slots


def _feed_learning(body: bytes) -> None:
    learner = Learner(MemoryShelf())
    texts = _text_of(body).split("\x1e")
    scope = Scope("t", "a", "o", "m", {})
    for at, (asked, said) in enumerate(pairwise(texts)):
        conversation = Conversation(scope, (Message("user", (Text(asked),)),))
        learner.predict(conversation)
        answer = Answer(Message("assistant", (Text(said),)), None)
        learner.observe(Observation(conversation, answer, at), novel=True)


def _feed_slots(body: bytes) -> None:
    content, *values = _text_of(body).split("\x1e")
    named = tuple((str(at), value) for at, value in enumerate(values[:3]) if value.strip())
    with suppress(UnclearError):
        filled(cut(content, named), dict(named))


def _feed_bindings(body: bytes) -> None:
    with suppress(BindingsError):
        for name, value in read_bindings(body.decode("utf-8", "surrogateescape")):
            msgspec.json.encode([name, value])


def _feed_header(body: bytes) -> None:
    words = body.decode("utf-8", "surrogateescape")
    read_directives(words)
    for outcome in Outcome:
        value = Decision(outcome, words, note=words).cache_status if not _hit(outcome) else ""
        assert value.isprintable()
        assert value.isascii()


def _hit(outcome: Outcome) -> bool:
    return Decision(outcome, "").hit


def _feed_rows(body: bytes) -> None:
    row = memoryview(body)
    for read in (decode_entry, decode_others, decode_sealed, decode_step, decode_seq, unpack):
        with suppress(ValueError):
            read(row)


_WORDS = (
    *(
        "a",
        "b",
        " ",
        "  ",
        "\n",
        ".",
        "...",
        ",",
        "'",
        "\u2019",
        '"',
        "(",
        "]",
        "{",
        "}",
        ":",
        "@",
        "/",
        "\\",
        "-",
    ),
    *(
        "7",
        "12.5",
        "1e9999999",
        "2031-02-30",
        "23:59",
        "é",
        "\u0661",
        "\x00",
        "True",
        "None",
        "null",
    ),
    *(
        "the parcel ",
        "Lisbon",
        '{"a": [1, "x"]}',
        "[1, 'b', None]",
        "| a | b |\n",
        "\x1e",
        "\x1e",
        "\x1e",
    ),
)


def _texts(chance: random.Random) -> bytes:
    kept = corpus("texts")
    if kept and chance.random() < 0.3:
        return loose(chance.choice(kept), chance)
    return text(chance, _WORDS, chance.choice((10, 60, 200))).encode()


def _like(good: tuple[Any, ...]) -> Callable[[random.Random], bytes]:
    return lambda chance: document(chance.choice(good), chance, chance.choice(good))


def _stream_like(good: tuple[list[bytes], ...]) -> Callable[[random.Random], bytes]:
    return lambda chance: stream(chance.choice(good), chance, chance.choice(good))


def _of_codecs() -> Iterator[tuple[str, Target]]:
    for api, codec in BY_API.items():
        yield f"{api}-request", Target(_like(requests(api)), _feed_request(codec))
        yield f"{api}-answer", Target(_like(documents(api)), _feed_answer(codec, JSON_TYPE))
        yield f"{api}-stream", Target(_stream_like(streams(api)), _feed_answer(codec, EVENTS_TYPE))


def _sse(chance: random.Random) -> bytes:
    pieces = (
        "data",
        ":",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "event",
        "id",
        "x",
        "é",
        "\ufeff",
        "\x00",
    )
    body = text(chance, pieces).encode()
    return loose(body, chance) if chance.random() < 0.2 else body


def _bindings(chance: random.Random) -> bytes:
    return document({"name": "Erik", "order": 17, "share": -2.5e3}, chance)


def _bytes(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(60))


def _export(chance: random.Random) -> bytes:
    lines = chance.choice(corpus("import")).splitlines(keepends=True)
    at = chance.randrange(len(lines))
    with suppress(ValueError):
        lines[at] = document(json.loads(lines[at]), chance).replace(b"\n", b" ") + b"\n"
    if chance.random() < 0.2:
        chance.shuffle(lines)
    body = b"".join(lines)
    return loose(body, chance) if chance.random() < 0.1 else body


_PATHS = (
    "",
    "decisions",
    "decisions/1",
    "nodes",
    "api/decisions",
    "api/nodes/",
    "shadow",
    "metrics",
    "static/",
)
_NAMES = (
    "kind",
    "model",
    "words",
    "node",
    "before",
    "limit",
    "tenant",
    "page",
    "sort",
    "q",
    "key",
    "scope",
)
_VALUES = (
    *(
        "",
        "0",
        "-1",
        "1e9",
        "9" * 400,
        "%00",
        "%ff",
        "%F0%9F",
        "\xe9",
        "..%2f..",
        "'",
        '"',
        "[",
        "a" * 3_000,
    ),
    *(
        "<script>planted",
        "%3Cimg%20src=planted%3E",
        "{{7*7}}",
        "0" * 32,
        "f" * 32,
        "%0d%0aX:1",
        "\u0000",
    ),
)


def _visit(chance: random.Random) -> bytes:
    path = chance.choice(_PATHS) + chance.choice(("", "", "/", *_VALUES))
    names = chance.choices(_NAMES, k=chance.randrange(4))
    query = "&".join(f"{name}={chance.choice(_VALUES)}" for name in names)
    return f"{path}?{query}".encode("latin-1", "replace")


TARGETS: dict[str, Target] = {
    **dict(_of_codecs()),
    "sse": Target(_sse, _feed_sse),
    "reading": Target(_texts, _feed_reading),
    "templates": Target(_texts, _feed_templates),
    "learning": Target(_texts, _feed_learning),
    "slots": Target(_texts, _feed_slots),
    "bindings": Target(_bindings, _feed_bindings),
    "header": Target(_bytes, _feed_header),
    "rows": Target(_bytes, _feed_rows),
    "import": Target(_export, _feed_import),
    "page": Target(_visit, _feed_page),
}
