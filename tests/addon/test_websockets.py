"""The Responses API's WebSocket mode passes by untouched, both ways, and is counted as a bypass.

Source: RFC 6455; OpenAI API reference, "Responses", WebSocket mode (`wss://api.openai.com/v1/responses`).
"""

import base64
import hashlib
import socket
import ssl
import struct
from collections.abc import Iterator
from pathlib import Path
from socketserver import StreamRequestHandler

import pytest

from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import StandIn, running

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CREATED = b'{"type": "response.created"}'
ASKED = b'{"type": "response.create", "model": "stand-in-1", "input": "hello"}'
KEY = base64.b64encode(b"sixteen bytes ok").decode()


class Upgrading(StreamRequestHandler):
    """Takes up a WebSocket, says something, and sends back what it is told."""

    def handle(self) -> None:
        head = b"".join(iter(self.rfile.readline, b"\r\n")).decode()
        named = dict(line.split(": ", 1) for line in head.lower().splitlines()[1:])
        key = next(line.split(": ")[1] for line in head.splitlines() if "-Key: " in line)
        digest = hashlib.sha1(f"{key}{_MAGIC}".encode()).digest()  # noqa: S324 - RFC 6455
        accepted = base64.b64encode(digest)
        assert named["upgrade"] == "websocket"
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accepted + b"\r\n\r\n" + frame(CREATED)
        )
        told = self.rfile.read(6 + len(ASKED))
        mask = told[2:6]
        said = bytes(byte ^ mask[at % 4] for at, byte in enumerate(told[6:]))
        self.wfile.write(frame(said))
        self.rfile.read(1)


class Upgraded(StandIn):
    """A provider with WebSockets alone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.RequestHandlerClass = Upgrading


def frame(payload: bytes, *, masked: bool = False) -> bytes:
    """A text frame that is all of its message."""
    mask = b"\x01\x02\x03\x04" if masked else b""
    size = len(payload) | (0x80 if masked else 0)
    if masked:
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return struct.pack(">BB", 0x81, size) + mask + payload


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxied]:
    with running(Upgraded(tmp_path)) as provider, proxied(tmp_path, provider) as started:
        yield started


def dial(proxy: Proxied) -> ssl.SSLSocket:
    """A connection to the provider, through the proxy."""
    raw = socket.create_connection(("127.0.0.1", proxy.port), 20)
    raw.sendall(b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % proxy.provider.port)
    assert b"200" in raw.recv(4096)
    context = ssl.create_default_context(cafile=str(proxy.bundle))
    return context.wrap_socket(raw, server_hostname="localhost")


def test_a_websocket_passes_by_and_is_counted(proxy: Proxied) -> None:
    head = f"GET /v1/responses HTTP/1.1\r\nHost: localhost:{proxy.provider.port}\r\n"
    head += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    with dial(proxy) as line:
        line.sendall(f"{head}Sec-WebSocket-Key: {KEY}\r\n\r\n".encode())
        line.sendall(frame(ASKED, masked=True))
        came = b""
        while not came.endswith(frame(ASKED)):
            piece = line.recv(4096)
            assert piece, came
            came += piece
    stats = proxy.own("/api/stats")

    assert came.startswith(b"HTTP/1.1 101 ")
    assert b"rote; fwd=bypass" in came
    assert came.partition(b"\r\n\r\n")[2] == frame(CREATED) + frame(ASKED)
    assert stats["bypasses"] == 1
    assert stats["misses"] == 0
    assert "Traceback" not in proxy.log
