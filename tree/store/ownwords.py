"""Lists of words for rows of what was learnt: made of such rows, kept among them, and dropped with them.

Rows of nodes hold programs, which have little in common with what was said, and much with one another: with a list of
their own they are half as large. Whoever empties the table empties it of its lists too, so none can outlive what
it was made of.
"""

from collections.abc import Iterator
from contextlib import suppress

from tree.store.coding import BUILT_IN, WordList, unpack
from tree.store.tables import Table, Txn, Writer
from tree.store.words import WordLists, decode_number, encode_number

OWN = b"\x00"
"""What keys begin with that are no row of a learner."""
_LIST = b"\x00words"
"""Before the number of a list."""
_MADE = b"\x00made"
"""How many lists were made, and the number of the last one."""

_DUE_BYTES = tuple(1 << power for power in range(15, 24))
"""Sizes of the table at which a new list is made. What was packed before is packed anew, up to `_REPACKED_BYTES`: after
that it takes longer than others should wait for the store, some 60 ms a megabyte."""
_REPACKED_BYTES = 1 << 21
_LIST_BYTES = 1 << 17
_HEAD_BYTES = 1_200
"""Of a row. Recorded agents need 59 to 75 % of what rows take with the list for messages, with heads of 600 bytes and
a list half as long 69 to 88 %."""


class OwnWords:
    """The lists of a table of what was learnt, within the caller's transaction.

    Args:
        words: The store's other lists; a number is never of two.
    """

    def __init__(self, words: WordLists) -> None:
        self._words = words
        self._ready = {0: BUILT_IN}

    def current(self, txn: Txn, table: Table) -> WordList:
        """The list for new rows."""
        made = txn.get(_MADE, db=table)
        return BUILT_IN if made is None else self._list(txn, table, decode_number(made[1:]))

    def unpack(self, txn: Txn, table: Table, row: bytes | memoryview) -> bytes:
        """The payload of a row.

        Raises:
            ValueError: It cannot be read.
        """
        return unpack(row, lambda number: self._list(txn, table, number))

    def renew(self, txn: Writer, table: Table) -> None:
        """Make a new list, if there are enough rows to do better than with the last one."""
        made = txn.get(_MADE, b"\x00", db=table)[0]
        size = _size(txn, table)
        if made == len(_DUE_BYTES) or size < _DUE_BYTES[made]:
            return
        number = self._words.new_number(txn)
        if not number:
            return
        words = BUILT_IN.pack(self._sample(txn, table, size))
        txn.put(_LIST + encode_number(number), words, db=table)
        txn.put(_MADE, bytes([made + 1]) + encode_number(number), db=table)
        if size <= _REPACKED_BYTES:
            self._repack(txn, table, number)

    def drop_ready(self) -> None:
        """Forget the lists that were read: what they were made of is gone, or they came to nothing."""
        self._ready = {0: BUILT_IN}

    def _list(self, txn: Txn, table: Table, number: int) -> WordList:
        if number not in self._ready:
            row = txn.get(_LIST + encode_number(number), db=table)
            if row is None:
                raise ValueError(f"there is no word list {number}")
            self._ready[number] = WordList(number, unpack(row))
        return self._ready[number]

    def _sample(self, txn: Writer, table: Table, size: int) -> bytes:
        """Beginnings of rows from all over the table; no more of them than the table has bytes."""
        rows = [row for key, row in _rows(txn, table) if not key.startswith(OWN)]
        most = min(_LIST_BYTES, size)
        each = max(1, len(rows) * _HEAD_BYTES // most)
        heads: list[bytes] = []
        for row in rows[::each]:
            with suppress(ValueError):
                heads.append(self.unpack(txn, table, row)[:_HEAD_BYTES])
        return b"".join(heads)[:most]

    def _repack(self, txn: Writer, table: Table, number: int) -> None:
        """Pack all rows with a list, and put them on pages that are full; other lists go."""
        words = self._list(txn, table, number)
        rows: dict[bytes, bytes] = {}
        for key, row in _rows(txn, table):
            if key.startswith(OWN):
                rows[key] = row
            else:
                rows[key] = self._anew(txn, table, words, row)
        txn.drop(table, delete=False)
        for key, row in rows.items():
            if not key.startswith(_LIST) or key == _LIST + encode_number(number):
                txn.put(key, row, db=table, append=True)

    def _anew(self, txn: Txn, table: Table, words: WordList, row: bytes) -> bytes:
        """A row packed with a list; as it is where it cannot be read."""
        with suppress(ValueError):
            return words.pack(self.unpack(txn, table, row))
        return row


def _size(txn: Txn, table: Table) -> int:
    stat = txn.stat(table)
    return int((stat["leaf_pages"] + stat["overflow_pages"]) * stat["psize"])


def _rows(txn: Txn, table: Table) -> Iterator[tuple[bytes, bytes]]:
    with txn.cursor(table) as cursor:
        for key, row in cursor:
            yield bytes(key), bytes(row)
