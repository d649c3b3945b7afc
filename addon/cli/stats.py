"""`rote stats`: what memory saved, read from the store beside whatever proxy writes to it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click
import msgspec
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table
from rich.text import Text

from addon.figures.drift import silenced
from addon.figures.prices import load
from addon.figures.savings import Savings, savings
from addon.places import data_dir
from addon.words import wording
from tree.errors import TreeError
from tree.judgement.alarm import Alarm
from tree.judgement.verdict import Limits
from tree.memory import Memory, Tally, TallyKey
from tree.message import Scope
from tree.sight.alarms import alarms

MAP_BYTES = 4096 << 20
"""Address space, as the proxy's default is; a reader's map grows with the file anyway."""


@click.command()
@click.option(
    "--json", "as_json", is_flag=True, help="Print a JSON document, the one of /api/stats."
)
@click.option(
    "--days", type=click.IntRange(min=1), help="Count the last days only, today being one."
)
@click.option(
    "--store",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the memory.  [default: the user's data folder]",
)
def stats(*, as_json: bool, days: int | None, store: Path | None) -> None:
    """Show what memory has saved: requests, tokens, money and waiting.

    \b
    rote stats               all that was ever counted
    rote stats --days 7      the last week
    rote stats --json | jq .money_saved_usd

    Tokens are those that the provider counted when an answer was recorded. Prices are from a dated table; models
    that are not in it are counted in tokens alone.
    """  # noqa: D301  # click wants the control character itself
    tallies, raised = _looked(store or data_dir())
    found = replace(savings(tallies, load(), days), alarms=silenced(raised))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2))
    elif found.requests:
        _show(found, [(scope.model, alarm) for scope, alarm in raised])
    else:
        click.echo(_teach(days))


def _looked(folder: Path) -> tuple[dict[TallyKey, Tally], list[tuple[Scope, Alarm]]]:
    """Counters and alarms."""
    if not (folder / "data.mdb").exists():
        return {}, []
    try:
        memory = Memory(folder, max_bytes=MAP_BYTES, readonly=True, limits=Limits())
    except TreeError as error:
        raise click.ClickException(f"{error}. `rote doctor` says how to mend it.") from error
    try:
        return memory.tallies(), alarms(memory)
    finally:
        memory.close()


def _teach(days: int | None) -> str:
    when = "" if days is None else f" in the last {wording.count(days, 'day')}"
    return (
        f"Nothing has passed through Rote{when} yet.\n\n"
        "Run an agent through it twice, and see the second run answered from memory:\n"
        "    rote run -- python my_agent.py\n\n"
        "If you did, `rote doctor` finds the link that is missing."
    )


def _show(found: Savings, raised: Sequence[tuple[str, Alarm]]) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 120
    served = found.hits.total
    console.print(
        f"[bold]{wording.count(found.requests, 'request')}[/] since {found.since}: "
        f"[bold green]{served:,} served from memory[/] ({wording.share(served, found.requests)}), "
        f"{found.misses:,} forwarded, {found.bypasses:,} passed by."
    )
    console.print(
        f"Saved [bold]{wording.tokens(wording.saved_in_all(found))} tokens[/], "
        f"{_money(found)}"
        f"and [bold]{wording.duration(found.seconds_saved)}[/] of waiting."
    )
    if found.shadow.right or found.shadow.wrong:
        console.print(
            f"In shadow: {found.shadow.right:,} would have been right, {found.shadow.wrong:,} wrong."
        )
    audits = found.audits
    if compared := audits.same + audits.different + audits.unknown:
        console.print(
            f"Audited {compared:,}: {audits.same:,} the same, {audits.different:,} different, {audits.unknown:,} "
            f"in other words; that cost {wording.money(audits.usd)}, which is taken off above."
        )
    for model, alarm in raised:
        console.print(Text(f"Silenced ({model}): {alarm.opening}", style="bold red"))
        console.print(Text(f"  {alarm.brief()}. It serves again after a clean run."))
    for one in found.versions:
        until = "" if one.since == one.until else f" to {one.until}"
        console.print(
            Text(
                f"{one.model} was {one.version}: {one.since}{until}, {one.answers:,} answers.",
                style="dim",
            )
        )
    if found.models:
        console.print()
        console.print(_table(found))
        console.print()
    console.print(Text(_about_prices(found), style="dim"))


def _money(found: Savings) -> str:
    """Money saved, where a price is known of anything that was."""
    priced = [one for one in found.models if one.hits.total and one.money_saved_usd is not None]
    return f"[bold]{wording.money(found.money_saved_usd)}[/] " if priced else ""


def _table(found: Savings) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("\nmodel", overflow="fold")
    for title in (
        "\nrequests",
        "\nserved",
        "\nshare",
        "tokens\nsaved",
        "money\nsaved",
        "waiting\nsaved",
    ):
        table.add_column(title, justify="right", no_wrap=True)
    for one in found.models:
        table.add_row(
            Text(one.model),
            f"{one.requests:,}",
            f"{one.hits.total:,}",
            wording.share(one.hits.total, one.requests),
            wording.tokens(one.tokens_saved.input + one.tokens_saved.output),
            wording.money(one.money_saved_usd) if one.hits.total else "-",
            wording.duration(one.seconds_saved),
        )
    return table


def _about_prices(found: Savings) -> str:
    dates = sorted({one.price_as_of for one in found.models if one.price_as_of})
    unknown = wording.unpriced(found)
    parts = [f"Prices as of {_span(dates)}."] if dates else []
    parts += (
        [f"No price is known for {', '.join(unknown)}: counted in tokens alone."] if unknown else []
    )
    return " ".join(parts)


def _span(dates: list[date]) -> str:
    return str(dates[0]) if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
