"""What was learnt, held against what the journal teaches now, and put in its place where it is not the same."""

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tree.errors import DamagedRowError
from tree.generalising import MemoryNotebook
from tree.judgement.rows import NodeRow, SeenRow, encode, novel_of, novel_row
from tree.memory import Memory
from tree.message import Json
from tree.resettling import Resettling
from tree.store.learnt import LearntRows

_decode = msgspec.msgpack.Decoder().decode
_node = msgspec.msgpack.Decoder(NodeRow).decode
_seen = msgspec.msgpack.Decoder(SeenRow).decode
_TEXTS = b"l"
"""Rows of texts keep a few examples each; which ones, depends on what was asked in between, too."""
_NODE, _SEEN = b"n", b"w"


class Renewed(Struct, frozen=True):
    """What came of it."""

    rows: int
    """That there are now."""
    damaged: int
    """That could not be read."""
    differing: int
    """That were missing, too many, or said something else."""
    behind: int
    """Observations that were not learnt yet."""

    @property
    def same(self) -> bool:
        """Whether all was as it should be, as far as it went."""
        return not self.damaged and (not self.differing or self.behind > 0)


def renewed(memory: Memory, fresh: MemoryNotebook) -> Renewed:
    """Compare, and where anything differs or is missing, write what was learnt afresh; other processes take it up.

    Raises:
        StoreFullError: No room; nothing was changed.
        StoreUnusableError: The store cannot be written; nothing was changed.
    """
    rows = LearntRows(memory.store)
    stop = fresh.state()[2]
    behind = max(0, stop - rows.followed())
    damaged = differing = 0
    for key in sorted({*rows.keys(), *fresh}):
        try:
            found = rows.get(key)
            same = False
            if found is not None and key in fresh:
                mine, theirs = _told(key, found), _told(key, fresh[key])
                same = key.startswith(_TEXTS) or mine == theirs
            differing += not same
        except DamagedRowError:
            damaged += 1
    if damaged or differing or behind:
        memory.store.expect_much()
        rows.replace(fresh, stop)
        Resettling(memory.store, memory.journal).settle()
    return Renewed(len(fresh), damaged, differing, behind)


def _told(key: bytes, row: bytes) -> Json:
    """What the journal tells of a row: not how many answers were served on the strength of it."""
    if not row:
        return None
    try:
        return _decode(_unserved(key, row))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return row  # a number, or another row that is no document


def _unserved(key: bytes, row: bytes) -> bytes:
    if key.startswith(_NODE):
        node = _node(row)
        streaks = {name: replace(one, hits=0) for name, one in novel_of(node.novel).items()}
        return encode(replace(node, novel=novel_row(streaks)))
    if key.startswith(_SEEN):
        seen = _seen(row)
        return encode(replace(seen, streak=replace(seen.streak, hits=0)))
    return row
