"""Counters summed up: what counts as a request, as a hit, and as money."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.decision import Outcome
from addon.figures.prices import PriceList, Prices
from addon.figures.savings import Hits, Shadow, Tokens, savings
from tree.memory import Tally, TallyKey

TODAY = date(2026, 3, 10)
PRICES = Prices([PriceList("A", TODAY, "a page", {"nova-1": (1, 0.5, 4)})])


def key(outcome: str, model: str = "nova-1", day: str = "2026-03-10") -> TallyKey:
    return TallyKey(day, "openai-chat", "api.a.example", model, outcome)


def test_nothing_counted_is_nothing_saved() -> None:
    result = savings({}, PRICES)

    assert result.since is None
    assert (result.requests, result.hits.total, result.money_saved_usd) == (0, 0, 0)
    assert result.models == []


def test_only_hits_save_tokens_seconds_and_money() -> None:
    tallies = {
        key("hit-literal"): Tally(3, 3_000_000, 1_000_000, 500_000, 4_500),
        key("hit-template"): Tally(1, 1_000_000, 0, 0, 500),
        key("miss"): Tally(5, 9_000_000, 0, 9_000_000, 60_000),
        key("bypass"): Tally(2),
        key("unavailable"): Tally(1),
    }

    result = savings(tallies, PRICES)

    assert result.requests == 12
    assert result.hits == Hits(literal=3, template=1)
    assert (result.misses, result.bypasses, result.unavailable) == (5, 2, 1)
    assert result.tokens_saved == Tokens(4_000_000, 1_000_000, 500_000)
    assert result.seconds_saved == 5.0
    assert result.money_saved_usd == pytest.approx(3 * 1 + 1 * 0.5 + 0.5 * 4)


def test_a_judgement_in_shadow_is_no_second_request() -> None:
    tallies = {
        key("miss"): Tally(3),
        key("shadow-right"): Tally(2, 10, 0, 10, 10),
        key("shadow-wrong"): Tally(1),
        key("shadow-unknown"): Tally(4),
    }

    result = savings(tallies, PRICES)

    assert result.requests == 3
    assert result.shadow == Shadow(right=2, wrong=1, unknown=4)
    assert result.tokens_saved == Tokens()


def test_what_audits_cost_is_taken_off_the_money_and_counts_as_no_request() -> None:
    tallies = {
        key("hit-template"): Tally(4, 4_000_000, 0, 0, 2_000),
        key("audit-same"): Tally(2, 2_000_000, 2_000_000, 0, 9_000),
        key("audit-different"): Tally(1, 1_000_000, 0, 0, 500),
    }

    result = savings(tallies, PRICES)

    assert result.requests == 4
    assert (result.audits.same, result.audits.different, result.audits.unread) == (2, 1, 0)
    assert result.audits.tokens == Tokens(3_000_000, 2_000_000, 0)
    assert result.audits.usd == pytest.approx(2 * 0.5 + 1)
    assert result.money_saved_usd == pytest.approx(4 - 2)
    assert result.seconds_saved == 2.0


def test_tokens_cost_what_was_asked_for_them_on_their_day() -> None:
    later = PriceList("A", date(2026, 3, 10), "a page", {"nova-1": (1, 4)})
    earlier = PriceList("A", date(2026, 1, 1), "a page", {"nova-1": (3, 4)})
    tallies = {
        key("hit-literal", day="2026-03-10"): Tally(1, 1_000_000),
        key("hit-literal", day="2026-03-09"): Tally(1, 1_000_000),
        key("hit-literal", day="2025-12-01"): Tally(1, 1_000_000),
    }

    result = savings(tallies, Prices([later, earlier]))

    assert result.money_saved_usd == pytest.approx(1 + 3 + 3)
    assert result.models[0].price_as_of == date(2026, 3, 10)


def test_a_model_without_a_price_counts_in_tokens_and_not_in_money() -> None:
    tallies = {
        key("hit-literal", model="mystery"): Tally(5, 1_000_000, 0, 0, 0),
        key("hit-literal"): Tally(1, 1_000_000, 0, 0, 0),
    }

    result = savings(tallies, PRICES)

    assert result.tokens_saved.input == 2_000_000
    assert result.money_saved_usd == pytest.approx(1)
    assert [(one.model, one.money_saved_usd) for one in result.models] == [
        ("mystery", None),
        ("nova-1", 1.0),
    ]


@pytest.mark.parametrize(("days", "requests"), [(1, 1), (2, 3), (10, 3), (11, 7), (None, 7)])
def test_days_count_back_from_today(days: int | None, requests: int) -> None:
    tallies = {
        key("miss", day="2026-03-10"): Tally(1),
        key("miss", day="2026-03-09"): Tally(2),
        key("miss", day="2026-02-28"): Tally(4),
    }

    assert savings(tallies, PRICES, days, TODAY).requests == requests


def test_requests_that_name_no_model_are_counted_without_one() -> None:
    result = savings({key("bypass", model=""): Tally(2)}, PRICES)

    assert result.requests == 2
    assert result.models == []


def test_it_is_a_json_document() -> None:
    tallies = {key("hit-literal"): Tally(1, 10, 0, 5, 1500)}

    document = msgspec.json.decode(msgspec.json.encode(savings(tallies, PRICES)))

    assert document["since"] == "2026-03-10"
    assert document["hits"] == {"literal": 1, "template": 0}
    assert document["seconds_saved"] == 1.5
    assert document["models"][0]["price_as_of"] == "2026-03-10"


rows = st.dictionaries(
    st.builds(
        TallyKey,
        day=st.sampled_from(["2026-03-09", "2026-03-10"]),
        api=st.just("openai-chat"),
        origin=st.sampled_from(["a", "b"]),
        model=st.sampled_from(["nova-1", "mystery"]),
        outcome=st.sampled_from([*Outcome, "shadow-right", "a-later-word"]),
    ),
    st.builds(Tally, *[st.integers(0, 10**9)] * 5),
)


@given(rows)
def test_the_models_add_up_to_the_whole(tallies: dict[TallyKey, Tally]) -> None:
    result = savings(tallies, PRICES)

    assert sum(one.requests for one in result.models) == result.requests
    assert sum(one.tokens_saved.output for one in result.models) == result.tokens_saved.output
    assert sum(one.money_saved_usd or 0 for one in result.models) == pytest.approx(
        result.money_saved_usd
    )
