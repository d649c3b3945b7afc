"""Requests that were answered literally a moment ago: of the very same bytes, nothing needs to be read again.

A literal repeat is mostly that, head and all: so an agent is asked by its user what it was asked before, and a test
suite what it was asked last time. What was read of such a request is kept under a digest of everything that its
meaning may depend on: where it went, its path and query, all of its header fields, the credential among them, and its
body. Neither these bytes nor the credential are kept, and requests that differ in any of them share nothing.

What is answered is never kept here: memory is asked each time, and so whatever was forgotten, has grown old, or is
distrusted by its user is not served. And what was read goes when memory lets go of the answer that it led to, as it
does when anything is forgotten. It is kept of 256 requests at most and of none over 64 KiB, so of 16 MiB in all.
"""

import hashlib
import secrets
from collections.abc import Callable
from weakref import ref

import msgspec
from mitmproxy import http
from msgspec import Struct

from addon.wire.codec import Prompt
from tree.canonical import Place
from tree.message import Answer, Conversation

MOST = 256
LONGEST_BYTES = 64 << 10
"""Of a body."""

_encode = msgspec.msgpack.Encoder().encode


class Repeat(Struct, frozen=True):
    """What was read of a request."""

    prompt: Prompt
    conversation: Conversation
    place: Place
    """Where the conversation ends in the tree."""


class Repeats:
    """What was read of requests, by their digests, for one judge; any thread may let go of an answer."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._kept: dict[bytes, tuple[Repeat, ref[Answer]]] = {}
        """What was kept first is the first."""

    def __len__(self) -> int:
        return len(self._kept)

    def name(self, request: http.Request) -> bytes:
        """The digest of a request; empty for one that is too long to be kept."""
        data = request.data
        body = data.content or b""
        if len(body) > LONGEST_BYTES:
            return b""
        head = _encode((data.scheme, data.host, data.port, data.path, data.headers.fields))
        # Most processors have instructions for it, which makes it several times as fast as BLAKE2.
        digest = hashlib.sha256(self._key)
        digest.update(head)
        digest.update(body)
        return digest.digest()

    def find(self, name: bytes) -> Repeat | None:
        """What was read of the request of this name; None if it is not known."""
        kept = self._kept.get(name)
        return kept[0] if kept else None

    def keep(self, name: bytes, repeat: Repeat, answer: Answer) -> None:
        """Keep what was read of the request of this name, for as long as its answer is at hand."""
        self._kept[name] = repeat, ref(answer, self._gone(name))
        if len(self._kept) > MOST:
            first, *_ = self._kept  # in one step, for another thread may take some meanwhile
            self._kept.pop(first, None)

    def _gone(self, name: bytes) -> Callable[[ref[Answer]], None]:
        kept = self._kept

        def gone(_: ref[Answer]) -> None:
            kept.pop(name, None)

        return gone
