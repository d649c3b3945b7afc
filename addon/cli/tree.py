"""`rote tree`: what is remembered, as workflows: what was said, and what was said next, with how often."""

from pathlib import Path

import click
from msgspec import Struct
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from addon.cli.asking import console, looked_into, meant, print_json
from addon.cli.options import json_option, store_option
from addon.words.wording import count
from tree.canonical import NodeId
from tree.explaining.explanation import cut
from tree.memory import Memory
from tree.message import Json
from tree.sight.outline import Branch, Outline, Root

_DEPTH, _MOST = 4, 6
_ID_DIGITS = 8
_CHARS = 90
_STYLES = {"call": "cyan", "result": "", "error": "red", "user": "bold"}
_LEGEND = "✓ answered from memory   # how often recorded   ↺ how often served   rote show ID tells all about one"


class _Ask(Struct, frozen=True):
    depth: int
    most: int


@click.command()
@click.argument("node", required=False)
@click.option(
    "--depth",
    type=click.IntRange(1, 200),
    default=_DEPTH,
    show_default=True,
    help="Levels to show.",
)
@click.option(
    "--most",
    type=click.IntRange(1, 1_000),
    default=_MOST,
    show_default=True,
    help="Branches to show of each level, the most frequent first.",
)
@json_option
@store_option
def tree(*, node: str | None, depth: int, most: int, as_json: bool, store: Path | None) -> None:
    """Show what is remembered as a tree: what was said, and below it what was said next.

    \b
    rote tree                     all scopes (a model with its tools and settings), and how talks begin
    rote tree 3f2a --depth 10     what is below a node or scope; the beginning of its id is enough
    rote tree --json | jq .       for programs

    Each line tells who speaks and what, how often it was recorded, there and below, and whether memory has an
    answer there. Exit code: 0, or 1 if there is no memory or no such node.
    """  # noqa: D301  # click wants the control character itself
    ask = _Ask(depth, most)
    with looked_into(store) as memory:
        outline = Outline(memory)
        roots = outline.roots()
        start = meant(memory, node) if node else None
        if start and start.sort == "template":
            raise click.ClickException(f"{node} is a template: `rote show {node}` shows it.")
        if start and start.sort == "scope":
            roots = [root for root in roots if root.scope == start.id]
        if as_json:
            print_json(
                _document(outline, start.id, ask)
                if start
                else [{"root": r, "below": _document(outline, r.scope, ask)} for r in roots]
            )
        elif not roots:
            click.echo("Nothing is remembered yet.")
        elif start and start.sort == "node":
            _show_node(console(), memory, start.id, ask)
        else:
            _show(console(), outline, roots, ask)


def _show(out: Console, outline: Outline, roots: list[Root], ask: _Ask) -> None:
    for root in roots:
        grown = Tree(_root_line(root), guide_style="dim")
        _grow(grown, outline, root.scope, ask, ask.depth)
        out.print(grown, soft_wrap=False)
    out.print(Text(_LEGEND, style="dim"))


def _show_node(out: Console, memory: Memory, node: str, ask: _Ask) -> None:
    outline = Outline(memory)
    with memory.store.read() as txn:
        top = outline.branch(txn, NodeId(bytes.fromhex(node)))
    grown = Tree(_line(top), guide_style="dim")
    _grow(grown, outline, node, ask, ask.depth)
    out.print(grown)
    out.print(Text(_LEGEND, style="dim"))


def _grow(above: Tree, outline: Outline, parent: str, ask: _Ask, depth: int) -> None:
    level = outline.below(parent, 0, ask.most)
    for branch in level.branches:
        below = above.add(_line(branch))
        if depth > 1:
            _grow(below, outline, branch.node, ask, depth - 1)
        elif branch.children:
            below.add(Text(f"… {count(branch.observations, 'observation')} below", style="dim"))
    if level.total > len(level.branches):
        above.add(Text(f"… {level.total - len(level.branches):,} more", style="dim"))


def _line(one: Branch) -> Text:
    who = {"call": "calls", "result": "gets", "error": "fails"}.get(one.kind, one.role)
    marks = [f"#{one.observations:,}"] if one.observations > 1 else []
    marks += ["✓"] if one.answered else []
    marks += [f"↺ {one.hits:,}"] if one.hits else []
    line = Text.assemble(
        (f"{who}  ", "dim"), (cut(one.summary, _CHARS) or "(nothing)", _STYLES.get(one.kind, ""))
    )
    line.append("  " + " ".join(marks), "green" if one.answered else "dim")
    if one.choice:
        line.append(f"  {one.choice}ed", "bold green" if one.choice == "trust" else "bold red")
    return line.append(f"  {one.node[:_ID_DIGITS]}", "dim")


def _root_line(root: Root) -> Text:
    line = Text.assemble(
        (root.model or root.api, "bold"),
        (f" at {root.origin}", ""),
        (f"  {root.differs or root.settings}", ""),
    )
    said = f"  {count(root.observations, 'observation')}, {count(root.answers, 'answer')}"
    return line.append(said, "dim").append(f"  {root.scope[:_ID_DIGITS]}", "dim")


def _document(outline: Outline, parent: str, ask: _Ask) -> Json:
    """The levels below, each branch with its own level."""
    return _level(outline, parent, ask.most, ask.depth)


def _level(outline: Outline, parent: str, most: int, depth: int) -> Json:
    level = outline.below(parent, 0, most)
    branches = [
        {
            "branch": one,
            "below": _level(outline, one.node, most, depth - 1)
            if depth > 1 and one.children
            else None,
        }
        for one in level.branches
    ]
    return {"total": level.total, "branches": branches}
