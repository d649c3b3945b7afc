"""The page on which the benches leave what they measured, each between marks of its own."""

import platform
import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "SPEED.md"


def write(bench: str, header: str, rows: Sequence[Sequence[str]], note: str = "") -> None:
    """Replace a bench's table.

    Args:
        bench: Its name, as in its marks.
        header: The columns, divided by `|`; the first one is words, the others are numbers.
        rows: The cells.
        note: A line below.

    Raises:
        ValueError: The page has no such marks.
    """
    names = [name.strip() for name in header.split("|")]
    lines = [f"| {' | '.join(names)} |", "|:--" + "|--:" * (len(names) - 1) + "|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    lines += ["", f"{note} {machine()}".strip()]
    begin, end = f"<!-- begin: {bench} -->", f"<!-- end: {bench} -->"
    page = PAGE.read_text("utf-8")
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not marked.search(page):
        raise ValueError(f"{PAGE} has no marks for {bench}")
    PAGE.write_text(marked.sub(lambda _: "\n".join((begin, *lines, end)), page), "utf-8")


def machine() -> str:
    """What it was measured on, as far as that matters and tells nothing of whose it is."""
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}."
