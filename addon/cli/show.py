"""`rote show`: one node or one template in full, or a list of what was learnt."""

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from addon.cli.asking import console, looked_into, meant, print_json
from addon.cli.layout import ID_DIGITS, print_named, print_rows, when
from addon.cli.options import json_option, store_option
from addon.cli.templates import print_template, print_templates
from addon.words import wording
from tree.explaining.explanation import cut
from tree.sight.learnt import Learnt
from tree.sight.outline import Outline, Root
from tree.sight.place import Answered, Place, read_place
from tree.sight.template import Template

_CHARS = 3_000
_LISTED = 30


@click.command()
@click.argument("what", required=False)
@click.option(
    "--list",
    "listed",
    type=click.IntRange(1, 10_000),
    default=_LISTED,
    show_default=True,
    help="Without WHAT: how many templates.",
)
@json_option
@store_option
def show(*, what: str | None, listed: int, as_json: bool, store: Path | None) -> None:
    """Show a node of the tree, a scope or a learnt template in full; without WHAT, list the templates.

    \b
    rote show                what was learnt: patterns of conversations, and what is answered to them
    rote show 3f2a91c0       a node (from `rote tree`), or a template: the beginning of its id is enough

    A node: the way there, its message, every answer that was recorded. A template: what is said with its slots, how
    each value of the answer is made, and the evidence. Exit code: 0, or 1 if there is no memory or nothing of that id.
    """  # noqa: D301  # click wants the control character itself
    with looked_into(store) as memory:
        if what is None:
            page = Learnt(memory).page(limit=listed)
            print_json(page) if as_json else print_templates(console(), page)
            return
        found = meant(memory, what)
        value: Place | Template | Root
        if found.sort == "node":
            value = read_place(memory, found.id)
        elif found.sort == "template":
            value = Learnt(memory).template(found.id)
        else:
            value = next(root for root in Outline(memory).roots() if root.scope == found.id)
    if as_json:
        print_json(value)
    elif isinstance(value, Place):
        _place(console(), value)
    elif isinstance(value, Template):
        print_template(console(), value)
    else:
        _root(console(), value)


def _root(out: Console, root: Root) -> None:
    out.print(Text.assemble((root.model, "bold"), f" at {root.origin} ({root.api})"))
    rows = [
        ("settings", root.settings),
        ("differs", root.differs or "the most used of its kind"),
        ("credential", root.tenant[:16] or "-"),
        ("recorded", _recorded(root)),
        ("id", root.scope),
    ]
    print_rows(out, [(name, Text(value)) for name, value in rows])


def _recorded(root: Root) -> str:
    said = wording.count(root.observations, "observation")
    return f"{said}, {wording.count(root.answers, 'answer')}, last {when(root.last_ns)}"


def _place(out: Console, one: Place) -> None:
    last = one.path[-1]
    out.print(
        Text.assemble(
            (one.node[:ID_DIGITS] + "  ", "dim"),
            (f"message {last.depth}", "bold"),
            f", said by the {last.role}",
        )
    )
    out.print(
        Text(
            f"   {one.root.model} at {one.root.origin}"
            f" · {wording.count(last.observations, 'observation')} here and below"
            f" · served {wording.count(one.use.hits, 'time')}"
            + (f" · {one.choice.what}ed" if one.choice else ""),
            style="dim",
        )
    )
    way = [
        Text.assemble((f"{step.depth}  ", "dim"), (f"{step.role}  ", "dim"), cut(step.summary, 100))
        for step in one.path
    ]
    print_named(out, "Way", way[-12:])
    print_rows(out, [("Message", Text(cut(one.text, _CHARS)))])
    for at, answer in enumerate(one.answers):
        print_rows(out, [("Answer" if not at else "before", _answer(answer, newest=not at))])
    if not one.answers:
        print_rows(out, [("Answer", Text("none was recorded at this very place", style="dim"))])
    if one.further:
        print_rows(out, [("", Text(f"and {one.further} older ones", style="dim"))])


def _answer(one: Answered, *, newest: bool) -> Text:
    note = (
        f"\nrecorded {when(one.at_ns)}, took {wording.duration(one.latency_ms / 1000)}, "
        f"{one.usage.input_tokens:,} tokens in and {one.usage.output_tokens:,} out"
    )
    why = f"; repeated literally only: {one.literal_only}" if one.literal_only else ""
    return Text.assemble((cut(one.text, _CHARS), "green" if newest else ""), (note + why, "dim"))
