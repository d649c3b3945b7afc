"""Whether what the views say may be served: evidence enough, nobody against it, tools with side effects doubly sure."""

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from tree.derive.reply import Reply
from tree.judgement.amended import amends
from tree.judgement.doubt import NOTHING_SEEN
from tree.judgement.evidence import SEEN, Ledger, Standing, stratum
from tree.judgement.guess import Guess, Odd
from tree.reading.item import Frame
from tree.template.view import View

STREAKS = {"seen": 4, "copy": 2, "transform": 3, "hard": 4, "guarded": 4, "free": 5}
"""Clean tests on new values before an arm of a class may serve."""
EXTRA = {"path": 0, "round": 0, "loop": 2, "goal": 2, "step": 5}
"""Further ones for views that leave something out."""
DEAF = 4
"""And for those that leave out what the user said earlier: it may be what decides."""
STRANGER = 11
"""And if, besides, something varies that no answer uses: of 21 such calls of recorded support agents that were served
after fifteen clean tests two were wrong, for what the user had asked for decided. Other jobs begin a few runs later."""
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
_DAY_NS = 24 * 3600 * 10**9
STALE_NS = 7 * _DAY_NS
"""An arm that was not tested for so long is tested before it serves again."""
WHOLE = "path"
"""The view that leaves nothing out."""
LITTLE = "too little evidence"
UNTESTED = "not tested lately"
DISAGREE = "views of the context disagree"


class Limits(Struct, frozen=True, gc=False):
    """What the user tolerates."""

    max_error: float = 0.02
    """Rate of wrong answers among generalised ones; 0 serves none of them."""
    careful_tools: frozenset[str] = frozenset()
    """Tools that change the world although their names do not say so."""


class Vote(Struct, frozen=True, gc=False):
    """What one view says."""

    view: str
    guess: Guess | str
    servable: bool = False
    standing: Standing = Standing()
    """What a guess rests on."""
    frame: Frame = ()
    """What it looked at."""
    stale_days: int = 0
    """For how long it was not tested, if that is too long."""
    deaf: bool = False
    """Whether it leaves out something that the user said."""


def changes_the_world(tool: str, limits: Limits) -> bool:
    """Whether a tool is taken to have side effects: all are but those whose name begins with a verb of reading."""
    if tool in limits.careful_tools:
        return True
    last = re.split(r"[.:/]", tool)[-1]
    words = re.split(r"[^a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last).lower())
    return not words or words[0] not in _READS


def ripe(view: View, guess: Guess) -> int:
    """The clean streak that a guess needs, whatever it calls and whoever asks."""
    alone = DEAF + STRANGER * (guess.kind == "free") if view.deaf else 0
    streak = STREAKS[guess.kind] + EXTRA[view.kind] + alone
    return streak << min(guess.failures, 4)


def needed(view: View, guess: Guess, limits: Limits) -> int:
    """The clean streak that a guess needs: twice as many tests where a tool changes the world.

    Unless it amends the last call, for that this is to be made was decided with it; but for tools that the user named.
    """
    names = [call.name for call in guess.reply.calls]
    careful = any(changes_the_world(name, limits) for name in names)
    named = not limits.careful_tools.isdisjoint(names)
    return ripe(view, guess) << (careful and (named or not amends(view.frame, guess.reply)))


def judged(view: View, guess: Guess, ledger: Ledger, limits: Limits, now_ns: int = 0) -> Vote:
    """The vote of a view that has a guess, on a request that came at `now_ns`."""
    where = stratum(view.kind, guess.kind, guess.failures, guess.clean)
    standing = replace(
        ledger.standing(where, limits.max_error),
        streak=guess.clean,
        needed=needed(view, guess, limits),
        failures=guess.failures,
        mistake=guess.mistake,
    )
    untested_ns = now_ns - guess.tested_ns
    stale_days = untested_ns // _DAY_NS if untested_ns > STALE_NS else 0
    servable = standing.enough and not stale_days
    return Vote(view.kind, guess, servable, standing, view.frame, stale_days, view.deaf)


def verdict(votes: Sequence[Vote]) -> Vote | str:
    """The vote that is served: one that may, and that no other view speaks against."""
    guesses = [vote for vote in votes if isinstance(vote.guess, Guess)]
    chosen = next((vote for vote in guesses if vote.servable), None)
    if chosen is None:
        return _reason(votes)
    assert isinstance(chosen.guess, Guess)  # noqa: S101 - filtered above
    if any(objects(vote.view, vote.guess, chosen.guess.reply) for vote in guesses):
        return DISAGREE
    return _unheard(votes, chosen) or chosen


def _unheard(votes: Sequence[Vote], chosen: Vote) -> str:
    """What a proven view finds odd that hears all that the user said, where the chosen one does not."""
    wider = votes[: votes.index(chosen)] if chosen.deaf else ()
    return next((vote.guess for vote in wider if isinstance(vote.guess, Odd)), "")


def objects(view: str, guess: Guess | str, reply: Reply) -> bool:
    """Whether a view speaks against a reply; one that leaves something out and just erred here has no voice."""
    if isinstance(guess, str) or guess.reply.same(reply):
        return False
    return view == WHOLE or guess.kind != SEEN or guess.clean > 0


def _reason(votes: Sequence[Vote]) -> str:
    for vote in votes:
        if isinstance(vote.guess, Guess):
            return lacking(vote, f" ({vote.guess.kind}, {vote.view})")
    for vote in votes:
        if isinstance(vote.guess, str) and vote.guess:
            return vote.guess
    return NOTHING_SEEN


def _tests(count: int) -> str:
    return "test" if count == 1 else "tests"


def lacking(vote: Vote, sort: str) -> str:
    """What a guess lacks that may not be served; `sort` is how to call its sort, in brackets."""
    own = vote.standing
    if own.streak < own.needed:
        return (
            f"{LITTLE}: {own.streak} clean {_tests(own.streak)} of {own.needed}{sort}{after(own)}"
        )
    if not own.enough:
        return (
            f"{LITTLE}: answers like it are wrong in up to {own.bound:.1%}, and {own.limit:.1%} is tolerated"
            f"; {own.tests:.0f} tests, {own.errors:.0f} wrong{sort}"
        )
    return f"{UNTESTED}: {vote.stale_days} days ago last, and so once more before it serves{sort}"


def after(own: Standing) -> str:
    """What was got wrong before, in words."""
    if own.mistake is None:
        return ""
    return f"; before, {own.mistake.foreseen} was foreseen, and {own.mistake.came} came"
