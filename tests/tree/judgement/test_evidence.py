"""Bounds, ledgers, streaks, and verdicts."""

import pytest

from tests.tree.proven import PROVEN
from tree.canonical import NodeId
from tree.derive.reply import Call, Reply
from tree.judgement.evidence import Ledger, Standing, stratum, upper_bound
from tree.judgement.guess import Guess
from tree.judgement.streak import FORGIVEN, Mistake, Streak
from tree.judgement.verdict import Limits, Vote, changes_the_world, judged, verdict
from tree.template.view import View


@pytest.mark.parametrize(("limit", "tests"), [(0.05, 74), (0.02, 185), (0.01, 369)])
def test_so_many_clean_tests_prove_an_error_rate(limit: float, tests: int) -> None:
    assert upper_bound(tests, 0) <= limit < upper_bound(tests - 1, 0)


def test_an_error_widens_the_bound_and_no_tests_prove_nothing() -> None:
    assert upper_bound(200, 1) > upper_bound(200, 0)
    assert upper_bound(0, 0) == 1


def place(number: int) -> NodeId:
    return NodeId(number.to_bytes(16))


def test_tests_within_one_conversation_are_one_test() -> None:
    streak = Streak()

    for turn in range(1, 9):
        streak.note(path=[place(n) for n in range(turn)])

    assert streak.clean == 1


def test_one_strike_demotes_and_a_long_clean_run_makes_up_for_it() -> None:
    streak = Streak()
    for at in range(5):
        streak.note(path=[place(at)])

    streak.note(path=[place(99)], mistake=Mistake("a", "b", 7))
    demoted = streak.clean, streak.failures
    for at in range(100, 100 + FORGIVEN):
        streak.note(path=[place(at)])

    assert demoted == (0, 1)
    assert (streak.clean, streak.failures) == (FORGIVEN, 0)


def guess(reply: str, clean: int = 9, failures: int = 0, kind: str = "copy") -> Guess:
    return Guess(Reply((), reply), kind, (Streak(clean, failures),))


VIEW = View("path", (), b"k")


@pytest.mark.parametrize(
    ("clean", "failures", "servable"), [(1, 0, False), (2, 0, True), (3, 1, False), (4, 1, True)]
)
def test_failures_double_the_streak_that_is_needed(
    clean: int, failures: int, *, servable: bool
) -> None:
    vote = judged(VIEW, guess("a", clean, failures), Ledger(PROVEN), Limits())

    assert vote.servable is servable


def proven(tests: int, wrong: int = 0, kind: str = "copy", clean: int = 9) -> Ledger:
    """A ledger with tests of one stratum."""
    ledger = Ledger()
    for at in range(tests):
        ledger.note(stratum("path", kind, 0, clean), right=at >= wrong)
    return ledger


@pytest.mark.parametrize(
    ("tests", "limit", "enough"),
    [
        (184, 0.02, False),
        (185, 0.02, True),
        (73, 0.05, False),
        (74, 0.05, True),
        (185, 0.01, False),
    ],
)
def test_a_store_without_prior_needs_as_many_clean_tests_as_the_bound_asks(
    tests: int, limit: float, *, enough: bool
) -> None:
    standing = judged(VIEW, guess("a"), proven(tests), Limits(max_error=limit)).standing

    assert standing.enough is enough
    assert (standing.tests, standing.errors, standing.limit) == (tests, 0, limit)
    assert standing.bound == upper_bound(tests, 0)


def test_a_stratum_borrows_from_shorter_streaks_and_never_from_longer_ones() -> None:
    short = judged(VIEW, guess("a", clean=30), proven(200, clean=4), Limits())
    long = judged(VIEW, guess("a", clean=4), proven(200, clean=30), Limits())

    assert short.servable
    assert not long.servable


def test_a_class_borrows_from_riskier_ones_and_never_from_surer_ones() -> None:
    risky = judged(VIEW, guess("a", kind="copy"), proven(200, kind="free"), Limits())
    sure = judged(VIEW, guess("a", kind="free"), proven(200, kind="copy"), Limits())

    assert risky.servable
    assert not sure.servable


def test_tests_of_arms_that_failed_say_nothing_about_those_that_did_not() -> None:
    ledger = Ledger()
    for _ in range(200):
        ledger.note(stratum("path", "copy", 1, 9), right=True)

    assert not judged(VIEW, guess("a"), ledger, Limits()).servable


def test_what_is_lent_never_speaks_against_the_scopes_own_errors() -> None:
    ledger = Ledger(PROVEN)
    where = stratum("path", "copy", 0, 9)
    before = judged(VIEW, guess("a"), ledger, Limits())

    ledger.note(where, right=False)
    after = judged(VIEW, guess("a"), ledger, Limits())
    for _ in range(49):
        ledger.note(where, right=True)
    amended = judged(VIEW, guess("a"), ledger, Limits())

    assert before.servable
    assert not after.servable
    assert after.standing.bound > Limits().max_error
    assert amended.servable


def test_what_was_met_before_is_held_to_the_rate_expected_of_its_view() -> None:
    ledger = Ledger()
    ledger.note(stratum("step", "seen", 0, 30), right=False)
    met = guess("a", clean=30, kind="seen")

    assert judged(VIEW, met, ledger, Limits()).servable
    assert not judged(View("step", (), b"k"), met, ledger, Limits()).servable


def test_a_miss_for_want_of_tests_says_how_many_there_are() -> None:
    vote = judged(VIEW, guess("a"), proven(60, wrong=1), Limits())

    said = verdict([vote])

    assert said == (
        "too little evidence: answers like it are wrong in up to 14.9%, and 2.0% is tolerated; "
        "60 tests, 1 wrong (copy, path)"
    )


def test_a_demoted_arm_says_what_it_got_wrong() -> None:
    demoted = Guess(Reply((), "a"), "copy", (Streak(1, 1, mistake=Mistake("red", "blue", 7)),))

    said = verdict([judged(VIEW, demoted, Ledger(PROVEN), Limits())])

    assert said == (
        "too little evidence: 1 clean test of 4 (copy, path)"
        "; before, red was foreseen, and blue came"
    )


DAY_NS = 24 * 3600 * 10**9


@pytest.mark.parametrize(("days", "servable"), [(0, True), (7, True), (8, False)])
def test_an_arm_that_was_not_tested_for_a_week_is_tested_before_it_serves(
    days: int, *, servable: bool
) -> None:
    old = Guess(Reply((), "a"), "copy", (Streak(9, tested_ns=5 * DAY_NS),))

    vote = judged(VIEW, old, Ledger(PROVEN), Limits(), (5 + days) * DAY_NS)

    assert vote.servable is servable
    assert servable or str(verdict([vote])).startswith(f"not tested lately: {days} days ago")


def test_views_that_disagree_abstain() -> None:
    votes = [Vote("path", guess("a"), servable=True), Vote("step", guess("b", 1), servable=False)]

    assert verdict(votes) == "views of the context disagree"


@pytest.mark.parametrize(
    ("view", "kind", "clean", "served"),
    [
        ("step", "seen", 0, True),
        ("step", "seen", 1, False),
        ("step", "copy", 0, False),
        ("path", "seen", 0, False),
    ],
)
def test_a_view_that_leaves_something_out_and_just_erred_has_no_voice(
    view: str, kind: str, clean: int, *, served: bool
) -> None:
    against = Vote(view, guess("b", clean, 1, kind))

    chosen = verdict([Vote("round", guess("a"), servable=True), against])

    assert isinstance(chosen, Vote) is served


def test_the_most_specific_view_that_may_serve_is_chosen() -> None:
    votes = [
        Vote("path", guess("a", 1)),
        Vote("round", guess("a"), servable=True),
        Vote("step", "unknown"),
    ]

    assert verdict(votes) == votes[1]


def test_the_reason_of_a_miss_tells_how_much_evidence_there_is() -> None:
    votes = [Vote("path", ""), Vote("round", guess("a", 1), standing=Standing(1, 4))]

    assert verdict(votes) == "too little evidence: 1 clean test of 4 (copy, round)"


@pytest.mark.parametrize(
    ("tool", "changes"),
    [
        ("get_weather", False),
        ("files.searchText", False),
        ("delete_file", True),
        ("sendMail", True),
        ("frobnicate", True),
        ("getaway", True),
    ],
)
def test_tools_change_the_world_unless_their_name_begins_with_a_verb_of_reading(
    tool: str, *, changes: bool
) -> None:
    assert changes_the_world(tool, Limits()) is changes


def test_a_reply_of_several_calls_is_as_careful_as_its_worst() -> None:
    calls = (Call("get_x", {}), Call("send_x", {}))
    both = Guess(Reply(calls), "copy", (Streak(3),))

    assert not judged(VIEW, both, Ledger(PROVEN), Limits()).servable
