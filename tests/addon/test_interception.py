"""A real mitmdump between a plain HTTP client and a provider over TLS: what passes, what is kept, what is served."""

import contextlib
import gzip
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from tests.addon import answers
from tests.addon.answers import asking
from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import Script, StandIn, plain, stand_in, stream

CHAT = "/v1/chat/completions"
GEMINI = "/v1beta/models/m:generateContent"
SAID_AT = {
    CHAT: (answers.CHAT, asking("behind a gateway")),
    "/v1/responses": (answers.RESPONSE, b'{"model": "m", "input": "behind a gateway"}'),
    "/v1/messages": (
        answers.MESSAGE,
        b'{"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "behind"}]}',
    ),
    GEMINI: (answers.GEMINI, b'{"contents": [{"role": "user", "parts": [{"text": "behind"}]}]}'),
}
"""An answer of each API, and a request for it."""
NEVER = Script([b'{"error": "not from memory"}'], status=418)


@pytest.fixture(scope="module", params=["mitmdump", "rote serve"])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, provider: StandIn
) -> Iterator[Proxied]:
    with proxied(tmp_path_factory.mktemp("home"), provider, program=request.param) as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxied) -> Proxied:
    running.provider.asked.clear()
    running.provider.script = plain(answers.CHAT)
    return running


def learn(proxy: Proxied, body: bytes, **headers: str) -> None:
    """Have an answer to this request remembered, and nothing given from now on."""
    proxy.post(CHAT, body, **headers)
    proxy.settle()
    proxy.provider.asked.clear()
    proxy.provider.script = NEVER


def test_a_miss_says_so_and_arrives_as_the_provider_sent_it(proxy: Proxied) -> None:
    proxy.provider.script = plain(answers.CHAT, x_request_id="req_abc", x_odd="1")

    response = proxy.post(CHAT, asking("as sent"), authorization="Bearer sk-test", x_mine="2")

    assert response.body == answers.CHAT  # type: ignore[attr-defined]
    assert response.headers["x-odd"] == "1"
    assert response.headers["cache-status"].startswith("rote; fwd=miss; stored; detail=")
    asked = proxy.provider.asked[0]
    assert asked.body == asking("as sent")
    assert {"x-mine": "2", "authorization": "Bearer sk-test"}.items() <= dict(asked.headers).items()


def test_a_hit_asks_nobody_and_says_so(proxy: Proxied) -> None:
    learn(proxy, asking("known"))

    response = proxy.post(CHAT, asking("known"))

    assert response.headers["cache-status"].endswith("; detail=literal")
    assert 'rote; hit; key="' in response.headers["cache-status"]
    assert not proxy.provider.asked


def test_rotes_own_headers_never_reach_the_provider(proxy: Proxied) -> None:
    proxy.post(CHAT, asking("own headers"), rote_bindings='{"name": "Erik"}')

    assert not [name for name, _ in proxy.provider.asked[0].headers if name.startswith("rote-")]


def test_a_stream_reaches_the_client_before_its_end_is_sent(proxy: Proxied) -> None:
    read = threading.Event()
    script = stream(*answers.CHAT_STREAM)
    proxy.provider.script = Script(
        script.pieces, headers=script.headers, chunked=True, gate=lambda: read.wait(10)
    )
    connection = proxy.connect()
    connection.request(
        "POST", CHAT, asking("early", stream=True), {"content-type": "application/json"}
    )

    with contextlib.closing(connection):
        response = connection.getresponse()
        first = response.read1(10_000)
        read.set()
        rest = response.read()

    assert first == answers.CHAT_STREAM[0]
    assert first + rest == b"".join(answers.CHAT_STREAM)


@pytest.mark.parametrize(
    ("coding", "encoded"),
    [
        ("gzip", gzip.compress(answers.CHAT)),
        ("br", brotli.compress(answers.CHAT)),
        ("zstd", zstandard.compress(answers.CHAT)),
    ],
)
def test_a_coded_answer_passes_as_it_is_and_is_remembered(
    proxy: Proxied, coding: str, encoded: bytes
) -> None:
    proxy.provider.script = plain(encoded, content_encoding=coding)
    body = asking(f"in {coding}")

    forwarded = proxy.post(CHAT, body)
    proxy.settle()
    proxy.provider.script = NEVER
    served = proxy.post(CHAT, body)

    assert forwarded.body == encoded  # type: ignore[attr-defined]
    assert "; hit;" in served.headers["cache-status"]
    said = json.loads(served.body)["choices"][0]["message"]["content"]  # type: ignore[attr-defined]
    assert said == answers.SAID


def test_a_coded_request_is_the_same_request(proxy: Proxied) -> None:
    learn(proxy, asking("coded request"))

    response = proxy.post(CHAT, gzip.compress(asking("coded request")), content_encoding="gzip")

    assert "; hit;" in response.headers["cache-status"]


BROKEN = {
    "an error status": Script([b'{"error": {"message": "slow down"}}'], status=429),
    "a body that is no JSON": plain(b"<html>busy</html>"),
    "a body that is cut": plain(answers.CHAT[:-20]),
    "a stream without its end": stream(*answers.CHAT_STREAM[:3]),
    "an error in a stream": stream(
        answers.CHAT_STREAM[0], b'data: {"error": {"message": "x"}}\n\n'
    ),
    "a coding that it is not in": plain(answers.CHAT, content_encoding="gzip"),
    "a coding that nobody knows": plain(answers.CHAT, content_encoding="x-mine"),
    "fewer bytes than announced": Script(
        [answers.CHAT],
        headers={"content-type": "application/json"},
        claims_bytes=len(answers.CHAT) + 5,
        breaks_off=True,
    ),
    "a stream that breaks off": Script(
        answers.CHAT_STREAM,
        headers={"content-type": "text/event-stream"},
        chunked=True,
        breaks_off=True,
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_answer_passes_and_is_not_remembered(proxy: Proxied, how: str) -> None:
    body = asking(f"broken by {how}")
    proxy.provider.script = script = BROKEN[how]

    with contextlib.suppress(http.client.IncompleteRead):
        response = proxy.post(CHAT, body)
        assert response.status == script.status
        assert response.body == b"".join(script.pieces)  # type: ignore[attr-defined]
    proxy.settle()
    proxy.provider.asked.clear()
    again = proxy.post(CHAT, body) if not script.breaks_off else None

    assert again is None or "fwd=miss" in again.headers["cache-status"]
    proxy.provider.script = plain(answers.CHAT)
    assert "fwd=miss" in proxy.post(CHAT, body).headers["cache-status"]
    assert "Traceback" not in proxy.log


def test_a_client_that_hangs_up_leaves_nothing_behind(proxy: Proxied) -> None:
    gone = threading.Event()
    script = stream(*answers.CHAT_STREAM)
    proxy.provider.script = Script(
        script.pieces, headers=script.headers, chunked=True, gate=lambda: gone.wait(10)
    )
    connection = proxy.connect()
    connection.request(
        "POST", CHAT, asking("gone", stream=True), {"content-type": "application/json"}
    )
    with contextlib.closing(connection), connection.getresponse() as response:
        response.read1(10)
    gone.set()
    proxy.settle()

    proxy.provider.script = plain(answers.CHAT)
    assert "fwd=miss" in proxy.post(CHAT, asking("gone", stream=True)).headers["cache-status"]
    assert "Traceback" not in proxy.log


@pytest.mark.parametrize("body", [b"not JSON", b"[]", b'{"messages": 5}', b""])
def test_a_request_that_cannot_be_read_is_forwarded_untouched(proxy: Proxied, body: bytes) -> None:
    response = proxy.post(CHAT, body)

    assert proxy.provider.asked[0].body == body
    assert response.headers["cache-status"].startswith("rote; fwd=bypass; detail=")


@pytest.mark.parametrize("path", ["/v1/embeddings", "/v1/files", "/v1/chat/completions/abc"])
def test_what_is_no_conversation_passes_as_a_bypass(proxy: Proxied, path: str) -> None:
    responses = [proxy.post(path, b'{"input": "x"}') for _ in range(2)]

    assert len(proxy.provider.asked) == 2
    assert responses[1].headers["cache-status"].startswith("rote; fwd=bypass")


def test_no_cache_forwards_and_learns_again(proxy: Proxied) -> None:
    body = asking("again")
    learn(proxy, body)
    newer = answers.CHAT.replace(b"21", b"22")
    proxy.provider.script = plain(newer)

    forwarded = proxy.post(CHAT, body, cache_control="no-cache")
    proxy.settle()
    served = proxy.post(CHAT, body)

    assert "fwd=miss; stored" in forwarded.headers["cache-status"]
    assert len(proxy.provider.asked) == 1
    assert b"22" in served.body  # type: ignore[attr-defined]


def test_no_store_forwards_and_learns_nothing(proxy: Proxied) -> None:
    body = asking("secret")

    response = proxy.post(CHAT, body, cache_control="no-store")
    proxy.settle()

    assert "stored" not in response.headers["cache-status"]
    assert "fwd=miss; stored" in proxy.post(CHAT, body).headers["cache-status"]


def test_only_if_cached_is_never_forwarded(proxy: Proxied) -> None:
    learn(proxy, asking("is cached"))

    known = proxy.post(CHAT, asking("is cached"), cache_control="only-if-cached")
    unknown = proxy.post(CHAT, asking("is not cached"), cache_control="only-if-cached")

    assert known.status == 200
    assert unknown.status == 504
    assert unknown.headers["x-should-retry"] == "false"
    message = json.loads(unknown.body)["error"]["message"]  # type: ignore[attr-defined]
    assert "only-if-cached" in message
    assert "is not cached" in message, "the nearest branch is named, and where it differs"
    assert not proxy.provider.asked


def test_health_tells_what_is_open_and_stats_what_was_saved(proxy: Proxied) -> None:
    before = proxy.own("/api/stats")
    learn(proxy, asking("counted"))
    proxy.post(CHAT, asking("counted"))

    health, after = proxy.own("/api/health"), proxy.own("/api/stats")

    assert health["status"] == "ok"
    assert health["mode"] == "serve"
    assert health["pending"] == 0
    assert after["hits"]["literal"] - before["hits"]["literal"] == 1
    assert after["misses"] - before["misses"] == 1
    assert after["tokens_saved"]["input"] - before["tokens_saved"]["input"] == 31


def test_another_host_is_tunnelled_and_shows_its_own_certificate(
    proxy: Proxied, tmp_path: Path
) -> None:
    with stand_in(tmp_path) as stranger:
        context = ssl.create_default_context(cafile=str(stranger.certificate))
        connection = http.client.HTTPSConnection(
            "127.0.0.1", proxy.port, context=context, timeout=10
        )
        connection.set_tunnel("localhost", stranger.port)
        connection.request("GET", "/")
        response = connection.getresponse()
        response.read()
        assert isinstance(connection.sock, ssl.SSLSocket) or response.status == 200
        own = ssl.PEM_cert_to_DER_cert(stranger.certificate.read_text())
        connection.request("GET", "/")
        assert connection.sock is not None
        shown = connection.sock.getpeercert(binary_form=True)
        connection.close()

    assert shown == own
    assert response.headers["cache-status"] is None


def test_known_requests_are_answered_with_the_provider_gone(tmp_path: Path) -> None:
    with stand_in(tmp_path) as provider, proxied(tmp_path, provider) as proxy:
        provider.script = plain(answers.CHAT)
        learn(proxy, asking("unplugged"))
        provider.shutdown()
        provider.server_close()

        served = proxy.post(CHAT, asking("unplugged"))
        unknown = proxy.post(CHAT, asking("never asked"))

    assert "; hit;" in served.headers["cache-status"]
    assert unknown.status == 502


def test_memory_outlives_the_proxy_and_replay_never_forwards(
    provider: StandIn, tmp_path: Path
) -> None:
    provider.script = plain(answers.CHAT)
    with proxied(tmp_path, provider) as proxy:
        learn(proxy, asking("for later"))

    with proxied(tmp_path, provider, "rote_mode=replay") as proxy:
        known = proxy.post(CHAT, asking("for later"))
        unknown = proxy.post(CHAT, asking("for never"))
        elsewhere = proxy.post("/v1/embeddings", b"{}")

    assert "; hit;" in known.headers["cache-status"]
    assert [unknown.status, elsewhere.status] == [504, 504]
    message = json.loads(unknown.body)["error"]["message"]  # type: ignore[attr-defined]
    assert "nearest known branch" in message
    assert "later" in message
    assert not provider.asked


def test_shadow_always_forwards_and_counts_what_it_would_have_served(
    provider: StandIn, tmp_path: Path
) -> None:
    said = [answers.CHAT, answers.CHAT, answers.CHAT.replace(b"Lisbon ", b"Porto ")]
    statuses = []
    with proxied(tmp_path, provider, "rote_mode=shadow") as proxy:
        for body in said:
            provider.script = plain(body)
            statuses.append(proxy.post(CHAT, asking("in shadow")).headers["cache-status"])
            proxy.settle()
        stats = proxy.own("/api/stats")

    assert all("fwd=miss" in status for status in statuses)
    assert stats["hits"] == {"literal": 0, "template": 0}
    assert stats["shadow"] == {"right": 1, "wrong": 1, "unknown": 0}


def test_off_forwards_and_learns_nothing(provider: StandIn, tmp_path: Path) -> None:
    provider.script = plain(answers.CHAT)
    with proxied(tmp_path, provider, "rote_mode=off") as proxy:
        proxy.post(CHAT, asking("off"))
        again = proxy.post(CHAT, asking("off"))

    assert again.headers["cache-status"] == 'rote; fwd=bypass; detail="rote_mode is off"'


def test_a_store_that_cannot_be_used_leaves_a_plain_proxy(
    provider: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    provider.script = plain(answers.CHAT)
    with proxied(tmp_path, provider, f"rote_store={tmp_path / 'file' / 'store'}") as proxy:
        response = proxy.post(CHAT, asking("no store"))
        health = proxy.own("/api/health")

    assert response.body == answers.CHAT  # type: ignore[attr-defined]
    assert health["status"] == "degraded"
    assert "file" in health["store"]["state"]


@pytest.mark.parametrize("program", ["mitmdump", "rote serve"])
def test_a_base_url_client_works_in_reverse_mode(
    provider: StandIn, tmp_path: Path, program: str
) -> None:
    provider.script = plain(answers.CHAT)
    mode = f"reverse:https://localhost:{provider.port}"
    with proxied(tmp_path, provider, mode=mode, program=program) as proxy:
        seen = []
        for _ in range(200):
            connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
            connection.request(
                "POST", CHAT, asking("reverse"), {"content-type": "application/json"}
            )
            response = connection.getresponse()
            response.read()
            connection.close()
            seen.append(response.headers["cache-status"])
            if "; hit;" in seen[-1]:
                break

    assert "fwd=miss; stored" in seen[0]
    assert "; hit;" in seen[-1]


def test_two_clients_at_once_are_told_apart(proxy: Proxied) -> None:
    learn(proxy, asking("whose"), authorization="Bearer sk-a")

    other = proxy.post(CHAT, asking("whose"), authorization="Bearer sk-b")
    same = proxy.post(CHAT, asking("whose"), authorization="Bearer sk-a")

    assert "fwd=miss" in other.headers["cache-status"]
    assert "; hit;" in same.headers["cache-status"]


@pytest.mark.parametrize("path", [CHAT, "/v1/responses", "/v1/messages", GEMINI])
def test_another_choice_behind_a_gateway_is_another_question(proxy: Proxied, path: str) -> None:
    answer, body = SAID_AT[path]
    proxy.provider.script = plain(answer)
    proxy.post(path, body, x_portkey_provider="one", x_portkey_trace_id="1")
    proxy.settle()

    other = proxy.post(path, body, x_portkey_provider="other", x_portkey_trace_id="1")
    none = proxy.post(path, body)
    same = proxy.post(path, body, x_portkey_provider="one", x_portkey_trace_id="2")

    assert "fwd=miss" in other.headers["cache-status"]
    assert "fwd=miss" in none.headers["cache-status"]
    assert "; hit;" in same.headers["cache-status"]


def test_bytes_that_are_no_http_do_no_harm(proxy: Proxied) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as raw:
        raw.sendall(b"\x00\x01garbage\r\n\r\n")

    assert proxy.own("/api/health")["status"] == "ok"


def test_a_turn_that_goes_on_from_what_was_served_reaches_the_provider_in_full(
    proxy: Proxied,
) -> None:
    responses = "/v1/responses"
    first = json.dumps({"model": answers.MODEL, "input": "stored here"}).encode()
    stored = json.loads(answers.RESPONSE) | {"store": True}
    proxy.provider.script = plain(json.dumps(stored).encode())
    proxy.post(responses, first)
    proxy.settle()
    served = json.loads(proxy.post(responses, first).body)  # type: ignore[attr-defined]
    fresh = served["output"][1]["call_id"]
    result = {"type": "function_call_output", "call_id": fresh, "output": "mild"}
    further = {"model": answers.MODEL, "previous_response_id": served["id"], "input": [result]}
    proxy.provider.asked.clear()

    response = proxy.post(responses, json.dumps(further).encode())

    assert fresh != stored["output"][1]["call_id"]
    assert served["id"] != stored["id"]
    arrived = json.loads(proxy.provider.asked[0].body)
    assert "previous_response_id" not in arrived
    asked, message, call, given = arrived["input"]
    assert asked == {"role": "user", "content": "stored here"}
    assert message == {k: v for k, v in served["output"][0].items() if k != "id"}
    assert call == {k: v for k, v in served["output"][1].items() if k != "id"}
    assert given == result
    assert response.headers["cache-status"].startswith("rote; fwd=miss; stored")
