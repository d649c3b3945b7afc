"""`/metrics`, read by Prometheus' own parser."""

from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from addon.decision import Outcome
from addon.figures.metrics import MAX_PAIRS, OTHERS, Latencies, Moment, exposition
from addon.figures.prices import Prices
from addon.figures.savings import savings
from tree.memory import Summary, Tally, TallyKey


def key(outcome: str, model: str = "m", origin: str = "llm.example") -> TallyKey:
    return TallyKey("2026-03-10", "openai-chat", origin, model, outcome)


def moment(tallies: Mapping[TallyKey, Tally], summary: Summary | None = None) -> Moment:
    return Moment(
        version="1.2",
        mode="serve",
        usable=True,
        pending=3,
        waiting=1,
        latencies=Latencies(),
        tallies=tallies,
        savings=savings(tallies, Prices([])),
        summary=summary,
    )


def samples(now: Moment) -> dict[tuple[str, str], float]:
    """Value by name and labels, as they were read."""
    _, text = exposition(now)
    return {
        (sample.name, ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


TALLIES = {
    key("hit-literal"): Tally(3, 300, 100, 50, 4_500),
    key("hit-template"): Tally(1, 100, 0, 10, 500),
    key("miss"): Tally(2, 200, 0, 20, 3_000),
    key("audit-same"): Tally(1, 100, 0, 10, 900),
    key("shadow-wrong"): Tally(4),
}


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("rote_requests_total", "host=llm.example,model=m,outcome=hit-literal", 3),
        ("rote_requests_total", "host=llm.example,model=m,outcome=miss", 2),
        ("rote_saved_tokens_total", "host=llm.example,kind=input,model=m", 400),
        ("rote_saved_tokens_total", "host=llm.example,kind=cached_input,model=m", 100),
        ("rote_forwarded_tokens_total", "host=llm.example,kind=output,model=m", 20),
        ("rote_audit_tokens_total", "host=llm.example,kind=output,model=m", 10),
        ("rote_saved_seconds_total", "host=llm.example,model=m", 5),
        ("rote_provider_seconds_total", "host=llm.example,model=m", 3),
        ("rote_audits_total", "verdict=same", 1),
        ("rote_audits_total", "verdict=different", 0),
        ("rote_shadow_answers_total", "verdict=wrong", 4),
        ("rote_saved_usd", "", 0),
        ("rote_build_info", "version=1.2", 1),
        ("rote_mode_info", "mode=serve", 1),
        ("rote_store_usable", "", 1),
        ("rote_pending_observations", "", 3),
        ("rote_waiting_requests", "", 1),
    ],
)
def test_counters_and_gauges_are_read_back(name: str, labels: str, value: float) -> None:
    assert samples(moment(TALLIES))[name, labels] == value


def test_days_and_apis_add_up() -> None:
    later = TallyKey("2026-03-11", "gemini", "llm.example", "m", "miss")

    found = samples(moment(TALLIES | {later: Tally(5)}))

    assert found["rote_requests_total", "host=llm.example,model=m,outcome=miss"] == 7


def test_a_store_tells_its_size() -> None:
    summary = Summary(7, 7, 0, 1, 20, 14, 7, 4096, 8192, 1 << 20)

    found = samples(moment({}, summary))

    assert found["rote_observations", ""] == 7
    assert found["rote_store_used_bytes", ""] == 4096
    assert found["rote_store_max_bytes", ""] == 1 << 20


def test_however_many_models_clients_name_labels_stay_few() -> None:
    many = {key("miss", f"model-{at}"): Tally(1 + at) for at in range(MAX_PAIRS + 30)}

    found = samples(moment(many))

    requests = {labels: n for (name, labels), n in found.items() if name == "rote_requests_total"}
    assert len(requests) == MAX_PAIRS + 1
    assert requests[f"host={OTHERS},model={OTHERS},outcome=miss"] == sum(range(1, 31))
    assert sum(requests.values()) == sum(tally.requests for tally in many.values())


def test_a_name_with_quotes_and_line_ends_is_read_back_as_it_was() -> None:
    odd = 'a "b"\\\nc'

    found = samples(moment({key("miss", odd): Tally(1)}))

    assert found["rote_requests_total", f"host=llm.example,model={odd},outcome=miss"] == 1


def test_decisions_fall_into_buckets_that_add_up() -> None:
    now = moment({})
    for seconds in (0.0005, 0.001, 0.004, 9.0):
        now.latencies.note(Outcome.MISS, seconds)

    found = samples(now)

    name = "rote_decision_duration_seconds"
    assert found[f"{name}_bucket", "le=0.001,outcome=miss"] == 2
    assert found[f"{name}_bucket", "le=0.005,outcome=miss"] == 3
    assert found[f"{name}_bucket", "le=2.5,outcome=miss"] == 3
    assert found[f"{name}_bucket", "le=+Inf,outcome=miss"] == 4
    assert found[f"{name}_count", "outcome=miss"] == 4
    assert found[f"{name}_sum", "outcome=miss"] == pytest.approx(9.0055)
    assert found[f"{name}_count", "outcome=bypass"] == 0


def test_the_open_form_is_given_to_whoever_asks_for_it() -> None:
    plain, _ = exposition(moment({}))
    openly, text = exposition(moment({}), "application/openmetrics-text; version=1.0.0")

    assert plain.startswith("text/plain")
    assert openly.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")
