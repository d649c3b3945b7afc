"""Files that are there whole or not at all, however a process ends, and files that nobody else may read."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Put `content` in the place of whatever was there; nobody sees a part of it, or a wider mode.

    Raises:
        OSError: It cannot be written; what was there stands.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)
            file.write(content)
            file.flush()
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def open_private(path: Path) -> BinaryIO:
    """A new file to write to, for its owner's eyes only; what lay there, or somebody laid there, is not written to.

    Raises:
        OSError: It cannot be made.
    """
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def holds(path: Path, content: bytes) -> bool:
    """Whether a file is there and holds exactly this."""
    try:
        return path.read_bytes() == content
    except OSError:
        return False
