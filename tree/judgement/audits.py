"""Which of the answers that are served are asked upstream too, once the client has its answer.

The shares of an arm's hits add up, and each whole is a cycle with one audit somewhere in it. Drawn hit by hit, an arm
that turned wrong might go on unnoticed twice as long; spaced evenly, audits can fall into step with what they watch:
in a stream where every third answer had become wrong, one in fifteen was audited, and never a wrong one. So the place
within the cycle is drawn, from the arm's name and the number of the cycle, which needs no randomness.
"""

import hashlib

_MAX_ARMS = 50_000
_SPAN = 1 << 32


class Audits:
    """How much of an audit is due, arm by arm."""

    def __init__(self) -> None:
        self._sums: dict[bytes, float] = {}

    def due(self, arm: bytes, share: float) -> bool:
        """Whether a hit of an arm is to be audited, of whose hits such a share is now."""
        if len(self._sums) >= _MAX_ARMS:
            self._sums.clear()
        before = self._sums.get(arm, 0.0)
        after = self._sums[arm] = before + share
        cycles = {int(before), int(after)}
        return any(before < cycle + _place(arm, cycle) <= after for cycle in cycles)


def _place(arm: bytes, cycle: int) -> float:
    """A number above 0 and up to 1."""
    digest = hashlib.blake2b(arm + cycle.to_bytes(8), digest_size=4).digest()
    return (int.from_bytes(digest) + 1) / _SPAN
