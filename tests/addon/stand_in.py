"""A provider on this machine: real TLS on a real socket, answers as scripted, and a list of what it was asked."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Script:
    """What is answered: pieces sent one by one; before each but the first, `gate` is asked to let it go."""

    pieces: list[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunked: bool = False
    claims_bytes: int | None = None
    """A `Content-Length` that is a lie."""
    breaks_off: bool = False
    resets: bool = False
    """Whether it ends with the connection torn down, and not closed."""
    gate: Callable[[], object] = lambda: None


def plain(body: bytes, **headers: str) -> Script:
    """An answer in one piece."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Script([body], headers={"content-type": "application/json"} | named)


def stream(*pieces: bytes) -> Script:
    """An event stream."""
    return Script(list(pieces), headers={"content-type": "text/event-stream"}, chunked=True)


class StandIn(ThreadingHTTPServer):
    """Answers every request with the script of the moment."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.certificate = folder / "stand-in.pem"
        context = _tls(self.certificate)
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        self.script: Script | Callable[[bytes], Script] = Script([b"{}"])
        """What is answered to anything, or what makes the answer out of the request's body."""
        self.asked: list[Asked] = []

    def respond(self, asked: Asked) -> Script:
        """What is answered to a request."""
        script = self.script
        return script if isinstance(script, Script) else script(asked.body)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no fault of the provider."""


@contextmanager
def stand_in(folder: Path) -> Iterator[StandIn]:
    """A provider that runs while the block does."""
    with running(StandIn(folder)) as server:
        yield server


@contextmanager
def running[Server: StandIn](server: Server) -> Iterator[Server]:
    """The same for a provider of a kind of its own."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StandIn

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, self.headers.items(), body)
        self.server.asked.append(asked)
        script = self.server.respond(asked)
        self.send_response_only(script.status)
        for name, value in script.headers.items():
            self.send_header(name, value)
        if script.chunked:
            self.send_header("transfer-encoding", "chunked")
        elif script.status != HTTPStatus.SWITCHING_PROTOCOLS:
            length = script.claims_bytes or sum(map(len, script.pieces))
            self.send_header("content-length", str(length))
        self.end_headers()
        for index, piece in enumerate(script.pieces):
            if index:
                script.gate()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if script.chunked else piece)
        if script.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        if script.breaks_off or script.resets or script.status == HTTPStatus.SWITCHING_PROTOCOLS:
            self.close_connection = True
        elif script.chunked:
            self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the names are http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


def _tls(file: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in provider")])
    now = datetime.fromtimestamp(time.time(), UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    own = file.with_suffix(".own")
    own.write_bytes(public + secret)
    file.write_bytes(public)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return context
