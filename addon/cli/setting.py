"""What several commands need before they begin: hosts that make sense, and the CA; or a message that helps."""

import socket
from collections.abc import Callable, Sequence

import click

from addon import authority
from addon.authority import Authority, AuthorityError
from addon.cli.options import store_option
from addon.hosts import Directory, names_to_certify
from addon.places import ca_dir

HOST = "127.0.0.1"
PORT = 8080
"""Where the proxy listens by default; loopback only, for it hands out what it remembers."""

MODES = ("serve", "shadow", "replay", "off")

PORTS = click.IntRange(1, 65535)

type Command = Callable[..., None]


def declared_hosts(texts: Sequence[str] = ()) -> Directory:
    """All providers, with those that the user declared.

    Raises:
        click.BadParameter: A declaration is malformed.
    """
    if not texts:
        return Directory((), ())
    from addon.wire.catalogue import CODECS  # noqa: PLC0415  # all codecs, to check a name with

    try:
        return Directory(texts, CODECS)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--hosts") from error


def made_authority(directory: Directory) -> Authority:
    """The CA that can vouch for these providers.

    Raises:
        click.ClickException: Its folder cannot be used.
    """
    try:
        return authority.ensure(ca_dir(), names_to_certify(directory))
    except AuthorityError as error:
        raise click.ClickException(str(error)) from error


def listens(host: str, port: int, timeout_s: float = 1) -> bool:
    """Whether something takes connections there."""
    try:
        socket.create_connection((host, port), timeout_s).close()
    except OSError:
        return False
    return True


def place_words(host: str, port: int) -> list[str]:
    """The options that lead a command to a proxy, where it does not look there by itself."""
    words = [] if host == HOST else ["--host", host]
    return words if port == PORT else [*words, "--port", str(port)]


def proxy_options(command: Command) -> Command:
    """Add the options that decide how a proxy works, wherever it listens."""
    for option in reversed(_PROXY_OPTIONS):
        command = option(command)
    return command


_PROXY_OPTIONS = (
    click.option(
        "--mode",
        type=click.Choice(MODES),
        default="serve",
        show_default=True,
        help="serve: answer what is known, forward and learn the rest. shadow: forward everything, and count what "
        "would have been right. replay: never forward. off: learn nothing.",
    ),
    store_option,
    click.option(
        "--hosts",
        multiple=True,
        metavar="HOST[:PORT]=API",
        help="A further provider, for example localhost:11434=openai-chat; may be repeated.",
    ),
    click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="Any option of mitmproxy or Rote, for example rote_ttl=7d; may be repeated.",
    ),
)
