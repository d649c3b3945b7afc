"""Every decision comes to the log, explained as things were when it was made, and never with a credential."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mitmproxy import http

from addon.exchange import Exchange
from addon.judge import Judge, Unsettled
from addon.log import COMPARED, Log
from addon.notes import instant, written
from addon.options import Mode, Settings
from addon.report import decisions
from addon.session import Session, _note
from addon.wire.openai_chat import OpenAIChat
from tests.addon import answers
from tree.canonical import NodeId
from tree.explaining.explanation import Aftermath
from tree.memory import KEPT_DECISIONS, Hit
from tree.message import Answer, Message, ToolCall

SECRET = "sk-held-by-nobody-0123456789"  # noqa: S105 - made up


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    opened = Session(settings(tmp_path))
    yield opened
    opened.close()


def settings(folder: Path, mode: Mode = "serve") -> Settings:
    return Settings(folder / "store", mode, 0.02, 0.05, "key", (), None, 8 << 20)


def asking(text: str = "hello", path: str = "/v1/chat/completions", **headers: str) -> Exchange:
    body = msgspec.json.encode({"model": "m", "messages": [{"role": "user", "content": text}]})
    named = {"authorization": f"Bearer {SECRET}", "content-type": "application/json"} | headers
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    request = http.Request.make("POST", f"https://api.openai.com{path}", body, fields)
    request.raw_content = body
    return Exchange(OpenAIChat() if path.endswith("completions") else None, request)


def decide(session: Session, exchange: Exchange, mode: Mode = "serve") -> Exchange:
    """What the hooks do with a request."""
    judge = Judge(settings(Path(), mode), session.memory, random.SystemRandom())
    decision = judge.judge(exchange)
    if isinstance(decision, Unsettled):
        decision = judge.settle(exchange, decision)
    exchange.decide(decision)
    session.conclude(exchange)
    return exchange


def asked_again(session: Session) -> list[Any]:
    """What is logged of a request that is forwarded, and served after the recorder was begun anew."""
    answer(session, decide(session, asking()))
    assert session.recorder is not None
    assert session.memory is not None
    session.recorder.stop()
    session.recorder = type(session.recorder)(session.memory, session.account)
    decide(session, asking())
    return logged(session)


def answer(session: Session, exchange: Exchange) -> None:
    """The provider's answer passes."""
    session.watch(exchange)
    exchange.aside.keep(answers.CHAT)
    session.take(exchange, (("content-type", "application/json"),))


def logged(session: Session) -> list[Any]:
    """The log, oldest first, once the recorder is done."""
    assert session.recorder is not None
    assert session.memory is not None
    session.recorder.stop()
    return session.memory.decisions(KEPT_DECISIONS)[::-1]


def test_a_miss_is_not_told_to_be_near_its_own_answer(session: Session) -> None:
    answer(session, decide(session, asking()))

    (one,) = logged(session)

    assert one.outcome == "miss"
    assert one.explanation.reasons[0] == "never asked before: new model, tools or settings"
    assert one.explanation.nearest is None


def test_what_was_recorded_meanwhile_is_not_told_to_be_near(session: Session) -> None:
    assert session.memory is not None
    answer(session, decide(session, asking("first")))
    logged(session)
    session.recorder = None
    exchange = decide(session, asking("second"))
    assert exchange.decision is not None
    note = _note(exchange, "openai-chat", exchange.decision, 1)
    kept = next(session.memory.observations())[1]
    second = msgspec.structs.replace(kept, conversation=exchange.conversation)

    before = written(note, session.memory, "p", compare=True).explanation
    session.memory.record([second])
    session.memory.learn()
    after = written(note, session.memory, "p", compare=True).explanation

    assert before is not None
    assert after is not None
    assert (before.nearest is None, after.nearest) == (False, None)


def test_a_repeat_is_logged_with_what_answered(session: Session) -> None:
    miss, hit = asked_again(session)

    assert (miss.outcome, hit.outcome) == ("miss", "hit-literal")
    assert (hit.api, hit.origin, hit.model) == ("openai-chat", "api.openai.com", "m")
    assert hit.node == hit.explanation.node
    assert hit.explanation.known == hit.explanation.messages == 1
    assert miss.proxy != hit.proxy
    assert hit.number == miss.number + 1


@pytest.mark.parametrize("mode", ["serve", "replay", "off"])
def test_no_credential_comes_into_the_log(session: Session, mode: Mode) -> None:
    decide(session, asking(), mode)

    (one,) = logged(session)

    assert SECRET.encode() not in msgspec.json.encode(one)
    assert one.tenant != SECRET


def test_what_the_client_wants_kept_nowhere_leaves_no_words_of_it(session: Session) -> None:
    decide(session, asking("a very private matter", cache_control="no-store"))

    (one,) = logged(session)

    assert one.detail == "the client said no-store"
    assert b"private" not in msgspec.json.encode(one)


def test_what_is_no_conversation_is_not_logged(session: Session) -> None:
    decide(session, asking(path="/v1/embeddings"))

    assert logged(session) == []


def test_a_request_that_cannot_be_read_is_logged_with_its_host(session: Session) -> None:
    decide(session, asking(content_encoding="gzip"))

    (one,) = logged(session)

    assert (one.outcome, one.api, one.origin) == ("bypass", "openai-chat", "api.openai.com")
    assert one.explanation is None


def test_only_so_many_misses_of_a_second_are_compared(session: Session) -> None:
    assert session.memory is not None
    answer(session, decide(session, asking("first")))
    logged(session)
    session.recorder = None
    log = Log(session.memory)
    noted: list[Any] = []
    for number in range(COMPARED + 2):
        exchange = decide(session, asking(f"number {number}"))
        assert exchange.decision is not None
        noted.append(_note(exchange, "openai-chat", exchange.decision, number))
    exchange = decide(session, asking("a second later"))
    assert exchange.decision is not None
    noted.append(_note(exchange, "openai-chat", exchange.decision, 1_000_000_000))

    for note in noted:
        log.note(note)
    log.explain()
    log.flush()

    told = session.memory.decisions(COMPARED + 3)[::-1]
    near = [one.explanation is not None and one.explanation.nearest is not None for one in told]
    assert near == [True] * COMPARED + [False] * 2 + [True]


def test_the_api_shows_the_decisions_of_the_asking_proxy_and_nothing_that_was_said(
    session: Session, tmp_path: Path
) -> None:
    decide(session, asking("a very private matter"))
    assert session.recorder is not None
    session.recorder.stop()
    session.recorder.flush()

    (shown,) = decisions(session, 10)

    assert (shown["outcome"], shown["model"], shown["messages"]) == ("miss", "m", 1)
    assert b"private" not in msgspec.json.encode(shown)
    assert decisions(None, 10) == []
    session.close()
    other = Session(settings(tmp_path))
    assert decisions(other, 10) == []
    other.close()


def test_what_came_of_a_request_is_added_to_its_decision(session: Session) -> None:
    exchange = decide(session, asking())
    answer(session, exchange)

    (one,) = logged(session)

    assert exchange.ref == 1
    assert one.usage is not None
    assert one.usage.input_tokens > 0
    assert (one.verdict, one.instead) == ("", "")


def test_a_hit_is_logged_with_what_it_saved(session: Session) -> None:
    miss, hit = asked_again(session)

    assert hit.usage == miss.usage
    assert hit.provider_ms == miss.provider_ms


def wrong(session: Session) -> Hit:
    """What memory would have said, which is not what the provider says."""
    assert session.memory is not None
    said = Answer(Message("assistant", (ToolCall(0, "sing", "{}"),)), None)
    return Hit(said, NodeId(b"n" * 16), "template", sealed=False, at_ns=1, latency_ms=2)


def test_an_audit_adds_its_outcome_to_the_decision_that_it_audits(session: Session) -> None:
    served = decide(session, asking("served"))
    audit = asking("served")
    audit.audits, audit.audited_ref = wrong(session), served.ref
    answer(session, decide(session, audit))

    first, second = logged(session)

    assert (first.outcome, second.outcome) == ("miss", "audit")
    assert first.verdict == second.verdict == "different"
    assert first.instead == second.instead != ""
    assert second.explanation.answer == "sing({})"


def test_in_shadow_the_decision_tells_whether_it_would_have_been_right(session: Session) -> None:
    heard: list[Aftermath] = []
    exchange = decide(session, asking())
    exchange.hit, exchange.heard = wrong(session), heard.append
    answer(session, exchange)

    (one,) = logged(session)

    assert (one.outcome, one.verdict) == ("miss", "different")
    assert [after.verdict for after in heard] == ["different"]


def test_an_answer_that_cannot_be_compared_leaves_the_audit_open(session: Session) -> None:
    audit = asking()
    audit.audits = wrong(session)
    decide(session, audit)
    session.watch(audit)
    audit.aside.keep(b"no JSON")
    session.take(audit, (("content-type", "application/json"),))

    (one,) = logged(session)

    assert (one.verdict, one.usage) == ("unread", None)


def test_a_decision_that_is_gone_is_not_written_anew(session: Session) -> None:
    assert session.memory is not None
    decide(session, asking())
    (one,) = logged(session)

    session.memory.amend_decisions(
        [(one.number, one.at_ns + 1, Aftermath(verdict="same")), (99, 1, Aftermath())]
    )

    assert session.memory.decisions(9) == [one]


def test_a_moment_is_spelt_to_the_millisecond() -> None:
    assert instant(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123Z"
