"""Equal requests at once, through a real mitmdump: one is asked upstream, the others are served what it brings."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.addon import answers
from tests.addon.answers import asking
from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import Script, StandIn, plain, stream

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"
CROWD = 5
TOGETHER = "literal; waited for the same request"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, provider: StandIn) -> Iterator[Proxied]:
    with proxied(tmp_path_factory.mktemp("home"), provider, "rote_wait=5m") as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxied) -> Proxied:
    running.provider.asked.clear()
    return running


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(CROWD + 2) as threads:
        yield threads


class Held:
    """A provider that answers when it is let go.

    Args:
        script: What it answers then.
    """

    def __init__(self, script: Script) -> None:
        self.go = threading.Event()
        self._script = script

    def __call__(self, body: bytes) -> Script:
        del body
        assert self.go.wait(60), "nobody let the provider answer"
        return self._script


def going_on(call: str) -> bytes:
    """A turn after a tool call of this id."""
    said = {"type": "tool_use", "id": call, "name": "forecast", "input": answers.CALL}
    told = {"type": "tool_result", "tool_use_id": call, "content": "21 °C"}
    talk = [
        {"role": "user", "content": "And the weather?"},
        {"role": "assistant", "content": [said]},
        {"role": "user", "content": [told]},
    ]
    return json.dumps({"model": answers.MODEL, "max_tokens": 99, "messages": talk}).encode()


def until(claim: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not claim():
        assert time.monotonic() < deadline, "it does not come to pass"
        time.sleep(0.01)


def details(proxy: Proxied) -> list[str]:
    """The words of the last decisions."""
    return [one["detail"] for one in proxy.own("/api/decisions?limit=100")["decisions"]]


def waiting(proxy: Proxied, count: int) -> None:
    """Let so many requests wait for another."""
    until(lambda: proxy.own("/api/health")["waiting"] == count)


def at_once(
    crowd: ThreadPoolExecutor, proxy: Proxied, body: bytes, *others: bytes, **headers: str
) -> tuple[Future[HTTPResponse], list[Future[HTTPResponse]]]:
    """Ask, and when that is upstream ask the others, which wait; the first answer to come, and those of the others."""
    first = crowd.submit(proxy.post, CHAT, body, **headers)
    until(lambda: len(proxy.provider.asked) == 1)
    rest = [crowd.submit(proxy.post, CHAT, other, **headers) for other in others]
    waiting(proxy, len(others))
    return first, rest


def statuses(responses: list[Future[HTTPResponse]]) -> list[str]:
    return [one.result().headers["cache-status"] for one in responses]


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
def test_of_equal_requests_one_goes_upstream_and_the_others_get_its_answer(
    proxy: Proxied,
    crowd: ThreadPoolExecutor,
    streamed: bool,  # noqa: FBT001
) -> None:
    script = stream(*answers.CHAT_STREAM) if streamed else plain(answers.CHAT)
    proxy.provider.script = held = Held(script)
    before = details(proxy).count(TOGETHER)
    body = asking(f"together {streamed}", stream=streamed)
    other = asking(f"together {streamed}", stream=not streamed)

    first, rest = at_once(crowd, proxy, body, *[body] * (CROWD - 1), other)
    held.go.set()
    seen = statuses(rest)
    proxy.settle()
    until(lambda: details(proxy).count(TOGETHER) == before + CROWD)

    assert len(proxy.provider.asked) == 1
    assert "fwd=miss; stored" in first.result().headers["cache-status"]
    assert all("; hit;" in status for status in seen)
    said = [one.result().body for one in rest]  # type: ignore[attr-defined]
    assert len(set(said)) == CROWD, "every answer has ids of its own"
    assert all(b"forecast" in body for body in said)


FAILURES = {
    "an error": Script([b'{"error": {"message": "busy"}}'], status=529),
    "an answer that must not be remembered": plain(
        answers.CHAT.replace(b'"tool_calls"}', b'"content_filter"}')
    ),
    "a stream that breaks off": Script(
        answers.CHAT_STREAM[:3],
        headers={"content-type": "text/event-stream"},
        chunked=True,
        breaks_off=True,
    ),
}


@pytest.mark.parametrize("how", FAILURES)
def test_where_the_first_brings_nothing_each_goes_on_its_own(
    proxy: Proxied, crowd: ThreadPoolExecutor, how: str
) -> None:
    proxy.provider.script = held = Held(FAILURES[how])
    body = asking(f"failing by {how}")

    first, rest = at_once(crowd, proxy, body, body, body)
    proxy.provider.script = plain(answers.CHAT)
    held.go.set()
    seen = statuses(rest)
    with contextlib.suppress(Exception):
        first.result()

    assert len(proxy.provider.asked) == 3
    assert all("fwd=miss" in one and "waited in vain for the same request" in one for one in seen)
    assert all(one.result().body == answers.CHAT for one in rest)  # type: ignore[attr-defined]


def test_where_the_first_client_hangs_up_the_others_go_on(
    proxy: Proxied, crowd: ThreadPoolExecutor
) -> None:
    proxy.provider.script = held = Held(plain(answers.CHAT))
    body = asking("hanging up")
    connection = proxy.connect()
    connection.request("POST", CHAT, body, {"content-type": "application/json"})
    until(lambda: len(proxy.provider.asked) == 1)
    other = crowd.submit(proxy.post, CHAT, body)
    waiting(proxy, 1)

    proxy.provider.script = plain(answers.CHAT)
    connection.close()
    status = other.result().headers["cache-status"]
    held.go.set()

    assert "waited in vain" in status
    assert len(proxy.provider.asked) == 2


def test_nobody_waits_for_another_tenant_another_model_or_when_told_not_to(
    proxy: Proxied, crowd: ThreadPoolExecutor
) -> None:
    proxy.provider.script = held = Held(plain(answers.CHAT))
    body = asking("strangers")
    first, _ = at_once(crowd, proxy, body, authorization="Bearer sk-a")
    proxy.provider.script = plain(answers.CHAT)

    others = [
        proxy.post(CHAT, body, authorization="Bearer sk-b"),
        proxy.post(CHAT, asking("strangers", model="stand-in-2"), authorization="Bearer sk-a"),
        proxy.post(CHAT, body, authorization="Bearer sk-a", cache_control="no-cache"),
        proxy.post(CHAT, body, authorization="Bearer sk-a", cache_control="no-store"),
    ]
    refused = proxy.post(
        CHAT, asking("strangers 2"), authorization="Bearer sk-a", cache_control="only-if-cached"
    )
    held.go.set()

    assert [one.headers["cache-status"].count("fwd=miss") for one in others] == [1] * 4
    assert refused.status == 504
    assert len(proxy.provider.asked) == 5
    assert first.result().status == 200


def test_what_is_signed_is_not_shared_with_one_that_has_other_ids(
    proxy: Proxied, crowd: ThreadPoolExecutor
) -> None:
    signed = json.loads(answers.MESSAGE)
    signed["content"].insert(0, {"type": "thinking", "thinking": "Sun.", "signature": "EqQBCgIY"})
    proxy.provider.script = held = Held(plain(json.dumps(signed).encode()))

    first = crowd.submit(proxy.post, MESSAGES, going_on("toolu_01A"))
    until(lambda: len(proxy.provider.asked) == 1)
    rest = [crowd.submit(proxy.post, MESSAGES, going_on(f"toolu_01{name}")) for name in "AB"]
    waiting(proxy, 2)
    held.go.set()
    same, other = statuses(rest)

    assert first.result().status == 200
    assert "; hit;" in same
    assert "waited in vain" in other
    assert len(proxy.provider.asked) == 2


def test_who_may_not_ask_upstream_is_no_reason_to_wait(
    proxy: Proxied, crowd: ThreadPoolExecutor
) -> None:
    proxy.provider.script = plain(answers.CHAT)
    body = asking("refused first")

    refused = proxy.post(CHAT, body, cache_control="only-if-cached")
    response = crowd.submit(proxy.post, CHAT, body).result(60)

    assert refused.status == 504
    assert "waited" not in response.headers["cache-status"]


@pytest.mark.parametrize(("wait", "words"), [("1s", True), ("off", False)])
def test_the_wait_is_bounded_and_may_be_turned_off(
    provider: StandIn,
    tmp_path: Path,
    crowd: ThreadPoolExecutor,
    wait: str,
    words: bool,  # noqa: FBT001
) -> None:
    provider.asked.clear()
    provider.script = held = Held(plain(answers.CHAT))
    # Where only repeats are served, what waits has been decided already.
    settings = (f"rote_wait={wait}", "rote_max_error=0")
    with proxied(tmp_path, provider, *settings) as proxy:
        first = crowd.submit(proxy.post, CHAT, asking("long"))
        until(lambda: len(provider.asked) == 1)
        provider.script = FAILURES["an error"]
        # The first is still away then, and so nobody waits for it a second time.
        seen = [proxy.post(CHAT, asking("long")).headers["cache-status"] for _ in range(2)]
        held.go.set()
        first.result()

    assert len(provider.asked) == 3
    assert ["waited in vain for the same request" in status for status in seen] == [words, False]


def test_two_proxies_on_one_store_ask_each_for_itself(
    provider: StandIn, proxy: Proxied, crowd: ThreadPoolExecutor
) -> None:
    provider.script = held = Held(plain(answers.CHAT))
    with proxied(proxy.home, provider) as other:
        responses = [crowd.submit(each.post, CHAT, asking("both")) for each in (proxy, other)]
        until(lambda: len(provider.asked) == 2)
        held.go.set()
        seen = statuses(responses)
        proxy.settle()
        later = other.post(CHAT, asking("both")).headers["cache-status"]

    assert all("fwd=miss; stored" in status for status in seen)
    assert "; hit;" in later
