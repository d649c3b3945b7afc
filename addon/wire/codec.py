"""The codec protocol: what every wire format offers, and the values and errors that cross it.

A codec never keeps state and never guesses. What it does not know of a request goes into the scope's settings
or, within a message, into an opaque part, so that requests which differ there never share an answer. What it does
not know of a response stays in the envelope, verbatim. What can be kept in neither way is refused, and then the
exchange is not remembered.
"""

from typing import Protocol

from msgspec import Struct

from addon.wire.held import Given, Ledger
from addon.wire.lately import Decode, Opening, Own
from addon.wire.mint import Mint
from tree.message import Answer, Json, Message


class WireError(ValueError):
    """A body does not match the documented shape of its API; the message says where."""


class NotRepeatableError(WireError):
    """A body is well-formed and must all the same never be served again; the message says why."""


class WireRequest(Struct, frozen=True):
    """A request as it stands on the wire, its content coding undone."""

    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    """Names in lower case; credentials are not among them."""
    body: bytes
    lately: Own | None = None
    """What the same client sent lately, where somebody remembers it."""

    def opened(self, member: str, decode: Decode) -> Opening:
        """The body, with what is known of its list of messages.

        Args:
            member: Where that list is.
            decode: Decodes and checks a body.

        Raises:
            ValueError: What `decode` raises.
        """
        if self.lately is None:
            return Opening(decode(self.body))
        return self.lately.opening(self.body, member, decode)

    def header(self, name: str) -> str:
        """All values of a header, joined as RFC 9110 section 5.3 says; empty where there is none."""
        return ", ".join(value for key, value in self.headers if key == name)


class WireResponse(Struct, frozen=True):
    """A response as it stands on the wire, its content coding undone."""

    headers: tuple[tuple[str, str], ...]
    """Names in lower case."""
    body: bytes

    @property
    def streamed(self) -> bool:
        """Whether the body is an event stream."""
        return self.header("content-type").startswith("text/event-stream")

    def header(self, name: str) -> str:
        """The first value of a header; empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")


class Form(Struct, frozen=True):
    """How the client wants its answer: nothing in here changes what the answer says."""

    stream: bool
    options: Json = None
    """The codec's own: whatever else of the request decides how the answer is written."""


class Prompt(Struct, frozen=True):
    """A request as a codec reads it."""

    model: str
    settings: Json
    """For the scope: all that may change the answer and is no message."""
    messages: tuple[Message, ...]
    form: Form
    ids: tuple[str, ...] = ()
    """How what the messages know by a number is spelt, in the order of the numbers."""
    not_repeatable: str = ""
    """Why neither this request nor its answer may be remembered or served; empty if they may."""
    given: Given | None = None
    """What is new in it, where its answer may be named by a later request; None where it cannot be."""
    leans_on: tuple[str, ...] = ()
    """Ids by which it names what its provider holds."""


class Unfolded(Struct, frozen=True):
    """A request that leans on answers that were made here."""

    prompt: Prompt
    """As if all of the conversation had been sent, if that is known."""
    body: bytes | None
    """What the provider is to get instead, for it does not know these answers; None for what the client sent."""


class Codec(Protocol):
    """One API's wire format."""

    api: str
    """Its name in `rote_hosts` and in scopes, for example `openai-chat`."""

    def claims(self, path: str) -> bool:
        """Whether a request to this path (no query) is for this API."""
        ...

    def read_request(self, request: WireRequest) -> Prompt:
        """Read a request.

        Raises:
            WireError: The body does not match the documented shape.
        """
        ...

    def read_answer(self, response: WireResponse) -> Answer:
        """Read a complete answer of status 2xx, streamed or plain.

        Raises:
            WireError: The body does not match the documented shape, or stops before its end.
            NotRepeatableError: It is complete, but a refusal, blocked, filtered, or not a final state.
        """
        ...

    def unfold(self, request: WireRequest, ledger: Ledger) -> Unfolded:
        """Read a request whose `Prompt.leans_on` names something that is in the ledger.

        Raises:
            WireError: The body does not match the documented shape.
        """
        ...

    def stored(self, answer: Answer) -> Json | None:
        """The document of an answer that its provider holds for its clients; None where it does not."""
        ...

    def write_answer(self, answer: Answer, form: Form, mint: Mint) -> WireResponse:
        """Write an answer in the form asked for, whatever form it was recorded in, with ids of its own."""
        ...
