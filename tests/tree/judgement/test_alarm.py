"""Alarms: raised when answers go wrong one after the other, kept with what happened, lifted by a clean run."""

import random

import pytest

from tree.judgement.alarm import LIFTED, Watch, opening, subtree
from tree.judgement.streak import Mistake
from tree.reading.item import Item

WRONG = Mistake("red", "blue", 3)


def watched(outcomes: str) -> Watch:
    """A watch over right (`.`) and wrong (`x`) answers, the how-manieth being its time."""
    watch = Watch()
    for at, outcome in enumerate(outcomes):
        mistake = Mistake(f"red {at}", f"blue {at}", at) if outcome == "x" else None
        watch.note(mistake, at, "Which colour")
    return watch


@pytest.mark.parametrize(
    ("outcomes", "raised"),
    [
        ("." * 50 + "xxx", True),
        ("." * 50 + "x..x..x", True),
        ("." * 50 + "xx", False),
        ("." * 50 + "x" + "." * 40 + "x" + "." * 40 + "x", False),
        ("." * 500, False),
        ("x", False),
    ],
)
def test_wrong_answers_close_to_each_other_raise_an_alarm(outcomes: str, *, raised: bool) -> None:
    assert (watched(outcomes).alarm is not None) is raised


def test_an_alarm_tells_what_happened_and_when() -> None:
    alarm = watched("." * 20 + "x.xx").alarm

    assert alarm is not None
    assert (alarm.at_ns, alarm.tests, alarm.wrong, alarm.opening) == (23, 24, 3, "Which colour")
    assert [own.at_ns for own in alarm.mistakes] == [20, 22, 23]
    assert alarm.brief() == (
        "answers went wrong here, 3 of 24; last red 23 was foreseen, and blue 23 came"
    )


def test_a_clean_run_lifts_an_alarm_and_a_mistake_within_it_begins_it_anew() -> None:
    raised = "." * 20 + "xxx"
    short = watched(raised + "." * (LIFTED - 1) + "x" + "." * (LIFTED - 1))
    lifted = watched(raised + "." * LIFTED)

    assert short.alarm is not None
    assert lifted.alarm is None
    assert lifted.past == watched(raised).alarm


def test_after_an_alarm_the_count_begins_anew() -> None:
    again = watched("." * 20 + "xxx" + "." * LIFTED + "." * 10 + "xxx")

    assert again.alarm is not None
    assert (again.alarm.tests, again.alarm.wrong) == (13, 3)


def test_errors_as_rare_as_is_tolerated_seldom_raise_one() -> None:
    source, alarms = random.Random(5), 0  # noqa: S311 - a stream, no secret
    watch = Watch()
    for at in range(10_000):
        silent = watch.alarm is not None
        watch.note(WRONG if source.random() < 0.02 else None, at, "")
        alarms += watch.alarm is not None and not silent

    assert alarms <= 12


def item(kind: str, text: str, key: str) -> Item:
    return Item(kind, "", text, [], structured=False, key=key)


def test_a_subtree_is_what_follows_one_system_prompt_and_first_message() -> None:
    system, other = item("system", "Be kind.", "s"), item("system", "Be brief.", "t")
    first, again = item("user", "Find the red one.", "u"), item("user", "Find a blue one.", "u")
    second = item("user", "Thanks.", "v")

    assert subtree([system, first, second]) == subtree([system, again])
    assert subtree([system, first]) != subtree([other, first])
    assert subtree([system, first]) != subtree([system, second])
    assert opening([system, first, second]) == "Find the red one."
    assert opening([]) == ""
