"""Requests of OpenAI Chat Completions and its copies, read so that only equal questions look equal.

Source: OpenAI API reference, "Create chat completion"; Azure OpenAI, "REST API reference"; OpenRouter, "API
parameters"; Mistral, "Chat completion".
"""

import re

from addon.wire.asker import noted
from addon.wire.codec import Form, Prompt, WireError, WireRequest
from addon.wire.document import as_object, as_objects, decode_object
from addon.wire.openai_chat_message import CACHE_HINTS, Messages
from addon.wire.withheld import withheld
from tree.canonical import content_digest
from tree.message import Json

IGNORED = {
    "stream": "the form of the answer",
    "stream_options": "the form of the answer",
    "user": "names the end user, for the provider's own watch",
    "safety_identifier": "the same under its newer name",
    "metadata": "labels for the provider's dashboard",
    "store": "whether the provider keeps a copy",
    "prompt_cache_key": "where the provider caches the prompt",
    "prompt_cache_retention": "how long the provider caches the prompt",
    "cache_control": "which part of the prompt the provider caches",
    "service_tier": "how soon the answer comes",
}
"""Fields that cannot change what the answer says, each with its reason."""

_HEADERS = ("openai-organization", "openai-project", "openai-beta")
"""They choose what a model may do, or which models there are."""

_DEPLOYMENT = re.compile(r"/deployments/([^/]+)/")


def read_request(request: WireRequest) -> Prompt:
    """Read a request.

    Raises:
        WireError: The body does not match the documented shape.
    """
    opening = request.opened("messages", decode_object)
    body = opening.document
    model = body.get("model") or _deployment(request.path)
    if not isinstance(model, str):
        raise WireError("model is no text")
    if not isinstance(body.get("messages"), list):
        raise WireError("messages is no list")
    reader = Messages(opening.ids)
    new = reader.read(as_objects(body["messages"], "messages"))
    messages = opening.grown(new, reader.numbers, known=not reader.functions)
    return Prompt(model, _settings(request, body), messages, _form(body), tuple(reader.numbers))


def _deployment(path: str) -> str:
    match = _DEPLOYMENT.search(path)
    return match[1] if match else ""


def _form(body: dict[str, Json]) -> Form:
    options = as_object(body.get("stream_options") or {}, "stream_options")
    notes = noted(body)
    return Form(
        bool(body.get("stream")),
        {"usage": bool(options.get("include_usage")), **({"notes": notes} if notes else {})},
    )


def _settings(request: WireRequest, body: dict[str, Json]) -> Json:
    """All that may change the answer and is no message; the model is named apart."""
    unread = {"messages", "model", *IGNORED}
    fields = {k: v for k, v in body.items() if k not in unread and not _says_nothing(k, v)}
    if isinstance(tools := fields.get("tools"), list):
        fields["tools"] = [_without_hints(tool) for tool in tools]
    return {
        "path": request.path,
        "query": sorted([name, _public(name, value)] for name, value in request.query),
        "headers": {name: value for name in _HEADERS if (value := request.header(name))},
        "body": withheld(fields),
    }


def _says_nothing(name: str, value: Json) -> bool:
    """Whether a field is what it would be if it were left out."""
    return value is None or value in ([], {}) or (name == "n" and value == 1)


def _public(name: str, value: str) -> str:
    """A query's value, which may be a credential unless it is known to be none."""
    return value if name == "api-version" else content_digest(value.encode())


def _without_hints(tool: Json) -> Json:
    """A tool without its hints to the provider's cache; what a schema says is the user's."""
    if not isinstance(tool, dict):
        return tool
    inner = tool.get("function")
    bare = {k: v for k, v in tool.items() if k not in CACHE_HINTS}
    if not isinstance(inner, dict):
        return bare
    return bare | {"function": {k: v for k, v in inner.items() if k not in CACHE_HINTS}}
