"""The report on what would have been served."""

from addon.figures.shadow import report
from tree.explaining.explanation import Decided
from tree.memory import Tally, TallyKey


def key(day: str, outcome: str, model: str = "m") -> TallyKey:
    return TallyKey(day, "openai-chat", "api.openai.com", model, outcome)


def test_days_in_shadow_are_added_up_and_others_left_out() -> None:
    tallies = {
        key("2026-03-08", "miss"): Tally(50),
        key("2026-03-09", "miss"): Tally(30),
        key("2026-03-09", "miss", "other"): Tally(10),
        key("2026-03-09", "shadow-right"): Tally(20),
        key("2026-03-10", "miss"): Tally(60),
        key("2026-03-10", "shadow-right"): Tally(40),
        key("2026-03-10", "shadow-wrong"): Tally(3),
        key("2026-03-10", "shadow-unknown", "other"): Tally(2),
    }

    found = report(tallies, [])

    assert found.since == "2026-03-09"
    assert [(day.day, day.asked, day.served) for day in found.days] == [
        ("2026-03-09", 40, 20),
        ("2026-03-10", 60, 45),
    ]
    total = found.total
    assert (total.asked, total.served, total.right, total.wrong) == (100, 65, 60, 3)


def test_only_what_was_withheld_and_wrong_is_listed() -> None:
    log = [
        Decided(4, "miss", "in shadow", verdict="different"),
        Decided(3, "miss", "in shadow", verdict="same"),
        Decided(2, "audit", "", verdict="different"),
        Decided(1, "miss", ""),
    ]

    assert [one.at_ns for one in report({}, log).wrong] == [4]


def test_nothing_in_shadow_is_an_empty_report() -> None:
    found = report({key("2026-03-08", "miss"): Tally(50)}, [])

    assert (found.since, found.days, found.total.asked) == ("", [], 0)
