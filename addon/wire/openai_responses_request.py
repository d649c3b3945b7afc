"""Requests of the Responses API as prompts: every member counts, save those listed here with their reason.

Source: OpenAI API reference, "Create a model response".
"""

import msgspec

from addon.wire import openai_responses_state as state
from addon.wire.asker import NOTES, noted
from addon.wire.codec import Form, Prompt, Unfolded, WireError, WireRequest
from addon.wire.held import Given, Ledger
from addon.wire.openai_responses_fresh import Asked
from addon.wire.openai_responses_shape import decoded_object, objects
from addon.wire.openai_responses_turn import Names, turns
from addon.wire.withheld import told_of, withheld
from tree.message import Json, Message, Text

IGNORED = {
    "stream": "the form of the answer, not what it says",
    "stream_options": "padding of the stream",
    "metadata": "a note that the answer carries back",
    "user": "names the end user to the provider's abuse detection",
    "safety_identifier": "the same, under its newer name",
    "prompt_cache_key": "helps the provider to find its cache; what is cached does not change the answer",
    "prompt_cache_retention": "how long that cache is kept",
    "service_tier": "speed and price",
}
"""Members that cannot change the answer, each with the reason.

`store` is not among them, though it does not change what is said: an answer that the provider did not store is
of no use to a client that will go on from it by its id.
"""

STATE = {
    "previous_response_id": "goes on from a response that the provider holds",
    "conversation": "is added to a conversation that the provider holds",
    "background": "is worked on in the background and fetched later",
}
"""Members that lean on state at the provider, which an answer from memory would leave behind."""

ECHOED = ("instructions", *NOTES, "prompt_cache_retention")
"""Members that the response repeats."""

_ELSEWHERE = {"model", "input", "instructions"}
_HEADERS = ("openai-organization", "openai-project", "openai-beta")


def read_request(request: WireRequest) -> Prompt:
    """Read a request.

    Raises:
        WireError: The body does not match the documented shape.
    """
    body = decoded_object(request.body)
    added = state.given(body)
    return _prompt(request, body, added)


def unfold(request: WireRequest, ledger: Ledger) -> Unfolded:
    """Read a request that leans on what is in the ledger.

    Raises:
        WireError: The body does not match the documented shape.
    """
    body = decoded_object(request.body)
    added = state.given(body)
    sent = state.for_provider(body, added, ledger)
    prompt = _prompt(request, state.as_whole(body, added, ledger) or body, added)
    return Unfolded(prompt, None if sent is None else msgspec.json.encode(sent))


def in_full(body: bytes, ledger: Ledger) -> bytes | None:
    """A body that says a conversation, as the provider is to get it; None where it names nothing that was made here.

    Raises:
        WireError: It does not match the documented shape.
    """
    said = decoded_object(body)
    sent = state.for_provider(said, state.given(said), ledger)
    return None if sent is None else msgspec.json.encode(sent)


def _prompt(request: WireRequest, body: dict[str, Json], added: Given) -> Prompt:
    model, asked = body.get("model"), body.get("input")
    if not isinstance(model, str | None):
        raise WireError("model is not a text")
    items = [] if asked is None or isinstance(asked, str) else objects(asked, "input")
    names = Names()
    messages = [*_instructions(body), *turns(items, names)]
    if isinstance(asked, str):
        messages.append(Message("user", (Text(asked),)))
    echo = noted(body, ECHOED)
    holds = body.get("store") is not False
    return Prompt(
        model=model or "",
        settings=_settings(request, body),
        messages=tuple(messages),
        form=Form(body.get("stream") is True, Asked(echo, added.previous, holds=holds)),
        ids=tuple(names.seen),
        not_repeatable=_not_repeatable(body, items),
        given=added if holds else None,
        leans_on=state.names(body, added),
    )


def _instructions(body: dict[str, Json]) -> list[Message]:
    instructions = body.get("instructions")
    if instructions is None:
        return []
    if not isinstance(instructions, str):
        raise WireError("instructions is not a text")
    return [Message("system", (Text(instructions),))]


def _settings(request: WireRequest, body: dict[str, Json]) -> Json:
    """All that may change the answer and is no message."""
    kept = {
        name: value
        for name, value in body.items()
        if value is not None and name not in IGNORED and name not in _ELSEWHERE
    }
    if kept.get("store") is True:
        del kept["store"]  # the default
    headers = {name: value for name in _HEADERS if (value := request.header(name))}
    # The same words mean the same wherever they stand, but nobody promises it.
    shape = [name for name in ("instructions", "input") if isinstance(body.get(name), str)]
    return {
        "path": request.path,
        "query": sorted(map(list, request.query)),
        "headers": headers,
        "texts": shape,
        "body": withheld(kept),
    }


def _not_repeatable(body: dict[str, Json], items: list[dict[str, Json]]) -> str:
    for name, reason in STATE.items():
        if body.get(name):
            return f"{name}: it {reason}"
    if any(map(state.is_reference, items)):
        return "item_reference: it names an item that the provider holds"
    if any(told_of(item.get("tools")) for item in items):
        return "a credential for a tool's server stands among its messages"
    return ""
