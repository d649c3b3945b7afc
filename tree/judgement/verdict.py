"""Whether what the views say may be served: evidence enough, nobody against it, tools with side effects doubly sure."""

import re
from collections.abc import Sequence

from msgspec import Struct

from tree.derive.reply import Reply
from tree.judgement.evidence import Count, Ledger, stratum
from tree.judgement.node import Guess
from tree.reading.item import Frame
from tree.template.view import View

STREAKS = {"seen": 4, "copy": 2, "transform": 3, "hard": 4, "guarded": 4, "free": 5}
"""Clean tests on new values before an arm of a class may serve."""
EXTRA = {"path": 0, "round": 0, "goal": 2, "step": 5}
"""Further ones for views that leave something out."""
DEAF = 4
"""And for those that leave out what the user said earlier: it may be what decides."""
_READS = frozenset(
    [
        "analyse",
        "analyze",
        "calculate",
        "can",
        "check",
        "compare",
        "compute",
        "count",
        "describe",
        "detect",
        "diff",
        "estimate",
        "evaluate",
        "explain",
        "fetch",
        "find",
        "get",
        "glob",
        "grep",
        "has",
        "info",
        "inspect",
        "is",
        "list",
        "load",
        "locate",
        "look",
        "lookup",
        "ls",
        "measure",
        "parse",
        "ping",
        "preview",
        "print",
        "query",
        "read",
        "report",
        "resolve",
        "retrieve",
        "scan",
        "search",
        "select",
        "show",
        "stat",
        "stats",
        "status",
        "summarize",
        "test",
        "think",
        "total",
        "track",
        "validate",
        "verify",
        "view",
    ]
)
_PRIOR_TESTS = 40.0
_PRIOR_RATE = 0.5
"""Of the limit: what is expected of a stratum that reached its streak, until its own tests say otherwise."""

DISAGREE = "views of the context disagree"


class Limits(Struct, frozen=True):
    """What the user tolerates."""

    max_error: float = 0.02
    """Rate of wrong answers among generalised ones; 0 serves none of them."""
    careful_tools: frozenset[str] = frozenset()
    """Tools that change the world although their names do not say so."""


class Vote(Struct, frozen=True):
    """What one view says."""

    view: str
    guess: Guess | str
    servable: bool = False
    needed: int = 0
    frame: Frame = ()
    """What it looked at."""


def changes_the_world(tool: str, limits: Limits) -> bool:
    """Whether a tool is taken to have side effects: all are but those whose name begins with a verb of reading."""
    if tool in limits.careful_tools:
        return True
    last = re.split(r"[.:/]", tool)[-1]
    words = re.split(r"[^a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last).lower())
    return not words or words[0] not in _READS


def needed(view: View, guess: Guess, limits: Limits) -> int:
    """The clean streak that a guess needs."""
    streak = STREAKS[guess.kind] + EXTRA[view.kind] + DEAF * view.deaf
    if any(changes_the_world(call.name, limits) for call in guess.reply.calls):
        streak *= 2
    return streak << min(guess.failures, 4)


def judged(view: View, guess: Guess | str, ledger: Ledger, limits: Limits) -> Vote:
    """The vote of a view."""
    if isinstance(guess, str):
        return Vote(view.kind, guess, frame=view.frame)
    streak = needed(view, guess, limits)
    enough = guess.clean >= streak and trusted(view.kind, guess, ledger, limits)
    return Vote(view.kind, guess, enough and limits.max_error > 0, streak, view.frame)


def trusted(view: str, guess: Guess, ledger: Ledger, limits: Limits) -> bool:
    """Whether predictions of its stratum were right often enough; buckets of shorter streaks lend their tests."""
    total = Count()
    for streak in range(guess.clean, -1, -1):
        own = ledger.at(stratum(view, guess.kind, guess.failures, streak))
        total.tests += own.tests
        total.wrong += own.wrong
        rate = (total.wrong + _PRIOR_RATE * limits.max_error * _PRIOR_TESTS) / (
            total.tests + _PRIOR_TESTS
        )
        if rate <= limits.max_error:
            return True
        if streak < guess.clean - 2:
            break
    return False


def verdict(votes: Sequence[Vote]) -> Vote | str:
    """The vote that is served: one that may, and that no other view speaks against."""
    guesses = [vote for vote in votes if isinstance(vote.guess, Guess)]
    chosen = next((vote for vote in guesses if vote.servable), None)
    if chosen is None:
        return _reason(votes)
    assert isinstance(chosen.guess, Guess)  # noqa: S101 - filtered above
    if any(not _agree(vote.guess, chosen.guess.reply) for vote in guesses):
        return DISAGREE
    return chosen


def _agree(guess: Guess | str, reply: Reply) -> bool:
    return isinstance(guess, str) or guess.reply.same(reply)


def _reason(votes: Sequence[Vote]) -> str:
    for vote in votes:
        if isinstance(vote.guess, Guess):
            return (
                f"too little evidence: {vote.guess.clean} clean tests of {vote.needed}"
                f" ({vote.guess.kind}, {vote.view})"
            )
    for vote in votes:
        if isinstance(vote.guess, str) and vote.guess:
            return vote.guess
    return "nothing like it was seen"
