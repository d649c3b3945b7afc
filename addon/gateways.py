"""What a request's headers choose behind a gateway: the model, its provider, or what is done with the prompt.

A gateway that stands where a provider would may ask another one for each request, and be told so by a header alone.
Two requests that differ there are two questions, so such headers are part of the scope: by a keyed hash, for some
gateways take credentials in the midst of a configuration. Which headers those are is known of some gateways; of others
a name that says so is taken at its word. To be too careful costs a hit, and the other mistake would answer in the
words of another model. So what gateways can route by counts as well (Portkey's and Cloudflare's metadata, LiteLLM's
tags), and a client that puts a number of the request there is never answered from memory.

Source: Portkey, "Headers" and "Conditional routing"; Helicone, "Header directory"; Cloudflare AI Gateway, "Header
glossary" and "Dynamic routing"; LiteLLM, "Request headers"; OpenRouter, "API reference"; Groq, "Compound"; Azure
Machine Learning, "Online endpoints"; Amazon Bedrock, "Use guardrails with the OpenAI API".
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from addon.credential import hashed

_SAYS_SO = re.compile(
    r"(?:.*[-_])?(?:model|provider|deployment|engine|route|router|routing|upstream|backend|target)(?:[-_].*)?"
)
_FURTHER = re.compile(
    r"helicone-(?:fallbacks|openai-api-base|token-limit-exception-handler|moderations-enabled|llm-security-enabled)|"
    r"x-litellm-tags|x-anthropic-beta|extra-parameters|(?:x-portkey|cf-aig|x-pass|x-amzn-bedrock)-.*"
)
_NO_MATTER = re.compile(
    r"x-portkey-(?:trace-id|span-id|parent-span-id|span-name|cache-.*|request-timeout|debug)|"
    r"cf-aig-(?:cache-.*|skip-cache|collect-log.*|custom-cost|event-id|log-id|max-attempts|retry-delay|backoff|"
    r"request-timeout)|helicone-property-.*"
)
"""Those of the same gateways that number, time, log or price a request."""


def chosen(headers: Iterable[tuple[str, str]], key: bytes) -> dict[str, str]:
    """What a gateway is told by a request's headers, hashed by name; empty where it is told nothing.

    Args:
        headers: Names in lower case, credentials not among them.
        key: The store's.
    """
    told: dict[str, str] = {}
    for name, value in headers:
        if _chooses(name):
            told[name] = f"{told[name]}, {value}" if name in told else value
    return {name: hashed(told[name], key) for name in sorted(told)}


@lru_cache(maxsize=4096)
def _chooses(name: str) -> bool:
    """Whether a header of this name may choose what answers."""
    if _NO_MATTER.fullmatch(name):
        return False
    return bool(_SAYS_SO.fullmatch(name) or _FURTHER.fullmatch(name))
