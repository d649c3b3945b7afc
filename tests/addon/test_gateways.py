"""What a header chooses behind a gateway parts two questions, and what only numbers or logs a request does not."""

import pytest

from addon.gateways import chosen

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "name",
    [
        "x-portkey-provider",
        "x-portkey-config",
        "x-portkey-virtual-key",
        "x-portkey-azure-deployment-id",
        "x-portkey-metadata",
        "helicone-target-url",
        "helicone-fallbacks",
        "helicone-openai-api-base",
        "cf-aig-step",
        "cf-aig-metadata",
        "x-litellm-tags",
        "x-anthropic-beta",
        "x-pass-anthropic-beta",
        "x-amzn-bedrock-guardrailidentifier",
        "groq-model-version",
        "azureml-model-deployment",
        "extra-parameters",
        "x-model",
        "my_provider",
    ],
)
def test_what_may_choose_the_model_counts(name: str) -> None:
    one, other = chosen([(name, "one")], KEY), chosen([(name, "other")], KEY)

    assert one.keys() == other.keys() == {name}
    assert one != other
    assert one == chosen([("accept", "*/*"), (name, "one")], KEY)


@pytest.mark.parametrize(
    "name",
    [
        "x-portkey-trace-id",
        "x-portkey-cache-force-refresh",
        "cf-aig-log-id",
        "cf-aig-cache-ttl",
        "helicone-request-id",
        "helicone-session-id",
        "helicone-property-model-of-car",
        "x-litellm-timeout",
        "x-litellm-end-user-id",
        "http-referer",
        "x-title",
        "x-stainless-retry-count",
        "traceparent",
        "user-agent",
        "content-length",
        "idempotency-key",
        "remodelled",
    ],
)
def test_what_tells_of_a_request_or_of_its_sender_does_not(name: str) -> None:
    assert chosen([(name, "x")], KEY) == {}


def test_what_is_kept_of_it_is_a_hash_under_the_stores_key() -> None:
    config = '{"provider": "x", "api_key": "sk-in-the-midst"}'

    kept = chosen([("x-portkey-config", config)], KEY)

    assert "sk-in-the-midst" not in str(kept)
    assert kept != chosen([("x-portkey-config", config)], bytes(32))


def test_a_header_that_comes_twice_is_one_of_two_values() -> None:
    twice = [("x-litellm-tags", "a"), ("x-litellm-tags", "b")]

    assert chosen(twice, KEY) == chosen([("x-litellm-tags", "a, b")], KEY)
