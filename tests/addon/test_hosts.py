"""Which hosts are read, and by which wire format."""

import re

import pytest

from addon.hosts import Directory, Provider, names_to_certify
from addon.wire.catalogue import CODECS

CLAUDE_ON_GOOGLE = "/v1/projects/p/locations/global/workspaces/w/invoke"
DIRECTORY = Directory(["localhost:11434=openai-chat, box.lan=anthropic-messages"], CODECS)


@pytest.mark.parametrize(
    ("host", "port", "path", "api"),
    [
        ("api.openai.com", 443, "/v1/chat/completions", "openai-chat"),
        ("API.OpenAI.com", 443, "/v1/responses", "openai-responses"),
        ("api.anthropic.com", 443, "/v1/messages", "anthropic-messages"),
        ("mine.openai.azure.com", 443, "/openai/deployments/d/chat/completions", "openai-chat"),
        ("generativelanguage.googleapis.com", 443, "/v1beta/models/g:generateContent", "gemini"),
        ("europe-west4-aiplatform.googleapis.com", 443, "/v1/models/g:generateContent", "gemini"),
        ("claude.googleapis.com", 443, f"{CLAUDE_ON_GOOGLE}/v1/messages", "anthropic-messages"),
        ("mine.services.ai.azure.com", 443, "/anthropic/v1/messages", "anthropic-messages"),
        ("aiplatform.eu.rep.googleapis.com", 443, "/v1/models/g:generateContent", "gemini"),
        ("openrouter.ai", 443, "/api/v1/chat/completions", "openai-chat"),
        ("localhost", 11434, "/v1/chat/completions", "openai-chat"),
        ("box.lan", 8000, "/v1/messages", "anthropic-messages"),
        ("api.openai.com", 443, "/v1/embeddings", None),
        ("localhost", 11434, "/v1/responses", None),
        ("localhost", 8080, "/v1/chat/completions", None),
        ("example.com", 443, "/v1/chat/completions", None),
    ],
)
def test_a_path_at_a_provider_has_its_wire_format(
    host: str, port: int, path: str, api: str | None
) -> None:
    codec = DIRECTORY.codec(host, port, path)

    assert (codec and codec.api) == api


@pytest.mark.parametrize(
    ("host", "port", "wanted"),
    [
        ("api.openai.com", 443, True),
        ("notapi.openai.com.evil.example", 443, False),
        ("evilapi.openai.com", 443, False),
        ("localhost", 11434, True),
        ("localhost", 11435, False),
    ],
)
def test_only_providers_are_read(host: str, port: int, wanted: bool) -> None:  # noqa: FBT001
    assert DIRECTORY.is_provider(host, port) is wanted


@pytest.mark.parametrize(
    ("provider", "address", "wanted"),
    [
        (Provider("api.openai.com", ()), "api.openai.com:443", True),
        (Provider("openai.azure.com", ()), "mine.openai.azure.com:443", True),
        (Provider("api.openai.com", ()), "api.openai.com.evil.example:443", False),
        (Provider("api.openai.com", ()), "apixopenai.com:443", False),
        (Provider("localhost", (), 11434), "localhost:11434", True),
        (Provider("localhost", (), 11434), "localhost:114345", False),
    ],
)
def test_the_pattern_for_mitmproxy_admits_the_host_and_no_other(
    provider: Provider,
    address: str,
    wanted: bool,  # noqa: FBT001
) -> None:
    assert bool(re.search(provider.pattern, address, re.IGNORECASE)) is wanted


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("localhost", "host[:port]=api"),
        ("http://localhost=openai-chat", "host[:port]=api"),
        ("localhost=telepathy", "known are anthropic-messages"),
        ("localhost:port=openai-chat", "host[:port]=api"),
        ("localhost:0=openai-chat", "ports are from 1 to 65535"),
        ("localhost:65536=openai-chat", "ports are from 1 to 65535"),
        ("box..lan=openai-chat", "no name of a host"),
        (f"{64 * 'x'}.lan=openai-chat", "no name of a host"),
        ("[::1::]:8000=openai-chat", "no name of a host"),
        ("*.box.lan=openai-chat", "all hosts below it"),
    ],
)
def test_a_bad_declaration_is_refused_with_what_is_good(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        Directory([text], CODECS)


def test_an_address_of_ipv6_is_read_where_it_is_declared() -> None:
    directory = Directory(["[0::1]:8000=openai-chat"], CODECS)

    assert directory.is_provider("::1", 8000)
    assert re.search(directory.declared[0].pattern, "::1:8000")


def test_declared_hosts_are_certified_beside_the_known_ones() -> None:
    names = names_to_certify(Directory(["[::1]:8000=openai-chat"], CODECS))

    assert names[0] == "::1"
    assert "api.openai.com" in names
