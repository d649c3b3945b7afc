"""Rows that came long ago, many packed together in one that fills a page: what one of them says, the others need not.

A row alone has LMDB's own bytes beside it, and tells what all rows like it tell. Such a row lies under the number of
its last piece; the pieces before it have the numbers before that one, those that are gone are empty.
"""

from collections.abc import Callable, Sequence

from tree.store.tables import Table, Tables, Txn, Writer

type Row = bytes | memoryview

SEALED = b"\x02"
"""What such a row begins with; no other one of these tables does."""
LINE_END = b"\n"
_PAGE_BYTES, _HEADER_BYTES = 4096, 16
ROOM_BYTES = _PAGE_BYTES - _HEADER_BYTES
"""LMDB gives a row of more than half a page whole pages of its own."""
LARGE_BYTES = ROOM_BYTES // 2
"""A row that large has pages of its own anyway, and stays as it is."""
WAITING_BYTES = 3 * ROOM_BYTES
"""Rows wait until they are that many: then one page is full without the newest, which are asked for most."""
RAW_BYTES = 1 << 15
"""What is read at once for any piece of it: some 20 us."""
AT_ONCE = 1024
"""Rows that one transaction looks at: in a store from before there were sealed ones, all wait."""
_MORE, _MORE_BYTES = b"more ", 8
_FULL = 0.98
_KEPT = 64
_TAIL_BYTES = 8


class Opened:
    """Sealed rows that were opened lately: what was said one after the other is asked for so."""

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, int, bytes], Sequence[bytes]] = {}

    def pieces(
        self, key: bytes, row: Row, read: Callable[[bytes], Sequence[bytes]]
    ) -> Sequence[bytes]:
        """The pieces of a row. One that was sealed anew is of another length, or ends with another checksum."""
        name = (key, len(row), bytes(row[-_TAIL_BYTES:]))
        known = self._kept.get(name)
        if known is None:
            known = read(bytes(row))
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[name] = known
        return known


def is_sealed(row: Row) -> bool:
    """Whether a row holds many."""
    return row[:1] == SEALED


def covering(txn: Txn, table: Table, key: bytes) -> tuple[bytes, Row] | None:
    """Key and bytes of the row of what has this key, or of the row that it may be sealed in; lives as long as `txn`."""
    with txn.cursor(table) as cursor:
        found = cursor.set_range(key)
        # Large rows stay between others that are sealed; and of layout 1 some keys are longer, see `Messages`.
        for _ in range(AT_ONCE):
            if not found:
                break
            found_key, row = cursor.item()
            if found_key == key or (len(found_key) == len(key) and is_sealed(row)):
                return bytes(found_key), row
            found = cursor.next()
    return None


def fill[T](pieces: Sequence[T], pack: Callable[[Sequence[T]], bytes]) -> tuple[int, bytes]:
    """How many of the first pieces fill a page when they are packed, and their row; 0 if the first one has no room."""
    fits, row, beyond = 0, b"", len(pieces) + 1
    tried = len(pieces)
    while beyond - fits > 1 and len(row) < _FULL * ROOM_BYTES:
        packed = pack(pieces[:tried])
        if len(packed) <= ROOM_BYTES:
            fits, row = tried, packed
        else:
            beyond = tried
        tried = min(max(tried * ROOM_BYTES // len(packed), fits + 1), beyond - 1)
    return fits, row


def more(txn: Txn, tables: Tables, name: bytes) -> int:
    """How many more a table holds than it has rows."""
    return int.from_bytes(txn.get(_MORE + name, b"", db=tables.meta))


def note_more(txn: Writer, tables: Tables, name: bytes, change: int) -> None:
    """Count what a sealed row holds beyond the one that a row is counted as."""
    total = max(0, more(txn, tables, name) + change)
    txn.put(_MORE + name, total.to_bytes(_MORE_BYTES), db=tables.meta)
