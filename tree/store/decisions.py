"""The log of decisions: the last ones only, for a person who asks why. Nothing is ever derived from it."""

from collections.abc import Container, Iterable, Iterator
from contextlib import suppress

import msgspec

from tree.explaining.explanation import Aftermath, Decided, amended
from tree.store.epoch import read_epoch
from tree.store.rows import decode_seq, encode_seq
from tree.store.tables import Tables, Txn, Writer

KEPT = 1_000
"""Decisions that are kept; the oldest makes room."""

type Kind = tuple[str, str, str, str]
"""Tenant, API, host and model."""
FORGOTTEN = "forgotten"
"""Stands for a reason that told something which was forgotten since."""
_PLAIN = ("hit-literal", "hit-template", "bypass")
"""Outcomes whose details are words of the program alone."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Decided).decode


def add_decisions(txn: Writer, tables: Tables, batch: Iterable[Decided]) -> int:
    """Put decisions behind the last one, and drop the oldest beyond what is kept; returns the first one's number."""
    if tables.decisions is None:
        return 0
    since_ns = read_epoch(txn, tables).since_ns
    with txn.cursor(tables.decisions) as cursor:
        number = decode_seq(cursor.key()) if cursor.last() else 0
    first = number + 1
    for decided in batch:
        number += 1
        if decided.at_ns < since_ns:  # on its way when something was forgotten, and may tell of it
            decided = stripped(decided)  # noqa: PLW2901
        txn.put(encode_seq(number), _encode(decided), db=tables.decisions, append=True)
    spare = txn.stat(tables.decisions)["entries"] - KEPT
    with txn.cursor(tables.decisions) as cursor:
        cursor.first()
        # Each deletion leads to the next row.
        while spare > 0 and cursor.delete():
            spare -= 1
    return first


def amend_decision(txn: Writer, tables: Tables, number: int, at_ns: int, after: Aftermath) -> None:
    """Add what came of a decision; nothing happens where it is gone, or one made at another time has its number."""
    kept = read_decision(txn, tables, number)
    if kept is not None and kept.at_ns == at_ns and tables.decisions is not None:
        if at_ns < read_epoch(txn, tables).since_ns:
            after = msgspec.structs.replace(after, instead="")
        row = msgspec.structs.replace(amended(kept, after), number=0)
        txn.put(encode_seq(number), _encode(row), db=tables.decisions)


def strip_decisions(txn: Writer, tables: Tables, kinds: Container[Kind], since_ns: int) -> None:
    """Take out of decisions of these kinds, made since then, all that may tell what was said; that they were stays."""
    for decided in list(read_decisions(txn, tables)):
        kind = (decided.tenant, decided.api, decided.origin, decided.model)
        if kind in kinds and decided.at_ns >= since_ns and tables.decisions is not None:
            row = msgspec.structs.replace(stripped(decided), number=0)
            txn.put(encode_seq(decided.number), _encode(row), db=tables.decisions)


def stripped(decided: Decided) -> Decided:
    """A decision without anything that was said."""
    detail = decided.detail if decided.outcome in _PLAIN else FORGOTTEN
    return msgspec.structs.replace(decided, detail=detail, node="", explanation=None, instead="")


def read_decisions(txn: Txn, tables: Tables) -> Iterator[Decided]:
    """All that are kept, newest first; those that cannot be read are left out."""
    if tables.decisions is None:
        return
    with txn.cursor(tables.decisions) as cursor:
        for key, row in cursor.iterprev():
            with suppress(ValueError):
                yield _numbered(decode_seq(key), row)


def read_decision(txn: Txn, tables: Tables, number: int) -> Decided | None:
    """One of them; None where it is not there, or cannot be read."""
    if tables.decisions is None or not 1 <= number < 2**64:
        return None
    row = txn.get(encode_seq(number), db=tables.decisions)
    with suppress(ValueError):
        return None if row is None else _numbered(number, row)
    return None


def _numbered(number: int, row: bytes | memoryview) -> Decided:
    return msgspec.structs.replace(_decode(row), number=number)
