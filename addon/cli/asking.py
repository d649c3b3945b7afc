"""What commands that look into memory have in common: where it is, how they answer, and how ages are spelt."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from addon.cli.opening import opened
from addon.places import data_dir
from tree.control.selecting import Progress as Told
from tree.errors import TreeError, UnknownNodeError
from tree.memory import Memory
from tree.sight.finding import Thing, thing

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_WIDTH = 120


def age(text: str) -> int:
    """A time that has passed, in nanoseconds: `90s`, `30m`, `12h`, `7d`, `4w`.

    Raises:
        click.BadParameter: It is spelt another way.
    """
    match = re.fullmatch(r"(\d{1,6})([smhdw])", text.strip().lower())
    if not match:
        raise click.BadParameter(f"{text!r} is no age: a number and s, m, h, d or w, as in 30d.")
    return int(match[1]) * _UNITS_S[match[2]] * 1_000_000_000


@contextmanager
def looked_into(store: Path | None, *, readonly: bool = True) -> Iterator[Memory]:
    """The memory of a folder; what goes wrong with it ends the command with a message and exit code 1.

    Raises:
        click.ClickException: There is none, it cannot be used, or what was asked for is not there.
    """
    folder = store or data_dir()
    with opened(folder, readonly=readonly) as memory:
        if memory is None:
            raise click.ClickException(
                f"There is no memory in {folder} yet. Run an agent through Rote first:\n"
                "    rote run -- python my_agent.py"
            )
        try:
            yield memory
        except UnknownNodeError as error:
            raise click.ClickException(f"{error}; it may have been forgotten.") from error
        except TreeError as error:
            raise click.ClickException(f"{error}.") from error


def meant(memory: Memory, beginning: str) -> Thing:
    """What an argument names."""
    return thing(memory, beginning)


def since(age_ns: int) -> int:
    """The moment that is so long ago, in nanoseconds since 1970."""
    return time.time_ns() - age_ns


def print_json(value: object) -> None:
    """A document for programs."""
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def console() -> Console:
    """Where people read; as wide as their terminal, and wide enough in a file."""
    made = Console(highlight=False)
    if not made.is_terminal:
        made.width = _WIDTH
    return made


@contextmanager
def progress(what: str, *, shown: bool = True) -> Iterator[Told]:
    """A bar on a terminal, and nothing elsewhere."""
    errors = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
    hidden = not (shown and errors.is_terminal)
    with Progress(*columns, console=errors, transient=True, disable=hidden) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
