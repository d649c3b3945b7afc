"""`rote forget`: takes memories back, completely; says first what goes."""

import sys
from pathlib import Path

import click
from rich.text import Text

from addon.cli.asking import age, console, looked_into, meant, print_json, progress, since
from addon.cli.options import json_option, store_option
from addon.words import wording
from tree.control.forgetting import Effect, plan
from tree.control.forgetting import forget as take_out
from tree.control.selecting import Selection
from tree.memory import Memory


@click.command()
@click.argument("what", required=False)
@click.option("--below", is_flag=True, help="With a node: what hangs below it, too.")
@click.option(
    "--older", type=age, help="What was recorded longer ago than that, but for trusted nodes."
)
@click.option("--tool", metavar="NAME", help="Conversations in which this tool is called.")
@click.option(
    "--tenant",
    metavar="HASH",
    help="All of one credential, by the hash that `rote show SCOPE` tells.",
)
@click.option("--all", "everything", is_flag=True, help="Everything.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@store_option
def forget(  # noqa: PLR0913 - one for each option
    *,
    what: str | None,
    below: bool,
    older: int | None,
    tool: str | None,
    tenant: str | None,
    everything: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    store: Path | None,
) -> None:
    """Take memories back: WHAT is a node, a scope or a template, or an option says it.

    \b
    rote forget 3f2a91c0              what was answered at a node
    rote forget 3f2a91c0 --below      and all that was said from there on
    rote forget --tool send_mail      whatever came of a tool
    rote forget --older 30d --yes     all that is older, without asking
    rote forget --all --dry-run       only say what would go

    It is gone for good: from the journal, from what was learnt, from the log's reasons, and from the bytes of the
    file; running proxies serve nothing of it any more. What remains is learnt again in the background, and until
    that is done nothing but repeats is served. Parts that other memories share stay with those.

    Exit codes: 0 it is done (or would be); 1 nothing fits, you said no, or it could not be done; 2 wrong usage.
    """  # noqa: D301  # click wants the control character itself
    given = [what, older, tool, tenant, everything or None]
    if sum(one is not None for one in given) != 1:
        raise click.UsageError(
            "Say one thing that is to be forgotten: WHAT, --older, --tool, --tenant or --all."
        )
    with looked_into(store, readonly=dry_run) as memory:
        if what:
            wanted = _named(memory, what, below=below)
        elif older is not None:
            wanted = Selection("older", before_ns=since(older))
        elif tool:
            wanted = Selection("tool", tool)
        else:
            wanted = Selection("tenant", tenant) if tenant else Selection("all")
        sys.exit(carried_out(memory, wanted, dry_run=dry_run, sure=yes, as_json=as_json))


def carried_out(
    memory: Memory, wanted: Selection, *, dry_run: bool, sure: bool, as_json: bool
) -> int:
    """Say what goes, ask, and forget it; returns the exit code."""
    with progress("looking", shown=not as_json) as told:
        effect = plan(memory, wanted, told)
    if not effect.observations:
        print_json({"done": False, "effect": effect}) if as_json else click.echo(
            "Nothing fits; nothing was changed."
        )
        return 1
    if not as_json:
        console().print(Text(_said(effect)), soft_wrap=True)
    if dry_run:
        if as_json:
            print_json({"done": False, "effect": effect})
        return 0
    if not sure and not click.confirm("Forget it for good?", err=True):
        click.echo("Nothing was changed.", err=True)
        return 1
    with progress("forgetting", shown=not as_json) as told:
        effect = take_out(memory, wanted, told)
    if as_json:
        print_json({"done": True, "effect": effect})
    else:
        click.echo(_done(effect))
    return 0


def _named(memory: Memory, what: str, *, below: bool) -> Selection:
    found = meant(memory, what)
    if found.sort == "node":
        return Selection("subtree" if below else "node", found.id)
    return Selection("template" if found.sort == "template" else "scope", found.id)


def _said(effect: Effect) -> str:
    return (
        f"{wording.count(effect.observations, 'observation')} will go, with {wording.count(effect.answers, 'answer')} "
        f"and {wording.count(effect.messages, 'message')} that nothing else uses; "
        f"{wording.count(effect.remaining, 'observation')} will stay."
    )


def _done(effect: Effect) -> str:
    rest = (
        "What remains is learnt again by the next proxy that runs."
        if effect.remaining
        else "Nothing is remembered any more."
    )
    file = (
        "the file holds nothing of it"
        if effect.wiped
        else "a reader is still at work: the file is overwritten as soon as it is done, by any proxy"
    )
    aside = (
        f" {wording.count(effect.aside, 'damaged store')} put aside earlier (damaged-…) may hold it, too: "
        "delete that folder, or forget --all."
        if effect.aside
        else ""
    )
    return f"Forgotten; {file}. {rest}{aside}"
