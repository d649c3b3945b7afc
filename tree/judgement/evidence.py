"""Evidence: how often predictions like this one were right, and whether that is enough to serve.

Every prediction on new values is a test, fixed before the answer is seen. Tests are pooled in strata (class of
evidence, failures so far, length of the clean streak), for one template alone never has enough of them; the bound on
a stratum's error rate holds at every moment, whenever one looks (a mixture of betting strategies). A stratum borrows
the tests of riskier ones, for they cannot flatter it: those of shorter streaks, and those of classes that rest on
less. A turn that several views foresee alike is one test.

The prior lends tests that were measured elsewhere (see `prior`). It never speaks against the scope's own: where those
alone err more often than is tolerated, nothing is served.

What was met before, word for word as a view sees it, is no new value: it is served as a literal, on a streak of its
own. The bound would not do for it. A view that leaves much out meets few things often, and each rests on its own
streak; measured on recorded support agents, 269 such tests with 3 errors bound the rate at 4.9 %, while of what was
served 0.6 % was wrong. So the rate expected of its stratum is held against the limit instead, by view.
"""

import math
from collections.abc import Mapping

from msgspec import Struct

from tree.judgement.streak import Mistake

ALPHA = 0.05
_CLEAN = math.log(2 / ALPHA)
"""Clean tests times the rate that they prove."""
MAX_FAILURES = 3
_LAMBDAS = tuple((at, 1 - math.exp(-at)) for at in (4.0, 3.0, 2.2, 1.6, 1.1, 0.8, 0.55, 0.35))
_STARTS = (0, 1, 2, 3, 4, 5, 7, 9, 13, 21)
"""The clean streaks at which a new bucket begins."""
RISK = ("copy", "transform", "hard", "guarded", "free")
"""Classes of evidence for new values, those first that rest on most."""
SEEN = "seen"
_PRIOR_TESTS = 40.0
_PRIOR_RATE = 0.5
"""Of the limit: what is expected of what was met before, until its own tests say otherwise."""
_LENT = 3
"""Buckets of shorter streaks that lend to what was met before."""


class Count(Struct, gc=False):
    """Tests, and wrong ones."""

    tests: float = 0.0
    wrong: float = 0.0

    def add(self, other: "Count") -> None:
        """Add the tests of another stratum."""
        self.tests += other.tests
        self.wrong += other.wrong


type _Cell = tuple[float, float, float, float]
"""Own tests, wrong ones; lent tests, wrong ones."""
_NONE: _Cell = (0.0, 0.0, 0.0, 0.0)


class Stratum(Struct, frozen=True, gc=False):
    """Predictions that are taken to be alike."""

    kind: str
    failures: int
    streak: int
    """The number of its bucket."""
    view: str = ""
    """For what was met before only."""


type Prior = Mapping[Stratum, Count]


class Standing(Struct, frozen=True, gc=False):
    """What a prediction rests on, as it stood when it was made."""

    streak: int = 0
    """Tests passed since the last failure."""
    needed: int = 0
    failures: int = 0
    """Those that are not made up for by clean tests."""
    tests: float = 0.0
    """Of predictions like it, in this scope; those that the prior lends come on top."""
    errors: float = 0.0
    lent: float = 0.0
    """Tests that the prior lends."""
    bound: float = 1.0
    """What the error rate of predictions like it is at most; for what was met before, what it is expected to be."""
    limit: float = 0.0
    mistake: Mistake | None = None
    """The last one that what it rests on made."""

    @property
    def enough(self) -> bool:
        """Whether that is enough to serve."""
        return self.streak >= self.needed and 0 < self.limit >= self.bound


def upper_bound(tests: float, wrong: float) -> float:
    """An upper bound of the error rate that holds at all times at once with probability 1 - ALPHA."""
    if tests <= 0:
        return 1.0
    if wrong == 0:
        return min(1.0, _CLEAN / tests)
    penalty = math.log(2 * len(_LAMBDAS) / ALPHA)
    return min(1.0, *((rate * wrong + penalty) / (share * tests) for rate, share in _LAMBDAS))


def _sum(one: _Cell, other: _Cell) -> _Cell:
    if other is _NONE:
        return one
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def bucket(clean: int) -> int:
    """The number of the bucket of a clean streak."""
    return sum(start <= clean for start in _STARTS) - 1


def stratum(view: str, kind: str, failures: int, clean: int) -> Stratum:
    """The stratum of a prediction."""
    where = view if kind == SEEN else ""
    return Stratum(kind, min(failures, MAX_FAILURES), bucket(clean), where)


class Ledger:
    """Tests by stratum, of one scope.

    Args:
        prior: Tests that were made elsewhere.
    """

    def __init__(self, prior: Prior | None = None) -> None:
        self.counts: dict[Stratum, Count] = {}
        self._prior = prior or {}
        self._found: dict[tuple[Stratum, float], Standing] = {}

    def note(self, where: Stratum, *, right: bool) -> None:
        """Enter a test."""
        self.counts.setdefault(where, Count()).add(Count(1, not right))
        self._found.clear()

    def at(self, where: Stratum) -> Count:
        """The tests of a stratum."""
        return self.counts.get(where) or Count()

    def standing(self, where: Stratum, limit: float) -> Standing:
        """The error rate of a stratum, by the tests that say most for it."""
        known = self._found.get((where, limit))
        if known is None:
            known = self._expected(where, limit) if where.view else self._bounded(where, limit)
            self._found[where, limit] = known
        return known

    def _bounded(self, where: Stratum, limit: float) -> Standing:
        """The pool that says most: the stratum, then together with riskier ones, step by step."""
        best = Standing(limit=limit)
        pools = [_NONE] * (where.streak + 1)
        for kind in RISK[RISK.index(where.kind) :]:
            added = _NONE
            for streak in range(where.streak, -1, -1):
                added = _sum(added, self._cell(Stratum(kind, where.failures, streak)))
                tests, errors, lent, bad = pools[streak] = _sum(pools[streak], added)
                if not tests + lent or _CLEAN / (tests + lent) >= best.bound:
                    continue
                bound = upper_bound(tests + lent, errors + bad)
                if errors:
                    bound = max(bound, errors / tests)
                if bound < best.bound:
                    best = Standing(0, 0, 0, tests, errors, lent, bound, limit)
        return best

    def _cell(self, where: Stratum) -> _Cell:
        own, lent = self.counts.get(where), self._prior.get(where)
        if own is None and lent is None:
            return _NONE
        own, lent = own or Count(), lent or Count()
        return own.tests, own.wrong, lent.tests, lent.wrong

    def _expected(self, where: Stratum, limit: float) -> Standing:
        best, total = Standing(limit=limit), Count()
        for streak in range(where.streak, max(-1, where.streak - 1 - _LENT), -1):
            total.add(self.at(Stratum(where.kind, where.failures, streak, where.view)))
            rate = (total.wrong + _PRIOR_RATE * limit * _PRIOR_TESTS) / (total.tests + _PRIOR_TESTS)
            if rate < best.bound:
                best = Standing(
                    tests=total.tests,
                    errors=total.wrong,
                    lent=_PRIOR_TESTS,
                    bound=rate,
                    limit=limit,
                )
        return best
