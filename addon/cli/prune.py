"""`rote prune`: forgets what was not used for long."""

import sys
from pathlib import Path

import click

from addon.cli.asking import age, looked_into, since
from addon.cli.forget import carried_out
from addon.cli.options import json_option, store_option
from tree.control.selecting import Selection


@click.command()
@click.option(
    "--unused",
    type=age,
    required=True,
    help="Neither recorded nor served for that long: 90d, 12w …",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@store_option
def prune(*, unused: int, dry_run: bool, yes: bool, as_json: bool, store: Path | None) -> None:
    """Forget what was neither recorded nor served for a time, but for what you trust.

    \b
    rote prune --unused 90d --dry-run     say what would go
    rote prune --unused 90d --yes         for a nightly job

    What was learnt from it goes, too: templates are made again from what remains.

    Exit codes: 0 it is done (or would be); 1 nothing fits, you said no, or it could not be done; 2 wrong usage.
    """  # noqa: D301  # click wants the control character itself
    with looked_into(store, readonly=dry_run) as memory:
        wanted = Selection("unused", before_ns=since(unused))
        sys.exit(carried_out(memory, wanted, dry_run=dry_run, sure=yes, as_json=as_json))
