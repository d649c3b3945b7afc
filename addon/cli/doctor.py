"""`rote doctor`: every check with its mend, for a person or as JSON."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.text import Text

from addon.cli.asking import print_json
from addon.cli.checks import Finding, Place, Status, findings
from addon.cli.environment import OWN_VARIABLE
from addon.cli.options import json_option, store_option
from addon.cli.setting import HOST, PORT, PORTS
from addon.places import ca_dir, data_dir

_SIGNS: dict[Status, tuple[str, str, str]] = {
    "ok": ("✓", "ok  ", "green"),
    "warn": ("!", "look", "yellow"),
    "fail": ("✗", "mend", "red"),
}


@click.command()
@click.option("--host", help="Where the proxy listens.  [default: from $ROTE_PROXY, or 127.0.0.1]")
@click.option(
    "--port", type=PORTS, help="The port it listens at.  [default: from $ROTE_PROXY, or 8080]"
)
@store_option
@json_option
def doctor(*, host: str | None, port: int | None, store: Path | None, as_json: bool) -> None:
    """Check each link of the chain, and say how to mend it.

    \b
    rote doctor              the proxy that this shell is led to, or the one at port 8080
    rote doctor --port 8081  another one

    Nothing is changed, and nothing is sent to any provider. The exit code is 0 if all is well, else 1.
    """  # noqa: D301  # click wants the control character itself
    shown = urlsplit(os.environ.get(OWN_VARIABLE, ""))
    place = Place(
        host=host or shown.hostname or HOST,
        port=port or shown.port or PORT,
        ca_folder=ca_dir(),
        store=store or data_dir(),
        environ=os.environ,
    )
    found = list(findings(place))
    well = not any(one.status == "fail" for one in found)
    if as_json:
        document = {"ok": well, "checks": found}
        print_json(document)
    else:
        _show(found, well=well)
    sys.exit(0 if well else 1)


def _show(found: list[Finding], *, well: bool) -> None:
    console = Console(highlight=False)
    width = max(len(one.check) for one in found)
    for one in found:
        sign, word, colour = _SIGNS[one.status]
        start = f"{sign} {word}" if console.encoding.startswith("utf") else word
        line = Text.assemble((start, colour), f"  {one.check:<{width}}  {one.says}")
        console.print(line, soft_wrap=True)
        if one.mend:
            indent = " " * (len(start) + width + 4)
            console.print(
                Text.assemble(indent, ("→ " if sign in start else "> ", "dim"), one.mend),
                soft_wrap=True,
            )
    failed = sum(one.status == "fail" for one in found)
    last = "All is well." if well else f"{failed} to mend, from the top."
    console.print(Text(last, style="bold"))
