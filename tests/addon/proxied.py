"""A real mitmdump with Rote in it, as a user starts it, and ways to talk through it."""

import contextlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.addon.stand_in import StandIn

PROJECT = Path(__file__).resolve().parents[2]
APIS = ("openai-chat", "openai-responses", "anthropic-messages", "gemini")
START_S = 180
PATIENCE_S = 60
"""Of a client; a busy machine may let everybody wait for half a minute."""


class Proxied:
    """A running proxy whose only provider is a stand-in."""

    def __init__(
        self, home: Path, provider: StandIn, port: int, process: subprocess.Popen[bytes]
    ) -> None:
        self.home, self.provider, self.port = home, provider, port
        self.process = process

    @property
    def bundle(self) -> Path:
        """What clients trust."""
        return self.home / "ca" / "rote-bundle.pem"

    @property
    def environment(self) -> dict[str, str]:
        """What a user sets."""
        return {"HTTPS_PROXY": f"http://127.0.0.1:{self.port}", "SSL_CERT_FILE": str(self.bundle)}

    @property
    def url(self) -> str:
        """Where the stand-in is."""
        return f"https://localhost:{self.provider.port}"

    @property
    def log(self) -> str:
        """What the proxy printed so far."""
        return (self.home / "proxy.log").read_text()

    def connect(self) -> http.client.HTTPSConnection:
        """A client's connection to the stand-in, through the proxy."""
        trust = ssl.create_default_context(cafile=str(self.bundle))
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=PATIENCE_S, context=trust
        )
        connection.set_tunnel("localhost", self.provider.port)
        return connection

    def post(self, path: str, body: bytes, **headers: str) -> http.client.HTTPResponse:
        """Ask the stand-in something; the response is read to its end (`response.body`)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(self.connect()) as connection:
            connection.request("POST", path, body, {"content-type": "application/json"} | named)
            with connection.getresponse() as response:
                response.body = response.read()  # type: ignore[attr-defined]
        return response

    def own(self, path: str) -> Any:
        """A page of the proxy's own, as JSON."""
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        ) as connection:
            url = f"http://rote.internal{path}"
            connection.request("GET", url, headers={"Host": "rote.internal"})
            with connection.getresponse() as response:
                return json.loads(response.read())

    def settle(self) -> None:
        """Wait until all that passed is learnt."""
        deadline = time.monotonic() + START_S
        while self.own("/api/health")["pending"]:
            assert time.monotonic() < deadline, "pending does not come down"


@contextlib.contextmanager
def proxied(  # noqa: PLR0913 - by name
    home: Path,
    provider: StandIn,
    *settings: str,
    mode: str = "regular",
    program: str = "mitmdump",
    terminal: int | None = None,
    prefix: Sequence[str] = (),
) -> Iterator[Proxied]:
    """A proxy that runs while the block does.

    `terminal` is a descriptor for a program that wants one, `prefix` a command that goes over into the proxy.
    """
    port = free_port()
    hosts = ",".join(f"localhost:{provider.port}={api}" for api in APIS)
    trusted = f"ssl_verify_upstream_trusted_ca={provider.certificate}"
    command = [*prefix, *_started(program, port)]
    for setting in (f"mode={mode}", f"rote_hosts={hosts}", trusted, *settings):
        command += ["--set", setting]
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment |= {"ROTE_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    with (home / "proxy.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=PROJECT,
            env=environment | {"TERM": "xterm"},
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=log if terminal is None else terminal,
            stderr=log,
        )
    proxy = Proxied(home, provider, port, process)
    try:
        _wait(proxy, reverse=mode != "regular")
        yield proxy
    finally:
        process.terminate()
        process.wait(20)


def _started(program: str, port: int) -> list[str]:
    if program == "rote serve":
        return [*(sys.executable, "-m", "addon.cli.main"), *("serve", "--port", str(port))]
    by_hand = [str(Path(sys.executable).with_name(program)), "-s", "addon/main.py"]
    return [*by_hand, "--listen-host", "127.0.0.1", "-p", str(port)]


def _wait(proxy: Proxied, *, reverse: bool) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and proxy.process.poll() is None:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            if reverse:
                socket.create_connection(("127.0.0.1", proxy.port), 1).close()
                return
            if proxy.own("/api/health")["store"]["state"] != "not opened yet":
                return
    raise AssertionError(f"the proxy did not start:\n{proxy.log}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
