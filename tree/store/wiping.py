"""Overwriting what LMDB leaves behind: pages that nothing leads to any more, and the gaps within those in use.

LMDB never erases. A deleted row stays in its old page until another one takes that page's place, and stays in the gap
of a page that was rewritten. So the pages in use are found from the file itself, and all else in it is overwritten
in place, under the lock of the only writer and when no reader is left that began before: neither LMDB nor any process
that has the store open ever looks at those bytes. The file stays the same file, so running proxies notice nothing.

The format is that of LMDB 0.9 (data version 1), of machines of 64 bits; another one is refused and left alone.

Source: `mdb.c` of LMDB 0.9, "Page Headers", "Node Headers" and `MDB_meta`.
"""

import mmap
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

_MAGIC, _VERSION = 0xBEEFC0DE, 1
_HEADER = struct.Struct("=QHHHH")
"""A page's number, padding (or size of keys), flags, end of its pointers and begin of its nodes."""
_META = struct.Struct("=IIQQ")
_TREE = struct.Struct("=IHHQQQQQ")
_TAIL = struct.Struct("=QQ")
_NODE = struct.Struct("=HHHH")
_OVERFLOW_PAGES = struct.Struct("=I")
_ROOT = struct.Struct("=Q")
_NO_ROOT = 2**64 - 1
_BRANCH, _LEAF, _OVERFLOW, _FIXED = 0x01, 0x02, 0x04, 0x20
_BIG, _SUBTREE = 0x01, 0x02
_CHUNK = 1 << 20


class WipeError(ValueError):
    """The file is not as LMDB makes them; nothing in it was changed."""


class _Found(Struct):
    pages: bytearray
    """1 for each page that something leads to."""
    gaps: list[tuple[int, int]]
    """What of those nobody reads, as offsets in the file."""


def wipe(file: Path) -> int:
    """Overwrite with zeros all of a store's file that is not in use; returns how many bytes were not zero before.

    The caller holds the lock of the writer, and no reader is left from before the last commit.

    Raises:
        WipeError: The file is not as expected; nothing in it was changed.
        OSError: It cannot be written.
    """
    with (
        file.open("r+b", buffering=0) as raw,
        mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_READ) as view,
    ):
        page_bytes, roots, last = _newest(view)
        found = _Found(bytearray(last + 1), [])
        found.pages[0] = found.pages[1] = 1
        try:
            _walk(view, page_bytes, roots, found)
        except (struct.error, IndexError) as exc:
            raise WipeError("a page leads out of the file") from exc
        spans = [*_unused(found.pages, page_bytes, len(view)), *found.gaps]
        wiped = sum(_overwrite(raw.fileno(), view, *span) for span in spans)
        if wiped:
            os.fsync(raw.fileno())
    return wiped


def _newest(view: mmap.mmap) -> tuple[int, list[int], int]:
    """Size of a page, the roots of both trees, and the last page, as the newer one of the two meta pages says."""
    page_bytes, best = _meta(view, 0)[0], None
    for at in (0, page_bytes):
        size, roots, last, txn = _meta(view, at)
        if size == page_bytes and (best is None or txn > best[2]):
            best = roots, last, txn
    if best is None or (best[1] + 1) * page_bytes > len(view):
        raise WipeError("the file is shorter than it says")
    return page_bytes, best[0], best[1]


def _meta(view: mmap.mmap, at: int) -> tuple[int, list[int], int, int]:
    at += _HEADER.size
    magic, version, *_ = _META.unpack_from(view, at)
    if (magic, version) != (_MAGIC, _VERSION):
        raise WipeError("the file is of another version of LMDB")
    at += _META.size
    trees = [_TREE.unpack_from(view, at + number * _TREE.size) for number in (0, 1)]
    last, txn = _TAIL.unpack_from(view, at + 2 * _TREE.size)
    return trees[0][0], [tree[-1] for tree in trees], last, txn


def _walk(view: mmap.mmap, page_bytes: int, roots: list[int], found: _Found) -> None:
    waiting = [root for root in roots if root != _NO_ROOT]
    while waiting:
        number = waiting.pop()
        own, size, flags, lower, upper = _HEADER.unpack_from(view, number * page_bytes)
        if own != number or found.pages[number]:
            raise WipeError(f"page {number} is not where it should be")
        found.pages[number] = 1
        start = number * page_bytes
        if flags & _FIXED:
            used = _HEADER.size + (lower - _HEADER.size) // 2 * size
            found.gaps.append((start + used, start + page_bytes))
            continue
        if not flags & (_BRANCH | _LEAF) or not _HEADER.size <= lower <= upper <= page_bytes:
            raise WipeError(f"page {number} is of no known kind")
        found.gaps.append((start + lower, start + upper))
        count = (lower - _HEADER.size) // 2
        places = struct.unpack_from(f"={count}H", view, start + _HEADER.size)
        if flags & _BRANCH:
            waiting += [_child(view, start + place) for place in places]
        else:
            for place in places:
                waiting += _leaf(view, start + place, page_bytes, found)


def _child(view: mmap.mmap, at: int) -> int:
    low, high, flags, _ = _node(view, at)
    return low | high << 16 | flags << 32


def _leaf(view: mmap.mmap, at: int, page_bytes: int, found: _Found) -> Iterator[int]:
    """The tree that a row holds, if any; notes the pages of a large one."""
    low, high, flags, key_bytes = _node(view, at)
    data = at + _NODE.size + key_bytes
    if flags & _BIG:
        _large(view, _ROOT.unpack_from(view, data)[0], low | high << 16, page_bytes, found)
    elif flags & _SUBTREE:
        root = _TREE.unpack_from(view, data)[-1]
        if root != _NO_ROOT:
            yield root


def _large(view: mmap.mmap, number: int, length: int, page_bytes: int, found: _Found) -> None:
    start = number * page_bytes
    own, _, flags, _, _ = _HEADER.unpack_from(view, start)
    (pages,) = _OVERFLOW_PAGES.unpack_from(view, start + _HEADER.size - _OVERFLOW_PAGES.size)
    stop = start + pages * page_bytes
    if own != number or not flags & _OVERFLOW or start + _HEADER.size + length > stop:
        raise WipeError(f"page {number} is not where it should be")
    if number + pages > len(found.pages) or any(found.pages[number : number + pages]):
        raise WipeError(f"page {number} belongs to two rows")
    found.pages[number : number + pages] = b"\x01" * pages
    found.gaps.append((start + _HEADER.size + length, stop))


def _node(view: mmap.mmap, at: int) -> tuple[int, int, int, int]:
    first, second, flags, key_bytes = _NODE.unpack_from(view, at)
    # The halves of a number stand in the machine's order.
    low, high = (first, second) if struct.pack("=H", 1)[0] else (second, first)
    return low, high, flags, key_bytes


def _unused(pages: bytearray, page_bytes: int, length: int) -> Iterator[tuple[int, int]]:
    """Runs of pages that nothing leads to, and what is behind the last page, as offsets in the file."""
    at = pages.find(0)
    while at >= 0:
        stop = pages.find(1, at)
        if stop < 0:
            stop = len(pages)
        yield at * page_bytes, stop * page_bytes
        at = pages.find(0, stop)
    yield len(pages) * page_bytes, length


def _overwrite(descriptor: int, view: mmap.mmap, start: int, stop: int) -> int:
    """Zeros from start to stop, where there is anything else; returns how many bytes were not zero."""
    changed = 0
    for at in range(start, stop, _CHUNK):
        piece = view[at : min(at + _CHUNK, stop)]
        told = len(piece) - piece.count(0)
        if told:
            os.pwrite(descriptor, bytes(len(piece)), at)
            changed += told
    return changed
