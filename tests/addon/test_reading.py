"""Whatever is kept at hand of repeats, memory alone says what is answered, and to whom."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from mitmproxy import http

from addon.decision import Decision
from addon.exchange import Exchange
from addon.judge import Judge
from addon.options import Settings
from addon.wire.codec import WireResponse
from addon.wire.openai_chat import OpenAIChat
from tests.addon import answers
from tree.control.forgetting import forget
from tree.control.selecting import Selection
from tree.control.steering import Steering
from tree.memory import Memory
from tree.message import Observation

SECOND_NS = 1_000_000_000
URL = "https://api.openai.com/v1/chat/completions"
BODY = answers.asking("What is the weather?")
FORGETTING = """
import sys
from pathlib import Path
from tree.control.forgetting import forget
from tree.control.selecting import Selection
from tree.memory import Memory

forget(Memory(Path(sys.argv[1]), max_bytes=8 << 20), Selection("all"))
"""


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "store", max_bytes=8 << 20, ttl_ns=3_600 * SECOND_NS)
    yield opened
    opened.close()


def judging(memory: Memory) -> Judge:
    settings = Settings(Path(), "serve", 0.02, 0.05, "key", (), None, 8 << 20)
    return Judge(settings, memory, random.Random())  # noqa: S311 - ids need be new, not secret


def asking(key: str = "a", url: str = URL, **headers: str) -> Exchange:
    named = {"authorization": f"Bearer {key}"} | headers
    fields = [(k.replace("_", "-").encode(), v.encode()) for k, v in named.items()]
    return Exchange(OpenAIChat(), http.Request.make("POST", url, BODY, fields))


def remember(memory: Memory, exchange: Exchange, age_s: float = 0) -> None:
    codec = OpenAIChat()
    exchange.read(codec, memory.tenant_key, shared_as=None)
    answer = codec.read_answer(WireResponse((("content-type", "application/json"),), answers.CHAT))
    at_ns = time.time_ns() - int(age_s * SECOND_NS)
    memory.record([Observation(exchange.conversation, answer, at_ns=at_ns, latency_ms=5)])
    memory.learn()


def decided(judge: Judge, exchange: Exchange) -> Decision:
    decision = judge.judge(exchange)
    assert isinstance(decision, Decision)
    return decision


def warm(memory: Memory) -> Judge:
    """A judge that has answered the request so often that all of it is at hand."""
    remember(memory, asking())
    judge = judging(memory)
    for _ in range(4):
        assert decided(judge, asking()).hit
    assert len(judge._reader._repeats) == 1
    return judge


def test_a_repeat_is_answered_under_ids_of_its_own_and_as_of_now(memory: Memory) -> None:
    judge, bodies = warm(memory), []

    for _ in range(5):
        exchange = asking()
        assert decided(judge, exchange).hit
        assert exchange.response is not None
        bodies.append(msgspec.json.decode(exchange.response.content or b""))

    recorded = msgspec.json.decode(answers.CHAT)
    calls = [body["choices"][0]["message"]["tool_calls"][0]["id"] for body in bodies]
    assert len({body["id"] for body in bodies} | {recorded["id"]}) == 6
    assert len(set(calls)) == 5
    assert all(abs(body["created"] - time.time()) < 600 for body in bodies)
    assert {body["usage"]["total_tokens"] for body in bodies} == {40}


def test_a_repeat_is_the_conversation_that_it_was(memory: Memory) -> None:
    judge, first, again = warm(memory), asking(), asking()
    first.read(OpenAIChat(), memory.tenant_key, shared_as=None)

    judge.judge(again)

    assert again.place is not None
    assert again.conversation == first.conversation
    assert again.form == first.form


@pytest.mark.parametrize(
    "other",
    [
        {"key": "b"},
        {"url": URL.replace("api.openai.com", "api.groq.com")},
        {"openai_project": "p"},
        {"url": URL + "?api-version=2"},
        {"x_api_key": "b"},
    ],
    ids=str,
)
def test_the_same_body_from_elsewhere_is_not_answered(
    memory: Memory, other: dict[str, str]
) -> None:
    judge = warm(memory)

    decision = decided(judge, asking(**other))

    assert not decision.hit


def test_what_was_forgotten_is_not_answered_and_nothing_of_it_is_at_hand(memory: Memory) -> None:
    judge = warm(memory)

    forget(memory, Selection("all"))

    assert not len(judge._reader._repeats)
    assert not len(judge._ready)
    assert not decided(judge, asking()).hit


def test_what_another_process_has_forgotten_is_not_answered(memory: Memory) -> None:
    judge = warm(memory)

    command = [sys.executable, "-c", FORGETTING, str(memory.store.folder)]
    subprocess.run(command, check=True)  # noqa: S603 - our own interpreter and script

    assert not decided(judge, asking()).hit


def test_what_is_too_old_is_not_answered(memory: Memory) -> None:
    judge = warm(memory)

    remember(memory, asking(), age_s=7_200)

    assert decided(judge, asking()).detail.startswith("what is known is 2 h old")


def test_what_its_user_distrusts_is_not_answered(memory: Memory) -> None:
    judge = warm(memory)
    hit = decided(judge, asking())

    Steering(memory).distrust(hit.key)

    assert not decided(judge, asking()).hit


def test_a_newer_answer_is_given_as_soon_as_it_is_learnt(memory: Memory) -> None:
    judge = warm(memory)
    codec, asked = OpenAIChat(), asking()
    asked.read(codec, memory.tenant_key, shared_as=None)
    document = answers.CHAT.replace(b"Lisbon", b"Porto")
    answer = codec.read_answer(WireResponse((("content-type", "application/json"),), document))
    memory.record([Observation(asked.conversation, answer, at_ns=time.time_ns())])
    memory.learn()

    exchange = asking()
    decided(judge, exchange)

    assert exchange.response is not None
    assert b"Porto" in (exchange.response.content or b"")


def test_a_client_that_wants_no_memory_is_not_answered(memory: Memory) -> None:
    judge = warm(memory)

    decision = decided(judge, asking(cache_control="no-cache"))

    assert not decision.hit


def test_no_credential_is_kept(memory: Memory) -> None:
    judge = warm(memory)

    kept = repr(judge._reader._repeats._kept)

    assert "Bearer" not in kept
