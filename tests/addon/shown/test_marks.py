"""What a person sees of a decision on its flow, and in the log."""

import asyncio
import re
from collections.abc import Sequence

import pytest
from mitmproxy import http
from mitmproxy.flow import Flow
from mitmproxy.test import taddons, tflow

from addon.decision import Decision, Outcome
from addon.exchange import Exchange
from addon.shown import marks
from tests.addon.test_log import asking
from tree.canonical import NodeId
from tree.explaining.explanation import Aftermath
from tree.memory import Hit
from tree.message import Answer, Conversation, Message, Scope, Text, Usage


def exchange(*, hit: bool = False, audits: bool = False) -> Exchange:
    one = asking()
    scope = Scope("t", "openai-chat", "api.openai.com", "m", None)
    one.conversation = Conversation(scope, ())
    known = Hit(
        Answer(Message("assistant", (Text("x"),)), None, Usage(1_200, 0, 34)),
        NodeId(b"n" * 16),
        "literal",
        sealed=False,
        at_ns=1,
        latency_ms=60_000,
    )
    one.hit = known if hit else None
    one.audits = known if audits else None
    return one


def flow() -> http.HTTPFlow:
    return tflow.tflow(resp=True)


@pytest.mark.parametrize(
    ("outcome", "mark"),
    [
        (Outcome.HIT_LITERAL, ":zap:"),
        (Outcome.HIT_TEMPLATE, ":sparkles:"),
        (Outcome.MISS, ":seedling:"),
        (Outcome.UNAVAILABLE, ":no_entry_sign:"),
        (Outcome.BYPASS, ""),
    ],
)
def test_a_flow_is_marked_by_what_was_decided(outcome: Outcome, mark: str) -> None:
    shown = flow()

    marks.show(shown, exchange(), Decision(outcome, "why"), "proxy 7")

    assert shown.marked == mark
    assert shown.metadata[marks.NAME] == "proxy 7"


def test_a_line_tells_a_hit_with_what_it_saved() -> None:
    said = marks.line(exchange(hit=True), Decision(Outcome.HIT_LITERAL, "literal"))

    assert re.fullmatch(
        r"answered from memory in [\d.]+ ms: m at api\.openai\.com; saved 1,234 tokens and .+", said
    )


def test_a_line_tells_a_miss_with_its_reason() -> None:
    said = marks.line(exchange(), Decision(Outcome.MISS, "message 3 of 5 differs", note="odd"))

    assert said == "sent to the provider: m at api.openai.com; message 3 of 5 differs; odd"


def test_a_line_tells_an_audit_from_a_miss() -> None:
    said = marks.line(exchange(audits=True), Decision(Outcome.MISS, "an audit"))

    assert said.startswith("sent to the provider, to audit what was served: m at")


@pytest.mark.parametrize(
    ("verdict", "words", "mark"),
    [
        ("same", "audited: the provider's answer is the same", ":zap:"),
        ("different", "audited: the provider answered otherwise", ":warning:"),
        ("", "", ":zap:"),
    ],
)
def test_what_an_audit_found_is_told_on_both_flows(verdict: str, words: str, mark: str) -> None:
    audit, audited = flow(), flow()
    marks.show(audited, exchange(), Decision(Outcome.HIT_LITERAL, "literal"), "p 1")

    async def hear() -> None:
        heard = marks.hearing(audit, audited)
        await asyncio.to_thread(heard, Aftermath(verdict=verdict))

    with taddons.context() as made:
        asyncio.run(hear())
    made.master.event_loop.close()  # up to mitmproxy 12.2.2 nobody else does

    assert audited.comment.endswith(words)
    assert audited.marked == mark
    assert bool(verdict) == audit.comment.startswith("Rote: an audit; ")


def test_nobody_is_told_once_the_loop_has_ended() -> None:
    async def begin() -> object:
        return marks.hearing(flow(), None)

    heard = asyncio.run(begin())

    assert callable(heard)
    heard(Aftermath(verdict="same"))


def test_a_body_that_mitmproxy_kept_stays_as_it_is() -> None:
    shown = flow()
    assert shown.response is not None
    kept = shown.response.raw_content

    marks.show_body(shown, b"another")

    assert shown.response.raw_content == kept


class Viewer:
    """An addon that is told which flows to show anew."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def update(self, flows: Sequence[Flow]) -> None:
        self.told += flows


@pytest.mark.parametrize("viewed", [True, False])
def test_addons_are_told_of_a_body_only_where_flows_are_viewed(*, viewed: bool) -> None:
    shown, viewer = flow(), Viewer()
    assert shown.response is not None
    shown.response.raw_content = None

    with taddons.context(viewer) as context:
        if viewed:
            context.master.view = object()
        marks.show_body(shown, b"what passed")
    context.master.event_loop.close()

    assert shown.response.raw_content == b"what passed"
    assert viewer.told == ([shown] if viewed else [])
