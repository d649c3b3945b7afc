"""Which memory this is: numbers in the store that tell every process that something was taken out of it, or steered.

Two numbers that only grow. The first one counts what was forgotten or made anew: whatever a process had learnt or
kept ready before is void. The second one counts what its user decided.
"""

import struct

from msgspec import Struct

from tree.store.tables import EPOCH, Tables, Txn, Writer

_ROW = struct.Struct(">QQQ")


class Epoch(Struct, frozen=True):
    """The two numbers, and when something was last forgotten."""

    generation: int = 0
    choices: int = 0
    since_ns: int = 0


FIRST = Epoch()


def read_epoch(txn: Txn, tables: Tables) -> Epoch:
    """The numbers at present."""
    row = txn.get(EPOCH, db=tables.meta)
    return FIRST if row is None or len(row) != _ROW.size else Epoch(*_ROW.unpack(row))


def begin_generation(txn: Writer, tables: Tables, forgot_at_ns: int | None = None) -> Epoch:
    """Make void what any process has learnt or keeps ready; since when, if something was forgotten."""
    old = read_epoch(txn, tables)
    since_ns = old.since_ns if forgot_at_ns is None else forgot_at_ns
    return _write(txn, tables, Epoch(old.generation + 1, old.choices, since_ns))


def note_choice(txn: Writer, tables: Tables) -> Epoch:
    """Have every process read again what its user decided."""
    old = read_epoch(txn, tables)
    return _write(txn, tables, Epoch(old.generation, old.choices + 1, old.since_ns))


def _write(txn: Writer, tables: Tables, epoch: Epoch) -> Epoch:
    txn.put(EPOCH, _ROW.pack(epoch.generation, epoch.choices, epoch.since_ns), db=tables.meta)
    return epoch
