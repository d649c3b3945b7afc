"""`rote rename`: a person's own name for a slot, wherever its text is read."""

from pathlib import Path

import click

from addon.cli.asking import looked_into, meant, print_json
from addon.cli.options import json_option, store_option
from tree.control.steering import Steering
from tree.sight.learnt import Learnt
from tree.sight.template import Slot, Template


@click.command()
@click.argument("what")
@click.argument("slot")
@click.argument("name", required=False)
@click.option(
    "--which",
    type=click.IntRange(1),
    metavar="N",
    help="Where several slots are called so: the how-manieth.",
)
@click.option("--undo", is_flag=True, help="Take the name back.")
@json_option
@store_option
def rename(  # noqa: PLR0913 - one for each option
    *,
    what: str,
    slot: str,
    name: str | None,
    which: int | None,
    undo: bool,
    as_json: bool,
    store: Path | None,
) -> None:
    """Give a slot of a template a name: WHAT is the beginning of the template's id, SLOT what it is called now.

    \b
    rote show a07c5512                     a template, with the names of its slots
    rote rename a07c5512 "slot 2" depot    call one of them depot
    rote rename a07c5512 depot --undo      take that back

    The name is shown wherever the same text is read, in other templates too. It changes nothing that is served,
    survives `rote rebuild`, and is exported.
    Exit codes: 0 done; 1 there is no such template or slot, or the name is none; 2 wrong usage.
    """  # noqa: D301  # click wants the control character itself
    if undo == bool(name):
        raise click.UsageError("Say the new NAME, or --undo to take the name back.")
    with looked_into(store, readonly=False) as memory:
        found = meant(memory, what)
        if found.sort != "template":
            raise click.ClickException(f"{what} is a {found.sort}; only templates have slots.")
        meant_slot = _slot(Learnt(memory).template(found.id), slot, which)
        Steering(memory).rename(found.id, meant_slot.item, meant_slot.path, name or "")
        now = _again(Learnt(memory).template(found.id), meant_slot)
    if as_json:
        print_json({"template": found.id, "before": meant_slot.name, "slot": now})
    else:
        click.echo(f"“{meant_slot.name}” is “{now.name}” now: {now.place}.")


def _slot(template: Template, name: str, which: int | None) -> Slot:
    """The slot that is called so.

    Raises:
        click.ClickException: None is, or several are and nobody says which.
    """
    slots = [slot for said in template.said for slot in said.slots]
    called = [slot for slot in slots if slot.name == name]
    if not called:
        names = ", ".join(dict.fromkeys(f"“{slot.name}”" for slot in slots))
        raise click.ClickException(
            f"No slot is called “{name}” there. There are: {names or 'none at all'}."
        )
    if which is None and len(called) > 1:
        places = "\n".join(
            f"    --which {at}    {slot.place}, for example {slot.values[0] if slot.values else '-'}"
            for at, slot in enumerate(called, 1)
        )
        raise click.ClickException(f"{len(called)} slots are called “{name}”:\n{places}")
    if which is not None and which > len(called):
        raise click.ClickException(f"Only {len(called)} of its slots are called “{name}”.")
    return called[(which or 1) - 1]


def _again(template: Template, slot: Slot) -> Slot:
    place = slot.item, slot.path
    return next(
        one for said in template.said for one in said.slots if (one.item, one.path) == place
    )
