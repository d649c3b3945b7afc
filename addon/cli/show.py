"""`rote show`: one node or one template in full, or a list of what was learnt."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from addon.cli.asking import console, json_option, looked_into, meant, print_json, store_option
from addon.words import wording
from tree.explaining.explanation import cut
from tree.explaining.telling import CLASSES, VIEWS
from tree.explaining.wording import shown
from tree.sight.learnt import Learnt, Templates
from tree.sight.outline import Outline, Root
from tree.sight.place import Answered, Place, read_place
from tree.sight.template import Said, Template, Way

_ID_DIGITS = 8
_CHARS = 3_000
_LISTED = 30
_LOOKS = {
    "path": "all that was said",
    "round": "from the last request on",
    "loop": "likewise, like steps as one",
    "goal": "last request, last step",
    "step": "last step",
}
"""`VIEWS`, short enough for a table."""
_ROLES = {
    "data": ("flows into the answer", "cyan"),
    "control": ("decides which answer", "magenta"),
    "free": ("read by nothing", "yellow"),
}


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
            print_json(page) if as_json else _templates(console(), page)
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
        _template(console(), value)
    else:
        _root(console(), value)


def _templates(out: Console, page: Templates) -> None:
    if page.relearning:
        out.print(
            Text(
                f"{wording.count(page.relearning, 'observation')} to be learnt from yet; this is not all.",
                style="yellow",
            )
        )
    if not page.templates:
        out.print(
            "No templates were learnt yet: it takes at least two conversations that differ in data only."
        )
        return
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("id", "serves", "tests", "looks at", "what is said last", "answer"):
        grid.add_column(title, no_wrap=title not in ("what is said last", "answer"))
    for one in sorted(page.templates, key=lambda line: (-line.serves, -line.clean)):
        serves = (
            ("yes", "green")
            if one.serves
            else (
                one.choice + "ed" if one.choice else "not yet",
                "red" if one.choice == "distrust" else "dim",
            )
        )
        grid.add_row(
            one.template[32 : 32 + _ID_DIGITS],
            Text(*serves),
            f"{one.clean} clean, {one.needed} needed"
            + (f", {one.failures} wrong" if one.failures else ""),
            _LOOKS.get(one.view, one.view),
            Text(cut(one.last, 80)),
            Text(cut(one.answer, 60)),
        )
    out.print(grid)
    more = " More: --list." if page.next else ""
    out.print(Text(f"`rote show ID` tells all about one of them.{more}", style="dim"))


def _root(out: Console, root: Root) -> None:
    out.print(Text.assemble((root.model, "bold"), f" at {root.origin} ({root.api})"))
    rows = [
        ("settings", root.settings),
        ("differs", root.differs or "the most used of its kind"),
        ("credential", root.tenant[:16] or "-"),
        (
            "recorded",
            _recorded(root),
        ),
        ("id", root.scope),
    ]
    _rows(out, [(name, Text(value)) for name, value in rows])


def _recorded(root: Root) -> str:
    said = wording.count(root.observations, "observation")
    return f"{said}, {wording.count(root.answers, 'answer')}, last {_when(root.last_ns)}"


def _place(out: Console, one: Place) -> None:
    last = one.path[-1]
    out.print(
        Text.assemble(
            (one.node[:_ID_DIGITS] + "  ", "dim"),
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
    _rows(out, [("Way", line) if not at else ("", line) for at, line in enumerate(way[-12:])])
    _rows(out, [("Message", Text(cut(one.text, _CHARS)))])
    for at, answer in enumerate(one.answers):
        _rows(out, [("Answer" if not at else "before", _answer(answer, newest=not at))])
    if not one.answers:
        _rows(out, [("Answer", Text("none was recorded at this very place", style="dim"))])
    if one.further:
        _rows(out, [("", Text(f"and {one.further} older ones", style="dim"))])


def _answer(one: Answered, *, newest: bool) -> Text:
    note = (
        f"\nrecorded {_when(one.at_ns)}, took {wording.duration(one.latency_ms / 1000)}, "
        f"{one.usage.input_tokens:,} tokens in and {one.usage.output_tokens:,} out"
    )
    why = f"; repeated literally only: {one.literal_only}" if one.literal_only else ""
    return Text.assemble((cut(one.text, _CHARS), "green" if newest else ""), (note + why, "dim"))


def _template(out: Console, one: Template) -> None:
    out.print(
        Text.assemble(
            (one.template[32 : 32 + _ID_DIGITS] + "  ", "dim"),
            ("template", "bold"),
            f" over {VIEWS.get(one.view, one.view)}",
            (f"  {one.choice}ed" if one.choice else "", "bold"),
        )
    )
    for said in one.said:
        _rows(out, [(said.tool or said.kind, _said(said))])
    slots = [slot for said in one.said for slot in said.slots if slot.role in _ROLES]
    for at, slot in enumerate(slots[:20]):
        words, style = _ROLES[slot.role]
        seen = ", ".join(shown(value, 30) for value in slot.values[:4])
        _rows(
            out,
            [
                (
                    "Slots" if not at else "",
                    Text.assemble(
                        (slot.name, style), f": {slot.place}, {words}", (f"; {seen}", "dim")
                    ),
                )
            ],
        )
    _rows(
        out,
        [("Conditions" if not at else "", Text(said)) for at, said in enumerate(one.conditions)],
    )
    for at, way in enumerate(one.ways):
        _rows(
            out,
            [
                (f"Answer {at + 1}" if len(one.ways) > 1 else "Answer", line)
                if not row
                else ("", line)
                for row, line in enumerate(_way(way))
            ],
        )
    if one.nodes:
        _rows(
            out,
            [
                (
                    "Seen at",
                    Text(", ".join(node[:_ID_DIGITS] for node in one.nodes[:8]), style="dim"),
                )
            ],
        )


def _said(said: Said) -> Text:
    if said.structured:
        return Text(cut(said.pieces[0], 400), style="dim")
    text = Text()
    for at, piece in enumerate(said.pieces):
        text.append("{" + piece + "}" if at % 2 else piece, "bold cyan" if at % 2 else "")
    return text


def _way(way: Way) -> Iterator[Text]:
    yield Text(way.answer, style="green")
    for value in way.values:
        more = f" ({value.agreeing} more agree)" if value.agreeing else ""
        yield Text.assemble((value.leaf, "bold"), f" = {value.program}", (more, "dim"))
    for name in way.unexplained:
        yield Text(
            f"{name}: nothing in the context explains it, so this is left to the model",
            style="yellow",
        )
    tests = way.tests
    failed = (
        f", {wording.count(tests.failures, 'failure')} not made up for" if tests.failures else ""
    )
    verdict = ("it serves", "green") if tests.serves else ("it does not serve yet", "yellow")
    yield Text.assemble(
        verdict,
        f": {wording.count(tests.clean, 'clean test')}, {tests.needed} needed{failed}; "
        f"{CLASSES.get(tests.kind, tests.kind)}",
    )
    if tests.mistake:
        yield Text.assemble(
            ("it was wrong", "red"),
            f": it would have said {tests.mistake.foreseen}, and the provider said {tests.mistake.came}",
            (f" ({_when(tests.mistake.at_ns)})" if tests.mistake.at_ns else "", "dim"),
        )
    yield Text(
        f"its like: {tests.wrong} wrong of {tests.tests} here, {tests.lent} tests before delivery; "
        f"so at most {tests.bound:.1%} are wrong, and "
        f"{tests.limit:.1%} is tolerated",
        style="dim",
    )


def _rows(out: Console, rows: list[tuple[str, Text]]) -> None:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=10, style="bold", no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for name, text in rows:
        grid.add_row(name, text)
    if rows:
        out.print(Padding(grid, (0, 0, 0, 3)))


def _when(at_ns: int) -> str:
    ago = wording.duration(max(0, time.time_ns() - at_ns) / 1e9)
    return f"{datetime.fromtimestamp(at_ns / 1e9, UTC).astimezone():%Y-%m-%d %H:%M} ({ago} ago)"
