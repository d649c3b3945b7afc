"""The overview's figures, out of the counters."""

from datetime import date

import pytest
from msgspec.structs import replace

from addon.dashboard.app import make_app
from addon.dashboard.outline import saved
from addon.dashboard.overview import LEAST_DAYS, MOST_DAYS, bounded, by_day, columns
from addon.dashboard.sight import Sight
from addon.figures.drift import Silenced, Version
from addon.figures.savings import Audits
from tree.judgement.evidence import upper_bound
from tree.memory import Tally, TallyKey
from tree.message import Json

TODAY = date(2026, 3, 10)


def key(outcome: str, day: str = "2026-03-10") -> TallyKey:
    return TallyKey(day, "openai-chat", "api.openai.com", "m", outcome)


def test_days_are_counted_without_what_could_not_be_served() -> None:
    tallies = {
        key("hit-literal"): Tally(3),
        key("hit-template"): Tally(2),
        key("miss"): Tally(4),
        key("unavailable"): Tally(1),
        key("bypass"): Tally(90),
        key("audit-same"): Tally(90),
    }

    days = by_day(tallies, TODAY)

    assert (days[-1].day, days[-1].served, days[-1].asked) == (TODAY, 5, 10)
    assert "5 of 10 served, 50%" in days[-1].words
    assert len(days) == LEAST_DAYS
    assert "no requests" in days[0].words


@pytest.mark.parametrize(
    ("first", "number"), [("2026-03-10", LEAST_DAYS), ("2026-02-09", 30), ("2024-01-01", MOST_DAYS)]
)
def test_the_chart_begins_with_the_first_day_within_limits(first: str, number: int) -> None:
    tallies = {key("miss", first): Tally(1), key("miss"): Tally(1)}

    assert len(by_day(tallies, TODAY)) == number


def test_nothing_counted_is_no_chart() -> None:
    assert by_day({key("bypass"): Tally(1)}, TODAY) == []
    assert columns([]) == []


def test_columns_rise_from_the_ground_to_the_rate_and_to_the_busiest_day() -> None:
    tallies = {
        key("hit-literal", "2026-03-09"): Tally(1),
        key("miss", "2026-03-09"): Tally(3),
        key("hit-literal"): Tally(200),
    }

    *_, before, last = columns(by_day(tallies, TODAY))

    assert (before.rate_height, before.rate_y) == (25, 75)
    assert (last.rate_height, last.rate_y, last.asked_height) == (100, 0, 100)
    assert 0 < before.asked_height < 10
    assert before.x + before.width <= last.x


def test_audits_are_judged_where_they_can_be_and_bounded() -> None:
    found = bounded(Audits(same=90, different=2, unknown=5, unread=7))

    assert (found.judged, found.wrong) == (92, 2)
    assert 2 / 92 < found.bound == upper_bound(92, 2) < 1
    assert bounded(Audits()).bound == 1


def test_what_is_silenced_and_what_changed_under_memory_is_shown() -> None:
    found = replace(
        saved({key("miss"): Tally(1)}),
        alarms=[Silenced("model-7", "llm.example", 1, 12, 5)],
        versions=[Version("model-7", "llm.example", "v2", "2026-03-01", "2026-03-10", 3)],
    )
    tallies = {key("miss"): Tally(1)}
    sight = Sight(healthy, lambda: found, lambda _: [], lambda: tallies)

    page = make_app(sight).test_client().get("/").text

    assert "what was learnt of model-7 at llm.example went wrong in 5 of 12 tests" in page
    assert "answered model-7 as <code>v2</code> 3 times" in page


def test_where_all_passed_by_that_is_said_without_a_chart() -> None:
    found = saved({key("bypass"): Tally(3)})
    sight = Sight(health=healthy, stats=lambda: found, decisions=lambda _: [])

    page = make_app(sight).test_client().get("/").text

    assert "Nothing has passed yet that Rote could remember" in page
    assert "Another 3 passed by" in page
    assert "Hit rate" not in page


def test_a_store_that_fails_is_told_on_every_page() -> None:
    def troubled() -> Json:
        return healthy() | {"status": "degraded", "store": {"state": "the disk is full"}}

    sight = Sight(health=troubled, stats=lambda: saved({}), decisions=lambda _: [])
    client = make_app(sight).test_client()

    for path in ("/", "/workflows", "/decisions", "/shadow", "/nowhere"):
        assert "the disk is full" in client.get(path).text


def healthy() -> Json:
    """What a proxy says that is well."""
    return {
        "status": "ok",
        "version": "1",
        "mode": "serve",
        "pending": 2,
        "store": {"state": "open"},
    }
