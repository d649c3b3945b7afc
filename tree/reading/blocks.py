"""Text with structure within it: fenced code, tables and JSON between lines of prose.

The text is cut into a *shell*, in which a mark stands for each block, and the blocks themselves: read where they
spell a value, else as the text that they are. The shell is what templates are made of; so a text is the same kind of
text however many rows its table has. A text that holds the mark itself has no blocks.
"""

import json
import re
from decimal import Decimal

from msgspec import Struct

from tree.message import Json
from tree.reading.elements import elements
from tree.reading.outline import outlined
from tree.reading.structure import structured
from tree.reading.tables import markdown_table, separated

MARK = "\ufffc"
"""Unicode's object replacement character: it stands for what is not text."""
_MAX_CHARS = 1_200_000
_MAX_TRIED = 8
"""Brackets at which a value is looked for in vain before the rest is taken for prose."""
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})\s*([\w+.-]*)\s*")
_decoder = json.JSONDecoder(parse_float=Decimal)
_BRACKET = re.compile(r"(?:^|(?<=[\s:=]))[\[{]", re.MULTILINE)
_MIN_ISLAND = 8


class Blocks(Struct, frozen=True, gc=False):
    """A text without its blocks, and these."""

    shell: str
    values: tuple[Json, ...]


def blocks_of(text: str) -> Blocks | None:
    """The text's shell and blocks; None where it has none."""
    if (
        MARK in text
        or len(text) > _MAX_CHARS
        or not any(sign in text for sign in ("```", "~~~", "|", "{", "["))
    ):
        return None
    shell, values = _by_line(text)
    if not values and ("{" in text or "[" in text):
        shell, values = _islands(text)
    return Blocks(shell, tuple(values)) if values else None


def _by_line(text: str) -> tuple[str, list[Json]]:
    lines = text.split("\n")
    out: list[str] = []
    values: list[Json] = []
    ends = _fence_ends(lines)
    at = 0
    while at < len(lines):
        if (stop := ends.get(at)) is not None:
            inside = "\n".join(lines[at + 1 : stop])
            values.append(_read(inside, _language(lines[at])))
            out += [lines[at], MARK, lines[stop]]
            at = stop + 1
        elif "|" in lines[at] and (found := markdown_table(lines, at)) is not None:
            values.append(found[0])
            out.append(MARK)
            at = found[1]
        else:
            out.append(lines[at])
            at += 1
    return "\n".join(out), values


def _fence_ends(lines: list[str]) -> dict[int, int]:
    """Lines that open a fence, with those that close it: as many of the same mark or more, and nothing else."""
    ends: dict[int, int] = {}
    opened: tuple[int, str] | None = None
    for at, line in enumerate(lines):
        match = _FENCE.fullmatch(line[:200]) if "`" in line or "~" in line else None
        if match is None:
            continue
        if opened is None:
            opened = at, match[1]
        elif match[1].startswith(opened[1]) and not match[2]:
            if at > opened[0] + 1:
                ends[opened[0]] = at
            opened = None
    return ends


def _language(line: str) -> str:
    match = _FENCE.fullmatch(line[:200])
    return match[2].lower() if match else ""


def _read(text: str, language: str) -> Json:
    value: Json | None = structured(text)
    if value is None and language in ("yaml", "yml", "toml", "ini", "env", "properties"):
        value = outlined(text)
    if value is None and language == "xml":
        value = elements(text)
    if value is None and language in ("csv", "tsv"):
        value = separated(text)
    return text if value is None else value


def _islands(text: str) -> tuple[str, list[Json]]:
    """JSON between prose: from a bracket that begins a value to where it ends, if a line ends there too."""
    out: list[str] = []
    values: list[Json] = []
    at = tried = 0
    while tried < _MAX_TRIED and (match := _BRACKET.search(text, at)) is not None:
        start = match.start()
        stop = _value_end(text, start)
        value = structured(text[start:stop]) if stop is not None else None
        if stop is None or value is None or stop - start < _MIN_ISLAND:
            tried += 1
            out.append(text[at : start + 1])
            at = start + 1
            continue
        out += [text[at:start], MARK]
        values.append(value)
        at = stop
    return "".join(out) + text[at:], values


def _value_end(text: str, start: int) -> int | None:
    try:
        _, stop = _decoder.raw_decode(text, start)
    except (ValueError, RecursionError, ArithmeticError):
        return None
    rest = text[stop : stop + 200].split("\n", 1)[0].strip()
    return stop if rest in ("", ".", ",", ";") else None
