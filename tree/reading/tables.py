"""Text that is a table: in Markdown, or with tabs or commas between its columns. Rows become records by their header.

A row with more or fewer cells than the header ends the table: whatever follows is something else. Linear, line by
line; cells stay texts as they were spelt.
"""

import csv
import re
from collections.abc import Sequence

from tree.message import Json

_MAX_CHARS = 400_000
_MAX_COLUMNS = 60
_RULE = re.compile(r":?-+:?")
_NAME = re.compile(r"[^\W\d][\w .()%#/-]{0,39}")
_PIPE = re.compile(r"(?<!\\)\|")
_MIN_ROWS = 2

type Records = list[Json]


def markdown_table(lines: Sequence[str], at: int) -> tuple[Records, int] | None:
    """The table that begins at a line, and the line after it; None where none begins.

    Args:
        lines: Of a text, in order.
        at: Where its header would stand.
    """
    if at + 1 >= len(lines) or "|" not in lines[at] or "-" not in lines[at + 1]:
        return None
    rule = _cells(lines[at + 1])
    if len(rule) > _MAX_COLUMNS or not all(map(_RULE.fullmatch, rule)):
        return None
    header = _cells(lines[at])
    if not _is_header(header) or len(rule) != len(header):
        return None
    rows: Records = []
    stop = at + 2
    while stop < len(lines) and "|" in lines[stop]:
        cells = _cells(lines[stop])
        if len(cells) != len(header):
            break
        rows.append(dict(zip(header, cells, strict=True)))
        stop += 1
    return (rows, stop) if rows else None


def _cells(line: str) -> list[str]:
    bare = line.strip()
    bare = bare.removeprefix("|")
    if bare.endswith("|") and not bare.endswith("\\|"):
        bare = bare[:-1]
    return [cell.strip().replace("\\|", "|") for cell in _PIPE.split(bare)]


def _is_header(cells: Sequence[str]) -> bool:
    return 0 < len(cells) <= _MAX_COLUMNS and all(cells) and len(set(cells)) == len(cells)


def separated(text: str) -> Records | None:
    """The records of a text whose every line has the columns of the first, between tabs or commas; None where not."""
    if len(text) > _MAX_CHARS or "\n" not in text.strip():
        return None
    first = text.lstrip().split("\n", 1)[0]
    for delimiter in ("\t", ",", ";"):
        if delimiter in first:
            return _separated(text.strip("\r\n"), delimiter)
    return None


def _separated(text: str, delimiter: str) -> Records | None:
    try:
        rows = list(csv.reader(text.splitlines(), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    header = [cell.strip() for cell in rows[0]]
    if len(rows) <= _MIN_ROWS or len(header) < 2 or not _is_header(header):  # noqa: PLR2004
        return None
    if not all(map(_NAME.fullmatch, header)) or any(len(row) != len(header) for row in rows):
        return None
    return [dict(zip(header, map(str.strip, row), strict=True)) for row in rows[1:]]
