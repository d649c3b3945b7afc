"""Text that is HTML: its title, headings, links, fields, lists and tables, and the lines of text in reading order.

A scanner of one pass over the text that never goes back: what does not close is text up to its end. No entity is
expanded twice, no script or style is read, and nothing is built but plain values.
"""

import re
from collections.abc import Iterator
from html import unescape

from msgspec import Struct

from tree.message import Json
from tree.reading.tables import Records

_MAX_CHARS = 1_200_000
_ROOT = re.compile(r"\s*(?:<!--[^>]*-->\s*)?<([a-zA-Z!][a-zA-Z0-9]*)")
_ROOT_NAMES = """
!doctype html head body div table ul ol dl p h1 h2 h3 h4 h5 h6 form section article main nav a span b i em strong
"""
_ROOTS = frozenset(_ROOT_NAMES.split())
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9-]*")
_ATTRIBUTE = re.compile(r"([^\s=\"'>/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_OPENS = re.compile(r"<(?=[a-zA-Z/!?])")
_MARK = re.compile(r"[\"'<>]")
_MAX_TAG = 4000
"""A longer tag is taken for text: its attributes are not gone through."""
_BLOCK_NAMES = """
p div br li ul ol dl dt dd tr table h1 h2 h3 h4 h5 h6 section article main nav header footer form option select
textarea button label fieldset title head body html td th caption tbody thead blockquote pre hr
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_RAW = frozenset(["script", "style", "template", "svg"])
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_FIELDS = frozenset(["input", "select", "textarea", "button"])
_KEPT = ("name", "id", "type", "value", "placeholder")


class _Tag(Struct, frozen=True, gc=False):
    name: str
    closes: bool
    inside: str
    """Its attributes as they were written."""


def marked_up(text: str) -> Json | None:
    """What an HTML text shows, by sort; None for any other text."""
    if len(text) > _MAX_CHARS or not text.rstrip().endswith(">"):
        return None
    root = _ROOT.match(text[:500])
    if root is None or root[1].lower() not in _ROOTS:
        return None
    page = _Page()
    for piece in _pieces(text):
        if isinstance(piece, str):
            page.say(piece)
        else:
            page.meet(piece)
    return page.value()


def _pieces(text: str) -> Iterator[str | _Tag]:
    """Tags, and the text between them."""
    at = 0
    while (opens := _OPENS.search(text, at)) is not None:
        start = opens.start()
        if start > at:
            yield text[at:start]
        if text.startswith("<!--", start):
            at = _after(text, "-->", start + 4)
            continue
        whole, stop = _tag_end(text, start)
        name = _NAME.match(text, start + 1)
        if not whole or name is None:
            if not whole or text[start + 1] not in "!?":
                yield text[start:stop]
            at = stop
            continue
        closes = name[0].startswith("/")
        tag = _Tag(name[0].lstrip("/").lower(), closes, text[name.end() : stop - 1])
        yield tag
        at = stop
        if tag.name in _RAW and not closes:
            at = _raw_end(text, tag.name, stop)
    if at < len(text):
        yield text[at:]


def _after(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return len(text) if found < 0 else found + len(mark)


def _raw_end(text: str, name: str, at: int) -> int:
    """Where what is not read ends: at its closing tag, or with the text."""
    found = text.find(f"</{name}", at)
    return len(text) if found < 0 else found


def _tag_end(text: str, start: int) -> tuple[bool, int]:
    """Whether a tag is whole, and where what was looked at ends; a `>` inside quotation marks does not end it."""
    stop = min(len(text), start + _MAX_TAG)
    at = start + 1
    while (mark := _MARK.search(text, at, stop)) is not None:
        at = mark.end()
        if mark[0] == ">":
            return True, at
        if mark[0] == "<":
            return False, mark.start()
        if text[mark.start() - 1] == "=":
            closing = text.find(mark[0], at, stop)
            if closing < 0:
                break
            at = closing + 1
    return False, stop


class _Page:
    """What was met so far."""

    def __init__(self) -> None:
        self._line: list[str] = []
        self._open: dict[str, list[str]] = {}
        self._link: str | None = None
        self.title = ""
        self.headings: list[Json] = []
        self.links: list[Json] = []
        self.fields: list[Json] = []
        self.items: list[Json] = []
        self.tables: list[list[list[str]]] = []
        self.lines: list[Json] = []

    def say(self, text: str) -> None:
        """Text between tags."""
        said = unescape(text)
        self._line.append(said)
        for own in self._open.values():
            own.append(said)

    def meet(self, tag: _Tag) -> None:
        """A tag that opens or closes."""
        if tag.name in _BLOCKS:
            self._end_line()
        if tag.closes:
            self._close(tag.name)
        else:
            self._begin(tag)

    def _end_line(self) -> None:
        line = _plain(self._line)
        if line:
            self.lines.append(line)
        self._line = []

    def _begin(self, tag: _Tag) -> None:
        name = tag.name
        if name == "table":
            self.tables.append([])
        elif name == "tr" and self.tables:
            self.tables[-1].append([])
        elif name == "a":
            self._link = _attributes(tag).get("href", "")
        elif name in _FIELDS:
            own = _attributes(tag)
            self.fields.append({"tag": name} | {key: own[key] for key in _KEPT if key in own})
        if name in ("a", "td", "th", "li", "title") or name in _HEADINGS:
            self._open[name] = []

    def _close(self, name: str) -> None:
        text = _plain(self._open.pop(name, []))
        if name == "a" and self._link is not None:
            self.links.append({"text": text, "href": self._link})
            self._link = None
        elif name in ("td", "th"):
            if self.tables and self.tables[-1]:
                self.tables[-1][-1].append(text)
        elif name == "title":
            self.title = text
        elif name == "li":
            self.items.append(text)
        elif name in _HEADINGS:
            self.headings.append(text)

    def value(self) -> Json | None:
        """All of it by sort; sorts of which there is nothing are left out."""
        self._end_line()
        tables: list[Json] = [_records(rows) for rows in self.tables if rows]
        found: dict[str, Json] = {
            "title": self.title,
            "headings": self.headings,
            "links": self.links,
            "fields": self.fields,
            "items": self.items,
            "tables": tables,
            "lines": self.lines,
        }
        return {key: own for key, own in found.items() if own} or None


def _attributes(tag: _Tag) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag.inside):
        found.setdefault(name.lower(), unescape(double or single or bare))
    return found


def _plain(pieces: list[str]) -> str:
    return " ".join("".join(pieces).split())


def _records(rows: list[list[str]]) -> Records:
    """Rows by the first one's cells, if these can be names; else as lists."""
    header = rows[0]
    if len(rows) > 1 and all(header) and len(set(header)) == len(header):
        full = [row for row in rows[1:] if len(row) == len(header)]
        if len(full) == len(rows) - 1:
            return [dict(zip(header, row, strict=True)) for row in full]
    return [list(row) for row in rows]
