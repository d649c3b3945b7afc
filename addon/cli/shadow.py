"""`rote shadow`: what would have been served while nothing was, and whether it would have been right."""

from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from addon.cli.asking import console, looked_into, print_json
from addon.cli.options import json_option, store_option
from addon.figures.shadow import ShadowReport
from addon.figures.shadow import report as told
from addon.words import phrases, wording
from tree.explaining.explanation import cut
from tree.memory import KEPT_DECISIONS

_SHOWN = 20


@click.group()
def shadow() -> None:
    """Shadow mode: everything is forwarded, and what memory would have said is compared with what came.

    \b
    rote serve --mode shadow     watch for a while
    rote shadow report           and see what it would have done
    """  # noqa: D301  # click wants the control character itself


@shadow.command()
@json_option
@store_option
def report(*, as_json: bool, store: Path | None) -> None:
    """Say what would have been served in shadow mode, and which of it would have been wrong.

    \b
    rote shadow report
    rote shadow report --json | jq .total

    The sums are of all days in shadow; mistakes are told as far as the last thousand decisions go back.
    Exit code: 0, or 1 if there is no memory.
    """  # noqa: D301  # click wants the control character itself
    with looked_into(store) as memory:
        found = told(memory.tallies(), memory.decisions(KEPT_DECISIONS))
    if as_json:
        total = {
            "since": found.since,
            "would_serve": found.total.served,
            "requests": found.total.asked,
        }
        sums = total | {
            "right": found.total.right,
            "wrong": found.total.wrong,
            "unknown": found.total.unknown,
        }
        print_json({"total": sums, "days": found.days, "mistakes": found.wrong})
    elif not found.days:
        click.echo(_TEACH)
    else:
        _show(console(), found)


def _show(out: Console, found: ShadowReport) -> None:
    total = found.total
    out.print(
        Text.assemble(
            f"In shadow since {date.fromisoformat(found.since):%A, %d %B}: ",
            (f"{total.served:,} of {total.asked:,}", "bold"),
            " requests would have been answered from memory, ",
            (f"{total.wrong:,} of them wrong", "bold red" if total.wrong else "bold green"),
            f", {total.right:,} right",
            f", {total.unknown:,} in other words than the provider's" if total.unknown else "",
            ".",
        ),
        soft_wrap=True,
    )
    if not found.wrong:
        return
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("number", "when", "model", "memory would have said", "the provider said"):
        grid.add_column(title, no_wrap=title in ("number", "when"))
    for one in found.wrong[:_SHOWN]:
        said = one.explanation.answer if one.explanation else one.detail
        grid.add_row(
            str(one.number),
            phrases.clock(one.at_ns),
            Text(one.model or "-"),
            Text(cut(said, 100)),
            Text(cut(one.instead or "-", 100)),
        )
    out.print(grid)
    left = len(found.wrong) - _SHOWN
    more = f"{wording.count(left, 'mistake')} more; " if left > 0 else ""
    out.print(Text(f"{more}`rote explain NUMBER` tells all about one of them.", style="dim"))


_TEACH = (
    "Nothing that memory knew passed in shadow mode yet. In it, everything is forwarded, and what memory would have "
    "said is compared:\n    rote serve --mode shadow"
)
