"""A client that sends requests over and over, through a proxy and TLS, on connections that stay open."""

import asyncio
import contextlib
import itertools
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Load:
    """What a burst of requests came to."""

    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    """From the first byte sent to the last byte of the answer."""
    firsts_s: list[float] = field(default_factory=list)
    """From the first byte sent to the end of the answer's head."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies_s) / self.seconds


@dataclass(frozen=True)
class Target:
    """What is sent, and through which proxy."""

    port: int
    authority: str
    requests: Iterator[bytes]
    """Whole requests, taken one by one, by all connections together."""
    tls: ssl.SSLContext | None
    """None for a server that is asked directly, without TLS."""


def post(authority: str, body: bytes, path: str = "/v1/chat/completions") -> bytes:
    """A whole request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer sk-bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def over_and_over(requests: list[bytes]) -> Iterator[bytes]:
    """The same requests in turns, without end."""
    return itertools.cycle(requests)


class Lines:
    """Open connections to one target."""

    def __init__(self, target: Target, count: int) -> None:
        self.target = target
        self._count = count
        self._streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> Self:
        self._streams = [await connected(self.target) for _ in range(self._count)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for stream in self._streams:
            stream[1].close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await stream[1].wait_closed()

    async def burst(self, seconds: float) -> Load:
        """Send requests for a while, on each connection as soon as it is answered.

        Raises:
            RuntimeError: An answer was not a 200.
        """
        load, started = Load(), time.perf_counter()
        ends = started + seconds
        await asyncio.gather(
            *(_talk(*stream, self.target.requests, ends, load) for stream in self._streams)
        )
        load.seconds = time.perf_counter() - started
        return load


async def connected(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection through the proxy, with TLS up to it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    if target.tls is None:
        return reader, writer
    authority = target.authority
    writer.write(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    await writer.start_tls(target.tls, server_hostname=authority.partition(":")[0])
    return reader, writer


async def _talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Iterator[bytes],
    ends: float,
    load: Load,
) -> None:
    while time.perf_counter() < ends:
        request = next(requests)
        begun = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        first = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode("utf-8", "replace"))
        await reader.readexactly(_length(head))
        load.firsts_s.append(first - begun)
        load.latencies_s.append(time.perf_counter() - begun)


def _length(head: bytes) -> int:
    fields = head.lower().split(b"\r\n")
    return next(
        int(line.partition(b":")[2]) for line in fields if line.startswith(b"content-length:")
    )
