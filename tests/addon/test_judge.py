"""What becomes of a request when something is wrong within Rote: it is forwarded, unless that is forbidden."""

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from mitmproxy import http

from addon.decision import Decision, Outcome
from addon.exchange import Exchange
from addon.judge import Judge, Unsettled
from addon.options import Mode, Settings
from addon.wire.codec import Form, WireError, WireResponse
from addon.wire.mint import Mint
from addon.wire.openai_chat import OpenAIChat
from tests.addon import answers
from tree.memory import Limits, Memory
from tree.message import Answer, Observation

BODY = b'{"model": "m", "messages": [{"role": "user", "content": "hello"}]}'


class CannotWrite(OpenAIChat):
    """Reads as it should, and cannot write."""

    def write_answer(self, answer: Answer, form: Form, mint: Mint) -> WireResponse:
        del answer, form, mint
        raise WireError("no such form")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "store", max_bytes=8 << 20)
    yield opened
    opened.close()


def settings(mode: Mode = "serve") -> Settings:
    return Settings(Path(), mode, 0.02, 0.05, "key", (), None, 8 << 20)


def judge(memory: Memory | None, mode: Mode = "serve") -> Judge:
    return Judge(settings(mode), memory, random.SystemRandom())


def settled(judge: Judge, exchange: Exchange) -> Decision:
    """The decision, where what was seen literally settles it."""
    decision = judge.judge(exchange)
    assert isinstance(decision, Decision)
    return decision


def asking(codec: OpenAIChat | None = None, **headers: str) -> Exchange:
    url = "https://api.openai.com/v1/chat/completions"
    named = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    request = http.Request.make("POST", url, BODY, http.Headers(named))
    request.raw_content = BODY
    return Exchange(codec or OpenAIChat(), request)


def saying(*texts: str) -> Exchange:
    """A request of some messages of the user's."""
    exchange = asking()
    said = [{"role": "user", "content": text} for text in texts]
    exchange.request.raw_content = msgspec.json.encode({"model": "m", "messages": said})
    return exchange


def remember(memory: Memory, exchange: Exchange | None = None) -> None:
    exchange = exchange or asking()
    assert exchange.codec is not None
    exchange.read(exchange.codec, memory.tenant_key, shared_as=None)
    response = WireResponse((("content-type", "application/json"),), answers.CHAT)
    answer = exchange.codec.read_answer(response)
    memory.record([Observation(exchange.conversation, answer, at_ns=1, latency_ms=5)])
    memory.learn()


def test_what_is_known_is_answered(memory: Memory) -> None:
    remember(memory)
    exchange = asking()

    decision = settled(judge(memory), exchange)

    assert decision.outcome is Outcome.HIT_LITERAL
    assert exchange.response is not None
    assert answers.SAID.encode() in (exchange.response.content or b"")


def test_without_a_store_all_is_forwarded() -> None:
    exchange = asking()

    decision = settled(judge(None), exchange)

    assert decision.outcome is Outcome.BYPASS
    assert exchange.response is None


def test_a_store_that_fails_while_it_is_read_is_a_bypass(memory: Memory) -> None:
    remember(memory)
    memory.close()

    decision = settled(judge(memory), asking())

    assert (decision.outcome, decision.detail) == (Outcome.BYPASS, "the store failed")


def test_what_cannot_be_written_in_the_form_asked_for_is_forwarded(memory: Memory) -> None:
    remember(memory)
    exchange = asking(CannotWrite())

    decision = settled(judge(memory), exchange)

    assert decision.outcome is Outcome.MISS
    assert "no such form" in decision.detail
    assert exchange.response is None


@pytest.mark.parametrize("mode", ["serve", "replay"])
def test_an_error_of_our_own_is_forwarded_unless_nothing_may_be(memory: Memory, mode: Mode) -> None:
    exchange = asking()

    decision = judge(memory, mode).failed(exchange)

    assert (exchange.response is None) is (mode == "serve")
    assert decision.outcome is (Outcome.BYPASS if mode == "serve" else Outcome.UNAVAILABLE)


def test_rote_share_all_makes_one_tenant_of_everybody(memory: Memory) -> None:
    shared = Settings(Path(), "serve", 0.02, 0.05, "all", (), None, 8 << 20)
    exchanges = [asking(authorization="Bearer a"), asking(authorization="Bearer b")]

    for exchange in exchanges:
        Judge(shared, memory, random.SystemRandom()).judge(exchange)

    assert {exchange.conversation.scope.tenant for exchange in exchanges} == {"all"}


def test_a_request_in_a_coding_that_it_is_not_in_is_a_bypass(memory: Memory) -> None:
    decision = settled(judge(memory), asking(content_encoding="gzip"))

    assert decision.outcome is Outcome.BYPASS
    assert "gzip" in decision.detail


@pytest.fixture
def generalising(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "generalising", max_bytes=8 << 20, limits=Limits())
    yield opened
    opened.close()


def is_quick(memory: Memory, exchange: Exchange, mode: Mode = "serve") -> bool:
    own = judge(memory, mode)
    unsettled = own.judge(exchange)
    assert isinstance(unsettled, Unsettled)
    return own.is_quick(exchange, unsettled)


def test_a_short_novel_request_is_settled_where_it_came(generalising: Memory) -> None:
    assert is_quick(generalising, asking())


def test_a_request_with_much_that_is_new_goes_to_another_thread(generalising: Memory) -> None:
    assert not is_quick(generalising, saying("hello " * 2_000))


def test_a_request_with_little_that_is_new_is_settled_where_it_came(generalising: Memory) -> None:
    remember(generalising, saying("hello " * 2_000))

    assert is_quick(generalising, saying("hello " * 2_000, "and now?"))


def test_a_very_long_request_goes_to_another_thread(generalising: Memory) -> None:
    remember(generalising, saying("hello " * 20_000))

    assert not is_quick(generalising, saying("hello " * 20_000, "and now?"))


def test_what_would_wait_for_learning_goes_to_another_thread(generalising: Memory) -> None:
    assert generalising._generaliser is not None
    with generalising._generaliser._lock:
        while_learning = is_quick(generalising, asking())

    assert not while_learning
    assert is_quick(generalising, asking())


def test_what_will_be_compared_with_all_that_is_near_goes_to_another_thread(
    generalising: Memory,
) -> None:
    assert not is_quick(generalising, asking(), "replay")
