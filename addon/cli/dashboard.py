"""`rote dashboard`: the page of rote.internal at a loopback port, beside whatever proxy uses the store, if any."""

import contextlib
import threading
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import click
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from addon.cli.opening import MAP_BYTES
from addon.cli.options import store_option
from addon.cli.setting import HOST, PORTS
from addon.dashboard.app import make_app
from addon.dashboard.outline import outlines, own_version, saved
from addon.dashboard.sight import Sight
from addon.places import data_dir
from tree.errors import TreeError
from tree.memory import Memory, Tally, TallyKey
from tree.message import Json

PORT = 8489
"""Where the page is, as long as nobody else is there."""


class Beside:
    """A store that is looked into from beside; it may come to be, or become readable, while the page is open.

    Args:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._memory: Memory | None = None
        self.trouble = ""
        """Why it cannot be looked into; empty if it can, or is not there yet."""

    def memory(self) -> Memory | None:
        """The memory, opened as soon as there is one."""
        with self._lock:
            if self._memory is None and (self._folder / "data.mdb").exists():
                try:
                    self._memory = Memory(self._folder, max_bytes=MAP_BYTES)
                    self.trouble = ""
                except TreeError as error:
                    self.trouble = str(error)
            return self._memory

    def tallies(self) -> dict[TallyKey, Tally]:
        """All counters."""
        memory = self.memory()
        return memory.tallies() if memory else {}

    def decisions(self, limit: int) -> Json:
        """Outlines of the last decisions of all proxies."""
        memory = self.memory()
        return outlines(memory, limit) if memory else []

    def health(self) -> Json:
        """How the store is; whatever proxy uses it is asked for its own health."""
        memory = self.memory()
        return {
            "status": "degraded" if self.trouble else "ok",
            "version": own_version(),
            "mode": None,
            "pending": memory.pending() if memory else 0,
            "store": {"state": self.trouble or ("open" if memory else "not made yet")},
        }

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            if self._memory:
                self._memory.close()
            self._memory = None


@click.command()
@click.option(
    "--port",
    type=PORTS,
    help=f"The port to be at.  [default: {PORT}, or a free one if that is taken]",
)
@click.option("--no-open", is_flag=True, help="Only print the address; open no browser.")
@store_option
def dashboard(*, port: int | None, no_open: bool, store: Path | None) -> None:
    """Open the page that shows what is remembered, why it answered, and what it saved.

    \b
    rote dashboard              in your browser
    rote dashboard --no-open    somewhere else: it prints its address

    It is the page at http://rote.internal/, which a browser that uses the proxy sees, for browsers that do not. A
    proxy may run beside it, and need not. Only this machine can see it. Ctrl-C ends it.
    """  # noqa: D301  # click wants the control character itself
    folder = store or data_dir()
    beside = Beside(folder)
    with contextlib.closing(beside), serving(page(beside), port) as server:
        address = f"http://{HOST}:{server.server_port}/"
        click.echo(f"{address} shows the memory in {folder}\nCtrl-C ends it.")
        if not no_open:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def page(beside: Beside) -> Flask:
    """The page over such a store."""
    return make_app(
        Sight(
            health=beside.health,
            stats=lambda: saved(beside.tallies()),
            decisions=beside.decisions,
            tallies=beside.tallies,
            memory=beside.memory,
        )
    )


@contextlib.contextmanager
def serving(app: Flask, port: int | None) -> Iterator[BaseWSGIServer]:
    """A server on the loopback interface, a thread a request; it listens until the context ends.

    Raises:
        click.ClickException: The port is taken.
    """
    try:
        server = _server(app, PORT if port is None else port)
    except (OSError, SystemExit):
        if port is not None:
            raise click.ClickException(
                f"Port {port} is taken. Choose another one with --port, or none, and a free one is found."
            ) from None
        server = _server(app, 0)
    try:
        yield server
    finally:
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def _server(app: Flask, port: int) -> BaseWSGIServer:
    return make_server(HOST, port, app, threaded=True, request_handler=_Quiet)
