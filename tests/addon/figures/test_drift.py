"""What changed under memory's feet is noticed, told, and audited more."""

import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from addon.figures.drift import PREFIX, WARY, WARY_SHARE, Versions, silenced, version_of, versions
from addon.figures.prices import load
from addon.figures.savings import savings
from addon.figures.tallies import Account
from addon.recorder import Recorder
from addon.wire.catalogue import CODECS
from addon.wire.codec import WireResponse
from tests.addon import answers
from tests.addon.test_recorder import passed
from tests.tree.silence import OPENING, silence
from tests.tree.talk import MAP_BYTES, SCOPE, asked, seen
from tree.memory import Limits, Memory, Tally, TallyKey
from tree.sight.alarms import alarms

BODIES = {
    "openai-chat": answers.CHAT,
    "openai-responses": answers.RESPONSE,
    "anthropic-messages": answers.MESSAGE,
    "gemini": answers.GEMINI,
}


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits())
    yield opened
    opened.close()


def key(version: str, day: str, model: str = "m") -> TallyKey:
    return TallyKey(day, "openai-chat", "llm.example", model, PREFIX + version)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.api)
def test_the_version_is_read_out_of_every_api(codec: object) -> None:
    assert hasattr(codec, "api")
    response = WireResponse((("content-type", "application/json"),), BODIES[codec.api])
    answer = next(one for one in CODECS if one is codec).read_answer(response)

    assert version_of(answer.envelope) == answers.MODEL


@pytest.mark.parametrize(
    ("envelope", "version"),
    [
        ({"document": {"model": "m-2", "system_fingerprint": "fp_1"}}, "m-2 fp_1"),
        ({"document": {"model": 7}}, ""),
        ({"document": []}, ""),
        (None, ""),
        ({"document": {"model": "m" * 500}}, "m" * 100),
    ],
)
def test_what_says_nothing_of_itself_has_no_version(envelope: object, version: str) -> None:
    assert version_of(envelope) == version


def test_versions_of_a_model_are_told_with_their_days_and_those_of_one_version_are_not() -> None:
    tallies = {
        key("m-1", "2026-03-01"): Tally(4),
        key("m-1", "2026-03-05"): Tally(1),
        key("m-2", "2026-03-05"): Tally(2),
        key("other-1", "2026-03-05", "other"): Tally(9),
    }

    found = versions(tallies)

    assert [(v.version, v.since, v.until, v.answers) for v in found] == [
        ("m-2", "2026-03-05", "2026-03-05", 2),
        ("m-1", "2026-03-01", "2026-03-05", 5),
    ]
    assert savings(tallies, load()).versions == found
    assert savings(tallies, load()).requests == 0


def test_a_new_version_is_logged_and_what_was_learnt_is_audited_more_for_a_while(
    caplog: pytest.LogCaptureFixture,
) -> None:
    known = Versions(
        {TallyKey("2026-03-01", "a", SCOPE.origin, SCOPE.model, PREFIX + "m-1"): Tally(1)}
    )
    with caplog.at_level(logging.INFO):
        known.note(SCOPE, "m-1")
        usual = known.share(SCOPE, 0.05)
        known.note(SCOPE, "m-2")
        raised = known.share(SCOPE, 0.05)
        other = known.share(replace(SCOPE, model="another"), 0.05)
        for _ in range(WARY):
            known.audited(SCOPE)

    assert (usual, raised, other) == (0.05, WARY_SHARE, 0.05)
    assert known.share(SCOPE, 0.05) == 0.05
    (line,) = caplog.messages
    assert "now answers model-1 as m-2, so far as m-1" in line


def test_who_wants_no_audits_gets_none() -> None:
    known = Versions({})
    known.note(SCOPE, "m-1")
    known.note(SCOPE, "m-2")

    assert known.share(SCOPE, 0.0) == 0.0


def test_the_first_version_of_a_model_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Versions({}).note(SCOPE, "m-1")
        Versions({}).note(SCOPE, "")

    assert caplog.messages == []


def test_the_recorder_counts_versions_and_knows_them_after_a_restart(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    later = answers.CHAT.replace(answers.MODEL.encode(), b"stand-in-2")
    for question, body in (("one", answers.CHAT), ("two", later)):
        recorder = Recorder(memory, Account())
        recorder.expect()
        with caplog.at_level(logging.INFO):
            recorder.submit(passed(question, body))
            recorder.stop()

    assert {one.version for one in versions(memory.tallies())} == {"stand-in-1", "stand-in-2"}
    assert any("as stand-in-2, so far as stand-in-1" in line for line in caplog.messages)


def test_what_is_silenced_is_logged_once_and_told_without_words_of_the_conversation(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    memory.record([seen(asked("hello"), "hi")])
    memory.learn()
    silence(memory, SCOPE)

    recorder = Recorder(memory, Account())
    recorder.stop()
    recorder._warn()
    recorder._warn()

    (told,) = silenced(alarms(memory))
    assert (told.model, told.origin) == (SCOPE.model, SCOPE.origin)
    assert told.wrong == 3
    assert len([line for line in caplog.messages if "silenced" in line]) == 1
    assert OPENING not in str(msgspec.to_builtins(told)) + caplog.text
