"""Requests about a response that was made here: its provider knows nothing of it, so they are answered here.

It can be fetched and deleted as at the provider. What else there is of a stored response (its input items, its stream
once more, cancelling it) is answered with the provider's own 404, which names Rote. What the provider does with a
conversation besides answering it (compacting it, counting it) it does, and gets all of the conversation for it.

Source: OpenAI API reference, "Get a model response", "Delete a model response", "Compact a response", "Get input token
counts".
"""

import re
from contextlib import suppress

import msgspec
from mitmproxy import http

from addon.decision import Decision, Outcome
from addon.exchange import Exchange
from addon.fabricate import CACHE_STATUS
from addon.ledger import Names
from addon.wire.codec import WireError
from addon.wire.openai_responses_request import in_full
from tree.message import Json

_NAMED = re.compile(r".*/responses/(?P<name>[^/]+)(?P<rest>/.*)?")
_LEANING = ("/responses/compact", "/responses/input_tokens")
"""Ends of the paths that take a conversation, and may be told of it by ids."""


def name_in(path: str) -> str:
    """The response that a path (no query) is about; empty if it is about none."""
    match = _NAMED.fullmatch(path)
    return match["name"] if match else ""


def may_lean(request: http.Request) -> bool:
    """Whether a request that asks for no answer tells of a conversation, so that its body matters."""
    return request.method == "POST" and request.path.partition("?")[0].endswith(_LEANING)


def retrieve(exchange: Exchange, names: Names) -> Decision | None:
    """Answer a request about a response that was made here; None where the provider is to answer.

    Raises:
        TreeError: The store cannot be read, or not written.
    """
    request = exchange.request
    path, _, query = request.path.partition("?")
    if may_lean(request):
        with suppress(WireError):  # what cannot be read is the provider's affair
            exchange.instead = in_full(exchange.plain_body(), names)
        return None
    match = _NAMED.fullmatch(path)
    held = names.made_here(match["name"]) if match else None
    if match is None or held is None:
        return None
    name, plain = match["name"], not match["rest"] and "stream=true" not in query
    if plain and request.method == "GET":
        return _answered(exchange, 200, held.document)
    if plain and request.method == "DELETE":
        names.drop(name)
        return _answered(exchange, 200, {"id": name, "object": "response", "deleted": True})
    message = (
        f"Response with id '{name}' not found. Rote served it from memory, and keeps of it what is needed to fetch "
        "it, to delete it, and to go on from it by previous_response_id."
    )
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return _answered(exchange, 404, {"error": error})


def _answered(exchange: Exchange, status: int, document: Json) -> Decision:
    decision = Decision(Outcome.HIT_LITERAL, "held")
    headers = {"content-type": "application/json", CACHE_STATUS: decision.cache_status}
    exchange.response = http.Response.make(status, msgspec.json.encode(document), headers)
    return decision
