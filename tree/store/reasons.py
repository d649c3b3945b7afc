"""LMDB's and the system's errors in a person's words: the one place that knows their names."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import lmdb

from tree.errors import StoreDamagedError, StoreFullError, StoreUnusableError

_REASONS: tuple[tuple[type[lmdb.Error], str], ...] = (
    (lmdb.InvalidError, "it holds another kind of file, or a damaged one"),
    (lmdb.VersionMismatchError, "it was made by another version of LMDB"),
    (lmdb.CorruptedError, "it is damaged"),
    (lmdb.PageNotFoundError, "it is damaged"),
    (lmdb.PanicError, "it is damaged"),
    (lmdb.ReadersFullError, "too many processes read it at the same time"),
    (lmdb.MapResizedError, "another process lets it grow beyond the limit of this one"),
    (lmdb.ReadonlyError, "it was opened for reading only"),
    (lmdb.NotFoundError, "it holds no memory yet"),
)

_DAMAGES = (lmdb.InvalidError, lmdb.CorruptedError, lmdb.PageNotFoundError, lmdb.PanicError)

_ERRNO_REASONS = {
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the disk cannot be written to",
    errno.ENOENT: "there is no store",
    errno.ENOTDIR: "a part of its path is a file",
    errno.EEXIST: "a part of its path is a file",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EIO: "the disk reports an error",
    errno.ENOMEM: "no address space is left for it",
}


@contextmanager
def named_errors(folder: Path, max_bytes: int) -> Iterator[None]:
    """Turn what goes wrong with the files in `folder` into this package's errors.

    Raises:
        StoreFullError: The map has no room left.
        StoreDamagedError: What is in the file is not what was written.
        StoreUnusableError: Anything else.
    """
    try:
        yield
    except lmdb.MapFullError as exc:
        raise StoreFullError(folder, max_bytes) from exc
    except _DAMAGES as exc:
        raise StoreDamagedError(folder, _reason(exc)) from exc
    except lmdb.Error as exc:
        raise StoreUnusableError(folder, _reason(exc)) from exc
    except StoreUnusableError:
        raise
    except OSError as exc:
        reason = _ERRNO_REASONS.get(exc.errno or 0, str(exc))
        raise StoreUnusableError(folder, reason) from exc


def _reason(exc: lmdb.Error) -> str:
    for kind, reason in _REASONS:
        if isinstance(exc, kind):
            return reason
    # Only errors that LMDB itself raised have a code.
    return _ERRNO_REASONS.get(getattr(exc, "code", 0), str(exc))
