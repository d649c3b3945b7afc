"""Credentials in bodies: told apart, and nowhere to be read."""

import json
from typing import Any

import pytest

from addon.wire.withheld import told_of, withheld
from tree.message import Json

SECRET = "planted-4711"  # noqa: S105 - what is sought afterwards


def _oauth(token: str) -> Json:
    return {"googleMaps": {"authConfig": {"oauthConfig": {"accessToken": token}}}}


HOLDING = {
    "a server's token": lambda it: {"type": "mcp", "authorization": it},
    "a server's headers": lambda it: {"type": "mcp", "headers": {"x": [it]}},
    "a server's address": lambda it: {"type": "mcp", "server_url": f"https://a.example/{it}/sse"},
    "a server's user": lambda it: {"type": "url", "url": f"https://{it}@a.example"},
    "an address that is none": lambda it: {"server_url": it},
    "a shell's secrets": lambda it: {
        "environment": {"network_policy": {"domain_secrets": [{"name": "n", "value": it}]}}
    },
    "a token of Anthropic's connector": lambda it: {"authorization_token": it},
    "a search service's key": lambda it: {
        "type": "azure_search",
        "parameters": {"authentication": {"type": "api_key", "key": it}},
    },
    "a connection": lambda it: {"parameters": {"authentication": {"connection_string": it}}},
    "a key of Google's": lambda it: {"apiAuth": {"apiKeyConfig": {"apiKeyString": it}}},
    "a token of Google's": _oauth,
    "a password": lambda it: [{"basic": {"user": "u", "password": it}}],
}


@pytest.mark.parametrize("holding", HOLDING.values(), ids=HOLDING.keys())
def test_a_credential_is_told_from_another_and_cannot_be_read(holding: Any) -> None:
    one, again, other = (withheld(holding(it)) for it in (SECRET, SECRET, "another"))

    assert SECRET not in json.dumps(one)
    assert one == again != other


SAYING: list[Json] = [
    {"type": "function", "name": "f", "parameters": {"properties": {"token": {"type": "string"}}}},
    {"input_schema": {"properties": {"headers": {"description": "those to send"}}}},
    {"type": "mcp", "server_url": "https://a.example", "server_label": "a", "authorization": None},
    {"type": "web_search", "filters": {"allowed_domains": ["a.example"]}},
    {"temperature": 0.5, "max_tokens": 9, "stop": ["key"], "headers": {}},
]


@pytest.mark.parametrize("value", SAYING)
def test_all_else_stays_as_it_is(value: Json) -> None:
    assert withheld(value) == value


def test_the_host_of_a_server_is_told() -> None:
    shown = withheld({"server_url": "https://a.example:8443/s/4711?x=y"})

    assert shown["server_url"].startswith("https://a.example:8443/… ")


@pytest.mark.parametrize(
    ("tool", "tells"),
    [
        ({"type": "mcp", "authorization": SECRET}, True),
        ({"type": "mcp", "headers": {"Authorization": f"Bearer {SECRET}"}}, True),
        ({"type": "shell", "e": {"domain_secrets": [{"domain": "d", "value": SECRET}]}}, True),
        ({"type": "shell", "e": {"domain_secrets": [{"domain": "d", "value": "***"}]}}, False),
        ({"type": "shell", "e": {"domain_secrets": [{"domain": "d"}]}}, False),
        ({"type": "mcp", "authorization": None, "headers": {"Authorization": "<redacted>"}}, False),
        ({"type": "mcp", "server_url": "https://a.example/<redacted>", "headers": None}, False),
        ({"type": "function", "name": "authorization"}, False),
        ("odd", False),
    ],
)
def test_a_tool_in_an_answer_tells_a_credential_only_in_the_clear(
    tool: Json,
    tells: bool,  # noqa: FBT001
) -> None:
    assert told_of([tool]) is tells
    assert not told_of(tool)
