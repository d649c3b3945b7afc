"""`rote serve`: mitmproxy with Rote in it, in this process."""

import os
import signal
import sys
import threading
from pathlib import Path

import click

from addon.cli.proxy import SCRIPT, Wish, arguments, check_port, check_settings, proxy_beyond
from addon.cli.setting import (
    HOST,
    PORT,
    PORTS,
    declared_hosts,
    made_authority,
    place_words,
    proxy_options,
)

_ELSEWHERE = (
    "rote serve has no option {name}: it leaves out what of mitmproxy changes, maps, saves, replays or prints traffic."
    " The same proxy with all of that: mitmdump -s addon/main.py --set {name}=…"
)


@click.command()
@click.option("--host", default=HOST, show_default=True, help="Where to listen.")
@click.option("--port", type=PORTS, default=PORT, show_default=True, help="The port to listen at.")
@proxy_options
@click.option("--web", is_flag=True, help="Show the traffic in a browser, as mitmweb does.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--until-eof", is_flag=True, hidden=True, help="Stop when standard input ends.")
def serve(  # noqa: PLR0913  # one for each option
    *,
    host: str,
    port: int,
    mode: str,
    store: Path | None,
    hosts: tuple[str, ...],
    settings: tuple[str, ...],
    web: bool,
    quiet: bool,
    until_eof: bool,
) -> None:
    """Run the proxy until Ctrl-C.

    \b
    In one terminal:   rote serve
    In another one:    eval "$(rote env)"
                       python my_agent.py

    \b
    With a local model, and looking at the traffic in a browser:
        rote serve --hosts localhost:11434=openai-chat --web

    It is mitmproxy with Rote and only those of its own addons that Rote needs, which answers from memory a third
    faster. Modes, TLS and the options of connections are all there (--set mode=reverse:…, --set ssl_insecure=true).
    What changes, maps, saves, replays or prints traffic is not, nor are scripts; `mitmdump -s addon/main.py` is
    the same proxy with all of that.
    """  # noqa: D301  # click wants the control character itself
    check_settings(settings)
    directory = declared_hosts(hosts)
    wish = Wish(mode, store, hosts, settings)
    _check_options(wish, web=web)
    check_port(host, port)
    if not quiet:
        _greet(wish, host, port)
    if until_eof:
        threading.Thread(target=_end_with_input, daemon=True).start()
    words = arguments(wish, host, port, made_authority(directory), os.environ)
    _start([*words, *(["--quiet"] if quiet else [])], web=web)


def _greet(wish: Wish, host: str, port: int) -> None:
    env = " ".join(["rote", "env", *place_words(host, port)])
    mode, folder = wish.set_to("rote_mode") or wish.mode, wish.set_to("rote_store") or wish.folder
    lines = [
        f"Rote listens on {host}:{port}, mode {mode}, memory in {folder}",
        f'In the shell of your agent:  eval "$({env})"',
        "Through the proxy:           http://rote.internal/ shows what it does",
    ]
    if beyond := proxy_beyond(os.environ):
        lines.append(
            f"What it does not know goes on through your own proxy {_without_login(beyond)}"
        )
    click.echo("\n".join([*lines, "Ctrl-C ends it.", ""]), err=True)


def _without_login(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _end_with_input() -> None:
    """Wait for the process that holds the other end to end, however it ends."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _check_options(wish: Wish, *, web: bool) -> None:
    """Refuse a bad or unknown option, which mitmproxy would answer with a traceback or pass over."""
    # mitmproxy takes a second to import, and only this command needs it.
    from mitmproxy.exceptions import OptionsError  # noqa: PLC0415

    from addon.cli.program import declared_options  # noqa: PLC0415
    from addon.options import read  # noqa: PLC0415

    options = declared_options()
    for setting in wish.settings:
        name = setting.partition("=")[0]
        if name in options:
            continue
        if name.startswith("rote_"):
            raise click.BadParameter(f"there is no option {name}", param_hint="--set")
        if not web:  # which of its options mitmweb has, it says itself
            raise click.BadParameter(_ELSEWHERE.format(name=name), param_hint="--set")
    known = [setting for setting in wish.settings if setting.partition("=")[0] in options]
    try:
        options.set(*known)
        read(options)
    except OptionsError as error:
        hint = f"--set {' '.join(known)}"  # not every version of mitmproxy names the option
        raise click.BadParameter(str(error), param_hint=hint) from error


def _start(words: list[str], *, web: bool) -> None:
    from mitmproxy.tools import cmdline, main  # noqa: PLC0415  # slow

    from addon.cli.program import Program  # noqa: PLC0415  # the same

    if web:
        sys.exit(main.mitmweb(["-s", str(SCRIPT), *words]) or 0)
    main.run(Program, cmdline.mitmdump, words)
    sys.exit(0)
