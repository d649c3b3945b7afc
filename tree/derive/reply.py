"""An answer as leaves: tool names and argument paths are its shape, and every scalar is a value to be derived."""

import unicodedata
from collections.abc import Collection, Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from tree.derive.program import equal, spelt
from tree.message import Answer, Json, Message, Text, ToolCall
from tree.reading.item import Path
from tree.reading.structure import decode

_BRIEF = 200


class Call(Struct, frozen=True, gc=False):
    """A tool call of an answer, its arguments read."""

    name: str
    arguments: Json
    raw: str = ""


class Reply(Struct, frozen=True, gc=False):
    """What an answer says and does."""

    calls: tuple[Call, ...]
    text: str = ""

    @property
    def tool(self) -> bool:
        """Whether it calls a tool."""
        return bool(self.calls)

    def shape(self) -> str:
        """Tool names and argument paths; all texts have one shape."""
        if not self.calls:
            return ""
        return "\n".join(f"{call.name} {outline(call.arguments)}" for call in self.calls)

    def brief(self) -> str:
        """What it does, or says, in a line for people."""
        calls = (f"{call.name}({written(call.arguments, call.raw)})" for call in self.calls)
        said = "; ".join(calls) if self.calls else " ".join(self.text.split())
        return said if len(said) <= _BRIEF else said[: _BRIEF - 1] + "…"

    def same(self, other: "Reply") -> bool:
        """Equal calls, in any order, for they are meant in parallel; or texts equal after NFC and white space."""
        if self.calls or other.calls:
            return paired(self.calls, other.calls) is not None
        return same_text(self.text, other.text)

    def reworded(self, other: "Reply") -> bool:
        """Whether both only say something, and not the same: that is unknown, neither right nor wrong."""
        return not self.calls and not other.calls and not same_text(self.text, other.text)

    def ordered_as(self, other: "Reply") -> "Reply":
        """This reply with its calls in the order of those of `other`, which is the same as it."""
        order = paired(other.calls, self.calls)
        return Reply(tuple(self.calls[at] for at in order), self.text) if order else self


def paired(mine: Sequence[Call], theirs: Sequence[Call]) -> list[int] | None:
    """Which of `theirs` equals each of `mine`, all of them used; None where some have no partner.

    Arguments are equal as JSON, and a number of JSON is its value: 41 and 41.0 are one, as they are in JSON Schema.
    """
    if len(mine) != len(theirs):
        return None
    left = list(range(len(theirs)))
    pairs = []
    for call in mine:
        for at in left:
            if theirs[at].name == call.name and equal(theirs[at].arguments, call.arguments):
                pairs.append(at)
                left.remove(at)
                break
    return pairs if not left else None


def same_text(one: str, other: str) -> bool:
    """Whether texts are equal after NFC and white space."""
    return one == other or _plain(one) == _plain(other)


def _plain(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).split()


def read_reply(answer: Answer) -> Reply | None:
    """The answer's leaves, or None for one that holds what nobody can derive."""
    calls: list[Call] = []
    texts: list[str] = []
    for part in answer.message.parts:
        match part:
            case ToolCall(_, name, arguments):
                try:
                    calls.append(Call(name, decode(arguments or "{}"), arguments))
                except (msgspec.DecodeError, ArithmeticError):
                    return None
            case Text(text):
                texts.append(text)
            case _:
                return None
    return Reply(tuple(calls), "\n\n".join(texts))


def outline(value: Json) -> str:
    """Keys in order of name, and how many records a list has; types of values and how many are plain are left out."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{outline(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        if value and not any(isinstance(item, (dict, list)) for item in value):
            return "[v]"
        return "[" + ",".join(map(outline, value)) + "]"
    return "v"


def leaves(value: Json, path: Path = (), whole: Collection[Path] = ()) -> list[tuple[Path, Json]]:
    """Scalars by path, in order of path.

    Args:
        value: What to take apart.
        path: Where it stands.
        whole: Lists that are taken as one.
    """
    if isinstance(value, dict) and value:
        return [leaf for key in sorted(value) for leaf in leaves(value[key], (*path, key), whole)]
    if isinstance(value, list) and value and path not in whole:
        return [leaf for at, item in enumerate(value) for leaf in leaves(item, (*path, at), whole)]
    return [(path, value)]


def sizes(value: Json, path: Path = ()) -> list[tuple[Path, int]]:
    """How long each list of plain values is, in order of path."""
    if isinstance(value, dict):
        return [size for key in sorted(value) for size in sizes(value[key], (*path, key))]
    if isinstance(value, list):
        inner = [size for at, item in enumerate(value) for size in sizes(item, (*path, at))]
        return (
            inner if any(isinstance(item, (dict, list)) for item in value) else [(path, len(value))]
        )
    return []


def at_path(value: Json, path: Path) -> Json:
    """The value at a path that is there."""
    for step in path:
        value = value[step]
    return value


def with_leaves(example: Json, values: dict[Path, Json], path: Path = ()) -> Json:
    """`example` with other leaves, its keys in their order."""
    if path in values:
        return values[path]
    if isinstance(example, dict) and example:
        return {key: with_leaves(item, values, (*path, key)) for key, item in example.items()}
    if isinstance(example, list) and example:
        return [with_leaves(item, values, (*path, at)) for at, item in enumerate(example)]
    return values[path]


def written(value: Json, like: str) -> str:
    """JSON text in the spacing and the escaping of `like`."""
    spaced = '": ' in like or '", ' in like
    ascii_only = like.isascii()
    return _written(value, ", " if spaced else ",", ": " if spaced else ":", ascii_only=ascii_only)


def _written(value: Json, comma: str, colon: str, *, ascii_only: bool) -> str:
    if isinstance(value, dict):
        inner = comma.join(
            _quoted(key, ascii_only=ascii_only)
            + colon
            + _written(item, comma, colon, ascii_only=ascii_only)
            for key, item in value.items()
        )
        return "{" + inner + "}"
    if isinstance(value, list):
        return (
            "["
            + comma.join(_written(item, comma, colon, ascii_only=ascii_only) for item in value)
            + "]"
        )
    if isinstance(value, str):
        return _quoted(value, ascii_only=ascii_only)
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else "null"
    return msgspec.json.encode(value).decode()


def _quoted(text: str, *, ascii_only: bool) -> str:
    said = msgspec.json.encode(text).decode()
    if not ascii_only or said.isascii():
        return said
    out = []
    for char in said:
        if char.isascii():
            out.append(char)
        else:
            code = char.encode("utf-16-be")
            out += [f"\\u{code[i : i + 2].hex()}" for i in range(0, len(code), 2)]
    return "".join(out)


_MIN_USED = 3


def used_by(reply: Reply) -> frozenset[str]:
    """The texts and numbers among the arguments that are too long to stand in a context by accident."""
    said = (spelt(value) for call in reply.calls for _, value in leaves(call.arguments))
    return frozenset(own for own in said if own and len(own) >= _MIN_USED)


def message_of(reply: Reply) -> Message:
    """The reply as a message, its calls numbered from 0."""
    parts: list[Text | ToolCall] = [Text(reply.text)] if reply.text else []
    parts += [
        ToolCall(number, call.name, written(call.arguments, call.raw))
        for number, call in enumerate(reply.calls)
    ]
    return Message("assistant", tuple(parts))
