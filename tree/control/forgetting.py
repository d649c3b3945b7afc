"""Taking memories back: what would go, and making it go completely.

When forgetting returns, no process serves anything that rests on what is gone, and the file holds none of it: journal,
messages that nobody else uses, lists of words, decisions, counters, what was learnt, and the pages that LMDB left
behind. What remains is learnt again, in the background, as if the rest had never been.
"""

import shutil
import time
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tree.canonical import NodeId, ScopeId
from tree.control.selecting import Progress, Selection, Selector
from tree.errors import DamagedRowError, UnknownNodeError
from tree.memory import Memory
from tree.sight.learnt import Learnt
from tree.sight.outline import ID_BYTES, hex_id
from tree.store.brief import TABLE
from tree.store.forgetting import Forgetter, Sweep, finish_wiping
from tree.store.learnt import LEARNT
from tree.store.tables import Txn

PATIENCE_S = 2.0
"""How long to wait for readers from before to finish before the file is overwritten; they take milliseconds."""
_BETWEEN_S = 0.01
_ID_SIZES = {"node": ID_BYTES, "subtree": ID_BYTES, "scope": ID_BYTES, "template": 2 * ID_BYTES}


class Effect(Struct, frozen=True):
    """What goes, or went."""

    observations: int
    answers: int
    """Conversations that could be answered before, and cannot after."""
    nodes: int
    messages: int
    """Messages that nothing else uses."""
    scopes: int
    oldest_ns: int
    """When the first of the observations was made; 0 where there are none."""
    newest_ns: int
    remaining: int
    """Observations that stay; what was learnt from them is learnt anew."""
    wiped: bool = False
    """Whether the file was overwritten where it held them; where it was not, for a reader from before was still at
    work, any proxy does so soon."""
    aside: int = 0
    """Damaged stores that were put aside within the folder that may hold some of it; forgetting all deletes them."""


def plan(memory: Memory, wanted: Selection, progress: Progress = lambda _a, _b: None) -> Effect:
    """What forgetting would take; changes nothing.

    Raises:
        UnknownNodeError: There is no such node, template, or scope.
        StoreUnusableError: The store cannot be read.
    """
    _check(memory, wanted)
    taking = forgetter(memory)
    with memory.store.read() as txn:
        gone = taking.sweep(txn, Selector(memory, txn, progress).seqs(wanted))
        return _effect(memory, txn, gone)


def forget(memory: Memory, wanted: Selection, progress: Progress = lambda _a, _b: None) -> Effect:
    """Forget, completely; returns what went.

    Raises:
        UnknownNodeError: There is no such node, template, or scope; nothing was changed.
        StoreFullError: No room to work; nothing was changed.
        StoreUnusableError: The store cannot be written; nothing was changed.
    """
    _check(memory, wanted)
    taking = forgetter(memory)
    try:
        memory.store.expect_much()
        with memory.store.write() as txn:
            gone = taking.sweep(txn, Selector(memory, txn, progress).seqs(wanted))
            effect = _effect(memory, txn, gone)
            if gone.seqs:
                taking.take_out(txn, gone, time.time_ns())
                memory.held.clear(txn)  # names do not tell what they stand for
    except BaseException:
        memory.journal.words.drop_ready()
        raise
    memory.drop_warm()
    if wanted.what == "all":
        for folder in _aside(memory):
            shutil.rmtree(folder, ignore_errors=True)
    wiped = wipe(memory) if gone.seqs else True
    return replace(effect, wiped=wiped, aside=len(_aside(memory)))


def renew(memory: Memory) -> None:
    """Drop what was learnt, too, so that every process learns it anew from the journal; for a rebuild.

    Raises:
        StoreFullError: No room; nothing was changed.
        StoreUnusableError: The store cannot be written; nothing was changed.
    """
    taking = forgetter(memory)
    memory.store.expect_much()
    with memory.store.write() as txn:
        taking.renew(txn)
    memory.drop_warm()


def wipe(memory: Memory, patience_s: float = PATIENCE_S) -> bool:
    """Overwrite what the file holds of what is gone; False if a reader from before goes on for too long.

    Raises:
        StoreUnusableError: The file cannot be overwritten.
    """
    until = time.monotonic() + patience_s
    while not finish_wiping(memory.store):
        if time.monotonic() >= until:
            return False
        time.sleep(_BETWEEN_S)
    return True


def forgetter(memory: Memory) -> Forgetter:
    """What knows how to take rows out of this store."""
    learnt = memory.store.further_table(LEARNT)
    brief = memory.store.further_table(TABLE, dense=True)
    return Forgetter(memory.store.tables, memory.index, memory.counts, learnt, brief)


def _check(memory: Memory, wanted: Selection) -> None:
    size = _ID_SIZES.get(wanted.what)
    if size is None:
        return
    key = hex_id(wanted.name, size)
    if wanted.what == "template":
        known = Learnt(memory).node(key) is not None
    else:
        with memory.store.read() as txn:
            known = memory.journal.knows_scope(txn, ScopeId(key)) or (
                wanted.what != "scope" and memory.journal.knows(txn, NodeId(key))
            )
    if not known:
        raise UnknownNodeError(key)


def _aside(memory: Memory) -> list[Path]:
    return list(memory.store.folder.glob("damaged-*"))


def _effect(memory: Memory, txn: Txn, gone: Sweep) -> Effect:
    times = []
    for seq in gone.seqs:
        with suppress(DamagedRowError):
            times.append(memory.journal.entry(txn, seq).at_ns)
    return Effect(
        observations=len(gone.seqs),
        answers=gone.answers,
        nodes=len(gone.nodes),
        messages=len(gone.messages),
        scopes=len(gone.scopes),
        oldest_ns=min(times, default=0),
        newest_ns=max(times, default=0),
        remaining=gone.remaining,
        aside=len(_aside(memory)),
    )
