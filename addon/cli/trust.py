"""`rote trust` and `rote distrust`: a person's own word on a node or a template, kept until it is taken back."""

from pathlib import Path
from typing import Literal

import click

from addon.cli.asking import looked_into, meant, print_json
from addon.cli.options import json_option, store_option
from tree.control.steering import Steering

_SAID = {
    ("trust", "node"): "Trusted: it is never pruned, nor too old to be served.",
    (
        "trust",
        "template",
    ): "Trusted: it is served without waiting for more evidence, until it is wrong once.",
    ("distrust", "node"): "Distrusted: this conversation is always sent to the provider.",
    (
        "distrust",
        "template",
    ): "Distrusted: what it reads is always sent to the provider; it goes on being learnt.",
}


@click.command()
@click.argument("what")
@click.option("--undo", is_flag=True, help="Take trust or distrust back.")
@json_option
@store_option
def trust(*, what: str, undo: bool, as_json: bool, store: Path | None) -> None:
    """Trust a node or a template: WHAT is the beginning of its id.

    \b
    rote trust 3f2a91c0           a node (from `rote tree`): keep it, however old and seldom used it is
    rote trust a07c5512           a template (from `rote show`): serve it without waiting for more evidence
    rote trust a07c5512 --undo    take it back

    It survives `rote rebuild`, and is exported. Exit code: 0, or 1 if there is nothing of that id.
    """  # noqa: D301  # click wants the control character itself
    steer("trust", what, undo=undo, as_json=as_json, store=store)


def steer(
    word: Literal["trust", "distrust"], what: str, *, undo: bool, as_json: bool, store: Path | None
) -> None:
    """Take down a word, or take it back."""
    with looked_into(store, readonly=False) as memory:
        found = meant(memory, what)
        if found.sort == "scope":
            raise click.ClickException(f"{what} is a scope; trust goes to nodes and templates.")
        steering = Steering(memory)
        if undo:
            steering.undecide(found.id)
        elif word == "trust":
            steering.trust(found.id)
        else:
            steering.distrust(found.id)
    if as_json:
        print_json({"sort": found.sort, "id": found.id, "choice": "" if undo else word})
    else:
        click.echo("Taken back: evidence alone decides again." if undo else _SAID[word, found.sort])
