"""`rote rebuild`: everything derived is made again from what was recorded, and compared with what there was."""

import sys
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from addon.cli.asking import print_json
from addon.cli.opening import opened
from addon.cli.options import json_option, store_option
from addon.places import data_dir
from addon.words import wording
from tree.errors import TreeError
from tree.generalising import MemoryNotebook
from tree.memory import Memory, Rebuilt
from tree.tolerated import read_limits
from tree.upkeep.relearning import Relearnt, relearn
from tree.upkeep.renewing import Renewed, renewed


@click.command()
@json_option
@store_option
def rebuild(*, as_json: bool, store: Path | None) -> None:
    """Learn all that was recorded anew, and see that it comes out the same.

    \b
    rote rebuild             the memory of this user; --json for a document

    \b
    The tree of exact repeats is dropped and made again from the journal of observations.
    Learning is done twice over, each time from nothing, and both are asked what they foresee.
    What was learnt before is held against that, and where it is damaged or differs it is replaced.

    What you decided (trust, distrust, names) stays, and so do the limits that the proxy was started with. A proxy may
    go on meanwhile. Exit codes: 0 all of it came out the same; 1 something differed, and is right now, or it could
    not be done; 2 wrong usage.
    """  # noqa: D301  # click wants the control character itself
    folder = store or data_dir()
    started = time.monotonic()
    with opened(folder, readonly=False) as memory:
        if memory is None:
            raise click.ClickException(f"There is no memory in {folder} yet.")
        try:
            tree = memory.rebuild()
            fresh = MemoryNotebook()
            learning = _relearnt(memory, fresh, shown=not as_json)
            rows = renewed(memory, fresh)
        except TreeError as error:
            raise click.ClickException(str(error)) from error
    seconds = time.monotonic() - started
    same = tree.same and learning.same and rows.same
    if as_json:
        document = {"same": same, "seconds": round(seconds, 3), "tree": tree, "learning": learning}
        document |= {"learnt": rows}
        print_json(document)
    else:
        _show(tree, learning, rows, seconds)
    sys.exit(0 if same else 1)


def _relearnt(memory: Memory, fresh: MemoryNotebook, *, shown: bool) -> Relearnt:
    total = memory.summary().observations
    console = Console(stderr=True)
    with Progress(
        console=console, transient=True, disable=not (shown and console.is_terminal)
    ) as bar:
        task = bar.add_task("learning twice", total=total)
        limits = read_limits(memory.store)
        return relearn(memory, limits, lambda done: bar.update(task, completed=done), fresh)


def _show(tree: Rebuilt, learning: Relearnt, rows: Renewed, seconds: float) -> None:
    console = Console(highlight=False)
    took = wording.duration(seconds)
    console.print(f"{wording.count(tree.observations, 'observation')}, {took}.", soft_wrap=True)
    _verdict(
        console,
        "repeats",
        "the tree came out as it was"
        if tree.same
        else "the tree was not as it should be, and is right now",
        same=tree.same,
    )
    differing = ", ".join(map(str, learning.differing[:5]))
    _verdict(
        console,
        "learning",
        f"twice the same; {learning.foreseen:,} answers were foreseen well enough to be served"
        if learning.same
        else f"{wording.count(len(learning.differing), 'prediction')} differed, first before observation {differing}",
        same=learning.same,
    )
    _verdict(console, "learnt", _learnt(rows), same=rows.same)


def _learnt(rows: Renewed) -> str:
    if rows.damaged:
        return f"{wording.count(rows.damaged, 'row')} could not be read; all are made anew"
    if not rows.same:
        return f"{wording.count(rows.differing, 'row')} differed from what the journal teaches; all are made anew"
    if rows.behind:
        return f"{wording.count(rows.behind, 'observation')} had not been learnt yet, and are now"
    return f"what was learnt is as it should be, in {wording.count(rows.rows, 'row')}"


def _verdict(console: Console, what: str, says: str, *, same: bool) -> None:
    word, style = ("same   ", "green") if same else ("differs", "red")
    console.print(Text.assemble((word, style), f"  {what:<8}  {says}"), soft_wrap=True)
