"""Whose memory a request may use: the credential is found, hashed with the store's key, and let go.

A header or a parameter of the query that may be a credential is taken for one: to be too careful costs a hit, and the
other mistake would show somebody another's memory, or write a secret to the disk.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tree.canonical import keyed_hash

SHARED = "all"
"""The tenant of everybody, where memory is shared."""

_HEADERS = (
    "authorization",  # OpenAI and those who copied it; Vertex; SigV4
    "x-api-key",  # Anthropic
    "api-key",  # Azure
    "x-goog-api-key",  # AI Studio
)
_OTHERS = re.compile(
    r"(?:.*[-_])?(?:auth|authorization|(?:api|access|subscription|secret|shared)[-_]?key|apikey|secret|password|"
    r"(?:auth|authorization|access|api|id|session|security|bearer|oauth)?[-_]?token|signature|credentials?|jwt)"
)
"""Names under which gateways take a credential. `idempotency-key` is none."""

_QUERY = frozenset(("key", "sig", "code"))
"""AI Studio's short form, and those of gateways, beside what headers may be called."""

_PUBLIC_QUERY = frozenset(
    ("alt", "api-version", "beta", "callback", "fields", "prettyprint", "upload_protocol", "xgafv")
)
"""Parameters that say nothing secret, without the signs that may stand before them."""

_NEVER = frozenset(("cookie", "proxy-authorization"))


@lru_cache(maxsize=4096)
def is_credential(name: str, *, in_query: bool = False) -> bool:
    """Whether what has this name proves who asks; headers have theirs in lower case."""
    name = name.lower()
    if name in _NEVER:
        return not in_query
    return (in_query and name in _QUERY) or _OTHERS.fullmatch(name) is not None


def tenant(headers: Mapping[str, str], query: Iterable[tuple[str, str]], key: bytes) -> str:
    """The keyed hash of all that a request proves its sender with; the same for those who send nothing.

    A cookie counts only where there is nothing else: beside a key it is the provider's load balancer's, and
    another one after every answer.
    """
    named = [name for name in _HEADERS if name in headers]
    others = sorted(name for name in headers if name not in named and is_credential(name))
    proofs = [f"{name}={headers[name]}" for name in (*named, *others) if name not in _NEVER]
    proofs += [f"?{name}={value}" for name, value in query if is_credential(name, in_query=True)]
    if not proofs and "cookie" in headers:
        proofs = [f"cookie={headers['cookie']}"]
    return keyed_hash(key, "\n".join(proofs).encode("utf-8", "surrogateescape"))


def is_signed_anew(authorization: str, query: Iterable[tuple[str, str]]) -> bool:
    """Whether a request proves its sender by a signature of its own, so that no two of theirs look alike.

    The signature covers the time and the body, and nobody can tell that it is right, nor whose it is, without the key
    that it was made with.

    Source: AWS, "Signature Version 4 signing process", both ways to add the signature.
    """
    return authorization.startswith("AWS4-") or any(
        name.lower() == "x-amz-signature" for name, _ in query
    )


def without_credentials(
    headers: Iterable[tuple[str, str]],
) -> tuple[tuple[str, str], ...]:
    """The headers that may be looked at, and be kept."""
    return tuple(field for field in headers if not is_credential(field[0]))


def public_query(query: Iterable[tuple[str, str]], key: bytes) -> tuple[tuple[str, str], ...]:
    """The parameters that may be kept: those that prove somebody are gone, those that nobody knows are hashed."""
    return tuple(
        _public(name, value, key) for name, value in query if not is_credential(name, in_query=True)
    )


def _public(name: str, value: str, key: bytes) -> tuple[str, str]:
    if name.lower().lstrip("$.") in _PUBLIC_QUERY:
        return name, value
    if not value:
        return hashed(name, key), ""  # `?secret` is a name without a value
    return name, hashed(value, key)


def hashed(text: str, key: bytes) -> str:
    """What stands for a text that may be secret: it tells whether two are the same, and nothing else."""
    return f"hashed {keyed_hash(key, text.encode('utf-8', 'surrogatepass'))}"
