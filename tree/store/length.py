"""Whether another program cut a store's file short while it is open: the one damage that can be seen before it is met.

LMDB never makes its file shorter, and to read a mapped page behind the file's end is no error but the end of the
process (SIGBUS). So the length is looked at before a transaction begins: not before each, for a call to the system
lets go of the interpreter, and a request opens a dozen of them; about once a request.
"""

import os
import time
from pathlib import Path

LOOK_AGAIN_S = 0.001
"""What is cut off and read within less than that still ends the process."""


class Length:
    """The length of an open store's file; any thread may ask.

    Args:
        file: The data file.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(self, file: Path) -> None:
        # Of the very file that is mapped: another one in its place harms nobody.
        self._file: int | None = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._bytes = os.lseek(self._file, 0, os.SEEK_END)
        self._look_at_s = 0.0
        self._cut = False

    def is_cut(self) -> bool:
        """Whether it was ever seen shorter than before; grown again, it would have holes."""
        now_s = time.monotonic()
        if now_s >= self._look_at_s and self._file is not None:
            length = os.lseek(self._file, 0, os.SEEK_END)
            self._cut = self._cut or length < self._bytes
            self._bytes = max(length, self._bytes)
            self._look_at_s = now_s + LOOK_AGAIN_S
        return self._cut

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)
