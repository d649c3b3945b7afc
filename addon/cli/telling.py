"""Decisions for a person at a terminal: a story for one of them, a table for many."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from addon.decision import AUDIT, Outcome
from addon.figures.prices import load
from addon.words import phrases
from tree.explaining.explanation import (
    MAX_CHARS,
    Decided,
    Derivation,
    Difference,
    Explanation,
    Opinion,
    cut,
)
from tree.explaining.wording import shown

_STYLES: dict[str, str] = {
    Outcome.HIT_LITERAL: "green",
    Outcome.HIT_TEMPLATE: "green",
    Outcome.MISS: "yellow",
    Outcome.BYPASS: "",
    Outcome.UNAVAILABLE: "red",
    AUDIT: "cyan",
}
_FIXED, _LEAST = 48, 20
"""Characters that the columns before the last one take, the model's apart; and those that the last one has anyway."""


def stories(console: Console, found: Sequence[Decided]) -> None:
    """Tell each decision in full."""
    for at, one in enumerate(found):
        if at:
            console.print()
        _story(console, one)


def table(console: Console, found: Sequence[Decided]) -> None:
    """Show decisions one in a line."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    grid.add_column("number", justify="right", no_wrap=True)
    grid.add_column("when", no_wrap=True)
    grid.add_column("what", no_wrap=True)
    grid.add_column("took", justify="right", no_wrap=True)
    grid.add_column("model", no_wrap=True)
    grid.add_column("why")
    fixed = _FIXED + max(len(one.model) for one in found)
    for one in found:
        why = phrases.in_short(one).replace("\n", " ")
        grid.add_row(
            str(one.number),
            phrases.clock(one.at_ns),
            Text(phrases.short(one.outcome), _style(one)),
            phrases.took(one.latency_ms),
            Text(one.model or "-"),
            Text(cut(why, max(_LEAST, console.width - fixed))),
        )
    console.print(grid)
    console.print(Text("`rote explain NUMBER` tells all about one of them.", style="dim"))


def _style(one: Decided) -> str:
    return "red" if one.verdict == "different" else _STYLES.get(one.outcome, "")


def _story(console: Console, one: Decided) -> None:
    headline = (phrases.headline(one.outcome), f"bold {_style(one)}".strip())
    when = ("  " + phrases.ago(one.at_ns), "dim")
    console.print(Text.assemble((f"{one.number}  ", "dim"), headline, when))
    console.print(Text("   " + phrases.about(one), style="dim"), soft_wrap=True)
    why = one.explanation
    _section(console, "Why", list(map(Text, phrases.reasons(one))))
    _section(console, "Audit", list(map(Text, phrases.verdict(one))))
    verb, _, rest = phrases.cost(one, load()).partition(" ")
    _section(console, verb.capitalize(), [Text(rest)] if rest else [])
    if why is None:
        return
    _section(console, "Path", [Text(phrases.path(why))])
    _section(console, "Answer", [Text(why.answer)] if why.answer else [])
    _section(console, "Values", [_bindings(why)] if why.bindings else [])
    _section(console, "Programs", list(map(_program, why.programs)))
    _section(console, "Conditions", [Text(guard) for guard in why.guards])
    _section(console, "Evidence", [Text(phrases.evidence(why.evidence))] if why.evidence else [])
    _section(console, "Nearest", list(_nearest(why.nearest)) if why.nearest else [])
    _section(console, "Views", [_opinions(why.opinions)] if phrases.opinions_differ(why) else [])


def _section(console: Console, title: str, lines: Sequence[Text | Table]) -> None:
    if not lines:
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=10, style="bold", no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for at, line in enumerate(lines):
        grid.add_row(title if not at else "", line)
    console.print(Padding(grid, (0, 0, 0, 3)))


def _bindings(why: Explanation) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", overflow="fold")
    grid.add_column(overflow="fold", ratio=1)
    told, more = phrases.bindings(why)
    for one in told:
        style = "dim" if one.idle else "cyan"
        grid.add_row(Text(one.place), Text(shown(one.value, MAX_CHARS), style=style))
    if more:
        grid.add_row(f"and {more} more that nothing reads", "")
    return grid


def _program(one: Derivation) -> Text:
    line = Text.assemble(
        (one.leaf, "bold"), " = ", (shown(one.value, MAX_CHARS), "cyan"), ": ", one.program
    )
    if one.agreeing:
        line.append(f" ({phrases.agreeing(one.agreeing)})", "dim")
    return line


def _nearest(one: Difference) -> Iterator[Text]:
    yield Text(phrases.nearest(one))
    if one.theirs:
        for name, span in (("now", one.ours), ("recorded", one.theirs)):
            yield Text.assemble(
                (f"{name:<9}", "dim"), (span or "nothing", "cyan" if span else "dim")
            )


def _opinions(opinions: Sequence[Opinion]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", overflow="fold")
    grid.add_column(overflow="fold", ratio=1)
    told: set[str] = set()
    for one in opinions:
        says = Text("the same" if one.says in told else one.says)
        told.add(one.says)
        if one.evidence:
            says.append(f" ({phrases.tests(one.evidence)})", "dim")
        grid.add_row(Text(phrases.view(one.view)), says)
    return grid
