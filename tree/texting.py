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
for two braces that are no name. Nothing is lost: each `with` is one observation.
"""

import re
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

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
from tree.template.library import Library

HEAD = "rote text 1"
_BRACES, _ESCAPED = "{{", '{{"{{"}}'
HOLE = re.compile(r'\{\{(?:"\{\{"|([^{}"]{1,80}))\}\}')
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?|-?\d[\d.eE+-]*')
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


class _Cut(Struct):
    """An observation's texts, in order, each as static parts and values."""

    observation: Observation
    form: str
    """Equal for observations that differ in values alone."""
    statics: list[tuple[str, ...]]
    values: list[tuple[str, ...]]


def written(observations: Sequence[Observation]) -> Iterator[str]:
    """The lines, without their ends."""
    yield HEAD
    cutter = _Cutter()
    for one in observations:
        cutter.cut(one, learn=True)
    groups: dict[str, list[_Cut]] = {}
    for one in observations:
        cut = cutter.cut(one, learn=False)
        groups.setdefault(cut.form, []).append(cut)
    scope: Scope | None = None
    for group in groups.values():
        own = group[0].observation.conversation.scope
        if own != scope:
            scope = own
            yield ""
            yield "scope " + _encode(scope).decode()
        yield from _talk(group)


def _talk(group: list[_Cut]) -> Iterator[str]:
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


def _row(one: _Cut, names: dict[int, tuple[str, ...]]) -> Row:
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


def _names(group: list[_Cut]) -> dict[int, tuple[str, ...]]:
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


class _Cutter:
    """Cuts texts by the templates of their sort."""

    def __init__(self) -> None:
        self._libraries: dict[tuple[bytes, str], Library] = {}

    def cut(self, one: Observation, *, learn: bool) -> _Cut:
        """An observation, its texts cut; where no template fits exactly, they are as they are."""
        scope = _encode(one.conversation.scope)
        tools: dict[int, str] = {}
        cut = _Cut(one, "", [], [])
        form: list[Json] = [scope.decode()]
        for message in (*one.conversation.messages, one.answer.message):
            form.append(["@", message.role])
            for sort, text in _texts(message.parts, message.role, tools):
                if text is None:
                    form.append(sort)
                    continue
                statics, values = _of_json(text) or self._of_words((scope, sort), text, learn=learn)
                form.append([sort, statics])
                cut.statics.append(statics)
                cut.values.append(values)
        cut.form = _encode(form).decode()
        return cut

    def _of_words(
        self, family: tuple[bytes, str], text: str, *, learn: bool
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        library = self._libraries.setdefault(family, Library())
        found = library.learn(text) if learn else library.match(text)
        if found is None:
            return (text,), ()
        return library.entries[found[0]].pattern.statics, found[1]


def _of_json(text: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """A JSON document with a slot for each of its texts and numbers; None for what is none."""
    if text[:1] not in ("{", "["):
        return None
    try:
        msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return None
    statics, values, at = [], [], 0
    for match in _LITERAL.finditer(text):
        if match[2] is None:  # else it names a member
            start, stop = match.span(1) if match[1] is not None else match.span()
            statics.append(text[at:start])
            values.append(text[start:stop])
            at = stop
    return (*statics, text[at:]), tuple(values)


def _texts(
    parts: Sequence[Part], sort: str, tools: dict[int, str]
) -> Iterator[tuple[str, str | None]]:
    """The texts of a message, each after its sort; a sort alone for what is no text."""
    for part in parts:
        match part:
            case Text():
                yield f"text {sort}", part.text
            case ToolCall():
                tools[part.call] = part.name
                yield f"call {part.call} {part.name}", part.arguments
            case ToolResult():
                yield f"result {part.call} {part.is_error} {len(part.parts)}", None
                yield from _texts(part.parts, f"of {tools.get(part.call, '')}", tools)
            case Media() | Opaque():
                yield _encode(part).decode(), None
