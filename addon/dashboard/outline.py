"""What the proxy and the command beside it both say through the API: savings, and decisions in outline."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from addon.figures.prices import Prices, load
from addon.figures.savings import Savings, savings
from addon.notes import instant
from tree.explaining.explanation import Decided, Explanation
from tree.memory import Memory, Tally, TallyKey
from tree.message import Json


def saved(tallies: Mapping[TallyKey, Tally]) -> Savings:
    """What these counters say."""
    return savings(tallies, _prices())


def outlines(memory: Memory, limit: int, proxy: str = "") -> Json:
    """The last decisions, of one proxy if one is named, newest first; nothing that was said is among it.

    Raises:
        TreeError: The store cannot be read.
    """
    return [_outline(one) for one in memory.decisions(limit, proxy)]


def own_version() -> str:
    """The version of this package; `dev` where it runs from a bare checkout."""
    try:
        return version("rote")
    except PackageNotFoundError:
        return "dev"


def _outline(one: Decided) -> Json:
    why = one.explanation or Explanation()
    return {
        "number": one.number,
        "time": instant(one.at_ns),
        "outcome": one.outcome,
        # What follows the first reason may name a value, and whoever asks need not be who said it.
        "detail": why.reasons[0] if why.reasons else one.detail,
        "api": one.api,
        "origin": one.origin,
        "model": one.model,
        "node": one.node or why.node,
        "latency_ms": one.latency_ms,
        "messages": why.messages,
        "known": why.known,
        "evidence": why.evidence,
    }


@cache
def _prices() -> Prices:
    return load()
