"""OpenAI Chat Completions, and the many that copied it: requests and answers, streamed and plain.

Source: OpenAI API reference, "Chat"; the hosts that speak it are in `addon.hosts`.
"""

from addon.wire.asker import repeated
from addon.wire.codec import Form, Prompt, WireError, WireRequest, WireResponse
from addon.wire.document import decode_object, encode
from addon.wire.mint import Mint, looks_unique
from addon.wire.openai_chat_answer import check, filled, read_document
from addon.wire.openai_chat_request import read_request
from addon.wire.openai_chat_stream import adds_up, read_stream, write_stream
from addon.wire.stateless import Stateless
from tree.message import Answer, Json

_KEPT_HEADERS = ("openai-version",)
_REQUEST_IDS = ("x-request-id", "apim-request-id", "mistral-correlation-id", "x-generation-id")
_SOME_REQUEST_ID = "req_0123456789abcdef0123456789abcdef"
"""The form of OpenAI's request ids."""

_STRICT_SIGNS = ("openai-version", "openai-processing-ms", "apim-request-id")
"""Headers of OpenAI itself and of Azure, where a stream has its usage only if that was asked for, and what else an
answer has of its request is its asker's."""


class OpenAIChat(Stateless):
    """The codec of chat completions."""

    api = "openai-chat"

    def claims(self, path: str) -> bool:
        """Whether a request to this path is for this API."""
        return path.endswith("/chat/completions")

    def read_request(self, request: WireRequest) -> Prompt:
        """Read a request; see `Codec`."""
        return read_request(request)

    def read_answer(self, response: WireResponse) -> Answer:
        """Read a complete answer; see `Codec`."""
        rest: dict[str, Json] = {"headers": _headers(response)}
        if any(response.header(name) for name in _STRICT_SIGNS):
            rest["strict"] = True
        if response.streamed:
            document, rest["runs"] = read_stream(response.body)
        else:
            document = decode_object(response.body)
        check(document)
        if not response.streamed and not adds_up(document):
            rest["plain_only"] = True
        return read_document(document, rest)

    def write_answer(self, answer: Answer, form: Form, mint: Mint) -> WireResponse:
        """Write an answer in the form asked for; see `Codec`.

        Raises:
            WireError: It leans on what the provider has forgotten by now, or has no form but the plain one.
        """
        envelope = answer.envelope
        if form.stream and envelope.get("plain_only"):
            raise WireError("a stream of it would add up to another answer")
        document = filled(answer)
        _require_present(document, mint)
        document, strict = _renewed(document, mint), "strict" in envelope
        document |= repeated(document, form.options.get("notes", {}), strict=strict)
        if form.stream:
            usage = bool(form.options["usage"])
            body = write_stream(document, envelope.get("runs"), with_usage=usage, strict=strict)
        else:
            body = encode(_as_plain(document) if "runs" in envelope else document)
        kind = "text/event-stream; charset=utf-8" if form.stream else "application/json"
        return WireResponse(
            (("content-type", kind), *_fresh_headers(envelope["headers"], mint)), body
        )


def _require_present(document: dict[str, Json], mint: Mint) -> None:
    """Pass an answer whose sound the provider still has: the next request names it by its id.

    Source: OpenAI API reference, "The chat completion object" (`audio.expires_at`).

    Raises:
        WireError: It is gone.
    """
    for choice in document["choices"]:
        sound = choice["message"].get("audio")
        ends_s = sound.get("expires_at") if isinstance(sound, dict) else None
        made_s = document.get("created")
        if isinstance(ends_s, int) and isinstance(made_s, int) and 0 < ends_s - made_s < mint.age_s:
            raise WireError("the provider held its sound, and has forgotten that by now")


def _headers(response: WireResponse) -> dict[str, str]:
    """The headers worth replaying: neither cookies nor limits nor what a hit makes untrue."""
    names = (*_KEPT_HEADERS, *_REQUEST_IDS)
    return {name: value for name in names if (value := response.header(name))}


def _fresh_headers(headers: dict[str, str], mint: Mint) -> list[tuple[str, str]]:
    return [(k, _request_id(v, mint) if k in _REQUEST_IDS else v) for k, v in headers.items()]


def _request_id(recorded: str, mint: Mint) -> str:
    """A fresh id even for one that was never unique: no two responses have one."""
    return mint.id(recorded if looks_unique(recorded) else _SOME_REQUEST_ID)


def _renewed(document: dict[str, Json], mint: Mint) -> dict[str, Json]:
    """The document with its ids and its time made new."""
    if isinstance(document.get("id"), str):
        document["id"] = mint.id(document["id"])
    if isinstance(document.get("request_id"), str):  # Z.ai's, the same as its id
        document["request_id"] = mint.id(document["request_id"])
    groq = document.get("x_groq")
    if isinstance(groq, dict) and isinstance(groq.get("id"), str):
        groq["id"] = mint.id(groq["id"])
    if document.get("created"):
        document["created"] = int(mint.now_s)
    for choice in document["choices"]:
        for call in choice["message"].get("tool_calls") or []:
            if isinstance(call.get("id"), str):
                call["id"] = mint.call_id(call["id"])
    return document


def _as_plain(document: dict[str, Json]) -> dict[str, Json]:
    """A document that came as a stream, with what only the plain form has and without what only streams have."""
    for choice in document["choices"]:
        choice["message"] = {"role": "assistant", "content": None, **choice["message"]}
        choice.setdefault("finish_reason", None)
        for call in choice["message"].get("tool_calls") or []:
            call.pop("index", None)
    return {key: value for key, value in document.items() if key != "usage" or value is not None}
