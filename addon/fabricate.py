"""Responses made here instead of at a provider; no provider's format is known in this module."""

import email.utils
from copy import copy
from functools import lru_cache

import msgspec
from mitmproxy import http

from addon.decision import Decision
from addon.wire.codec import WireResponse

CACHE_STATUS = "Cache-Status"
_BLANK = http.Response(b"HTTP/1.1", 200, b"OK", http.Headers(), b"", http.Headers(), 0, 0)
# That none are no trailers mitmproxy finds out by two errors, which keep all that is at work until the collector comes.
_BLANK.trailers = None


def answered(response: WireResponse, decision: Decision, now_s: float) -> http.Response:
    """What a codec wrote, as mitmproxy sends it."""
    fields = [(k.encode(), v.encode("utf-8", "surrogateescape")) for k, v in response.headers]
    fields += [
        (b"content-length", b"%d" % len(response.body)),
        (b"date", _date(int(now_s))),
        (CACHE_STATUS.encode(), decision.cache_status.encode()),
    ]
    # To make one checks the types of all its members, which takes as long as all else that a hit takes here.
    made = copy(_BLANK)
    made.data = data = copy(_BLANK.data)
    data.headers, data.content = http.Headers(fields), response.body
    data.timestamp_start = data.timestamp_end = now_s
    return made


@lru_cache(maxsize=1)
def _date(now_s: int) -> bytes:
    """The time as RFC 9110, section 5.6.7 writes it; the same all second long."""
    return email.utils.formatdate(now_s, usegmt=True).encode()


def refused(decision: Decision, message: str) -> http.Response:
    """A 504 that says why nothing is served; in a shape that every SDK finds its message in.

    Source: RFC 9111, section 5.2.1.7 (`only-if-cached`). The SDKs of OpenAI and Anthropic try again on a 504
    unless `x-should-retry` says no.
    """
    error = {"type": "rote_miss", "code": 504, "status": "NOT_IN_MEMORY", "message": message}
    body = msgspec.json.encode({"type": "error", "error": error})
    headers = {
        "content-type": "application/json",
        "x-should-retry": "false",
        CACHE_STATUS: decision.cache_status,
    }
    return http.Response.make(504, body, headers)


def announce(response: http.Response, decision: Decision) -> None:
    """Say on a provider's own response what was decided, after what other caches said."""
    response.headers.fields += ((CACHE_STATUS.encode(), decision.cache_status.encode()),)
