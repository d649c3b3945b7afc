"""Which hosts are providers, and which API each of them speaks at which path; everything else is tunnelled."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv6Address

from msgspec import Struct

from addon.wire.codec import Codec

_OPENAI = ("openai-chat", "openai-responses")

_VERTEX_REGIONS = (
    *("africa-south1", "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2"),
    *("asia-northeast3", "asia-south1", "asia-south2", "asia-southeast1", "asia-southeast2"),
    *("australia-southeast1", "australia-southeast2", "europe-central2", "europe-north1"),
    *("europe-southwest1", "europe-west1", "europe-west2", "europe-west3", "europe-west4"),
    *("europe-west6", "europe-west8", "europe-west9", "europe-west12", "me-central1"),
    *("me-central2", "me-west1", "northamerica-northeast1", "northamerica-northeast2"),
    *("southamerica-east1", "southamerica-west1", "us-central1", "us-east1", "us-east4"),
    *("us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4"),
)
"""Enumerated, for a name constraint of X.509 can permit a name and all below it, but no pattern.

Source: Google Cloud, Vertex AI locations.
"""

PROVIDERS: dict[str, tuple[str, ...]] = {
    "api.openai.com": _OPENAI,
    "openai.azure.com": _OPENAI,
    "services.ai.azure.com": (*_OPENAI, "anthropic-messages"),
    "cognitiveservices.azure.com": _OPENAI,
    "api.anthropic.com": ("anthropic-messages",),
    "claude.googleapis.com": ("anthropic-messages",),
    "generativelanguage.googleapis.com": ("gemini", "openai-chat"),
    "aiplatform.googleapis.com": ("gemini",),
    **{f"aiplatform.{area}.rep.googleapis.com": ("gemini",) for area in ("us", "eu")},
    **{f"{region}-aiplatform.googleapis.com": ("gemini",) for region in _VERTEX_REGIONS},
    "openrouter.ai": (*_OPENAI, "anthropic-messages"),
    "api.mistral.ai": ("openai-chat",),
    "api.groq.com": _OPENAI,
    "api.deepseek.com": (*_OPENAI, "anthropic-messages"),
    "api.x.ai": (*_OPENAI, "anthropic-messages"),
    "api.together.xyz": ("openai-chat",),
    "api.fireworks.ai": (*_OPENAI, "anthropic-messages"),
    "api.cerebras.ai": ("openai-chat",),
    "api.perplexity.ai": ("openai-chat",),
    "integrate.api.nvidia.com": ("openai-chat",),
}
"""Host -> the APIs that it speaks. A host stands for all hosts below it, as in a name constraint."""

_LAST_PORT = 65_535

OWN_HOST = "rote.internal"
"""Answered inside the proxy."""

_DECLARATION = re.compile(
    r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\s:=/]+)(?::(?P<port>\d{1,5}))?=(?P<api>\S+)"
)


class Provider(Struct, frozen=True):
    """A host whose traffic is read, and the APIs that it speaks; without a port, at any port."""

    host: str
    apis: tuple[str, ...]
    port: int | None = None

    def covers(self, host: str, port: int) -> bool:
        """Whether a connection to `host` and `port` leads there."""
        named = host == self.host or (self.port is None and host.endswith(f".{self.host}"))
        return named and self.port in (None, port)

    @property
    def pattern(self) -> str:
        """A regular expression for mitmproxy's `allow_hosts`, which sees `host:port`."""
        port = r"\d+" if self.port is None else str(self.port)
        below = r"(?:[^:]+\.)?" if self.port is None else ""
        return rf"^{below}{re.escape(self.host)}:{port}$"


class Directory:
    """All providers of one proxy: the known ones and those that its user declared.

    Args:
        declared: Texts `host[:port]=api`; one text may hold several, separated by commas.
        codecs: The wire formats there are.

    Raises:
        ValueError: A declaration is malformed, or names an unknown API; the message says which.
    """

    def __init__(self, declared: Iterable[str], codecs: Sequence[Codec]) -> None:
        self._codecs = {codec.api: codec for codec in codecs}
        pieces = (piece.strip() for text in declared for piece in text.split(","))
        own = [_declared(piece, self._codecs) for piece in pieces if piece]
        self.declared = tuple(own)
        known = [Provider(host, apis) for host, apis in PROVIDERS.items()]
        self.providers = (*own, *known)
        # Asked for every request, and always about the same few addresses.
        self._spoken_at = lru_cache(maxsize=256)(self._speaking)

    def is_provider(self, host: str, port: int) -> bool:
        """Whether traffic to this address is read at all."""
        return bool(self._spoken_at(host, port))

    def codec(self, host: str, port: int, path: str) -> Codec | None:
        """The wire format of a request to this address and path (no query); None if it is none we know."""
        return next((codec for codec in self._spoken_at(host, port) if codec.claims(path)), None)

    def _speaking(self, host: str, port: int) -> tuple[Codec, ...]:
        covering = (one for one in self.providers if one.covers(host.lower(), port))
        return tuple(self._codecs[api] for provider in covering for api in provider.apis)


def names_to_certify(directory: Directory) -> list[str]:
    """The host names that the CA must be able to vouch for, each standing for itself and all below it."""
    return list(dict.fromkeys(provider.host for provider in directory.providers))


def _declared(text: str, codecs: dict[str, Codec]) -> Provider:
    match = _DECLARATION.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is not of the form host[:port]=api, for example localhost:11434=openai-chat"
        )
    if match["api"] not in codecs:
        known = ", ".join(sorted(codecs))
        raise ValueError(f"{text!r} names the API {match['api']!r}; known are {known}")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port <= _LAST_PORT:
        raise ValueError(f"{text!r} names the port {port}; ports are from 1 to {_LAST_PORT}")
    return Provider(_named(match["host"], text), (match["api"],), port)


def _named(host: str, text: str) -> str:
    """A host as mitmproxy calls it: in lower case, an address of IPv6 without its brackets."""
    if "*" in host:
        raise ValueError(f"{text!r} has a *, and needs none: a host stands for all hosts below it")
    try:
        if host.startswith("["):
            return str(IPv6Address(host[1:-1]))
        host.encode("idna")
    except ValueError as error:
        raise ValueError(f"{text!r} names the host {host!r}, which is no name of a host") from error
    return host.lower()
