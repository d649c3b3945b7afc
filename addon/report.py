"""What the proxy says of itself: its health and what it saved, as values for the API."""

from msgspec.structs import replace

from addon.dashboard.outline import outlines, own_version, saved
from addon.figures.drift import silenced
from addon.figures.metrics import Latencies, Moment, exposition
from addon.figures.savings import Savings
from addon.options import Settings
from addon.session import Session
from tree.message import Json
from tree.sight.alarms import alarms


def health(session: Session | None, settings: Settings | None) -> Json:
    """Whether the store is open, and how much is not learnt yet (`pending`, in observations).

    `waiting` is how many requests wait for the answer to an equal one. Under more load than can be taken in, learning
    stands back (`postponed`, how often) before anything that passed goes unremembered (`shed`, how many answers).
    """
    recorder = session.recorder if session else None
    trouble = "not opened yet" if session is None else session.trouble
    if session and session.recorder and session.recorder.trouble:
        trouble = session.recorder.trouble
    return {
        "status": "degraded" if trouble else "ok",
        "version": own_version(),
        "mode": settings.mode if settings else None,
        "pending": session.pending if session else 0,
        "waiting": session.twins.waiting if session else 0,
        "postponed": recorder.postponed if recorder else 0,
        "shed": recorder.shed if recorder else 0,
        "store": {"state": trouble or "open"},
    }


def stats(session: Session | None) -> Savings:
    """What memory saved since the store was made.

    Raises:
        TreeError: The store cannot be read.
    """
    found = saved(session.tallies() if session else {})
    if session is None or session.memory is None:
        return found
    return replace(found, alarms=silenced(alarms(session.memory)))


def metrics(session: Session | None, settings: Settings | None, accept: str) -> tuple[str, bytes]:
    """What Prometheus reads, and its content type.

    Raises:
        TreeError: The store cannot be read.
    """
    tallies = session.tallies() if session else {}
    now = Moment(
        version=own_version(),
        mode=settings.mode if settings else "unknown",
        usable=bool(session and session.recorder and not session.recorder.trouble),
        pending=session.pending if session else 0,
        waiting=session.twins.waiting if session else 0,
        latencies=session.latencies if session else Latencies(),
        tallies=tallies,
        savings=stats(session),
        summary=session.memory.summary() if session and session.memory else None,
    )
    return exposition(now, accept)


def decisions(session: Session | None, limit: int) -> Json:
    """The last decisions of this proxy, newest first; nothing that was said is among it.

    Raises:
        TreeError: The store cannot be read.
    """
    if session is None or session.memory is None or session.recorder is None:
        return []
    return outlines(session.memory, limit, session.recorder.proxy)
