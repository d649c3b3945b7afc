"""The rows of the journal: one for each of the newest observations, those before them sealed, as many as fill a page.

What is asked most, where an observation was made, stands in a sealed row as it is; all else of it is packed.
"""

from collections.abc import Container, Iterator
from contextlib import suppress
from itertools import islice

import msgspec
from msgspec.structs import replace

from tree.canonical import NodeId, ScopeId
from tree.errors import DamagedRowError
from tree.store import sealing
from tree.store.coding import BUILT_IN, WordList, packed_with, plain
from tree.store.rows import (
    Entry,
    Sealed,
    begins_at,
    decode_entry,
    decode_others,
    decode_sealed,
    decode_seq,
    encode_entry,
    encode_sealed,
    encode_seq,
)
from tree.store.tables import Tables, Txn, Writer
from tree.store.words import WordLists

_SEALED_UPTO = b"sealed observations"
"""Number of the first observation that was not looked at to be sealed."""
_NAME = b"observations"
_MAX_GAP = 256
"""Numbers that may be missing in a sealed row between two observations: each takes its room there."""
_WORTH = 2
"""Observations that are worth a row of many."""

_decode = msgspec.json.Decoder().decode


class Entries:
    """The table of the journal, within the caller's transaction.

    Args:
        tables: The store's.
        words: Its lists.
    """

    def __init__(self, tables: Tables, words: WordLists) -> None:
        self._tables, self._table, self._words = tables, tables.journal, words
        self._opened = sealing.Opened()

    def append(self, txn: Writer, seq: int, entry: Entry) -> None:
        """Add an observation, the last one by number."""
        txn.put(encode_seq(seq), encode_entry(entry), db=self._table, append=True)

    def entry(self, txn: Txn, seq: int) -> Entry:
        """One observation.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        key = encode_seq(seq)
        try:
            found = sealing.covering(txn, self._table, key)
            if found is not None and not sealing.is_sealed(found[1]):
                return decode_entry(memoryview(found[1]))
            if found is not None:
                sealed = decode_sealed(found[1])
                at = seq - decode_seq(found[0]) - 1 + sealed.count
                if at >= 0 and sealed.node(at):
                    return self._opened_entry(txn, found[0], sealed, at)
        except ValueError as exc:
            raise DamagedRowError("journal", key) from exc
        raise DamagedRowError("journal", key)

    def is_at(self, txn: Txn, seq: int, node: NodeId | ScopeId) -> bool:
        """Whether an observation was made at a node.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        key = encode_seq(seq)
        found = sealing.covering(txn, self._table, key)
        # Asked for each hit: to decode all of a row takes longer than all else that the index does.
        if found is not None and not sealing.is_sealed(found[1]):
            return begins_at(found[1], node) or self.entry(txn, seq).node == node
        with suppress(ValueError):
            if found is not None:
                sealed = decode_sealed(found[1])
                at = seq - decode_seq(found[0]) - 1 + sealed.count
                return at >= 0 and sealed.node(at) == node
        raise DamagedRowError("journal", key)

    def seqs(self, txn: Txn, start: int = 0) -> Iterator[int]:
        """The numbers of the observations there are, from `start` on; of a row that cannot be read, the last one."""
        with txn.cursor(self._table) as cursor:
            if cursor.set_range(encode_seq(start)):
                for key, row in cursor:
                    yield from (seq for seq in _numbers(key, row) if seq >= start)

    def seqs_back(self, txn: Txn, start: int) -> Iterator[int]:
        """The numbers of the observations there are, from `start` on towards the first one; none if it is not there."""
        with txn.cursor(self._table) as cursor:
            if not cursor.set_range(encode_seq(start)) or start not in _numbers(*cursor.item()):
                return
            for key, row in cursor.iterprev():
                yield from (seq for seq in reversed(_numbers(key, row)) if seq <= start)

    def count(self, txn: Txn) -> int:
        """How many observations there are."""
        rows: int = txn.stat(self._table)["entries"]
        return rows + sealing.more(txn, self._tables, _NAME)

    def seal(self, txn: Writer) -> None:
        """Seal the oldest observations that are not yet, if there are enough of them to fill a page and more."""
        row = txn.get(_SEALED_UPTO, db=self._tables.meta)
        with txn.cursor(self._table) as cursor:
            there = cursor.set_range(encode_seq(0) if row is None else bytes(row))
            found = islice(cursor, sealing.AT_ONCE) if there else ()
            waiting = [(bytes(key), bytes(row)) for key, row in found]
        while sum(len(row) for _, row in waiting) > sealing.WAITING_BYTES:
            done = self._seal(txn, waiting)
            upto = encode_seq(decode_seq(waiting[done - 1][0]) + 1)
            txn.put(_SEALED_UPTO, upto, db=self._tables.meta)
            del waiting[:done]

    def drop(self, txn: Writer, gone: Container[int]) -> None:
        """Take observations out; rows of many that cannot be read go as a whole, for they may be in one."""
        for key, row in list(self._rows(txn)):
            if not sealing.is_sealed(row):
                if decode_seq(key) in gone:
                    txn.delete(key, db=self._table)
                continue
            try:
                decode_sealed(row)
                if gone_here := [seq for seq in _numbers(key, row) if seq in gone]:
                    self._drop_sealed(txn, key, row, gone_here)
            except ValueError:
                txn.delete(key, db=self._table)
        change = sum(1 for _ in self.seqs(txn)) - self.count(txn)
        sealing.note_more(txn, self._tables, _NAME, change)

    def repack(self, txn: Writer, lists: Container[int]) -> None:
        """Pack anew what is packed with any of these lists of words; what cannot be read stays as it is."""
        for key, row in list(self._rows(txn)):
            with suppress(ValueError):
                if sealing.is_sealed(row):
                    if packed_with(bytes(decode_sealed(row).packed)) in lists:
                        entries = self._all(txn, key, row)
                        self._put(txn, key, entries, self._renewed(txn, entries))
                    continue
                entry = decode_entry(memoryview(row))
                if packed_with(entry.envelope) in lists:
                    words = self._renewed(txn, [entry])
                    packed = words.pack(self._words.unpack(txn, entry.envelope))
                    anew = encode_entry(replace(entry, envelope=packed))
                    txn.put(key, anew, db=self._table)

    def _opened_entry(self, txn: Txn, key: bytes, sealed: Sealed, at: int) -> Entry:
        def others(packed: bytes) -> list[bytes]:
            return decode_others(self._words.unpack(txn, packed))

        return sealed.entry(at, self._opened.pieces(key, sealed.packed, others))

    def _all(self, txn: Txn, key: bytes, row: bytes) -> list[Entry | None]:
        """The entries of a row of many.

        Raises:
            ValueError: It cannot be read.
        """
        sealed = decode_sealed(row)
        return [
            self._opened_entry(txn, key, sealed, at) if sealed.node(at) else None
            for at in range(sealed.count)
        ]

    def _drop_sealed(self, txn: Writer, key: bytes, row: bytes, gone: list[int]) -> None:
        entries = self._all(txn, key, row)
        first = decode_seq(key) + 1 - len(entries)
        for seq in gone:
            entries[seq - first] = None
        while entries and entries[-1] is None:
            entries.pop()
        txn.delete(key, db=self._table)
        if entries:
            words = self._with(txn, packed_with(bytes(decode_sealed(row).packed)))
            self._put(txn, encode_seq(first + len(entries) - 1), entries, words)

    def _seal(self, txn: Writer, waiting: list[tuple[bytes, bytes]]) -> int:
        """Seal some of the first observations; returns how many of them are done with."""
        first = decode_seq(waiting[0][0])
        ends: list[int] = []
        entries: list[Entry | None] = []
        left, words = sealing.RAW_BYTES, BUILT_IN
        for key, row in waiting:
            gap = decode_seq(key) - first - len(entries)
            if len(row) > sealing.LARGE_BYTES or gap > _MAX_GAP or sealing.is_sealed(row):
                break
            try:
                entry = decode_entry(memoryview(row))
                envelope = self._words.unpack(txn, entry.envelope)
            except ValueError:
                break
            left -= len(row) + len(envelope)
            if left < 0:
                break
            words = self._with(txn, packed_with(entry.envelope))
            entries += [*[None] * gap, replace(entry, envelope=plain(envelope))]
            ends.append(len(entries))
        done, sealed = sealing.fill(ends, lambda some: encode_sealed(entries[: some[-1]], words))
        if done < _WORTH:
            return max(done, 1)
        for key, _ in waiting[:done]:
            txn.delete(key, db=self._table)
        txn.put(waiting[done - 1][0], sealed, db=self._table)
        sealing.note_more(txn, self._tables, _NAME, done - 1)
        return done

    def _put(self, txn: Writer, key: bytes, entries: list[Entry | None], words: WordList) -> None:
        txn.put(key, encode_sealed(entries, words), db=self._table)

    def _renewed(self, txn: Writer, entries: list[Entry | None]) -> WordList:
        """The list that entries are packed with where theirs is gone: that of the last one's envelope."""
        envelope = next(one.envelope for one in reversed(entries) if one)
        return self._words.for_envelope(txn, _decode(self._words.unpack(txn, envelope)))

    def _with(self, txn: Txn, number: int) -> WordList:
        with suppress(ValueError):
            return self._words.list(txn, number)
        return BUILT_IN

    def _rows(self, txn: Txn) -> Iterator[tuple[bytes, bytes]]:
        with txn.cursor(self._table) as cursor:
            for key, row in cursor:
                yield bytes(key), bytes(row)


def _numbers(key: bytes | memoryview, row: bytes | memoryview) -> list[int]:
    """The numbers of the observations that a row holds."""
    last = decode_seq(key)
    if not sealing.is_sealed(row):
        return [last]
    try:
        sealed = decode_sealed(bytes(row))
    except ValueError:
        return [last]
    return [last + 1 - sealed.count + at for at in range(sealed.count) if sealed.node(at)]
