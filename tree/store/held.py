"""What names stand for that were given away: rows that are kept for a time, and are truth, not derived.

A row is known by its name. A row of the newer of two days takes the older one's place in the counting, so what is put
again lives on; what was not put for longer than `KEPT_DAYS` is dropped by the first writer of a day.
"""

from collections.abc import Iterable, Mapping

from tree.errors import DamagedRowError
from tree.store.coding import BUILT_IN, unpack
from tree.store.environment import Environment
from tree.store.tables import Writer

KEPT_DAYS = 31
"""One day more than the longest that a provider promises to hold what it stored."""
DAY_NS = 86_400_000_000_000
_DAY_BYTES = 4


class Held:
    """A table of bytes by names of 16 bytes; any thread may read and write.

    Args:
        store: The open store.
    """

    def __init__(self, store: Environment) -> None:
        self._store = store
        self._table = store.further_table("held")
        self._swept = 0

    def get(self, name: bytes) -> bytes | None:
        """What was put under a name; None if nothing was, or not for long.

        Raises:
            DamagedRowError: It is not readable.
            StoreUnusableError: The store cannot be read.
        """
        if self._table is None:
            return None
        with self._store.read() as txn:
            row = txn.get(name, db=self._table)
            if row is None:
                return None
            try:
                return unpack(memoryview(row)[_DAY_BYTES:])
            except ValueError as exc:
                raise DamagedRowError("held", name) from exc

    def has(self, names: Iterable[bytes]) -> bool:
        """Whether anything was put under one of these names.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        if self._table is None:
            return False
        with self._store.read() as txn:
            return any(txn.get(name, db=self._table) is not None for name in names)

    def put(self, rows: Mapping[bytes, bytes], now_ns: int) -> None:
        """Keep rows, durably and all at once.

        Raises:
            StoreFullError: No room; nothing was kept.
            StoreUnusableError: The store cannot be written; nothing was kept.
        """
        day = now_ns // DAY_NS
        stamp = day.to_bytes(_DAY_BYTES)
        with self._store.write() as txn:
            self._sweep(txn, day)
            for name, row in rows.items():
                known = txn.get(name, db=self._table)
                if known is None or bytes(known[:_DAY_BYTES]) != stamp:
                    txn.put(name, stamp + BUILT_IN.pack(row), db=self._table)

    def drop(self, name: bytes) -> None:
        """Forget what was put under a name.

        Raises:
            StoreUnusableError: The store cannot be written.
        """
        with self._store.write() as txn:
            txn.delete(name, db=self._table)

    def clear(self, txn: Writer) -> None:
        """Forget all of it, within the caller's transaction."""
        if self._table is not None:
            txn.drop(self._table, delete=False)

    def _sweep(self, txn: Writer, day: int) -> None:
        """Drop what is too old, once a day in each process."""
        if self._swept == day:
            return
        self._swept = day
        with txn.cursor(self._table) as cursor:
            there_is = cursor.first()
            while there_is:
                put_on = int.from_bytes(cursor.value()[:_DAY_BYTES])
                there_is = cursor.delete() if day - put_on > KEPT_DAYS else cursor.next()
