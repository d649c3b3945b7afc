"""`rote explain`: why requests were answered from memory or were not, read beside whatever proxy decides them."""

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import click
import msgspec

from addon.cli import telling
from addon.cli.asking import console, print_json
from addon.cli.opening import opened
from addon.cli.options import json_option, store_option
from addon.notes import instant
from addon.places import data_dir
from addon.words import phrases
from tree.explaining.explanation import Decided
from tree.memory import KEPT_DECISIONS
from tree.message import Json

_LISTED = 20
WRONG = "wrong"


@click.command()
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.option("--list", "listed", is_flag=True, help="List the recent decisions, one in a line.")
@click.option(
    "--last",
    type=click.IntRange(1, KEPT_DECISIONS),
    help=f"How many, the newest last.  [default: 1; {_LISTED} with --list]",
)
@click.option(
    "--only",
    type=click.Choice([*dict.fromkeys(phrases.SHORT.values()), WRONG]),
    help="Those that ended so; `wrong`: where the provider said something else than memory.",
)
@click.option("--model", help="Those for a model whose name has this in it.")
@json_option
@store_option
def explain(  # noqa: PLR0913 - one for each option
    *,
    number: int | None,
    listed: bool,
    last: int | None,
    only: str | None,
    model: str | None,
    as_json: bool,
    store: Path | None,
) -> None:
    """Say why requests were answered from memory, or were not.

    \b
    rote explain                          the last decision
    rote explain --list                   the recent ones, with their numbers
    rote explain 41                       number 41
    rote explain --last 3                 the last three
    rote explain --only wrong --list      those that memory got, or would have got, wrong
    rote explain --only miss --model mini the last miss of such a model

    For an answer: where it stands in the tree, which values were read, how each value of the answer was made, and
    what evidence there was. For a miss: which message left the known paths, where it differs from the nearest one,
    and what learning lacked. The last thousand decisions are kept; the newest take a second to appear.
    """  # noqa: D301  # click wants the control character itself
    if number is not None and (listed or last or only or model):
        raise click.UsageError("A number names one decision; the other options are for several.")
    most = last or (_LISTED if listed else 1)

    def wanted(one: Decided) -> bool:
        return _ended(one, only) and (model or "").lower() in one.model.lower()

    found = _found(store or data_dir(), number, most, wanted)
    if as_json:
        documents = [_document(one) for one in found]
        single = not listed and last is None
        value = (documents[0] if documents else None) if single else documents
        print_json(value)
    elif not found:
        click.echo(_NONE if only or model else _TEACH)
    elif listed:
        telling.table(console(), found)
    else:
        telling.stories(console(), found)


def _ended(one: Decided, only: str | None) -> bool:
    if only == WRONG:
        return one.verdict == "different"
    return only in (None, phrases.short(one.outcome))


def _found(
    folder: Path, number: int | None, last: int, wanted: Callable[[Decided], bool]
) -> Sequence[Decided]:
    """Decisions, the newest last."""
    with opened(folder) as memory:
        if number is None:
            every = memory.decisions(KEPT_DECISIONS) if memory else []
            return [*islice(filter(wanted, every), last)][::-1]
        one = memory.decision(number) if memory else None
        if one is not None:
            return [one]
        newest = memory.decisions(1) if memory else []
    kept = f"the newest is {newest[0].number}" if newest else "it is empty"
    raise click.ClickException(
        f"Decision {number} is not in the log: {kept}. `rote explain --list` shows what is there."
    )


def _document(one: Decided) -> Json:
    return {"number": one.number, "time": instant(one.at_ns)} | msgspec.to_builtins(one)


_NONE = "None of the last thousand decisions is so. `rote explain --list` shows what there is."
_TEACH = (
    "Nothing was decided yet: no request has passed through Rote.\n\n"
    "Run an agent through it, and ask again:\n"
    "    rote run -- python my_agent.py"
)
