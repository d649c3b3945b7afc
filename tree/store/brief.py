"""Rows that are a key and nothing else: all of one size, so that LMDB keeps them side by side without anything between.

There are many: what was met once needs no more than a number in the journal. In rows of their own each would take
three times as much.
"""

from collections.abc import Iterable, Iterator, Sequence

from tree.judgement.rows import BRIEF, NAME_BYTES, brief, number_of
from tree.store.tables import Cursor, Table, Txn, Writer

TABLE = "brief"
"""The name of the table. Its keys are the first byte, its values the rest of keys of brief rows."""
_FIRST = brief(bytes(NAME_BYTES), 0)[NAME_BYTES:]
_LAST = b"\xff" * NAME_BYTES
"""Beyond all names."""


def is_brief(key: bytes) -> bool:
    """Whether a row of this key holds nothing but its key."""
    return key[:1] in BRIEF


def put_all(txn: Writer, table: Table, keys: Iterable[bytes]) -> None:
    """Keep rows; those that are there already stay."""
    for key in sorted(keys):
        txn.put(key[:1], key[1:], db=table)


def holds(txn: Txn, table: Table, key: bytes) -> bool:
    """Whether there is such a row."""
    with txn.cursor(table) as cursor:
        return bool(cursor.set_key_dup(key[:1], key[1:]))


def numbers(txn: Txn, table: Table, names: Sequence[bytes]) -> list[list[int]]:
    """The numbers under each name, in their order; names that are neighbours are looked for at once."""
    found: dict[bytes, list[int]] = {name: [] for name in names}
    beyond = b""
    with txn.cursor(table) as cursor:
        for name in sorted(found):
            if name >= beyond:
                beyond = _collect(cursor, name, found[name])
    return [found[name] for name in names]


def _collect(cursor: Cursor, name: bytes, into: list[int]) -> bytes:
    """Add the numbers under a name; returns the next name that there is."""
    sort, rest = name[:1], name[1:]
    there = cursor.set_range_dup(sort, rest + _FIRST)
    while there:
        row = bytes(cursor.value())
        if not row.startswith(rest):
            return sort + row[: NAME_BYTES - 1]
        into.append(int.from_bytes(row[NAME_BYTES - 1 :]))
        there = cursor.next_dup()
    return sort + _LAST


def each_number(txn: Txn, table: Table, name: bytes) -> Iterator[int]:
    """The numbers under a name, in their order, read as they are asked for: there may be many."""
    with txn.cursor(table) as cursor:
        yield from _under(cursor, name)


def _under(cursor: Cursor, name: bytes) -> Iterator[int]:
    there = cursor.set_range_dup(name[:1], name[1:] + _FIRST)
    while there and bytes(rest := cursor.value()).startswith(name[1:]):
        yield number_of(name[:1] + bytes(rest))
        there = cursor.next_dup()


def keys_of(txn: Txn, table: Table) -> Iterator[bytes]:
    """All keys, in order."""
    with txn.cursor(table) as cursor:
        for sort, rest in cursor:
            yield bytes(sort) + bytes(rest)
