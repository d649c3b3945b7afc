"""Templates by declaration: a client says what of its request is data, and one exchange is enough.

The conversation with slots for the declared values is the key, found by its hash alone: nothing is searched for, and
nothing but the declared values may differ. What the client did not declare is static. An answer that differs, its
values apart, from an earlier one to the same slotted conversation silences the template: something that was not
declared decides.
"""

import re
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from tree.agreement import Agreement, agreement
from tree.canonical import canonical_arguments, canonical_json, content_digest, scope_id
from tree.declared.slotting import Pieces, Slot, UnclearError, cut, filled
from tree.message import (
    Bindings,
    Conversation,
    Json,
    Message,
    Observation,
    Part,
    Text,
    ToolCall,
    ToolResult,
)

DIFFERED = "declared, but answers to it differed in more than the declared values"


class Template(Struct, frozen=True):
    """An answer with slots, and the slotted conversation that it answers."""

    key: str
    """Digest of the conversation with slots."""
    parts: tuple[tuple[Text | ToolCall, Pieces], ...]
    """The answer's parts, each with its text or arguments in pieces."""

    @property
    def doubts(self) -> int:
        """In how many ways its slots may be spelt; the fewer, the more new values it can take."""
        return sum(len(piece.spellings) for piece in self._pieces if isinstance(piece, Slot))

    def like(self, other: "Template") -> bool:
        """Whether two answers differ in nothing but their values."""
        return bool(_outline(self) == _outline(other))

    @property
    def _pieces(self) -> Iterable[str | Slot]:
        return (piece for _, pieces in self.parts for piece in pieces)


class Declared(Struct, frozen=True):
    """The answer that a declared template gives."""

    message: Message
    like: int
    """Number of the observation that it was made of."""
    bindings: Bindings


class Declarations:
    """The declared templates of a journal; what they are depends on the journal alone."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, Template] | str] = {}
        """By the slotted conversation: the template and its observation, or why there is none."""

    def learn(self, seq: int, observation: Observation) -> None:
        """Take in an observation whose client declared what is data."""
        key = slotted(observation.conversation, observation.bindings)
        if isinstance(key, UnclearError):
            return
        found, known = template(observation), self._known.get(key)
        if isinstance(known, str) and known == DIFFERED:
            return
        if known is None or isinstance(known, str):
            self._known[key] = found if isinstance(found, str) else (seq, found)
        elif isinstance(found, Template) and found.like(known[1]):
            self._known[key] = seq, min(known[1], found, key=lambda one: one.doubts)
        elif not _foretold(known[1], observation):
            self._known[key] = DIFFERED

    def answer(self, conversation: Conversation, bindings: Bindings) -> Declared | str:
        """What follows a conversation with these values, or why nothing is known; reads only, from any thread."""
        key = slotted(conversation, bindings)
        if isinstance(key, UnclearError):
            return str(key)
        known = self._known.get(key, "nothing was declared like this yet")
        if isinstance(known, str):
            return known
        seq, known_template = known
        message = answer_of(known_template, bindings)
        return message if isinstance(message, str) else Declared(message, seq, bindings)


def template(observation: Observation) -> Template | str:
    """The template that one observation with declared values makes, or why it makes none."""
    answer, bindings = observation.answer, observation.bindings
    if answer.literal_only:
        return f"the answer fits its own request only: {answer.literal_only}"
    if observation.conversation.signed or answer.message.signed:
        return "what is signed can only be repeated"
    key = slotted(observation.conversation, bindings)
    if isinstance(key, UnclearError):
        return str(key)
    try:
        _check_envelope(answer.envelope, bindings)
        parts = tuple(_cut_part(part, bindings) for part in answer.message.parts)
    except UnclearError as error:
        return f"in the answer, {error}"
    return Template(key, parts)


def slotted(conversation: Conversation, bindings: Bindings) -> str | UnclearError:
    """A digest that is equal for conversations which differ in nothing but their declared values."""
    try:
        _check_values(bindings)
        messages = [
            [message.role, [_form(part, bindings) for part in message.parts]]
            for message in conversation.messages
        ]
        _check_presence(messages, bindings)
    except UnclearError as error:
        return error
    return content_digest(canonical_json([scope_id(conversation.scope).hex(), messages]))


def answer_of(known: Template, bindings: Bindings) -> Message | str:
    """A template's answer with these values, or why it cannot be written."""
    values = dict(bindings)
    try:
        return Message("assistant", tuple(_fill(*part, values) for part in known.parts))
    except UnclearError as error:
        return str(error)


def _foretold(known: Template, observation: Observation) -> bool:
    message = answer_of(known, observation.bindings)
    if isinstance(message, str):
        return False
    return agreement(message, observation.answer.message) is Agreement.SAME


def _check_values(bindings: Bindings) -> None:
    for name, value in bindings:
        if not value.strip():
            raise UnclearError(f"the value of `{name}` is empty")
        for other, longer in bindings:
            if other != name and value in longer:
                how = "equals" if value == longer else "is a part of"
                raise UnclearError(f"the value of `{name}` {how} that of `{other}`")


def _check_presence(messages: list[Json], bindings: Bindings) -> None:
    present = set(_names(messages))
    for name, _ in bindings:
        if name not in present:
            raise UnclearError(f"the value of `{name}` stands nowhere in the conversation")


def _names(form: Json) -> Iterable[str]:
    if isinstance(form, _Hole):
        yield form.slot
    elif isinstance(form, list):
        for item in form:
            yield from _names(item)


class _Hole(Struct, frozen=True):
    """A slot within a conversation; how its value was spelt there makes no difference."""

    slot: str


def _form(part: Part, bindings: Bindings) -> Json:
    match part:
        case Text(text):
            return ["text", _holes(cut(text, bindings))]
        case ToolCall(number, name, arguments):
            pieces = cut(canonical_arguments(arguments), bindings)
            return ["call", number, name, _holes(pieces)]
        case ToolResult(number, parts, is_error):
            return ["result", number, is_error, [_form(inner, bindings) for inner in parts]]
        case _:
            return part


def _holes(pieces: Pieces) -> Json:
    return [piece if isinstance(piece, str) else _Hole(piece.name) for piece in pieces]


def _outline(known: Template) -> Json:
    return [
        [part.name if isinstance(part, ToolCall) else None, _holes(pieces)]
        for part, pieces in known.parts
    ]


def _cut_part(part: Part, bindings: Bindings) -> tuple[Text | ToolCall, Pieces]:
    if not isinstance(part, Text | ToolCall):
        raise UnclearError("something stands that can only be repeated")
    pieces = cut(part.text if isinstance(part, Text) else part.arguments, bindings)
    for name, value in bindings:
        alone = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
        if any(isinstance(piece, str) and alone.search(piece) for piece in pieces):
            raise UnclearError(f"the value of `{name}` also stands in other case")
    return part, pieces


def _fill(part: Text | ToolCall, pieces: Pieces, values: dict[str, str]) -> Text | ToolCall:
    text = filled(pieces, values)
    return Text(text) if isinstance(part, Text) else replace(part, arguments=text)


def _check_envelope(envelope: Json, bindings: Bindings) -> None:
    """What the envelope says of the values would be repeated as it is."""
    if isinstance(envelope, dict | list):
        inner = envelope.values() if isinstance(envelope, dict) else envelope
        for item in inner:
            _check_envelope(item, bindings)
    elif isinstance(envelope, str):
        for name, value in bindings:
            if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", envelope):
                raise UnclearError(f"the value of `{name}` stands beside what is said, too")
