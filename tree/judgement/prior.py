"""The factory prior: tests that were made before delivery, so that a new store need not begin with none.

`prior.toml` beside this module holds them, by class of evidence; `scripts/bench prior --write` measures them anew, on
recorded and scripted traffic. They are others' tests, of other agents: of each stratum only so many count, fewer the
riskier its class, and whoever tolerates no more than one wrong answer in a hundred gets none of them.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from tree.judgement.evidence import RISK, Count, Prior, Stratum

MOST = {"copy": 400, "transform": 200, "hard": 200, "guarded": 100, "free": 100}
"""Tests of one stratum that count."""
STRICT = 0.01
"""Up to this limit there is no prior."""
FILE = "prior.toml"

type Rows = Mapping[str, Iterable[tuple[int, int, int, int]]]
"""By class: failures, number of the bucket, tests, wrong ones."""


def factory(limit: float) -> Prior:
    """The prior of whoever tolerates an error rate of `limit`."""
    return _delivered() if limit > STRICT else {}


@cache
def _delivered() -> Prior:
    text = files(__package__).joinpath(FILE).read_text("utf-8")
    return capped(tomllib.loads(text)["tests"])


def capped(rows: Rows) -> Prior:
    """The prior that these tests make; the share of wrong ones stays as it is, to the nearest whole test."""
    prior = {}
    for kind in RISK:
        for failures, streak, tests, wrong in rows.get(kind, ()):
            share = min(1.0, MOST[kind] / tests)
            prior[Stratum(kind, failures, streak)] = Count(tests * share, round(wrong * share))
    return prior
