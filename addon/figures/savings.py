"""What memory saved, out of the counters: a pure sum, the same for the command line and for the proxy's API."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from addon.decision import Outcome
from addon.figures.drift import Silenced, Version, versions
from addon.figures.prices import Prices
from tree.memory import Tally, TallyKey

_REQUESTS = frozenset(Outcome)
"""Outcomes that stand for one request each; a judgement in shadow is counted beside its miss."""
HITS = (Outcome.HIT_LITERAL.value, Outcome.HIT_TEMPLATE.value)
AUDITS = ("audit-same", "audit-different", "audit-unknown", "audit-unread")
SHADOWS = ("shadow-right", "shadow-wrong", "shadow-unknown")


class Hits(Struct, frozen=True):
    """Requests that memory answered."""

    literal: int = 0
    template: int = 0

    @property
    def total(self) -> int:
        """Of either kind."""
        return self.literal + self.template


class Tokens(Struct, frozen=True):
    """As the provider counted them when the answer was recorded."""

    input: int = 0
    cached_input: int = 0
    output: int = 0


class Shadow(Struct, frozen=True):
    """What would have been served, had the mode been `serve`, by how it compared with the provider's answer."""

    right: int = 0
    wrong: int = 0
    unknown: int = 0


class Audits(Struct, frozen=True):
    """What was served and then asked of the provider all the same, by how the two answers compared."""

    same: int = 0
    different: int = 0
    unknown: int = 0
    unread: int = 0
    tokens: Tokens = Tokens()
    """Spent on them."""
    usd: float = 0.0
    """Spent on them, at the models whose price is known; the money saved is net of it."""


class ModelSavings(Struct, frozen=True):
    """What memory did for one model at one host."""

    model: str
    origin: str
    requests: int
    hits: Hits
    tokens_saved: Tokens
    seconds_saved: float
    money_saved_usd: float | None
    """Net of audits; None where the price is unknown, so that tokens alone can be counted."""
    audits_usd: float | None
    price_as_of: date | None


class Savings(Struct, frozen=True):
    """What memory did; the body of `/api/stats`."""

    since: str | None
    """First day counted, as an ISO date; None if nothing was."""
    requests: int
    hits: Hits
    misses: int
    bypasses: int
    unavailable: int
    """Unknown requests that `replay` did not forward."""
    shadow: Shadow
    audits: Audits
    tokens_saved: Tokens
    seconds_saved: float
    money_saved_usd: float
    """Of the models whose price is known, and net of what audits cost."""
    models: list[ModelSavings]
    """Those asked most often first."""
    versions: list[Version]
    """Of the models that a provider answered with several versions of."""
    alarms: list[Silenced] = []
    """What answers no more, for its answers went wrong; whoever has the memory adds them."""


def savings(
    tallies: Mapping[TallyKey, Tally],
    prices: Prices,
    days: int | None = None,
    today: date | None = None,
) -> Savings:
    """Sum the counters up.

    Args:
        tallies: As the store, or an account, holds them.
        prices: What tokens cost.
        days: How many days count, today being one of them; all if None.
        today: The last of these days, in UTC.
    """
    first = _first_day(days, today)
    rows = [(key, tally) for key, tally in tallies.items() if key.day >= first]
    models = _by_model(rows, prices)
    return Savings(
        since=min((key.day for key, _ in rows), default=None),
        requests=_requests(rows, *_REQUESTS),
        hits=_hits(rows),
        misses=_requests(rows, Outcome.MISS),
        bypasses=_requests(rows, Outcome.BYPASS),
        unavailable=_requests(rows, Outcome.UNAVAILABLE),
        shadow=Shadow(*(_requests(rows, outcome) for outcome in SHADOWS)),
        audits=_audits(rows, sum(model.audits_usd or 0 for model in models)),
        tokens_saved=_tokens(rows, *HITS),
        seconds_saved=_seconds(rows),
        money_saved_usd=round(sum(model.money_saved_usd or 0 for model in models), 6),
        models=models,
        versions=versions(dict(rows)),
    )


type _Rows = list[tuple[TallyKey, Tally]]


def _first_day(days: int | None, today: date | None) -> str:
    if days is None:
        return ""
    return ((today or datetime.now(UTC).date()) - timedelta(days=days - 1)).isoformat()


def _by_model(rows: _Rows, prices: Prices) -> list[ModelSavings]:
    parts: dict[tuple[str, str], _Rows] = {}
    for key, tally in rows:
        if key.model:
            parts.setdefault((key.model, key.origin), []).append((key, tally))
    found = [_model(*name, part, prices) for name, part in parts.items()]
    return sorted(found, key=lambda one: (-one.requests, one.model, one.origin))


def _model(model: str, origin: str, rows: _Rows, prices: Prices) -> ModelSavings:
    saved = _money(rows, prices, *HITS)
    spent = _money(rows, prices, *AUDITS)
    days = [date.fromisoformat(key.day) for key, _ in rows]
    price = prices.of(model, origin, max(days, default=None))
    return ModelSavings(
        model=model,
        origin=origin,
        requests=_requests(rows, *_REQUESTS),
        hits=_hits(rows),
        tokens_saved=_tokens(rows, *HITS),
        seconds_saved=_seconds(rows),
        money_saved_usd=None if price is None else round(saved - spent, 6),
        audits_usd=None if price is None else round(spent, 6),
        price_as_of=price.as_of if price else None,
    )


def _requests(rows: _Rows, *outcomes: str) -> int:
    return sum(tally.requests for key, tally in rows if key.outcome in outcomes)


def _hits(rows: _Rows) -> Hits:
    return Hits(_requests(rows, Outcome.HIT_LITERAL), _requests(rows, Outcome.HIT_TEMPLATE))


def _audits(rows: _Rows, usd: float) -> Audits:
    same, different, unknown, unread = (_requests(rows, outcome) for outcome in AUDITS)
    return Audits(same, different, unknown, unread, _tokens(rows, *AUDITS), round(usd, 6))


def _total(rows: _Rows, *outcomes: str) -> Tally:
    return sum((tally for key, tally in rows if key.outcome in outcomes), Tally())


def _tokens(rows: _Rows, *outcomes: str) -> Tokens:
    total = _total(rows, *outcomes)
    return Tokens(total.input_tokens, total.cached_input_tokens, total.output_tokens)


def _money(rows: _Rows, prices: Prices, *outcomes: str) -> float:
    """What the tokens of some outcomes cost on their days; nothing where no price is known."""
    usd = 0.0
    for key, tally in rows:
        price = prices.of(key.model, key.origin, date.fromisoformat(key.day))
        if price and key.outcome in outcomes:
            usd += price.of(tally.input_tokens, tally.cached_input_tokens, tally.output_tokens)
    return usd


def _seconds(rows: _Rows) -> float:
    return _total(rows, *HITS).latency_ms / 1000
