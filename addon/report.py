"""What the proxy says of itself: its health and what it saved, as values for the API."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from addon.notes import instant
from addon.options import Settings
from addon.prices import Prices, load
from addon.savings import Savings, savings
from addon.session import Session
from tree.explanation import Decided, Explanation
from tree.memory import Memory, Tally, TallyKey
from tree.message import Json


def health(session: Session | None, settings: Settings | None) -> Json:
    """Whether the store is open, and how much is not learnt yet (`pending`, in observations).

    `waiting` is how many requests wait for the answer to an equal one.
    """
    trouble = "not opened yet" if session is None else session.trouble
    if session and session.recorder and session.recorder.trouble:
        trouble = session.recorder.trouble
    return {
        "status": "degraded" if trouble else "ok",
        "version": own_version(),
        "mode": settings.mode if settings else None,
        "pending": session.pending if session else 0,
        "waiting": session.twins.waiting if session else 0,
        "store": {"state": trouble or "open"},
    }


def stats(session: Session | None) -> Savings:
    """What memory saved since the store was made.

    Raises:
        TreeError: The store cannot be read.
    """
    return saved(session.tallies() if session else {})


def saved(tallies: Mapping[TallyKey, Tally]) -> Savings:
    """What these counters say."""
    return savings(tallies, _prices())


def decisions(session: Session | None, limit: int) -> Json:
    """The last decisions of this proxy, newest first; nothing that was said is among it.

    Raises:
        TreeError: The store cannot be read.
    """
    if session is None or session.memory is None or session.recorder is None:
        return []
    return outlines(session.memory, limit, session.recorder.proxy)


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
