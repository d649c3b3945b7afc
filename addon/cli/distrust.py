"""`rote distrust`: the other side of `rote trust`."""

from pathlib import Path

import click

from addon.cli.options import json_option, store_option
from addon.cli.trust import steer


@click.command()
@click.argument("what")
@click.option("--undo", is_flag=True, help="Take trust or distrust back.")
@json_option
@store_option
def distrust(*, what: str, undo: bool, as_json: bool, store: Path | None) -> None:
    """Never answer from a node or a template: WHAT is the beginning of its id.

    \b
    rote distrust 3f2a91c0           a node: this conversation always goes to the provider
    rote distrust a07c5512           a template: all that it reads does
    rote distrust a07c5512 --undo    take it back

    Nothing is deleted, and learning goes on; `rote forget` deletes. It survives `rote rebuild`, and is exported.
    Exit code: 0, or 1 if there is nothing of that id.
    """  # noqa: D301  # click wants the control character itself
    steer("distrust", what, undo=undo, as_json=as_json, store=store)
