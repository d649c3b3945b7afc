"""Requests to Gemini: what a path, its query, headers and body say, and what of it can change the answer.

The path names the model. The body's `contents` and `systemInstruction` become messages; every other field is a
setting, unless a table below says why it is not. A part of a content becomes the neutral part that says the same,
with whatever else stands in it beside that, opaque; a part of an unknown kind is opaque as a whole.

Source: ai.google.dev, Gemini API reference, `models.generateContent`; cloud.google.com, Vertex AI reference,
`projects.locations.publishers.models.generateContent`.
"""

import re
from urllib.parse import unquote

from msgspec import Struct

from addon.wire.codec import Form, Prompt, WireError, WireRequest
from addon.wire.gemini_content import Calls, read_parts
from addon.wire.gemini_json import camel, camel_fields, listed, read_object
from addon.wire.withheld import withheld
from tree.message import Json, Message, Opaque

_PATH = re.compile(
    r"(?P<base>(?:/(?!publishers/)[^/]*)*?)/"
    r"(?P<model>(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/google/)?(?:models|tunedModels)/[^/:]+)"
    r":(?P<method>generateContent|streamGenerateContent)"
)

_ROLES = {"user": "user", "model": "assistant"}

_NO_SETTINGS = {
    "contents": "is the messages",
    "systemInstruction": "is the first message",
    "labels": "are for the bill",
    "store": "says whether the provider logs the exchange",
}
"""Fields of the body that are kept out of the settings, and why."""

_NO_MATTER = {
    "key": "is a credential",
    "access_token": "is a credential",
    "oauth_token": "is a credential",
    "alt": "says how the answer is written; see `_enums`",
    "prettyPrint": "is about white space",
    "quotaUser": "is for the provider's limits",
    "userIp": "is for the provider's limits",
    "uploadType": "is for uploads",
    "upload_protocol": "is for uploads",
    ".xgafv": "is about errors",
}
"""Query parameters, without their `$`, that are kept out of the settings, and why.

Source: docs.cloud.google.com, APIs, system parameters.
"""

_OF_GOOGLE = ("x-goog-", "x-vertex-", "x-gemini-")

_NO_MATTER_HEADERS = {
    "x-goog-api-key": "is a credential",
    "x-goog-iam-authorization-token": "is a credential",
    "x-goog-iam-authority-selector": "is a credential",
    "x-goog-authuser": "is a credential",
    "x-goog-api-client": "names the client",
    "x-goog-user-project": "is for the bill",
    "x-goog-request-params": "repeats the path",
    "x-goog-request-reason": "is for the audit log",
    "x-goog-quota-user": "is for the provider's limits",
}
"""Google's headers that are kept out of the settings, and why."""


class Target(Struct, frozen=True):
    """What a path asks for."""

    base: str
    """What stands before the model: the version of the API, and a gateway's prefix."""
    model: str
    stream: bool


def target_of(path: str) -> Target | None:
    """What a path asks for; None if it is no path of this API."""
    match = _PATH.fullmatch(unquote(path))
    if match is None:
        return None
    stream = match["method"] == "streamGenerateContent"
    return Target(match["base"], match["model"].removeprefix("models/"), stream)


def read_prompt(request: WireRequest) -> Prompt:
    """Read a request.

    Raises:
        WireError: The path or the body does not match the documented shape.
    """
    target = target_of(request.path)
    if target is None:
        raise WireError(f"{request.path} is no path of this API")
    body = read_object(request.body, "the request")
    fields = camel_fields(body, "the request")
    alt = _alt(request)
    settings: dict[str, Json] = {
        "path": target.base,
        "query": _query(request) | _enums(alt),
        "headers": _headers(request),
        "body": withheld({k: v for k, v in body.items() if camel(k) not in _NO_SETTINGS}),
    }
    settings = {key: value for key, value in settings.items() if value}
    calls, form = Calls(), Form(target.stream)
    messages = _messages(fields, calls)
    odd = _odd_form(target, alt)
    return Prompt(target.model, settings, messages, form, tuple(calls.numbers), odd)


def _messages(fields: dict[str, Json], calls: Calls) -> tuple[Message, ...]:
    messages = [_message(content, calls) for content in listed(fields.get("contents"))]
    if not messages:
        raise WireError("the request has no contents")
    if (instruction := fields.get("systemInstruction")) is not None:
        # Its role is ignored by the provider, and kept apart all the same.
        system = _message(instruction, calls)
        role = (Opaque("role", system.role),) if system.role else ()
        messages.insert(0, Message("system", role + system.parts))
    return tuple(messages)


def _message(content: Json, calls: Calls) -> Message:
    fields = camel_fields(content, "a content")
    role, parts = fields.pop("role", ""), listed(fields.pop("parts", None))
    if not isinstance(role, str):
        raise WireError("a role is no text")
    rest = (Opaque("content", fields),) if fields else ()
    return Message(_ROLES.get(role, role), (*rest, *read_parts(parts, calls)))


def _alt(request: WireRequest) -> str:
    """How the answer is to be coded; `json` where nothing is said."""
    return next((value for key, value in request.query if key in ("alt", "$alt")), "json")


def _enums(alt: str) -> dict[str, Json]:
    """What `$alt=json;enum-encoding=int` says beyond the form: it changes the document."""
    _, semicolon, rest = alt.partition(";")
    return {"$alt": [rest]} if semicolon else {}


def _odd_form(target: Target, alt: str) -> str:
    """Why the answer comes in a form that is not ours to write; empty if it is."""
    form = alt.partition(";")[0]
    if target.stream and form != "sse":
        return f"a stream with alt={form} is no event stream"
    return "" if target.stream or form == "json" else f"an answer with alt={form} is no JSON"


def _query(request: WireRequest) -> dict[str, Json]:
    kept: dict[str, Json] = {}
    for key, value in request.query:
        if key.removeprefix("$") not in _NO_MATTER:
            kept.setdefault(key, []).append(value)
    return kept


def _headers(request: WireRequest) -> dict[str, Json]:
    names = dict.fromkeys(name for name, _ in request.headers if name.startswith(_OF_GOOGLE))
    return {name: request.header(name) for name in names if name not in _NO_MATTER_HEADERS}
