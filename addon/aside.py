"""An answer that passes, kept aside piece by piece until its end, when the recorder gets it.

Nothing of it is parsed on the event loop, and of one that is too long nothing is kept.
"""

MAX_ANSWER_BYTES = 64 << 20
"""A longer answer passes, and is not remembered."""


class Aside:
    """What of one answer has passed."""

    def __init__(self) -> None:
        self._bytes = 0
        self._pieces: list[bytes] = []

    def keep(self, piece: bytes) -> bytes:
        """Keep a copy of a piece of the answer and let the piece go on at once."""
        self._bytes += len(piece)
        if self._bytes <= MAX_ANSWER_BYTES:
            self._pieces.append(piece)
        else:
            self._pieces.clear()
        return piece

    @property
    def body(self) -> bytes | None:
        """All that passed, in its content coding; None if that was too much to keep."""
        if self._bytes > MAX_ANSWER_BYTES:
            return None
        if len(self._pieces) > 1:
            self._pieces[:] = [b"".join(self._pieces)]
        return self._pieces[0] if self._pieces else b""
