"""What changed under memory's feet: versions that a provider answers with, and what was silenced for going wrong.

A model's name may stay while what answers to it changes: providers say so in the answer (`model`, `modelVersion`,
`system_fingerprint`). Each answer is counted under its version, among the other counters; a version that is new for
its model is told, and what was learnt before is audited more for a while, for it was learnt from another.
"""

import logging
import threading
from collections.abc import Mapping, Sequence

from msgspec import Struct

from tree.judgement.alarm import Alarm
from tree.memory import Tally, TallyKey
from tree.message import Json, Scope

logger = logging.getLogger(__name__)

PREFIX = "version "
"""Begins the outcome under which answers of a version are counted."""
MAX_CHARS = 100
WARY = 20
"""Audits, at least, of what is served after a new version came."""
WARY_SHARE = 0.5
"""The share of hits that is audited until then."""


class Version(Struct, frozen=True):
    """What a model's name stood for, for a time."""

    model: str
    origin: str
    version: str
    since: str
    """First day, as an ISO date."""
    until: str
    """Last day."""
    answers: int


class Silenced(Struct, frozen=True):
    """A part of memory that answers no more, for its answers went wrong; nothing that was said is in here."""

    model: str
    origin: str
    at_ns: int
    tests: int
    wrong: int


def version_of(envelope: Json) -> str:
    """What a provider says of itself in an answer; empty where it says nothing."""
    document = envelope.get("document") if isinstance(envelope, dict) else None
    if not isinstance(document, dict):
        return ""
    model = document.get("model") or document.get("modelVersion")
    mark = document.get("system_fingerprint")
    said = [one for one in (model, mark) if isinstance(one, str) and one]
    return " ".join(said)[:MAX_CHARS]


def versions(tallies: Mapping[TallyKey, Tally]) -> list[Version]:
    """The versions of every model that had several, by model, those that came last first."""
    days: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for key, tally in tallies.items():
        if key.outcome.startswith(PREFIX):
            name = key.origin, key.model, key.outcome.removeprefix(PREFIX)
            days.setdefault(name, []).append((key.day, tally.requests))
    found = [
        Version(model, origin, version, min(when)[0], max(when)[0], sum(n for _, n in when))
        for (origin, model, version), when in days.items()
    ]
    several = {
        (one.origin, one.model)
        for one in found
        if sum((one.origin, one.model) == (other.origin, other.model) for other in found) > 1
    }
    changed = [one for one in found if (one.origin, one.model) in several]
    changed.sort(key=lambda one: (one.since, one.version), reverse=True)
    return sorted(changed, key=lambda one: (one.origin, one.model))


def silenced(alarms: Sequence[tuple[Scope, Alarm]]) -> list[Silenced]:
    """Alarms without words of those whose conversations raised them."""
    return [
        Silenced(scope.model, scope.origin, one.at_ns, one.tests, one.wrong)
        for scope, one in alarms
    ]


class Versions:
    """The versions that are known; noted on one thread, asked from any."""

    def __init__(self, tallies: Mapping[TallyKey, Tally]) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], set[str]] = {}
        self._wary: dict[tuple[str, str], int] = {}
        for key in tallies:
            if key.outcome.startswith(PREFIX):
                names = self._known.setdefault((key.origin, key.model), set())
                names.add(key.outcome.removeprefix(PREFIX))

    def note(self, scope: Scope, version: str) -> None:
        """An answer came from this version; one that is new for its model, which had others, is logged."""
        if not version:
            return
        model = scope.origin, scope.model
        known = self._known.setdefault(model, set())
        if known and version not in known:
            with self._lock:
                self._wary[model] = WARY
            logger.info(
                "%s now answers %s as %s, so far as %s; what was learnt of it is audited more for a while",
                scope.origin,
                scope.model,
                version,
                ", ".join(sorted(known)[:3]),
            )
        known.add(version)

    def audited(self, scope: Scope) -> None:
        """What was served for this model was compared with its provider's answer."""
        model = scope.origin, scope.model
        with self._lock:
            if model in self._wary:
                self._wary[model] -= 1
                if not self._wary[model]:
                    del self._wary[model]

    def share(self, scope: Scope, usual: float) -> float:
        """The least share of hits to audit; 0 stays 0."""
        with self._lock:
            wary = (scope.origin, scope.model) in self._wary
        return max(usual, WARY_SHARE) if wary and usual else usual
