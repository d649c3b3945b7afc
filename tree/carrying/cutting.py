"""Texts of observations cut into what stays and what differs, so that talks that differ in values alone look alike."""

import re
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from tree.carrying.lines import encode
from tree.message import Json, Media, Observation, Opaque, Part, Text, ToolCall, ToolResult
from tree.template.library import Library

_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?|-?\d[\d.eE+-]*')


class Cut(Struct):
    """An observation's texts, in order, each as static parts and values."""

    observation: Observation
    form: str
    """Equal for observations that differ in values alone."""
    statics: list[tuple[str, ...]]
    values: list[tuple[str, ...]]
    words: Sequence[str] = ()
    """Lines for what its user decided here."""


class Cutter:
    """Cuts texts by the templates of their sort."""

    def __init__(self) -> None:
        self._libraries: dict[tuple[bytes, str], Library] = {}

    def cut(self, one: Observation, *, learn: bool) -> Cut:
        """An observation, its texts cut; where no template fits exactly, they are as they are."""
        scope = encode(one.conversation.scope)
        tools: dict[int, str] = {}
        cut = Cut(one, "", [], [])
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
        cut.form = encode(form).decode()
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
                yield encode(part).decode(), None
