"""Whether two answers to one question are the same answer.

Tool calls are equal when they call the same tools with equal arguments; several calls of one answer are meant in
parallel, so their order is free. Arguments are equal as JSON, where a number is its value: 41 and 41.0 are one. Texts
are equal after NFC and white space. Two texts that differ otherwise may still mean the same: that is unknown, never
wrong, and never evidence.
"""

from enum import Enum

import msgspec

from tree.derive.reply import Call, paired, same_text
from tree.message import Message, Text, ToolCall
from tree.reading.structure import decode

_UNREAD = "\x00"
"""After the name of a tool whose arguments cannot be read; no name has it."""


class Agreement(Enum):
    """How two answers compare."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def agreement(one: Message, other: Message) -> Agreement:
    """Compare what two answers do, or say where they do nothing."""
    calls, other_calls = _calls(one), _calls(other)
    if calls or other_calls:
        same = paired(calls, other_calls) is not None
        return Agreement.SAME if same else Agreement.DIFFERENT
    return Agreement.SAME if same_text(_said(one), _said(other)) else Agreement.UNKNOWN


def _calls(message: Message) -> list[Call]:
    return [_call(part) for part in message.parts if isinstance(part, ToolCall)]


def _call(part: ToolCall) -> Call:
    try:
        return Call(part.name, decode(part.arguments or "{}"), part.arguments)
    except (msgspec.DecodeError, ArithmeticError, RecursionError):
        return Call(f"{part.name} {_UNREAD}", part.arguments)  # equal to the same text only


def _said(message: Message) -> str:
    return "".join(part.text for part in message.parts if isinstance(part, Text))
