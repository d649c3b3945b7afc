"""How the proxy is started from here: the arguments that mitmproxy gets, and a port that is free."""

import errno
import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
from msgspec import Struct

from addon.authority import Authority
from addon.cli.environment import OWN_VARIABLE
from addon.cli.probe import ProbeError, health
from addon.places import data_dir
from addon.roots import extra_roots

SCRIPT = Path(__file__).parents[1] / "main.py"
"""What mitmweb loads."""


class Wish(Struct, frozen=True):
    """How a proxy is to work, as asked for on the command line."""

    mode: str
    store: Path | None
    hosts: tuple[str, ...]
    settings: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where the memory is."""
        return self.store or data_dir()

    def sets(self, name: str) -> bool:
        """Whether the user set this option of mitmproxy."""
        return self.set_to(name) is not None

    def set_to(self, name: str) -> str | None:
        """What the user set this option of mitmproxy to; None where that was nothing."""
        given = (setting.partition("=") for setting in self.settings)
        return next((value for one, _, value in given if one == name), None)


def arguments(
    wish: Wish, host: str, port: int, authority: Authority, environ: Mapping[str, str]
) -> list[str]:
    """The arguments that mitmproxy gets."""
    # mitmproxy refuses an option that is set twice, and what the user sets by its own name is meant.
    own = {"rote_mode": wish.mode, "rote_store": wish.folder}
    settings = [f"{name}={value}" for name, value in own.items() if not wish.sets(name)]
    settings += [f"rote_hosts={text}" for text in wish.hosts]
    if not wish.sets("mode"):
        settings += _beyond(environ)
    if not wish.sets("ssl_verify_upstream_trusted_ca") and any(
        extra_roots(authority.bundle_file, environ)
    ):
        # mitmproxy trusts certifi's roots alone, and a company that has roots of its own may well read its traffic.
        settings.append(f"ssl_verify_upstream_trusted_ca={authority.bundle_file}")
    given = [word for setting in (*settings, *wish.settings) for word in ("--set", setting)]
    return ["--listen-host", host, "--listen-port", str(port), *given]


def proxy_beyond(environ: Mapping[str, str]) -> str:
    """The proxy that the user's https went through before Rote; empty if there was none."""
    present = environ.get("https_proxy") or environ.get("HTTPS_PROXY") or ""
    if not present or present == environ.get(OWN_VARIABLE):
        return ""
    return present if "://" in present else f"http://{present}"


def _beyond(environ: Mapping[str, str]) -> list[str]:
    url = urlsplit(proxy_beyond(environ))
    if url.scheme not in ("http", "https"):
        return []
    place = url.netloc.rpartition("@")[2]
    login = f"{unquote(url.username or '')}:{unquote(url.password or '')}"
    return [
        f"mode=upstream:{url.scheme}://{place}",
        *([f"upstream_auth={login}"] * bool(url.username)),
    ]


def check_settings(settings: Sequence[str]) -> None:
    """Refuse what mitmproxy would misread.

    Raises:
        click.BadParameter: One of them is not of the form `name=value`.
    """
    for setting in settings:
        if "=" not in setting:
            raise click.BadParameter(
                f"{setting!r} is not of the form NAME=VALUE, for example rote_ttl=7d",
                param_hint="--set",
            )


def check_port(host: str, port: int) -> None:
    """Make sure that a proxy could listen there.

    Raises:
        click.ClickException: It could not; the message says who is in the way, and what to do.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
            one.listen()
    except OSError as error:
        raise click.ClickException(_in_the_way(host, port, error)) from error


def free_port(host: str) -> int:
    """A port at which nobody listens now."""
    with socket.create_server((host, 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _in_the_way(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        try:
            found = health(host, port, timeout_s=1)
        except ProbeError:
            return f"port {port} is taken by another program; choose another one: rote serve --port {port + 1}"
        return (
            f"Rote {found.version} runs at port {port} already: use it, or start a second one with "
            f"`rote serve --port {port + 1}`."
        )
    if error.errno == errno.EACCES:
        return (
            f"port {port} is not for ordinary users; choose one above 1023, for example --port 8080"
        )
    return f"nobody can listen on {host}:{port}: {os.strerror(error.errno or 0) if error.errno else error}"
