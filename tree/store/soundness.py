"""Whether a store can be used without harm: asked of a process of its own, whenever the last user did not say so.

LMDB maps its file and trusts it. A page that was cut off, zeroed or overwritten may end the process that reads it
(SIGBUS, SIGABRT), with no chance to catch that, and a proxy that is started again would end the same way. So every
writer holds a lock on the file `in-use` while the store is open, and the last one that closes it leaves the look of the
data file there. Whoever comes first afterwards compares: a file that looks otherwise was not closed by us (a kill, a
crash, another program's writing), and then a child process reads all of it first. What ends the child is damaged, and
is put aside, never deleted.

`python -I soundness.py FOLDER` is that child; run so, this module needs nothing of Rote's.
"""

import contextlib
import fcntl
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import lmdb

DATA, LOCK, IN_USE = "data.mdb", "lock.mdb", "in-use"

_PATIENCE_S = 30
"""A child that found nothing until then has read gigabytes, and the start of a proxy waits for it."""

_LOCK_BYTES = 128 << 10
"""Of LMDB's lock file: 64 bytes for each of 1024 readers, and less than a page beside."""

_PAGE_BYTES = 4096
_DAMAGED = 3


class Hold:
    """A writer's hold on a store, from before it is opened until after it is closed.

    Args:
        folder: The store's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None
        # A file system without locks, or without room for an empty file: the store is used all the same.
        with contextlib.suppress(OSError):
            self._file = os.open(folder / IN_USE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.alone = self._lock_alone()
        """Nobody else writes here, and nobody can begin to: until `share` is called."""

    def left_well(self) -> bool:
        """Whether the data file is as the last writer left it."""
        with contextlib.suppress(OSError):
            return self._file is None or os.pread(self._file, 256, 0) == _look(self._folder)
        return False

    def share(self) -> None:
        """Let others open the store too; from now on, until `release`, it counts as not closed well."""
        self._note(b"")
        if self.alone:
            self.alone = False
            self._lock(fcntl.LOCK_SH)

    def release(self, *, well: bool) -> None:
        """Let go; `well` if nothing that was read was damaged. A second call does nothing."""
        if self._file is None:
            return
        if well and self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
            self._note(_look(self._folder))
        os.close(self._file)
        self._file = None

    def _lock_alone(self) -> bool:
        # Once more after the wait: whoever was alone is done with its reading, or was gone at once.
        for _ in range(2):
            if self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB):
                return True
            self._lock(fcntl.LOCK_SH)
        return False

    def _lock(self, how: int) -> bool:
        if self._file is None:
            return False
        try:
            fcntl.flock(self._file, how)
        except OSError:
            return False
        return True

    def _note(self, look: bytes) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
                os.pwrite(self._file, look, 0)


def trouble(folder: Path) -> str:
    """What a child process finds when it reads all of a store; empty if it found nothing, or was not done in time."""
    if not _length(folder):
        return ""
    command = [sys.executable, "-I", __file__, str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if done.returncode == -signal.SIGBUS:
        return "its file is cut short"
    return "it is damaged" if done.returncode < 0 or done.returncode == _DAMAGED else ""


def put_aside(folder: Path) -> Path:
    """Move the store's files into a new folder within `folder`, and return that.

    Raises:
        OSError: They cannot be moved; they are where they were.
    """
    number = 1
    while (aside := folder / f"damaged-{number}").exists():
        number += 1
    aside.mkdir(mode=0o700)
    # The data file last: while it stands, whoever comes finds the damage again.
    for name in (LOCK, DATA):
        if (folder / name).exists():
            (folder / name).replace(aside / name)
    return aside


def reserve(folder: Path) -> None:
    """Have the disk set room aside for LMDB's lock file, which is mapped: to touch it on a full disk ends the process.

    Raises:
        OSError: There is no room.
    """
    path = folder / LOCK
    with contextlib.suppress(FileNotFoundError):
        found = path.stat()
        if found.st_blocks * 512 >= _LOCK_BYTES:
            # To open and close it would drop the locks that this process may hold on it.
            return
    if hasattr(os, "posix_fallocate"):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, _LOCK_BYTES)
        finally:
            os.close(file)


def _length(folder: Path) -> int:
    with contextlib.suppress(OSError):
        return (folder / DATA).stat().st_size
    return 0


def _look(folder: Path) -> bytes:
    found = (folder / DATA).stat()
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}".encode()


def _read_all(folder: str) -> int:
    """Touch every row of every table."""
    try:
        env = lmdb.open(folder, readonly=True, create=False, max_dbs=64, readahead=False)
    except lmdb.Error:
        return 0  # what whoever opens it next is told in the same words as ever
    try:
        with env, env.begin(buffers=True) as txn:
            for name in _names(txn):
                _touch(env, txn, name)
    except lmdb.Error:
        return _DAMAGED
    return 0


def _names(txn: "lmdb.Transaction[memoryview]") -> list[bytes]:
    with txn.cursor() as cursor:
        return [bytes(name) for name in cursor.iternext(keys=True, values=False)]


def _touch(env: lmdb.Environment, txn: "lmdb.Transaction[memoryview]", name: bytes) -> None:
    with txn.cursor(env.open_db(name, txn, create=False)) as cursor:
        for _, row in cursor:
            sum(row[::_PAGE_BYTES])


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # to end is what it is for
    sys.exit(_read_all(sys.argv[1]))
