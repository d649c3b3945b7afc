"""Memory as text that people read and git compares: like talks once, with names where they differ.

    scope {…}

    talk
    @ user
    text
    | Please lend the atlas to {{who}} for a week.
    =>
    call 0 find_reader
    | {"who":"{{who}}"}
    with {"values":{"who":"Ida Holm"},"at_ns":…}

A line that begins with `| ` is one line of a text, `= ` a text as JSON where it is not plain lines. `{{"{{"}}` stands
for two braces that are no name. No observation is lost: each `with` is one. What its user decided stands behind one
that tells where: `trust node {…}`, `distrust template {…}`, `name slot {…}`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from tree.canonical import NodeId, path_of
from tree.carrying.cutting import Cut, Cutter
from tree.carrying.lines import Chosen, Decision
from tree.message import (
    Bindings,
    Json,
    Media,
    Observation,
    Opaque,
    Part,
    Scope,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)

HEAD = "rote text 1"
_BRACES, _ESCAPED = "{{", '{{"{{"}}'
HOLE = re.compile(r'\{\{(?:"\{\{"|([^{}"]{1,80}))\}\}')
_KEY = re.compile(r'"(\w{1,40})"\s*:\s*"?$')

_encode = msgspec.json.Encoder().encode


class Row(Struct, frozen=True, omit_defaults=True):
    """One observation of a talk: its values, and what is beside the messages."""

    values: dict[str, str] = {}
    at_ns: int = 0
    latency_ms: int = 0
    usage: Usage = Usage()
    literal_only: str = ""
    bindings: Bindings = ()
    envelope: Json = None


class Word(Decision, frozen=True, omit_defaults=True, kw_only=True):
    """What its user decided about what was said in an observation."""

    messages: int = 0
    """Up to which of them it is about; 0 for all."""


def written(
    observations: Sequence[Observation],
    chosen: Iterable[tuple[Chosen, Sequence[NodeId]]] = (),
) -> Iterator[str]:
    """The lines, without their ends.

    Args:
        observations: All of them.
        chosen: What its user decided, each with nodes that tell where.
    """
    yield HEAD
    cutter = Cutter()
    for one in observations:
        cutter.cut(one, learn=True)
    words = _words(observations, list(chosen))
    groups: dict[str, list[Cut]] = {}
    for at, one in enumerate(observations):
        cut = cutter.cut(one, learn=False)
        cut.words = words.get(at, ())
        groups.setdefault(cut.form, []).append(cut)
    scope: Scope | None = None
    for group in groups.values():
        own = group[0].observation.conversation.scope
        if own != scope:
            scope = own
            yield ""
            yield "scope " + _encode(scope).decode()
        yield from _talk(group)


def _talk(group: list[Cut]) -> Iterator[str]:
    names = _names(group)
    first = group[0]
    texts = iter(
        _named(statics, values, names.get(at, ()))
        for at, (statics, values) in enumerate(zip(first.statics, first.values, strict=True))
    )
    yield ""
    yield "talk"
    for message in first.observation.conversation.messages:
        yield f"@ {message.role}"
        yield from _parts(message.parts, texts)
    yield f"=> {first.observation.answer.message.role}"
    yield from _parts(first.observation.answer.message.parts, texts)
    for one in group:
        yield "with " + _encode(_row(one, names)).decode()
        yield from one.words


def _words(
    observations: Sequence[Observation], chosen: Sequence[tuple[Chosen, Sequence[NodeId]]]
) -> dict[int, list[str]]:
    """Lines for what was decided, by the number of an observation that tells where; left out where none does."""
    wanted = {node for _, nodes in chosen for node in nodes}
    places: dict[NodeId, tuple[int, int]] = {}
    for at, one in enumerate(observations) if wanted else ():
        for depth, node in enumerate(path_of(one.conversation), 1):
            if node in wanted:
                places.setdefault(node, (at, depth))
    lines: dict[int, list[str]] = {}
    for decided, nodes in chosen:
        place = next((places[node] for node in nodes if node in places), None)
        if place is not None:
            at, depth = place
            lines.setdefault(at, []).append(
                _word(decided, depth % len(observations[at].conversation.messages))
            )
    return lines


def _word(decided: Chosen, messages: int) -> str:
    own = asdict(decided)
    what, sort = own.pop("what"), own.pop("sort")
    return f"{what} {sort} {_encode(Word(**own, messages=messages)).decode()}"


def _row(one: Cut, names: dict[int, tuple[str, ...]]) -> Row:
    values = {
        name: value
        for at, own in names.items()
        for name, value in zip(own, one.values[at], strict=True)
        if name
    }
    seen, answer = one.observation, one.observation.answer
    return Row(
        values,
        seen.at_ns,
        seen.latency_ms,
        answer.usage,
        answer.literal_only,
        seen.bindings,
        answer.envelope,
    )


def _named(statics: tuple[str, ...], values: tuple[str, ...], names: tuple[str, ...]) -> str:
    """A text with names for its values; a value that has none is static here."""
    out = [statics[0].replace(_BRACES, _ESCAPED)]
    for at, static in enumerate(statics[1:]):
        name = names[at] if at < len(names) else ""
        out.append("{{" + name + "}}" if name else values[at].replace(_BRACES, _ESCAPED))
        out.append(static.replace(_BRACES, _ESCAPED))
    return "".join(out)


def _names(group: list[Cut]) -> dict[int, tuple[str, ...]]:
    """For each text, a name for each value that differs within the group; equal columns share theirs."""
    keys: dict[tuple[str, ...], str] = {}
    places: list[tuple[int, list[tuple[str, ...]]]] = []
    for at, statics in enumerate(group[0].statics):
        columns = [tuple(one.values[at][slot] for one in group) for slot in range(len(statics) - 1)]
        places.append((at, columns))
        for slot, column in enumerate(columns):
            found = _KEY.search(statics[slot])
            # What one of several places is called, all are.
            keys[column] = keys.get(column) or (found[1] if found else "")
    known: dict[tuple[str, ...], str] = {}
    for column, key in keys.items():
        if len(set(column)) > 1:
            known[column] = _fresh(key or "value", set(known.values()))
    return {at: tuple(known.get(column, "") for column in columns) for at, columns in places}


def _fresh(base: str, taken: set[str]) -> str:
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base} {number}"
    return name


def _parts(parts: Sequence[Part], texts: Iterator[str]) -> Iterator[str]:
    for part in parts:
        match part:
            case Text():
                yield "text"
                yield from _lines(next(texts))
            case ToolCall():
                yield f"call {part.call} {_encode(part.name).decode()}"
                yield from _lines(next(texts))
            case ToolResult():
                yield f"{'error' if part.is_error else 'result'} {part.call}"
                yield from _parts(part.parts, texts)
                yield "end"
            case Media() | Opaque():
                yield "part " + _encode(part).decode()


def _lines(text: str) -> Iterator[str]:
    lines = text.split("\n")
    if all(line.isprintable() or line.replace("\t", "").isprintable() for line in lines):
        yield from (f"| {line}" for line in lines)
    else:
        yield "= " + _encode(text).decode()
