"""The neutral values that everything else is about; immutable, comparable, and free of any provider's JSON.

They are msgspec structs rather than dataclasses: a tagged union of them is encoded and decoded by one call,
typed and in compiled code, and that encoding is what the journal holds. What a conversation consists of is no part
of any cycle and so is kept from the garbage collector, which would walk it again and again.
"""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

type Json = Any
"""A JSON value: null, a truth value, a number, a text, a list, or an object with text keys."""


type Bindings = tuple[tuple[str, str], ...]
"""Values that a client declared to be data, each after its name, in the order of the names."""


class Text(Struct, frozen=True, gc=False, tag="text"):
    """What is said, verbatim."""

    text: str


class ToolCall(Struct, frozen=True, gc=False, tag="call"):
    """The wish to have a tool called.

    Calls are known by their number, for their ids are spelt anew in every run.
    """

    call: int
    """The how-manieth call of its conversation, from 0; in an `Answer`, of that answer."""
    name: str
    arguments: str
    """As written by the model; JSON unless the API says otherwise."""


class Media(Struct, frozen=True, gc=False, tag="media"):
    """A picture, sound or file, known by what it contains."""

    kind: str
    """Its media type, or the provider's word for it."""
    digest: str
    """Hex BLAKE2b-128 of the bytes, or of the reference where only a reference was sent."""
    size_bytes: int


class Opaque(Struct, frozen=True, gc=False, tag="opaque"):
    """Something of the provider's that is carried verbatim and never looked into."""

    kind: str
    value: Json
    signed: bool = False
    """Bound to the history that it was made in: a provider refuses it in any other."""


class ToolResult(Struct, frozen=True, gc=False, tag="result"):
    """What a tool gave back."""

    call: int
    """Number of the call that it answers."""
    parts: tuple[Text | Media | Opaque, ...]
    is_error: bool = False


type Part = Text | ToolCall | ToolResult | Media | Opaque


class Message(Struct, frozen=True, gc=False):
    """One message of a conversation."""

    role: str
    """`system`, `developer`, `user`, `assistant` or `tool`; another one verbatim."""
    parts: tuple[Text | ToolCall | ToolResult | Media | Opaque, ...]

    @property
    def signed(self) -> bool:
        """Whether a part is bound to the history that it was made in."""
        return _signed((self,))

    @property
    def calls(self) -> int:
        """How many tools it calls."""
        return sum(isinstance(part, ToolCall) for part in self.parts)

    def renumbered(self, by: int) -> "Message":
        """The same message with `by` added to the numbers of its calls; an answer becomes a turn by that."""
        if not by or not any(isinstance(part, ToolCall | ToolResult) for part in self.parts):
            return self
        return Message(self.role, tuple(_renumbered(part, by) for part in self.parts))


class Scope(Struct, frozen=True):
    """What must be equal, beside the messages, before two requests may share an answer."""

    tenant: str
    """Keyed hash of the credential, or a word where memory is shared."""
    api: str
    origin: str
    """Host, with its port where that is not the usual one."""
    model: str
    settings: Json
    """Tools, tool choice, response format, sampling, and all that a codec does not know."""


class Conversation(Struct, frozen=True):
    """A scope and the messages so far, oldest first; the next answer is a function of it."""

    scope: Scope
    messages: tuple[Message, ...]
    ids: tuple[str, ...] = ()
    """How what is known by a number is spelt here, in the order of the numbers: no part of what is said, but a
    signature may cover it."""

    @property
    def signed(self) -> bool:
        """Whether a part of it is bound to this very history."""
        return _signed(self.messages)

    @property
    def calls(self) -> int:
        """How many tools were called so far; the number of the next call."""
        return sum(message.calls for message in self.messages)


class Usage(Struct, frozen=True):
    """Tokens as the provider counted them; 0 where it did not."""

    input_tokens: int = 0
    """All of the prompt, cached tokens included."""
    cached_input_tokens: int = 0
    output_tokens: int = 0


class Answer(Struct, frozen=True, weakref=True):
    """What the model said, and the rest of the provider's document around it."""

    message: Message
    envelope: Json
    """The codec's own; with `message` it makes the response document again, without loss."""
    usage: Usage = Usage()
    literal_only: str = ""
    """Why this answer fits no other conversation (a signature, log-probabilities …); empty if it might."""


class Observation(Struct, frozen=True):
    """A conversation, and the answer that a provider gave to it once."""

    conversation: Conversation
    answer: Answer
    at_ns: int
    """When the answer was complete, in nanoseconds since 1970."""
    latency_ms: int = 0
    """From the request's last byte to the answer's last byte."""
    bindings: Bindings = ()
    """What of it the client declared to be data."""


def _signed(messages: tuple[Message, ...]) -> bool:
    # Plain loops, for there may be a thousand messages and a request waits.
    for message in messages:
        for part in message.parts:
            if type(part) is Opaque and part.signed:
                return True
    return False


def _renumbered(part: Part, by: int) -> Part:
    if isinstance(part, ToolCall | ToolResult):
        return replace(part, call=part.call + by)
    return part
