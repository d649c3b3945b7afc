"""`/metrics`: the counters of the store and the state of the proxy, named as Prometheus' conventions want it.

Counters are read from the store, so they outlive the proxy and are those of all proxies on it. Models and hosts are
what clients send: the most asked stand for themselves, the others together, so that nobody can make a scrape grow.

Source: prometheus.io/docs/practices/naming (base units, `_total`, `_info`).
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import accumulate

from msgspec import Struct
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from addon.decision import Outcome
from addon.figures.savings import AUDITS, HITS, SHADOWS, Savings
from tree.memory import Summary, Tally, TallyKey

MAX_PAIRS = 50
"""Pairs of a host and a model that stand for themselves."""
OTHERS = "other"
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of how long a decision takes."""
_FORWARDED = ("miss",)


class Latencies:
    """How long decisions took since the start, by their outcome; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = {outcome.value: [0] * (len(BUCKETS_S) + 1) for outcome in Outcome}
        self._sums = dict.fromkeys(self._counts, 0.0)

    def note(self, outcome: Outcome, seconds: float) -> None:
        """A decision was made."""
        with self._lock:
            self._counts[outcome.value][bisect_left(BUCKETS_S, seconds)] += 1
            self._sums[outcome.value] += seconds

    def of(self, outcome: str) -> tuple[list[int], float]:
        """How many took at most as long as each bound, and last how many there were; and their sum, in seconds."""
        with self._lock:
            return list(accumulate(self._counts[outcome])), self._sums[outcome]


class Moment(Struct, frozen=True):
    """What a proxy does, and what its store holds, when it is asked."""

    version: str
    mode: str
    usable: bool
    """Whether the store can be used."""
    pending: int
    waiting: int
    latencies: Latencies
    tallies: Mapping[TallyKey, Tally]
    savings: Savings
    summary: Summary | None
    """None where there is no store."""


def exposition(now: Moment, accept: str = "") -> tuple[str, bytes]:
    """The content type, and the text, in the form that an `Accept` header asks for."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Exposed(now))
    encoder, content_type = choose_encoder(accept)
    return content_type, encoder(registry)


class _Exposed(Collector):
    """Everything that is exposed, made anew for each scrape."""

    def __init__(self, now: Moment) -> None:
        self._now = now
        asked = Counter[tuple[str, str]]()
        outcomes = frozenset(Outcome)
        for key, tally in now.tallies.items():
            asked[key.origin, key.model] += tally.requests * (key.outcome in outcomes)
        self._named = {pair for pair, _ in asked.most_common(MAX_PAIRS)}

    def collect(self) -> Iterator[Metric]:
        """All families."""
        yield from _of_the_proxy(self._now)
        if self._now.summary is not None:
            yield from _of_the_store(self._now.summary)
        yield from self._of_the_requests()
        yield from self._of_tokens()
        yield from self._of_the_comparisons()

    def _of_the_requests(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "rote_requests", "Requests, by what was decided.", labels=["host", "model", "outcome"]
        )
        for outcome in Outcome:
            for pair, count in self._sums((outcome.value,), lambda one: one.requests):
                requests.add_metric([*pair, outcome.value], count)
        yield requests
        for name, outcomes, text in (
            (
                "saved",
                HITS,
                "Waiting for providers that requests answered from memory did without.",
            ),
            ("provider", _FORWARDED, "Waiting for providers, of requests that were forwarded."),
        ):
            waited = CounterMetricFamily(f"rote_{name}_seconds", text, labels=["host", "model"])
            for pair, seconds in self._sums(outcomes, lambda one: one.latency_ms / 1_000):
                waited.add_metric([*pair], seconds)
            yield waited

    def _of_tokens(self) -> Iterator[Metric]:
        kinds: dict[str, Callable[[Tally], float]] = {
            "input": lambda one: one.input_tokens,
            "cached_input": lambda one: one.cached_input_tokens,
            "output": lambda one: one.output_tokens,
        }
        for name, outcomes, text in (
            ("saved", HITS, "Tokens of answers from memory; input holds the cached ones."),
            ("forwarded", _FORWARDED, "Tokens of forwarded requests; input holds the cached ones."),
            ("audit", AUDITS, "Tokens spent on audits; input holds the cached ones."),
        ):
            family = CounterMetricFamily(
                f"rote_{name}_tokens", text, labels=["host", "model", "kind"]
            )
            for kind, count in kinds.items():
                for pair, tokens in self._sums(outcomes, count):
                    family.add_metric([*pair, kind], tokens)
            yield family
        saved, audits = self._now.savings.money_saved_usd, self._now.savings.audits.usd
        yield GaugeMetricFamily("rote_saved_usd", "Money saved, net of audits.", value=saved)
        yield GaugeMetricFamily("rote_audits_usd", "Money spent on audits.", value=audits)

    def _of_the_comparisons(self) -> Iterator[Metric]:
        for name, outcomes, text in (
            ("rote_audits", AUDITS, "Audits, by how the provider's answer compared."),
            ("rote_shadow_answers", SHADOWS, "Answers withheld in shadow, by how they compared."),
        ):
            family = CounterMetricFamily(name, text, labels=["verdict"])
            for outcome in outcomes:
                count = sum(
                    t.requests for k, t in self._now.tallies.items() if k.outcome == outcome
                )
                family.add_metric([outcome.partition("-")[2]], count)
            yield family

    def _sums(
        self, outcomes: Collection[str], of: Callable[[Tally], float]
    ) -> list[tuple[tuple[str, str], float]]:
        """Sums by host and model; those that are asked seldom together."""
        sums: dict[tuple[str, str], float] = {}
        for key, tally in self._now.tallies.items():
            if key.outcome in outcomes:
                pair = key.origin, key.model
                named = pair if pair in self._named else (OTHERS, OTHERS)
                sums[named] = sums.get(named, 0) + of(tally)
        return sorted(sums.items())


def _of_the_proxy(now: Moment) -> Iterator[Metric]:
    yield InfoMetricFamily("rote_build", "The version that runs.", value={"version": now.version})
    mode = GaugeMetricFamily("rote_mode_info", "The mode it runs in.", labels=["mode"])
    mode.add_metric([now.mode], 1)
    yield mode
    yield GaugeMetricFamily(
        "rote_store_usable", "Whether the store can be used.", value=int(now.usable)
    )
    yield GaugeMetricFamily(
        "rote_pending_observations", "Answers that are not learnt yet.", value=now.pending
    )
    yield GaugeMetricFamily(
        "rote_alarms",
        "Openings silenced, for their answers went wrong.",
        value=len(now.savings.alarms),
    )
    yield GaugeMetricFamily(
        "rote_waiting_requests", "Requests that wait for an equal one.", value=now.waiting
    )
    took = HistogramMetricFamily(
        "rote_decision_duration_seconds",
        "From a request's last byte to the decision about it, since the start.",
        labels=["outcome"],
    )
    for outcome in Outcome:
        counts, total = now.latencies.of(outcome.value)
        bounds = [*map(str, BUCKETS_S), "+Inf"]
        took.add_metric([outcome.value], list(zip(bounds, counts, strict=True)), total)
    yield took


def _of_the_store(summary: Summary) -> Iterator[Metric]:
    for name, text, value in (
        ("rote_store_used_bytes", "Pages in use.", summary.used_bytes),
        ("rote_store_disk_bytes", "The store's file.", summary.disk_bytes),
        ("rote_store_max_bytes", "What the store may grow to.", summary.max_bytes),
        ("rote_observations", "Exchanges that are remembered.", summary.observations),
        ("rote_nodes", "Nodes of the tree.", summary.nodes),
        ("rote_scopes", "Scopes, none of which sees another's memory.", summary.scopes),
    ):
        yield GaugeMetricFamily(name, text, value=value)
