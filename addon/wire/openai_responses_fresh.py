"""What is new in every answer: ids and times, the asker's own notes, and headers.

Which ids may change: sealed content is bound to the id of its item ("Encrypted content item_id did not match the
target item id" is what the provider answers otherwise), so those stay. A response that the provider stored with items
of which it holds more than it told (reasoning, its own tools) is served under its own id, and so are its items, while
the provider has them; only its calls are spelt anew. Whoever serves a response keeps what its new ids stand for, if it
may be named later.

Source: OpenAI API reference, "The response object"; "Conversation state" (responses are kept for 30 days);
BerriAI/litellm#15782 for the ids of sealed items.
"""

from msgspec import Struct

from addon.wire.asker import repeated
from addon.wire.codec import Form, WireError
from addon.wire.mint import Mint
from addon.wire.openai_responses_shape import CALLS, kind_of
from addon.wire.openai_responses_state import PREVIOUS
from tree.message import Json

_RENEWED_ITEMS = {"message", *CALLS}
"""Items whose ids only spell; a request may name another one by its id alone, or approve it by that."""

_HELD_S = 29 * 24 * 3600
"""A day less than the provider promises."""

_HEADERS = ("content-type", "openai-version", "x-ms-served-model")
_REQUEST_IDS = ("x-request-id", "apim-request-id")
_ANY_REQUEST_ID = "req_" + 32 * "0"
_STRICT_SIGNS = ("openai-version", "x-ms-served-model", "apim-request-id")
_CONTENT_TYPES = {False: "application/json", True: "text/event-stream; charset=utf-8"}


class Asked(Struct, frozen=True):
    """What of a request decides how its answer is written."""

    echo: dict[str, Json] = {}
    """Members that the response repeats."""
    previous: str = ""
    """The id of the response that it goes on from; empty if it does not."""
    holds: bool = False
    """Whether the client may name the response later."""


def fresh_document(
    document: Json, asked: Asked, mint: Mint, *, sealed: bool, repeats: bool = False
) -> dict[str, Json]:
    """A copy with ids and times of its own, wherever nobody holds it to the recorded ones.

    Args:
        document: The recorded one.
        asked: What of the request decides how it is written.
        mint: Makes the ids.
        sealed: Ids of calls stay.
        repeats: Its host repeats what it was asked with, and nothing of its own; see `repeats_its_request`.

    Raises:
        WireError: The provider has forgotten by now what this leans on.
    """
    fresh = dict(document) | _echo(document, asked, strict=repeats)
    for name in ("created_at", "completed_at"):
        if isinstance(fresh.get(name), int | float) and fresh[name]:
            # The same number for both: nobody waited.
            fresh[name] = type(fresh[name])(mint.now_s)
    keeps = is_stored(document) and not all(map(_is_renewed, document["output"]))
    if keeps and mint.age_s > _HELD_S:
        raise WireError("the provider stored a part of it, and has forgotten that by now")
    if not keeps and isinstance(document.get("id"), str):
        fresh["id"] = mint.id(document["id"])
    if not sealed:
        fresh["output"] = [_fresh_call(item, mint) for item in document["output"]]
    if not sealed and not keeps:
        fresh["output"] = [_fresh_item(item, mint) for item in fresh["output"]]
    if asked.holds and document.get("store") is not False and isinstance(fresh.get("id"), str):
        # What the provider holds itself is known by what it calls it.
        known = fresh | {"output": document["output"]} if keeps else fresh
        mint.named = known, _made(document, known)
    return fresh


def is_stored(document: Json) -> bool:
    """Whether the provider holds this response for its clients."""
    return document.get("store") is True and isinstance(document.get("id"), str)


def _made(document: Json, fresh: Json) -> tuple[str, ...]:
    """The ids that are new."""
    pairs = zip([document, *document["output"]], [fresh, *fresh["output"]], strict=True)
    ids = ((one.get("id"), other.get("id")) for one, other in pairs)
    return tuple(new for old, new in ids if isinstance(new, str) and new != old)


def _echo(document: Json, asked: Asked, *, strict: bool) -> dict[str, Json]:
    """What of the response repeats the request that it answers now."""
    echoed = repeated(document, asked.echo, strict=strict)
    # It went on from another one, or from none, when it was recorded.
    return echoed | ({PREVIOUS: asked.previous or None} if PREVIOUS in document else {})


def repeats_its_request(headers: list[list[str]]) -> bool:
    """Whether an answer comes from OpenAI or Azure, by its recorded headers; others put notes of their own there."""
    return any(name in _STRICT_SIGNS for name, _ in headers)


def kept_headers(headers: tuple[tuple[str, str], ...]) -> list[list[str]]:
    """The headers that a client may want to see again; no limits, times, traces or cookies."""
    wanted = {*_HEADERS, *_REQUEST_IDS}
    return [[name, value] for name, value in headers if name in wanted]


def fresh_headers(
    kept: list[list[str]], form: Form, mint: Mint, *, same_form: bool
) -> tuple[tuple[str, str], ...]:
    """The headers of one answer, in the form asked for."""
    fresh = {name: _fresh_header(name, value, mint) for name, value in kept}
    if not same_form or "content-type" not in fresh:
        fresh["content-type"] = _CONTENT_TYPES[form.stream]
    return tuple(fresh.items())


def _is_renewed(item: Json) -> bool:
    return kind_of(item) in _RENEWED_ITEMS


def _fresh_call(item: dict[str, Json], mint: Mint) -> dict[str, Json]:
    if not isinstance(item.get("call_id"), str):
        return item
    return {**item, "call_id": mint.call_id(item["call_id"])}


def _fresh_item(item: dict[str, Json], mint: Mint) -> dict[str, Json]:
    if not _is_renewed(item):
        return item
    ids = {name: item[name] for name in ("id", "item_id") if isinstance(item.get(name), str)}
    return item | {name: mint.id(recorded) for name, recorded in ids.items()}


def _fresh_header(name: str, value: str, mint: Mint) -> str:
    if name not in _REQUEST_IDS:
        return value
    # It numbers this very response, so it is renewed even where it does not look like an id.
    fresh = mint.id(value)
    return fresh if fresh != value else mint.id(_ANY_REQUEST_ID)
