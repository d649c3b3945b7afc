"""A real mitmweb with Rote in it: what a person sees of an exchange there, and what the commands say."""

import contextlib
import http.client
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.addon import answers
from tests.addon.proxied import START_S, Proxied, free_port, proxied
from tests.addon.stand_in import Script, plain, stand_in, stream

CHAT = "/v1/chat/completions"
PASSWORD = "for-the-test"  # noqa: S105 - made up
SECRET = "sk-held-by-nobody"  # noqa: S105 - made up
TOKEN = "00" * 16
"""Proves to mitmweb that a request is no other site's: the same in a cookie and in a header."""


def asking(crate: int, **more: Any) -> bytes:
    messages = [
        {"role": "system", "content": "You weigh."},
        {"role": "user", "content": f"Please weigh crate C{crate} for me."},
    ]
    return json.dumps({"model": answers.MODEL, "messages": messages} | more).encode()


def scales(body: bytes) -> Script:
    """A model that has crates weighed; where it streams, it says something else."""
    request = json.loads(body)
    if request.get("stream"):
        return stream(*answers.CHAT_STREAM)
    crate = request["messages"][1]["content"].split()[3]
    document = json.loads(answers.CHAT)
    message = document["choices"][0]["message"] | {"content": None}
    arguments = json.dumps({"crate": crate, "unit": "kg"})
    message["tool_calls"][0]["function"] = {"name": "weigh", "arguments": arguments}
    document["choices"][0]["message"] = message
    return plain(json.dumps(document).encode())


class Web:
    """mitmweb as a browser asks it."""

    def __init__(self, port: int, proxy: Proxied) -> None:
        self._port = port
        self.proxy = proxy

    def ask(self, path: str, body: Any = None) -> Any:
        headers = {
            "Authorization": f"Bearer {PASSWORD}",
            "Cookie": f"_xsrf={TOKEN}; _mitmproxy_xsrf={TOKEN}",  # its name up to 12.2.2, and since
            "X-XSRFToken": TOKEN,
            "Content-Type": "application/json",
        }
        sent = None if body is None else json.dumps(body)
        web = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        with contextlib.closing(web):
            web.request("GET" if body is None else "POST", path, sent, headers)
            return json.loads(web.getresponse().read())

    def run(self, command: str, *arguments: str) -> Any:
        """What a command returns, or its error."""
        said = self.ask(f"/commands/{command}", {"arguments": arguments})
        return said.get("error", said.get("value"))

    def flow(self, pattern: str) -> Any:
        """The last flow whose comment fits; waits for it."""
        deadline, flows = time.monotonic() + START_S, []
        while time.monotonic() < deadline:
            flows = self.ask("/flows")
            if found := [flow for flow in flows if re.search(pattern, flow["comment"])]:
                return found[-1]
        raise AssertionError([flow["comment"] for flow in flows])

    def logged(self, pattern: str) -> str:
        """The line of the event log that fits; waits for it."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            for event in self.ask("/events"):
                if re.search(pattern, event["message"]):
                    return str(event["message"])
        raise AssertionError(pattern)

    def shown(self, flow: Any, message: str, view: str = "Auto") -> Any:
        """What stands in a flow's tab."""
        return self.ask(f"/flows/{flow['id']}/{message}/content/{view}")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """A mitmweb through which crates were weighed until it knew how; then one that was never asked, and a stream."""
    home, port = tmp_path_factory.mktemp("home"), free_port()
    settings = (f"web_port={port}", "web_open_browser=false", f"web_password={PASSWORD}")
    with (
        stand_in(home) as provider,
        proxied(home, provider, *settings, program="mitmweb") as proxy,
    ):
        provider.script = scales
        for crate in range(1700, 1718):
            proxy.post(CHAT, asking(crate), authorization=f"Bearer {SECRET}")
        proxy.settle()
        proxy.post(CHAT, asking(1700), authorization=f"Bearer {SECRET}")
        proxy.post(CHAT, asking(2048), authorization=f"Bearer {SECRET}")
        proxy.post(CHAT, asking(2049, stream=True), authorization="Bearer sk-another")
        proxy.settle()
        yield Web(port, proxy)


def explained(web: Web, flow: Any) -> list[list[str]]:
    """What `rote.explain` says, once the decision is in the log."""
    deadline = time.monotonic() + START_S
    while isinstance(said := web.run("rote.explain", f"@{flow['id']}"), str):
        assert "too new" in said
        assert time.monotonic() < deadline
    return said  # type: ignore[no-any-return]


def test_flows_are_marked_and_say_why(web: Web) -> None:
    miss = web.flow(r"^Rote: miss \(never asked before")
    repeat = web.flow(r"^Rote: hit-literal")
    learnt = web.flow(r"^Rote: hit-template")

    assert [flow["marked"] for flow in (miss, repeat, learnt)] == ["🌱", "⚡", "✨"]


def test_an_audit_says_what_it_found_on_both_flows(web: Web) -> None:
    learnt = web.flow(r"^Rote: hit-template.*; audited: the provider's answer is the same")
    audit = web.flow(r"^Rote: an audit; the provider's answer is the same")

    assert audit["marked"] == "🔍"
    assert audit["id"] != learnt["id"]


def test_a_learnt_answer_shows_what_was_read_and_how_each_value_was_made(web: Web) -> None:
    learnt = web.flow(r"^Rote: hit-template")
    explained(web, learnt)

    request, response = (web.shown(learnt, message) for message in ("request", "response"))

    assert request["view_name"] == response["view_name"] == "Rote"
    assert request["text"].startswith("# Rote: answered from what was learnt")
    assert "system:\n  You weigh.\n" in request["text"]
    assert (
        "Please weigh crate ⟦C2048⟧ for me.\n  # “C2048”: slot 1 of the user's message"
        in (request["text"])
    )
    assert "assistant calls weigh:  # call 1\n" in response["text"]
    assert re.search(r'crate: ⟦"C2048"⟧  # .*slot 1 of the user', response["text"])
    assert 'unit: ⟦"kg"⟧  # always “kg”' in response["text"]


def test_a_stream_can_be_looked_at_once_it_has_passed(web: Web) -> None:
    streamed = web.flow(r"^Rote: miss .*another|^Rote: miss \(never asked before: new model")

    shown = web.shown(streamed, "response")
    raw = web.shown(streamed, "response", "raw")

    assert shown["view_name"] == "Rote"
    assert answers.SAID in shown["text"]
    assert "assistant calls forecast:" in shown["text"]
    assert raw["text"].replace("\r", "").startswith("data: ")


def test_what_is_no_conversation_is_left_to_the_other_views(web: Web) -> None:
    web.proxy.post(CHAT, b'{"model": "m", "messages": "none"}')
    flow = web.flow("cannot be read")

    assert web.shown(flow, "request")["view_name"] == "JSON"


def test_a_decision_is_explained_by_its_flow_and_by_its_number(web: Web) -> None:
    rows = explained(web, web.flow(r"^Rote: hit-template"))
    number = rows[0][1].partition(":")[0]

    assert rows[0][1].startswith(f"{number}: answered from what was learnt, at ")
    assert ["program", "`unit` = “kg”: always “kg”"] in rows
    assert any(name == "cost" and said.startswith("saved 40 tokens") for name, said in rows)
    assert web.run("rote.decision", number)[1:] == rows[1:]
    assert web.run("rote.decisions")[-1][0] == "1"


def test_what_cannot_be_explained_says_why_not(web: Web) -> None:
    web.proxy.post("/v1/embeddings", b"{}")
    flow = next(one for one in web.ask("/flows") if one["request"]["path"] == "/v1/embeddings")

    assert web.run("rote.explain", f"@{flow['id']}") == "Rote decided nothing about these flows."
    assert web.run("rote.decision", "999999") == "Decision 999999 is not in the log."


def test_what_was_saved_is_told(web: Web) -> None:
    rows = dict(web.run("rote.stats"))

    hits = web.proxy.own("/api/stats")["hits"]
    assert rows["served"].startswith(f"{hits['literal'] + hits['template']} (")
    assert re.match(r"[1-9]\d* the same, 0 different", rows["audits"])


def test_prometheus_reads_what_the_proxy_tells(web: Web) -> None:
    asked = http.client.HTTPConnection("127.0.0.1", web.proxy.port, timeout=20)
    with contextlib.closing(asked):
        asked.request("GET", "http://rote.internal/metrics", headers={"Host": "rote.internal"})
        text = asked.getresponse().read().decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}

    hits = [s for s in families["rote_requests"].samples if s.labels["outcome"] == "hit-literal"]
    assert [s.labels["model"] for s in hits] == [answers.MODEL]
    assert hits[0].value >= 1
    assert families["rote_store_usable"].samples[0].value == 1


def test_the_mode_is_changed_and_only_to_one_that_there_is(web: Web) -> None:
    assert web.run("rote.modes") == ["serve", "shadow", "replay", "off"]
    assert web.run("rote.mode", "sometimes") == "Invalid choice."

    web.run("rote.mode", "shadow")
    response = web.proxy.post(CHAT, asking(1700), authorization=f"Bearer {SECRET}")
    web.run("rote.mode", "serve")

    assert (
        'fwd=miss; stored; detail="in shadow; known as literal"'
        in (response.headers["cache-status"])
    )
    shadow = web.flow("in shadow; known as literal.*it would have been right")
    assert shadow["marked"] == "🌱"


def test_what_was_recorded_of_a_flow_is_forgotten(web: Web) -> None:
    web.proxy.post(CHAT, asking(3001), authorization="Bearer sk-third")
    web.proxy.settle()
    flow = web.flow("^Rote: miss .*this system prompt yet|^Rote: miss .never asked before")
    explained(web, flow)
    known = web.proxy.post(CHAT, asking(3001), authorization="Bearer sk-third")

    asked = web.run("rote.forget", f"@{flow['id']}")
    told = web.logged(r"would be forgotten: 1 exchange of node")
    still = web.proxy.post(CHAT, asking(3001), authorization="Bearer sk-third")
    refused = web.run("rote.forget", f"@{flow['id']}", "perhaps")
    web.run("rote.forget", f"@{flow['id']}", "yes")

    assert "Nothing has gone yet" in asked[-1][-1]
    assert asked[0][0] in told
    assert "; hit;" in still.headers["cache-status"]
    assert refused == "Invalid choice."
    deadline = time.monotonic() + START_S
    while "; hit;" in known.headers["cache-status"]:
        assert time.monotonic() < deadline
        known = web.proxy.post(CHAT, asking(3001), authorization="Bearer sk-third")
    assert "fwd=miss" in known.headers["cache-status"]


def test_what_answered_a_flow_is_distrusted_until_that_is_taken_back(web: Web) -> None:
    def ask() -> str:
        response = web.proxy.post(CHAT, asking(1700), authorization=f"Bearer {SECRET}")
        return response.headers["cache-status"]

    before = ask()
    flow = web.flow("^Rote: hit-literal")
    explained(web, flow)
    web.run("rote.distrust", f"@{flow['id']}")
    distrusted = ask()
    web.run("rote.undecide", f"@{flow['id']}")
    again = ask()
    refused = web.run("rote.trust", "~u /nothing-of-the-kind")

    assert ["; hit;" in status for status in (before, distrusted, again)] == [True, False, True]
    assert refused == "Rote decided nothing about these flows."


def test_no_view_shows_a_credential(web: Web) -> None:
    flow = web.flow(r"^Rote: hit-template")

    said = [web.shown(flow, message)["text"] for message in ("request", "response")]

    assert not [text for text in said if SECRET in text]
