"""Text that is an outline: `key: value` and `key=value` lines, nested by indentation, with `- ` for items, as in YAML.

All of a text is an outline or none of it: a line that is neither a key with its value nor an item makes it prose.
Values stay texts as they were spelt, but for the quotation marks around all of one. One pass over the lines.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from tree.message import Json
from tree.reading.structure import structured

_ENTRY = re.compile(
    r"""(?P<key>[^\W\d][\w\ ./()&'-]{0,59}?|"[^"\n]{1,60}"|'[^'\n]{1,60}')
    \s*(?::(?=\s|$)|=(?!=))\s*(?P<value>.*)""",
    re.VERBOSE,
)
_MAX_CHARS = 400_000
_MAX_LINES = 20_000
_MAX_DEPTH = 30
_MIN_KEYS = 2
_LITERAL = ("|", "|-", ">", ">-")
"""What announces lines of text instead of a value."""


class _Line(Struct, frozen=True, gc=False):
    indent: int
    text: str


class _NoOutlineError(Exception):
    """What is read is something else."""


def outlined(text: str) -> Json | None:
    """The record or list that a text outlines; None where it does not."""
    if len(text) > _MAX_CHARS or not _promising(text):
        return None
    lines = [
        _Line(len(line) - len(bare), line.strip())
        for line in text.expandtabs(4).splitlines()
        if (bare := line.lstrip()) and line.rstrip() not in ("---", "...")
    ]
    if not 1 < len(lines) <= _MAX_LINES:
        return None
    reader = _Reader(lines)
    try:
        value = reader.block(lines[0].indent, 0)
    except _NoOutlineError:
        return None
    return value if reader.at == len(lines) and reader.keys >= _MIN_KEYS else None


def _promising(text: str) -> bool:
    """Whether the first line is an entry or an item: most texts are turned away here."""
    first = text.lstrip("\n-. ").split("\n", 1)[0].strip()
    return len(first) <= 500 and _ENTRY.fullmatch(first) is not None  # noqa: PLR2004


class _Reader:
    """Reads lines, each once."""

    def __init__(self, lines: Sequence[_Line]) -> None:
        self.lines = lines
        self.at = 0
        self.keys = 0

    def block(self, indent: int, depth: int) -> Json:
        """The entries, or the items, that begin in one column."""
        if depth > _MAX_DEPTH:
            raise _NoOutlineError
        if _is_item(self.lines[self.at].text):
            return self._items(indent, depth)
        record: dict[str, Json] = {}
        while self.at < len(self.lines) and self.lines[self.at].indent == indent:
            line = self.lines[self.at]
            if _is_item(line.text):
                raise _NoOutlineError
            self.at += 1
            self._entry(record, line.text, indent, depth)
        self._ended(indent)
        return record

    def _ended(self, indent: int) -> None:
        """A block ends where a line begins further to the left."""
        if self.at < len(self.lines) and self.lines[self.at].indent > indent:
            raise _NoOutlineError

    def _items(self, indent: int, depth: int) -> Json:
        if depth > _MAX_DEPTH:
            raise _NoOutlineError
        items: list[Json] = []
        while self.at < len(self.lines) and self.lines[self.at].indent == indent:
            text = self.lines[self.at].text
            if not _is_item(text):
                break
            self.at += 1
            bare = text[1:].lstrip()
            if _ENTRY.fullmatch(bare) and not bare.startswith(("{", "[")):
                items.append(self._record(bare, indent + len(text) - len(bare), depth))
            elif bare:
                items.append(_scalar(bare))
            else:
                items.append(self._nested(indent, depth))
        self._ended(indent)
        return items

    def _record(self, first: str, indent: int, depth: int) -> Json:
        """A record whose first entry stands beside the mark of its item."""
        record: dict[str, Json] = {}
        self._entry(record, first, indent, depth)
        if self.at < len(self.lines) and self.lines[self.at].indent == indent:
            more = self.block(indent, depth + 1)
            if not isinstance(more, dict) or more.keys() & record.keys():
                raise _NoOutlineError
            record |= more
        return record

    def _entry(self, record: dict[str, Json], text: str, indent: int, depth: int) -> None:
        match = _ENTRY.fullmatch(text)
        if match is None:
            raise _NoOutlineError
        key = match["key"].strip("\"'").strip()
        if key in record:
            raise _NoOutlineError
        self.keys += 1
        value = match["value"].strip()
        if value in _LITERAL:
            record[key] = self._literal(indent)
        elif value:
            record[key] = _scalar(value)
        else:
            record[key] = self._nested(indent, depth)

    def _nested(self, indent: int, depth: int) -> Json:
        """What stands below a key without a value; items may begin in the key's own column."""
        if self.at == len(self.lines):
            return ""
        line = self.lines[self.at]
        if line.indent > indent:
            return self.block(line.indent, depth + 1)
        if line.indent == indent and _is_item(line.text):
            return self._items(indent, depth + 1)
        return ""

    def _literal(self, indent: int) -> str:
        start = self.at
        while self.at < len(self.lines) and self.lines[self.at].indent > indent:
            self.at += 1
        return "\n".join(line.text for line in self.lines[start : self.at])


def _is_item(text: str) -> bool:
    return text == "-" or text.startswith(("- ", "* "))


def _scalar(text: str) -> Json:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" and text[0] not in text[1:-1]:
        return text[1:-1]
    inner = structured(text)
    return text if inner is None else inner
