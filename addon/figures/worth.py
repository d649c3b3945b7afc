"""What one decision saved or cost, in tokens, money and waiting, by the prices of its day."""

from datetime import UTC, datetime

from msgspec import Struct

from addon.decision import Outcome
from addon.figures.prices import Prices
from tree.explaining.explanation import Decided

_HITS = (Outcome.HIT_LITERAL, Outcome.HIT_TEMPLATE)


class Worth(Struct, frozen=True):
    """Saved by a hit; spent on everything else."""

    tokens: int = 0
    usd: float | None = None
    """None where the price is unknown."""
    seconds: float = 0.0


def worth(one: Decided, prices: Prices) -> Worth:
    """What a decision saved, or what the request cost that it was about."""
    waited_ms = float(one.provider_ms)
    if one.outcome in _HITS:
        waited_ms = max(0.0, waited_ms - one.latency_ms)
    if one.usage is None:
        return Worth(seconds=waited_ms / 1_000)
    usage, day = one.usage, datetime.fromtimestamp(one.at_ns / 1_000_000_000, UTC).date()
    price = prices.of(one.model, one.origin, day)
    usd = (
        price.of(usage.input_tokens, usage.cached_input_tokens, usage.output_tokens)
        if price
        else None
    )
    return Worth(usage.input_tokens + usage.output_tokens, usd, waited_ms / 1_000)
