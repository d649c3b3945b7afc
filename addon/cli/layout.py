"""How things are laid out for a person at a terminal: named rows under a line, and moments."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from addon.words import wording

ID_DIGITS = 8
"""Of an id, where it is shown to be typed again."""


def print_rows(out: Console, rows: list[tuple[str, Text]]) -> None:
    """Names on the left, and what belongs to each on the right; a name that goes on is empty."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=10, style="bold", no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for name, text in rows:
        grid.add_row(name, text)
    if rows:
        out.print(Padding(grid, (0, 0, 0, 3)))


def print_named(out: Console, name: str, lines: Iterable[Text]) -> None:
    """Several lines under one name."""
    print_rows(out, [(name if not at else "", line) for at, line in enumerate(lines)])


def when(at_ns: int) -> str:
    """A moment, and how long ago it was."""
    ago = wording.duration(max(0, time.time_ns() - at_ns) / 1e9)
    return f"{datetime.fromtimestamp(at_ns / 1e9, UTC).astimezone():%Y-%m-%d %H:%M} ({ago} ago)"
