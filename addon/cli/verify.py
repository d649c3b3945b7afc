"""`rote verify`: checks a store from end to end, and changes nothing."""

import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import click
from rich.text import Text

from addon.cli.asking import console, looked_into, print_json, progress
from addon.cli.options import json_option, store_option
from addon.words import wording
from tree.upkeep.check import verify as check

_SHOWN = 20


@click.command()
@json_option
@store_option
def verify(*, as_json: bool, store: Path | None) -> None:
    """Check that memory is what it claims to be: every id, every reference, and every index.

    \b
    rote verify                        beside a running proxy, if there is one
    rote verify --json | jq .sound     for a script

    Ids are hashes of what they name, so a changed byte is found. Nothing is changed; `rote rebuild` mends whatever
    is derived. Exit codes: 0 sound; 1 something is not as it should be, or there is no memory.
    """  # noqa: D301  # click wants the control character itself
    with looked_into(store) as memory:
        summary = memory.summary()
        with progress("checking", shown=not as_json):
            findings = list(islice(check(memory), 10_000))
    if as_json:
        print_json(
            {"sound": not findings, "observations": summary.observations, "findings": findings}
        )
        sys.exit(1 if findings else 0)
    out = console()
    checked = f"{wording.count(summary.observations, 'observation')}, {wording.count(summary.messages, 'message')}, "
    checked += f"{wording.count(summary.nodes, 'node')} checked"
    if not findings:
        out.print(Text.assemble(("sound", "bold green"), f"  {checked}"))
        sys.exit(0)
    out.print(
        Text.assemble(
            ("damaged", "bold red"), f"  {checked}; {wording.count(len(findings), 'finding')}"
        )
    )
    for one in findings[:_SHOWN]:
        out.print(Text(f"  {one.where} {one.key[:16]}: {one.what}"))
    derived = {"answers", "children", "counts", "learnt"}
    if set(Counter(one.where for one in findings)) <= derived:
        out.print("All of it is derived: `rote rebuild` mends it.")
    else:
        out.print(
            "What cannot be read is not served, and all else is. `rote rebuild` mends what is derived."
        )
    sys.exit(1)
