"""A command line in a home of its own, and a small server that answers as a proxy with Rote in it would."""

import contextlib
import http.server
import os
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from mitmproxy.certs import CertStore
from mitmproxy.options import CONF_BASENAME

from addon.authority import Authority, ensure
from addon.cli.environment import NAMES
from addon.cli.main import main
from addon.figures.prices import load
from addon.figures.savings import savings
from addon.hosts import Directory, names_to_certify
from tree.memory import Tally, TallyKey

PROVIDERS = names_to_certify(Directory([], []))

TALLIES = {
    TallyKey("2026-03-10", "openai-chat", "api.openai.com", "gpt-4o", "hit-literal"): Tally(
        3, 1_000_000, 0, 100_000, 4_000
    ),
    TallyKey("2026-03-09", "openai-chat", "api.openai.com", "gpt-4o", "miss"): Tally(2),
    TallyKey("2026-03-10", "openai-chat", "llm.example", "[mystery]", "hit-literal"): Tally(1, 50),
}

type Rote = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """What `ROTE_HOME` names; it does not exist yet."""
    return tmp_path / "home"


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    """The environment of a user who has set nothing that matters here."""
    kept = {name: value for name, value in os.environ.items() if name not in {*NAMES, "NO_PROXY"}}
    return {**kept, "ROTE_HOME": str(home), "SHELL": "/bin/bash"}


@pytest.fixture
def rote(environ: dict[str, str]) -> Rote:
    """The console script; keyword arguments are environment variables."""

    def call(*words: str, **more: str) -> Result:
        gone: dict[str, str | None] = dict.fromkeys({*os.environ} - {*environ})
        return CliRunner(env={**gone, **environ, **more}).invoke(main, words, prog_name="rote")

    return call


@pytest.fixture
def authority(home: Path) -> Authority:
    """A CA for all providers, in that home."""
    return ensure(home / "ca", PROVIDERS)


class StandIn(http.server.ThreadingHTTPServer):
    """Answers for rote.internal, and opens TLS in the name of any host, with certificates of one CA."""

    daemon_threads = True
    health: object = {
        "status": "ok",
        "version": "1.2.3",
        "pending": 4,
        "mode": "serve",
        "store": {"state": "open"},
    }

    def __init__(self, authority: Authority) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.authority = authority

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server_port


class _Handler(http.server.BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        pages = {
            "http://rote.internal/api/health": self.server.health,
            "http://rote.internal/api/stats": savings(TALLIES, load()),
        }
        self.send_response(200)
        self.end_headers()
        self.wfile.write(msgspec.json.encode(pages[self.path]))

    def do_CONNECT(self) -> None:
        name = self.path.partition(":")[0]
        if name == "refused.example":
            self.send_error(502)
            return
        store = CertStore.from_store(self.server.authority.folder, CONF_BASENAME, 2048)
        entry = store.get_cert(name, x509.GeneralNames([x509.DNSName(name)]))
        chain = self.server.authority.folder / "leaf.pem"
        chain.write_bytes(entry.cert.to_pem())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, self.server.authority.key_file)
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        # The client leaves without a word, or refuses the certificate.
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(self.connection, server_side=True) as secured,
        ):
            secured.recv(1)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def stand_in(authority: Authority) -> Iterator[StandIn]:
    """A stand-in for the proxy, at a port of its own."""
    with StandIn(authority) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
