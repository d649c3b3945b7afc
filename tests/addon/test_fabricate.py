"""Responses that are made here."""

import gc

from mitmproxy import http

from addon.decision import Decision, Outcome
from addon.fabricate import answered
from addon.wire.codec import WireResponse


def test_a_response_is_what_was_written_and_leaves_the_garbage_collector_nothing_to_find() -> None:
    written = WireResponse((("content-type", "application/json"),), b"{}")
    decision = Decision(Outcome.HIT_LITERAL, "literal", key="0a")
    gc.collect()
    gc.disable()
    try:
        response = answered(written, decision, 1_800_000_000)
        found = gc.collect()
    finally:
        gc.enable()

    assert not found
    assert response.trailers is None
    assert dict(response.headers) == {
        "content-type": "application/json",
        "content-length": "2",
        "date": "Fri, 15 Jan 2027 08:00:00 GMT",
        "Cache-Status": 'rote; hit; key="0a"; detail=literal',
    }


def test_what_is_changed_in_a_response_changes_no_other() -> None:
    written = WireResponse((("content-type", "application/json"),), b"{}")
    decision = Decision(Outcome.HIT_LITERAL, "literal", key="0a")
    first, second = (answered(written, decision, now_s) for now_s in (1, 2))

    first.headers["content-type"], first.content, first.status_code = "text/plain", b"x", 500
    first.trailers = http.Headers(((b"a", b"b"),))

    assert second.headers["content-type"] == "application/json"
    assert (second.status_code, second.content, second.trailers) == (200, b"{}", None)
    assert (second.timestamp_start, second.timestamp_end) == (2, 2)
    assert answered(written, decision, 3).trailers is None
