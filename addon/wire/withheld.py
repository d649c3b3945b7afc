"""Credentials in the body of a request: what a provider is to show the servers of a model's tools.

Nothing keeps them. They tell requests apart by their digests, so that what was learnt with one is not served with
another; the path of a server's address counts among them, for many servers know their users by that alone. What a
schema says is no credential, whatever its members are called.

Source: OpenAI API reference, "Responses" (tools of type `mcp` and `shell`); Anthropic API reference, "MCP connector";
Vertex AI reference, `Tool` (`AuthConfig`, `ApiAuth`, `McpServer`); Azure OpenAI, "Azure OpenAI On Your Data".
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

from tree.canonical import canonical_json, content_digest
from tree.message import Json

_SECRET = re.compile(
    r".*(?:authorization|apikey|apikeystring|accesskey|secretkey|subscriptionkey|secret|password|passwd|token|"
    r"credentials?|connectionstring|jwt)|auth|key"
)
"""Names of texts that are a credential, their words joined."""
_WHOLLY = frozenset({"headers", "domainsecrets"})
"""Names of what is a credential whatever is in it."""
_ADDRESSES = frozenset({"url", "serverurl"})
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#@]*)(.*)", re.DOTALL)
_SCHEMA = "properties"

_ECHOED = ("authorization", "headers")
_COVERED = re.compile(r"<[^>]*>|\*\*\*|redacted", re.IGNORECASE)
"""What stands in an answer where its provider will not repeat a credential."""

type _Kind = Literal["secret", "wholly", "address", ""]


def withheld(value: Json) -> Json:
    """A copy of a body, or of a piece of one, in which credentials are known by their digests."""
    if isinstance(value, dict):
        if _SCHEMA in value:
            return value
        return {name: _member(name, member) for name, member in value.items()}
    return [withheld(item) for item in value] if isinstance(value, list) else value


def told_of(tools: Json) -> bool:
    """Whether a list of tools, as an answer repeats it, has a credential in the clear."""
    listed = tools if isinstance(tools, list) else []
    return any(_tells(tool) for tool in listed if isinstance(tool, dict))


def _member(name: str, value: Json) -> Json:
    kind = _kind(name)
    if not kind or not value:
        return withheld(value)
    if kind == "wholly":
        return _digest(value)
    if not isinstance(value, str):
        return withheld(value)
    return _address(value) if kind == "address" else _digest(value)


@lru_cache(maxsize=4096)
def _kind(name: str) -> _Kind:
    """What a member of this name holds, in whatever case its words are joined."""
    joined = name.replace("_", "").replace("-", "").lower()
    if joined in _WHOLLY:
        return "wholly"
    if joined in _ADDRESSES:
        return "address"
    return "secret" if _SECRET.fullmatch(joined) else ""


def _digest(value: Json) -> str:
    return content_digest(canonical_json(value))


def _address(url: str) -> str:
    """The scheme and host of an address, and all of it by its digest where there is more to it."""
    match = _ADDRESS.fullmatch(url)
    if match is None:
        return _digest(url)
    scheme, host, rest = match.groups()
    return (
        url if rest in ("", "/") else f"{scheme}{'' if rest[0] == '@' else host}/… {_digest(url)}"
    )


def _tells(tool: dict[str, Json]) -> bool:
    if tool.get("type") == "mcp":
        given = [tool.get(name) for name in _ECHOED]
    else:
        given = [
            secret for secrets in _all(tool, "domain_secrets") for secret in _all(secrets, "value")
        ]
    return any(not _COVERED.search(text) for text in _texts(given))


def _all(value: Json, name: str) -> Iterator[Json]:
    """All members of this name, however deep."""
    if isinstance(value, dict) and name in value:
        yield value[name]
    for inner in _within(value):
        yield from _all(inner, name)


def _texts(value: Json) -> Iterator[str]:
    """All texts in a value that say something."""
    if isinstance(value, str) and value:
        yield value
    for inner in _within(value):
        yield from _texts(inner)


def _within(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
