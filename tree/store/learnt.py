"""Rows of what was learnt, in a table of their own; derived like every index, and dropped without loss.

What is put waits in memory and is written together with the number of the observation up to which it was learnt, so
that a row never knows more or less of the journal than that number says.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from tree.canonical import NodeId
from tree.errors import DamagedRowError
from tree.judgement.rows import NAME_BYTES, Came, LostRowError, number_of
from tree.judgement.steered import Steered
from tree.message import Observation
from tree.store import brief
from tree.store.choices import read_choices
from tree.store.environment import Environment
from tree.store.epoch import begin_generation, read_epoch
from tree.store.journal import Journal
from tree.store.ownwords import OWN, OwnWords
from tree.store.rows import decode_seq, encode_seq
from tree.store.tables import Table, Txn, Writer
from tree.store.words import WordLists

LEARNT = "learnt"
"""The name of the table."""
FORMAT = 12
"""What stands in the rows, as this version writes it. Where another one wrote them, all is learnt again."""
FORMAT_KEY = b"\x00format"
_FOLLOWED = b"\x00followed"
"""Where the number of the first observation not learnt from stands; no row's key begins so."""
_BATCH = 64
_ID_BYTES = 16
_LATELY = 64
"""Observations that are kept at hand."""


class LearntRows:
    """A dictionary of bytes over one table.

    Args:
        store: The open store. Where the table is missing and cannot be made, all is kept in memory.
    """

    def __init__(self, store: Environment) -> None:
        self._store = store
        self._words = OwnWords(WordLists(store.tables))
        self._journal = Journal(store.tables)
        self._brief = store.further_table(brief.TABLE, dense=True)
        self._table = self._readable(store.further_table(LEARNT))
        self._lock = threading.Lock()
        self._waiting: dict[bytes, bytes] = {}
        self._named: dict[bytes, set[int]] = {}
        """Numbers of brief rows that wait, by name."""
        self._lately: dict[int, Observation] = {}
        self._last = b"", b""
        """The row that was read last, packed and not: neighbours are often equal."""
        self._shared: tuple[int, Txn] | None = None
        """The thread that reads one state, and the transaction in which it does."""
        self._generation = self.state()[0]

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Have this thread read all rows in one transaction, while nobody puts any.

        Where rows wait, each is read in one of its own: they may be written meanwhile, and wait no longer.
        """
        if self._waiting:
            yield
            return
        with self._store.read() as txn:
            self._shared = threading.get_ident(), txn
            try:
                yield
            finally:
                self._shared = None

    def get(self, key: bytes) -> bytes | None:
        """The row of `key`.

        Raises:
            DamagedRowError: It is not readable.
        """
        row = self._waiting.get(key)
        if row is not None or self._table is None:
            return row
        if (txn := self._here()) is not None:
            return self._read(txn, self._table, key)
        with self._store.read() as txn:
            return self._read(txn, self._table, key)

    def _read(self, txn: Txn, table: Table, key: bytes) -> bytes | None:
        if brief.is_brief(key):
            return b"" if self._brief and brief.holds(txn, self._brief, key) else None
        packed = txn.get(key, db=table)
        return None if packed is None else self._unpacked(txn, table, key, packed)

    def put(self, key: bytes, row: bytes) -> None:
        """Keep a row; one of the same key is replaced."""
        with self._lock:
            self._waiting[key] = row
            if brief.is_brief(key):
                self._named.setdefault(key[:NAME_BYTES], set()).add(number_of(key))

    def numbers(self, names: Sequence[bytes]) -> list[list[int]]:
        """The numbers under each name of brief rows, in their order."""
        if self._brief is None:
            stored: list[list[int]] = [[] for _ in names]
        elif (txn := self._here()) is not None:
            stored = brief.numbers(txn, self._brief, names)
        else:
            with self._store.read() as txn:
                stored = brief.numbers(txn, self._brief, names)
        if not self._named:
            return stored
        return [
            sorted({*own, *new}) if (new := self._named.get(name)) else own
            for name, own in zip(names, stored, strict=True)
        ]

    def keep(self, observation: Observation, seq: int | None = None) -> int:
        """It is in the journal; kept here for a while, for what comes soon after is likely to ask for it."""
        if seq is None:
            raise LostRowError("number of an observation that a store holds")
        if len(self._lately) >= _LATELY:
            del self._lately[next(iter(self._lately))]
        self._lately[seq] = observation
        return seq

    def observation(self, seq: int) -> Observation:
        """An observation by its number.

        Raises:
            LostRowError: It is not there, or cannot be read.
        """
        if (own := self._lately.get(seq)) is not None:
            return own
        with self._store.read() as txn, _found(seq):
            return self._journal.observation(txn, seq)

    def came(self, seq: int) -> Came:
        """What an observation was of, without its context.

        Raises:
            LostRowError: It is not there, or cannot be read.
        """
        with self._store.read() as txn, _found(seq):
            entry = self._journal.entry(txn, seq)
            message = self._journal.message(txn, entry.answer).renumbered(-entry.calls_before)
            return Came(NodeId(entry.node), message, entry.at_ns)

    def keys(self) -> Iterator[bytes]:
        """The keys of all written rows."""
        yield from (key for key in self.keys_after(b"", b"", b"") if not key.startswith(OWN))
        if self._brief is not None:
            with self._store.read() as txn:
                yield from list(brief.keys_of(txn, self._brief))

    def scan(self, prefix: bytes) -> Iterable[tuple[bytes, bytes]]:
        """The rows whose keys begin so, in order of key."""
        rows = dict(self._stored(prefix))
        rows |= {key: row for key, row in self._waiting.items() if key.startswith(prefix)}
        return sorted(rows.items())

    def keys_after(self, prefix: bytes, within: bytes, after: bytes) -> Iterator[bytes]:
        """What follows `prefix` in written keys, in order, where it begins with `within` and is beyond `after`.

        They are read in batches, so what is asked between two of them may be another transaction.
        """
        start = prefix + max(within, after)
        while batch := self._keys(prefix + within, start, skip=prefix + after):
            yield from (key[len(prefix) :] for key in batch)
            start, after = batch[-1], batch[-1][len(prefix) :]

    def state(self) -> tuple[int, int, int]:
        """What tells whether anything learnt is still so: generation, number of choices, and `followed`."""
        with self._store.read() as txn:
            epoch = read_epoch(txn, self._store.tables)
            followed = 0 if self._table is None else self._followed(txn)
        return epoch.generation, epoch.choices, followed

    def steered(self) -> Steered:
        """What the user decided about templates; of an earlier generation's, nobody knows yet where they are now."""
        trusted: set[bytes] = set()
        distrusted: set[bytes] = set()
        unsettled: set[bytes] = set()
        with self._store.read() as txn:
            generation = read_epoch(txn, self._store.tables).generation
            for key, choice in read_choices(txn, self._store.tables, "template"):
                if choice.generation == generation:
                    (trusted if choice.what == "trust" else distrusted).add(key[1:])
                elif choice.what == "distrust":
                    unsettled.add(key[1 : 1 + _ID_BYTES])
        return Steered(*map(frozenset, (trusted, distrusted, unsettled)))

    def begin(self) -> tuple[int, int, int]:
        """The same, for a learner that begins anew on what is written: what waits is dropped."""
        state = self.state()
        with self._lock:
            if self._table is not None or state[0] != self._generation:
                self._waiting.clear()
                self._named.clear()
                self._lately.clear()
            if state[0] != self._generation:
                self._words.drop_ready()
                self._last = b"", b""
            self._generation = state[0]
        return state

    def followed(self) -> int:
        """The number of the first observation that the rows do not know of."""
        if self._table is None:
            return 0
        with self._store.read() as txn:
            return self._followed(txn)

    def write(self, start: int, stop: int) -> bool:
        """Write what waits, which was learnt from the observations from `start` to `stop`.

        Returns:
            False if another process was quicker, or some of it was forgotten meanwhile: then nothing is written, and
            what waited is dropped.

        Raises:
            StoreFullError: No room; nothing was written, and it waits until the learner begins anew.
            StoreUnusableError: The store cannot be written; likewise.
        """
        with self._lock:
            waiting = dict(self._waiting)
        if self._table is None:
            return True  # what waits stays in memory
        with self._writing() as txn:
            same = read_epoch(txn, self._store.tables).generation == self._generation
            first = same and self._followed(txn) == start
            if first:
                self._put_all(txn, self._table, waiting)
                txn.put(_FOLLOWED, encode_seq(stop), db=self._table)
        self._forget(waiting)
        return first

    def replace(self, rows: Mapping[bytes, bytes], stop: int) -> None:
        """Put these rows, learnt from the observations up to `stop`, in the place of all others; a new generation.

        Raises:
            StoreFullError: No room; nothing was changed.
            StoreUnusableError: The store cannot be written; nothing was changed.
        """
        if self._table is None:
            return
        with self._writing() as txn:
            self._drop(txn, self._table)
            txn.put(FORMAT_KEY, encode_seq(FORMAT), db=self._table)
            self._put_all(txn, self._table, rows)
            txn.put(_FOLLOWED, encode_seq(stop), db=self._table)
            begin_generation(txn, self._store.tables)
        self.begin()

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        try:
            with self._store.write() as txn:
                yield txn
        except BaseException:
            self._words.drop_ready()  # a list that came to nothing: its number will be given again
            raise

    def _put_all(self, txn: Writer, table: Table, rows: Mapping[bytes, bytes]) -> None:
        words = self._words.current(txn, table)
        last = packed = b""
        for key in sorted(rows):  # neighbours are on one page, and often equal
            if not brief.is_brief(key):
                if rows[key] != last:
                    last = rows[key]
                    packed = words.pack(last)
                txn.put(key, packed, db=table)
        self._words.renew(txn, table)
        if self._brief is not None:
            brief.put_all(txn, self._brief, filter(brief.is_brief, rows))

    def _drop(self, txn: Writer, table: Table) -> None:
        txn.drop(table, delete=False)
        if self._brief is not None:
            txn.drop(self._brief, delete=False)

    def _forget(self, waiting: dict[bytes, bytes]) -> None:
        with self._lock:
            for key, row in waiting.items():
                if self._waiting.get(key) is row:
                    del self._waiting[key]
                    if brief.is_brief(key):
                        self._named.pop(key[:NAME_BYTES], None)

    def _readable(self, table: Table | None) -> Table | None:
        """The table, emptied where its rows are of another format; none where they are and may not be changed."""
        if table is None:
            return None
        with self._store.read() as txn:
            row = txn.get(FORMAT_KEY, db=table)
            if row is not None and bytes(row) == encode_seq(FORMAT):
                return table
        if self._store.readonly:
            return None
        with self._store.write() as txn:
            if txn.stat(table)["entries"]:
                begin_generation(txn, self._store.tables)
            self._drop(txn, table)
            txn.put(FORMAT_KEY, encode_seq(FORMAT), db=table)
        return table

    def _followed(self, txn: Txn) -> int:
        row = txn.get(_FOLLOWED, db=self._table)
        return 0 if row is None else decode_seq(bytes(row))

    def _here(self) -> Txn | None:
        """The transaction in which this thread reads everything just now; None if it does not."""
        shared = self._shared
        return shared[1] if shared is not None and shared[0] == threading.get_ident() else None

    def _keys(self, prefix: bytes, start: bytes, skip: bytes) -> list[bytes]:
        if self._table is None:
            return []
        out: list[bytes] = []
        with self._store.read() as txn, txn.cursor(self._table) as cursor:
            found = cursor.set_range(start)
            while found and len(out) < _BATCH and bytes(cursor.key()).startswith(prefix):
                if (key := bytes(cursor.key())) > skip:
                    out.append(key)
                found = cursor.next()
        return out

    def _stored(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        if self._table is None:
            return []
        rows = []
        with self._store.read() as txn, txn.cursor(self._table) as cursor:
            if cursor.set_range(prefix):
                for key, row in cursor:
                    if not bytes(key).startswith(prefix):
                        break
                    rows.append((bytes(key), self._unpacked(txn, self._table, bytes(key), row)))
        return rows

    def _unpacked(self, txn: Txn, table: Table, key: bytes, row: bytes | memoryview) -> bytes:
        last, payload = self._last
        if (packed := bytes(row)) != last:
            try:
                payload = self._words.unpack(txn, table, row)
            except ValueError as exc:
                raise DamagedRowError("learnt", key) from exc
            self._last = packed, payload
        return payload


@contextmanager
def _found(seq: int) -> Iterator[None]:
    try:
        yield
    except DamagedRowError as exc:
        raise LostRowError(f"observation {seq}: {exc}") from exc
