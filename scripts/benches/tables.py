"""Tables of measurements, and the page of the repository that holds them, each between marks of its own."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "tree" / "MEASURED.md"
BEGIN, END = "<!-- begin: scripts/bench {} --write -->", "<!-- end -->"


def head(columns: Mapping[str, str]) -> str:
    """The first lines of a table."""
    return f"| {' | '.join(columns)} |\n|{'|'.join(columns.values())}|\n"


def line(cells: Sequence[object]) -> str:
    """A line of a table."""
    return f"| {' | '.join(map(str, cells))} |\n"


def share(part: int, whole: int) -> str:
    """A part in percent."""
    return f"{100 * part / whole:.1f} %" if whole else "-"


def written(page: str, rows: Sequence[str], name: str, columns: Mapping[str, str]) -> str:
    """The page with these rows in the table of that name: in the place of older ones of a row's name, or at its end.

    Raises:
        ValueError: It has no marks to write between.
    """
    begin = BEGIN.format(name)
    start = page.find(begin)
    stop = page.find(END, start)
    if not 0 <= start < stop:
        raise ValueError(f"the page has no marks of the table {name} to write between")
    old = [line for line in page[start:stop].splitlines(keepends=True) if line[:2] == "| "][1:]
    table = {_name(line): line for line in (*old, *rows)}
    return f"{page[:start]}{begin}\n\n{head(columns)}{''.join(table.values())}\n{page[stop:]}"


def write(row: str, name: str, columns: Mapping[str, str]) -> None:
    """Put a row into the page."""
    PAGE.write_text(written(PAGE.read_text("utf-8"), [row], name, columns), "utf-8")


def tell(rows: Iterable[str], name: str, columns: Mapping[str, str], *, keep: bool) -> None:
    """Print a table, each row as soon as it is measured, and put the rows into the page if they are to be kept."""
    print(head(columns), end="")
    for found in rows:
        print(found, end="", flush=True)
        if keep:
            write(found, name, columns)


def _name(line: str) -> str:
    return line.split("|")[1].strip()
