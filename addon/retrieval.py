"""Requests about a response that was made here: its provider knows nothing of it, so they are answered here.

It can be fetched and deleted as at the provider. What else there is of a stored response (its input items, its stream
once more, cancelling it) is answered with the provider's own 404, which names Rote.

Source: OpenAI API reference, "Get a model response", "Delete a model response".
"""

import re

import msgspec
from mitmproxy import http

from addon.decision import Decision, Outcome
from addon.exchange import Exchange
from addon.fabricate import CACHE_STATUS
from addon.ledger import Names
from tree.message import Json

_NAMED = re.compile(r".*/responses/(?P<name>[^/]+)(?P<rest>/.*)?")


def name_in(path: str) -> str:
    """The response that a path (no query) is about; empty if it is about none."""
    match = _NAMED.fullmatch(path)
    return match["name"] if match else ""


def retrieve(exchange: Exchange, names: Names) -> Decision | None:
    """Answer a request about a response that was made here; None where it was not.

    Raises:
        TreeError: The store cannot be read, or not written.
    """
    request = exchange.request
    path, _, query = request.path.partition("?")
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
