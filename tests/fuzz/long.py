"""Texts of any length that would cost their square, or more, if somebody looked again at what was looked at already."""

import json
from collections.abc import Callable
from contextlib import suppress

from addon.wire.codec import WireError, WireResponse
from addon.wire.sse import SseDecoder
from tests.addon import answers
from tests.fuzz.good import BY_API
from tree.declared.hinting import slotted
from tree.message import Conversation, Message, Scope, Text
from tree.reading.structure import structured
from tree.reading.tokens import mask, tokens
from tree.template.library import Library
from tree.template.pattern import Pattern

type Case = Callable[[int], None]
"""Does its work on an input of about so many bytes."""


def _tokens(piece: str) -> Case:
    return lambda size: _use(tokens(piece * (size // len(piece))))


def _use(_value: object) -> None:
    """Let a value be made for nothing."""


def _mask(head: str, piece: str, tail: str) -> Case:
    return lambda size: _use(mask(head + piece * (size // len(piece)) + tail))


def _structured(head: str, piece: str, tail: str) -> Case:
    # Longer texts are not looked into at all; see `structure._MAX_CHARS`.
    return lambda size: _use(structured(head + piece * (min(size, 390_000) // len(piece)) + tail))


def _parse(size: int) -> None:
    static = "ab" + "a" * (size // 2)
    Pattern(("<", static, ">")).parse("<x" + static + "a" * (size // 2) + ">")


def _parse_many(size: int) -> None:
    Pattern(("", *["a" * 90 + "b"] * 50, "")).parse("a" * size)


def _library(piece: str) -> Case:
    def learn(size: int) -> None:
        library = Library()
        for name in ("one", "two", "three"):
            library.learn(f"{name} " + piece * (size // len(piece)))

    return learn


def _slots(size: int) -> None:
    text = "ab" * (size // 4) + '{"a": "ab' + "\\\\" * (size // 8) + '"}'
    scope = Scope("t", "a", "o", "m", {})
    slotted(Conversation(scope, (Message("user", (Text(text),)),)), (("x", "abab"), ("y", "\\")))


def _sse(size: int) -> None:
    decoder = SseDecoder()
    for _ in range(size):
        decoder.feed(b"d")
    decoder.feed(b"\n\n")


def _deltas(api: str, opening: list[bytes], delta: bytes, closing: list[bytes]) -> Case:
    def read(size: int) -> None:
        body = b"".join([*opening, *[delta] * (size // len(delta)), *closing])
        with suppress(WireError):
            BY_API[api].read_answer(WireResponse((("content-type", "text/event-stream"),), body))

    return read


_CHAT, _MESSAGE = answers.CHAT_STREAM, answers.MESSAGE_STREAM
_RESPONSE, _GEMINI = answers.RESPONSE_STREAM, answers.GEMINI_STREAM

CASES: dict[str, Case] = {
    "tokens of dots": _tokens("."),
    "tokens of dots and quotes": _tokens(".'"),
    "tokens of quotes": _tokens("\u2018."),
    "tokens of one word": _tokens("a."),
    "an address that is none": _mask("a@", ".", "@"),
    "an address with a blank": _mask("a@", ".", " x"),
    "digits and points": _mask("1", ",123", "."),
    "a path of dots": _mask("", ".~-", " "),
    "brackets": _structured("[", "[", "]"),
    "blanks in a list": _structured("[1,", " ", "x]"),
    "commas in a list": _structured("[1", ", ", "]"),
    "a quote that never ends": _structured("['", "\\'", "]"),
    "tuples": _structured("[", "(1,),", "]"),
    "a static part like its value": _parse,
    "static parts that nearly fit": _parse_many,
    "texts of one word": _library("a "),
    "texts of dots": _library("."),
    "texts of lines": _library("key: 1\n"),
    "declared values": _slots,
    "a stream byte by byte": _sse,
    "deltas of openai-chat": _deltas("openai-chat", _CHAT[:1], _CHAT[1], _CHAT[2:]),
    "deltas of openai-responses": _deltas(
        "openai-responses", _RESPONSE[:4], _RESPONSE[4], _RESPONSE[5:]
    ),
    "deltas of anthropic-messages": _deltas(
        "anthropic-messages", _MESSAGE[:3], _MESSAGE[3], _MESSAGE[4:]
    ),
    "deltas of gemini": _deltas("gemini", [], _GEMINI[0], _GEMINI[1:]),
    "many calls of openai-chat": lambda size: _many_calls(size // 200),
}


def _many_calls(number: int) -> None:
    """An answer that calls more tools than anybody has."""
    document = json.loads(answers.CHAT)
    call = document["choices"][0]["message"]["tool_calls"][0]
    document["choices"][0]["message"]["tool_calls"] = [
        call | {"id": f"call_{at:016}"} for at in range(number)
    ]
    body = json.dumps(document).encode()
    BY_API["openai-chat"].read_answer(WireResponse((("content-type", "application/json"),), body))
