"""What passed becomes memory behind the client's back; what fails there costs a memory and a log line."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from addon.decision import Outcome
from addon.figures.drift import PREFIX
from addon.figures.tallies import Account
from addon.recorder import Passed, Recorder
from addon.wire.codec import WireResponse
from addon.wire.openai_chat import OpenAIChat
from tests.addon import answers
from tree.errors import TreeError
from tree.explaining.explanation import Aftermath
from tree.memory import Hit, Memory
from tree.message import Answer, Conversation, Message, Scope, Text

SCOPE = Scope(tenant="t", api="openai-chat", origin="api.openai.com", model="m", settings={})
JSON = (("content-type", "application/json"),)


class Stumbling(OpenAIChat):
    """A codec with a bug."""

    def read_answer(self, response: WireResponse) -> Answer:
        raise ZeroDivisionError(response)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path, max_bytes=8 << 20)
    yield opened
    opened.close()


def asked(question: str) -> Conversation:
    return Conversation(SCOPE, (Message("user", (Text(question),)),))


def passed(question: str, body: bytes = answers.CHAT, codec: OpenAIChat | None = None) -> Passed:
    return Passed(
        codec=codec or OpenAIChat(),
        conversation=asked(question),
        headers=JSON,
        body=body,
        at_ns=1_700_000_000_000_000_000,
        latency_ms=7,
        foreseen=None,
    )


def run(memory: Memory, *answers_passed: Passed) -> Recorder:
    recorder = Recorder(memory, Account())
    for one in answers_passed:
        recorder.expect()
        recorder.submit(one)
    recorder.stop()
    return recorder


def test_what_passed_is_recalled_once_the_recorder_is_done(memory: Memory) -> None:
    recorder = run(memory, passed("one"), passed("two"))

    found = [memory.recall(asked(question), 0) for question in ("one", "two", "three")]

    assert [isinstance(one, Hit) for one in found] == [True, True, False]
    assert recorder.pending == 0


def test_an_answer_that_is_passing_is_pending_until_it_is_dismissed(memory: Memory) -> None:
    recorder = Recorder(memory, Account())

    recorder.expect()
    while_passing = recorder.pending
    recorder.dismiss()

    assert (while_passing, recorder.pending) == (1, 0)
    recorder.stop()


def test_one_bad_answer_does_not_cost_the_good_ones(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        recorder = run(
            memory, passed("bug", codec=Stumbling()), passed("cut", b"{"), passed("good")
        )

    assert isinstance(memory.recall(asked("good"), 0), Hit)
    assert memory.summary().observations == 1
    assert "answer not read" in caplog.text
    assert recorder.pending == 0


def test_who_shows_what_came_of_a_request_may_fail_and_it_is_remembered(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    def heard(_: Aftermath) -> None:
        raise ZeroDivisionError

    recorder = run(memory, replace(passed("one"), heard=heard), passed("two"))

    found = [memory.recall(asked(question), 0) for question in ("one", "two")]
    assert [isinstance(one, Hit) for one in found] == [True, True]
    assert recorder.pending == 0
    assert "an answer not counted" in caplog.text


def test_a_store_that_fails_is_told_once_and_the_recorder_lives_on(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    memory.close()

    recorder = run(memory, passed("one"), passed("two"))

    assert recorder.trouble
    assert recorder.pending == 0
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_counters_reach_the_store(memory: Memory) -> None:
    run(memory, passed("one"), passed("broken", b"{"))

    tallies = {
        key: tally for key, tally in memory.tallies().items() if not key.outcome.startswith(PREFIX)
    }
    assert {key.outcome for key in tallies} == {Outcome.MISS.value}
    assert sum(tally.requests for tally in tallies.values()) == 2
    assert sum(tally.input_tokens for tally in tallies.values()) == 31


def test_counters_that_the_store_refuses_are_kept_for_later(memory: Memory, tmp_path: Path) -> None:
    account = Account()
    account.other(SCOPE, Outcome.BYPASS, 0)
    closed = Memory(tmp_path / "other", max_bytes=8 << 20)
    closed.close()

    with pytest.raises(TreeError):
        account.flush(closed)
    account.flush(memory)

    assert sum(tally.requests for tally in memory.tallies().values()) == 1
    assert not account.unflushed()
