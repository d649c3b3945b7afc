"""Reads memory back from text; nothing in it is trusted, and the first line that is not as it should be is told."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import asdict, replace

from tree.canonical import canonical_json
from tree.carrying.lines import Chosen, ImportFileError, Read
from tree.carrying.texting import HOLE, Row, Word
from tree.message import (
    Answer,
    Conversation,
    Media,
    Message,
    Observation,
    Opaque,
    Part,
    Scope,
    Text,
    ToolCall,
    ToolResult,
)

_word = msgspec.json.Decoder(Word).decode
_row = msgspec.json.Decoder(Row).decode
_scope = msgspec.json.Decoder(Scope).decode
_part = msgspec.json.Decoder(Media | Opaque).decode
_CHOSEN = re.compile(r"(trust|distrust|name) (node|template|slot) ")
_string = msgspec.json.Decoder(str).decode


class Talk:
    """Messages with names in them, as lines tell them."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[Part]]] = []
        self.answers = False
        self._result: tuple[int, bool, list[Part]] | None = None
        self._open: tuple[str, str] | None = None
        self._lines: list[str] = []

    def take(self, line: str) -> None:
        """One more line.

        Raises:
            ValueError: It does not belong here.
        """
        if self._open and line.startswith("| "):
            self._lines.append(line[2:])
            return
        if self._open and line.startswith("= ") and not self._lines:
            self._lines.append(_string(line[2:]))
            return
        self.close()
        word, _, rest = line.partition(" ")
        match word:
            case "@":
                self._begin(rest)
            case "=>":
                self._begin(rest)
                self.answers = True
            case "text" | "call":
                self._open = word, rest
            case "result" | "error" if self._result is None:
                self._result = int(rest), word == "error", []
            case "end" if self._result is not None:
                call, is_error, parts = self._result
                self._result = None
                inner = tuple(part for part in parts if isinstance(part, Text | Media | Opaque))
                self._add(ToolResult(call, inner, is_error))
            case "part":
                self._add(_part(rest))
            case _:
                raise ValueError(f"“{line[:40]}” means nothing here")

    def close(self) -> None:
        """The text at hand is at its end."""
        if self._open is None:
            return
        (word, rest), text = self._open, "\n".join(self._lines)
        self._open, self._lines = None, []
        if word == "text":
            self._add(Text(text))
        else:
            number, _, name = rest.partition(" ")
            self._add(ToolCall(int(number), _string(name), text))

    def filled(self, scope: Scope, row: Row) -> Observation:
        """The observation that these values make.

        Raises:
            ValueError: A name has no value, or there is no answer.
        """
        if not self.answers or self._result is not None:
            raise ValueError("the talk has no answer")
        *said, answer = [
            Message(role, tuple(_filled(part, row.values) for part in parts))
            for role, parts in self.messages
        ]
        spoken = Answer(answer, row.envelope, row.usage, row.literal_only)
        conversation = Conversation(scope, tuple(said))
        return Observation(conversation, spoken, row.at_ns, row.latency_ms, row.bindings)

    def _begin(self, role: str) -> None:
        if self.answers or self._result is not None or not role:
            raise ValueError("no message can begin here")
        self.messages.append((role, []))

    def _add(self, part: Part) -> None:
        if self._result is not None:
            if not isinstance(part, Text | Media | Opaque):
                raise ValueError("this cannot stand within a result")
            self._result[2].append(part)
        elif not self.messages:
            raise ValueError("no message has begun yet")
        else:
            self.messages[-1][1].append(part)


def _filled(part: Part, values: dict[str, str]) -> Part:
    match part:
        case Text(text):
            return Text(_text(text, values))
        case ToolCall(number, name, arguments):
            return ToolCall(number, name, _text(arguments, values))
        case ToolResult(number, parts, is_error):
            inner = tuple(Text(_text(p.text, values)) if isinstance(p, Text) else p for p in parts)
            return ToolResult(number, inner, is_error)
        case _:
            return part


def _text(text: str, values: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "{{"
        if name not in values:
            raise ValueError(f"“{name}” has no value")
        return values[name]

    return HOLE.sub(value, text)


class _Reader:
    def __init__(self, tenant: str | None) -> None:
        self.read = Read([], [], {})
        self._tenant = tenant
        self._scope: Scope | None = None
        self._talk = Talk()

    def take(self, line: str) -> None:
        if line.startswith("scope "):
            scope = _scope(line[6:])
            canonical_json(scope)
            self._scope = scope if self._tenant is None else replace(scope, tenant=self._tenant)
        elif line == "talk":
            self._talk = Talk()
        elif line.startswith("with "):
            self._talk.close()
            self.read.observations.append(self._observation(_row(line[5:])))
        elif match := _CHOSEN.match(line):
            self._choose(match[1], match[2], _word(line[match.end() :]))
        elif line:
            self._talk.take(line)

    def _choose(self, what: Any, sort: Any, word: Word) -> None:
        if not self.read.observations:
            raise ValueError("there is no observation yet that tells where")
        said = self.read.observations[-1].conversation
        if not 0 <= word.messages <= len(said.messages):
            raise ValueError(f"there is no message {word.messages}")
        place = replace(said, messages=said.messages[: word.messages or None])
        own = asdict(word)
        del own["messages"]
        self.read.choices.append((Chosen(sort=sort, what=what, **own), place))

    def _observation(self, row: Row) -> Observation:
        if self._scope is None:
            raise ValueError("there is no scope yet")
        if not 0 <= row.at_ns < 2**63 or not 0 <= row.latency_ms < 2**32:
            raise ValueError("its times are none")
        canonical_json(row.envelope)
        return self._talk.filled(self._scope, row)


def read_text(lines: Iterable[str], tenant: str | None = None) -> Read:
    """What a text tells: observations and what its user decided, all that is behind its first line.

    Args:
        lines: Of the file.
        tenant: Whose memory it is to become; None leaves it whose it was.

    Raises:
        ImportFileError: A line of it is not as it should be.
    """
    reader = _Reader(tenant)
    for number, line in enumerate(lines, 1):
        try:
            if number > 1:
                reader.take(line.removesuffix("\n"))
        except RecursionError as exc:
            raise ImportFileError(number, "it is nested too deeply") from exc
        except (ValueError, ArithmeticError, TypeError) as exc:
            raise ImportFileError(number, str(exc)) from exc
    return reader.read
