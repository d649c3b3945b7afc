"""`rote stats`: what memory saved, read from the store beside whatever proxy writes to it."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import click
from msgspec.structs import replace
from rich.table import Table
from rich.text import Text

from addon.cli.asking import console, print_json
from addon.cli.opening import opened
from addon.cli.options import json_option, store_option
from addon.figures.drift import silenced
from addon.figures.prices import load
from addon.figures.savings import Savings, savings
from addon.places import data_dir
from addon.words import wording
from tree.judgement.alarm import Alarm
from tree.judgement.verdict import Limits
from tree.memory import Tally, TallyKey
from tree.message import Scope
from tree.sight.alarms import alarms


@click.command()
@json_option
@click.option(
    "--days", type=click.IntRange(min=1), help="Count the last days only, today being one."
)
@store_option
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
        print_json(found)
    elif found.requests:
        _show(found, [(scope.model, alarm) for scope, alarm in raised])
    else:
        click.echo(_teach(days))


def _looked(folder: Path) -> tuple[dict[TallyKey, Tally], list[tuple[Scope, Alarm]]]:
    """Counters and alarms."""
    with opened(folder, limits=Limits()) as memory:
        return (memory.tallies(), alarms(memory)) if memory else ({}, [])


def _teach(days: int | None) -> str:
    when = "" if days is None else f" in the last {wording.count(days, 'day')}"
    return (
        f"Nothing has passed through Rote{when} yet.\n\n"
        "Run an agent through it twice, and see the second run answered from memory:\n"
        "    rote run -- python my_agent.py\n\n"
        "If you did, `rote doctor` finds the link that is missing."
    )


def _show(found: Savings, raised: Sequence[tuple[str, Alarm]]) -> None:
    out = console()
    for line in _sums(found):
        out.print(line)
    for model, alarm in raised:
        out.print(Text(f"Silenced ({model}): {alarm.opening}", style="bold red"))
        out.print(Text(f"  {alarm.brief()}. It serves again after a clean run."))
    for one in found.versions:
        until = "" if one.since == one.until else f" to {one.until}"
        seen = f"{one.model} was {one.version}: {one.since}{until}, {one.answers:,} answers."
        out.print(Text(seen, style="dim"))
    if found.models:
        out.print()
        out.print(_table(found))
        out.print()
    out.print(Text(_about_prices(found), style="dim"))


def _sums(found: Savings) -> Iterator[str]:
    """What was served and saved in all, and how right it was, in rich's markup."""
    served, audits = found.hits.total, found.audits
    yield (
        f"[bold]{wording.count(found.requests, 'request')}[/] since {found.since}: "
        f"[bold green]{served:,} served from memory[/] ({wording.share(served, found.requests)}), "
        f"{found.misses:,} forwarded, {found.bypasses:,} passed by."
    )
    yield (
        f"Saved [bold]{wording.tokens(wording.saved_in_all(found))} tokens[/], "
        f"{_money(found)}and [bold]{wording.duration(found.seconds_saved)}[/] of waiting."
    )
    if found.shadow.right or found.shadow.wrong:
        yield f"In shadow: {found.shadow.right:,} would have been right, {found.shadow.wrong:,} wrong."
    if compared := audits.same + audits.different + audits.unknown:
        yield (
            f"Audited {compared:,}: {audits.same:,} the same, {audits.different:,} different, {audits.unknown:,} "
            f"in other words; that cost {wording.money(audits.usd)}, which is taken off above."
        )


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
