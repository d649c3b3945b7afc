"""An exchange as a conversation to read: who said what, which tools were called, and what of it was taken for data.

The text looks like YAML, so that whoever shows it can colour it, and is no YAML: what stands in ⟦brackets⟧ is a value
that was read or made, and the remark behind it says which and how.
"""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from addon.words import phrases
from tree.explaining.explanation import Binding, Decided, Derivation
from tree.explaining.wording import path_words, shown
from tree.message import Json, Media, Message, Opaque, Part, Text, ToolCall, ToolResult
from tree.reading.item import Path
from tree.reading.order import Spot, spots
from tree.reading.structure import decode, structured

OPENING, CLOSING = "⟦", "⟧"
_INDENT = "  "
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Data(Struct, frozen=True):
    """A value that is no fixed text, and what is to be said of it."""

    value: Json
    remark: str
    slot: int = -1
    """Which slot of its text; -1 in what has a structure."""
    name: str = ""
    """Which member of its structure, as `path_words` spells it."""


def request(messages: Sequence[Message], decided: Decided | None) -> str:
    """A request as far as it was said, under what was decided about it."""
    why = decided.explanation if decided else None
    read = _read(messages, why.bindings if why else ())
    tools: dict[int, str] = {}
    lines = list(_about(decided))
    for number, message in enumerate(messages):
        for at, part in enumerate(message.parts):
            lines += ["", *_part(message.role, part, read.get(Spot(number, at), []), tools)]
    return _joined(lines)


def answer(message: Message, decided: Decided | None) -> str:
    """What was said in return; `decided` tells how each value of it was made, if memory made it."""
    made = decided.explanation.programs if decided and decided.explanation else ()
    lines = list(_about(decided))
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    for part in message.parts:
        data = _made(made, calls, part) if isinstance(part, ToolCall | Text) else []
        lines += ["", *_part(message.role, part, data, {})]
    return _joined(lines)


def _about(decided: Decided | None) -> Iterator[str]:
    """What was decided, in remarks."""
    if decided is None:
        return
    number = f" (decision {decided.number})" if decided.number else ""
    yield f"# Rote: {phrases.headline(decided.outcome)}{number}"
    why = decided.explanation
    said = [*phrases.reasons(decided), *phrases.verdict(decided)]
    if why and why.evidence:
        said.append(phrases.sentence(phrases.evidence(why.evidence)))
    said += [f"Condition: {guard}" for guard in why.guards] if why else []
    yield from (f"#   {_in_a_line(line)}" for line in said)


def _read(messages: Sequence[Message], bindings: Sequence[Binding]) -> dict[Spot, list[Data]]:
    """What was read, by where it stands."""
    places, found = spots(messages), dict[Spot, list[Data]]()
    for one in bindings:
        if not 0 <= one.item < len(places):
            continue
        head, _, rest = one.place.partition(" of ")
        remark = f"{one.place}{', which nothing reads' if one.idle else ''}"
        slot = int(head[5:]) - 1 if head.startswith("slot ") and head[5:].isdigit() else -1
        name = head.strip("`") if head.startswith("`") and rest else ""
        found.setdefault(places[one.item], []).append(Data(one.value, remark, slot, name))
    return found


def _made(programs: Sequence[Derivation], calls: list[ToolCall], part: Part) -> list[Data]:
    """How the values of a part of an answer were made."""
    if isinstance(part, Text):
        return [
            Data(one.value, f"the text = {one.program}", 0)
            for one in programs
            if one.leaf == "the text"
        ]
    which = next((at for at, call in enumerate(calls) if call is part), 0)
    suffix = f" of call {which + 1} (`{calls[which].name}`)" if len(calls) > 1 else ""
    return [
        Data(one.value, one.program, name=one.leaf.removesuffix(suffix).strip("`"))
        for one in programs
        if one.leaf.endswith(suffix or "`") and one.leaf.startswith("`")
    ]


def _part(role: str, part: Part, data: list[Data], tools: dict[int, str]) -> Iterator[str]:
    match part:
        case Text(text):
            yield f"{role}:"
            yield from _text(text, data)
        case ToolCall(number, name, arguments):
            tools[number] = name
            yield f"{role} calls {name}:  # call {number + 1}"
            yield from _arguments(arguments, data)
        case ToolResult(number, parts, is_error):
            what = "error" if is_error else "result"
            yield f"{what} of {tools.get(number, 'a call')}:  # call {number + 1}"
            texts = [inner.text for inner in parts if isinstance(inner, Text)]
            yield from _text("\n".join(texts), data)
            yield from (_carried(inner) for inner in parts if not isinstance(inner, Text))
        case Media() | Opaque():
            yield f"{role}:"
            yield _carried(part)


def _carried(part: Media | Opaque) -> str:
    if isinstance(part, Media):
        return f"{_INDENT}({part.kind}, {part.size_bytes:,} bytes)"
    return f"{_INDENT}({part.kind}, carried as it is)"


def _arguments(text: str, data: list[Data]) -> Iterator[str]:
    try:
        tree = decode(text or "{}")
    except (msgspec.DecodeError, ArithmeticError, RecursionError):
        yield from _text(text, [])
    else:
        yield from _tree(tree, data)


def _text(text: str, data: list[Data]) -> Iterator[str]:
    tree = structured(text)
    if tree is not None and all(one.slot < 0 for one in data):
        yield from _tree(tree, data)
        return
    marked, at, told = [], 0, []
    for one in sorted(data, key=lambda one: one.slot):
        value = str(one.value).removesuffix("…")
        found = text.find(value, at) if value else -1
        if found >= 0:
            marked += [text[at:found], OPENING, value, CLOSING]
            at = found + len(value)
            told.append(one)
    marked.append(text[at:])
    yield from (_INDENT + line for line in "".join(marked).split("\n"))
    yield from (f"{_INDENT}# {_in_a_line(f'{shown(one.value, 30)}: {one.remark}')}" for one in told)


def _tree(tree: Json, data: list[Data]) -> Iterator[str]:
    if not isinstance(tree, (dict, list)) or not tree:
        yield _INDENT + _scalar(tree, ((), ()), {one.name: one for one in data})
    else:
        yield from _lines(tree, ((), ()), {one.name: one for one in data}, _INDENT)


type _Paths = tuple[Path, Path]
"""One path, its positions counted from the first entry, and from the last one."""


def _lines(tree: Json, paths: _Paths, data: dict[str, Data], indent: str) -> Iterator[str]:
    """An object or a list that is not empty, a member a line."""
    steps: list[tuple[str, str | int, str | int, Json]] = (
        [(f"{key}:", key, key, value) for key, value in tree.items()]
        if isinstance(tree, dict)
        else [("-", at, at - len(tree), value) for at, value in enumerate(tree)]
    )
    for label, step, back, value in steps:
        inner = (*paths[0], step), (*paths[1], back)
        if isinstance(value, (dict, list)) and value:
            yield f"{indent}{label}"
            yield from _lines(value, inner, data, indent + _INDENT)
        else:
            yield f"{indent}{label} {_scalar(value, inner, data)}"


def _scalar(value: Json, paths: _Paths, data: dict[str, Data]) -> str:
    said = _encode(value).decode()
    found = data.get(path_words(paths[0])) or data.get(path_words(paths[1]))
    return said if found is None else f"{OPENING}{said}{CLOSING}  # {_in_a_line(found.remark)}"


def _in_a_line(text: str) -> str:
    return text.replace("\n", "⏎")


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n") + "\n"
