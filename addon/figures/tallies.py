"""Counters of what became of requests: kept here until the recorder brings them to the store, added there."""

import threading
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import msgspec

from addon.decision import Outcome
from tree.agreement import Agreement
from tree.memory import Memory, Tally, TallyKey
from tree.message import Scope, Usage

_DAY_NS = 86_400_000_000_000
_SHADOW = {
    Agreement.SAME: "shadow-right",
    Agreement.DIFFERENT: "shadow-wrong",
    Agreement.UNKNOWN: "shadow-unknown",
}


class Account:
    """What happened since the last flush; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: dict[TallyKey, list[int]] = {}
        """Field by field of a tally."""

    def served(
        self, scope: Scope, usage: Usage, saved_ms: int, outcome: Outcome, at_ns: int
    ) -> None:
        """Memory answered: what the recorded exchange cost, and took beyond what this one took, is saved."""
        self._add(scope, outcome.value, at_ns, usage, saved_ms)

    def forwarded(
        self, scope: Scope, usage: Usage, latency_ms: int, at_ns: int, verdict: Agreement | None
    ) -> None:
        """A provider answered; `verdict` compares that with what memory foresaw, in shadow."""
        self._add(scope, Outcome.MISS.value, at_ns, usage, latency_ms)
        if verdict is not None:
            self._add(scope, _SHADOW[verdict], at_ns, usage, latency_ms)

    def audited(
        self, scope: Scope, usage: Usage, latency_ms: int, at_ns: int, verdict: Agreement | None
    ) -> None:
        """A provider was asked what memory had answered; `verdict` compares the two."""
        word = verdict.value if verdict else "unread"
        self._add(scope, f"audit-{word}", at_ns, usage, latency_ms)

    def answered(self, scope: Scope, outcome: str, at_ns: int) -> None:
        """A provider answered in a way that is counted beside the request, and is none of its own."""
        self._add(scope, outcome, at_ns, Usage(), 0)

    def other(self, scope: Scope, outcome: Outcome, at_ns: int) -> None:
        """Neither served nor learnt from."""
        self._add(scope, outcome.value, at_ns, Usage(), 0)

    def flush(self, memory: Memory) -> None:
        """Add what has gathered to the store's counters; it is kept if that fails.

        Raises:
            TreeError: The store did not take it.
        """
        with self._lock:
            tallies, self._sums = _as_tallies(self._sums), {}
        if not tallies:
            return
        try:
            memory.count(tallies)
        except BaseException:
            self._merge(tallies)
            raise

    def unflushed(self) -> dict[TallyKey, Tally]:
        """What is not in the store yet."""
        with self._lock:
            return _as_tallies(self._sums)

    def _merge(self, tallies: Mapping[TallyKey, Tally]) -> None:
        with self._lock:
            present = _as_tallies(self._sums)
            for key, tally in tallies.items():
                total = present.get(key, Tally()) + tally
                self._sums[key] = list(msgspec.structs.astuple(total))

    def _add(self, scope: Scope, outcome: str, at_ns: int, usage: Usage, latency_ms: int) -> None:
        key = TallyKey(_day(at_ns // _DAY_NS), scope.api, scope.origin, scope.model, outcome)
        with self._lock:
            sums = self._sums.setdefault(key, [0] * len(Tally.__struct_fields__))
            sums[0] += 1
            sums[1] += usage.input_tokens
            sums[2] += usage.cached_input_tokens
            sums[3] += usage.output_tokens
            sums[4] += latency_ms


def _as_tallies(sums: Mapping[TallyKey, list[int]]) -> dict[TallyKey, Tally]:
    return {key: Tally(*fields) for key, fields in sums.items()}


@lru_cache(maxsize=1)
def _day(since_1970: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=since_1970)).isoformat()
