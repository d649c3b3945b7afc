"""One LMDB environment: opened once in a process, laid out in one version, and closed to the rest of the program.

Any thread may read, at the same time as another writes, and so may other processes: a reader sees what was
committed when its transaction began. A transaction is a context and is never kept beyond it, for the pages that
an open reader may still see cannot be used again by any writer.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import lmdb
from msgspec.structs import replace

from tree.errors import LayoutError, StoreDamagedError, StoreUnusableError
from tree.store import soundness, wiping
from tree.store.length import Length
from tree.store.reasons import named_errors
from tree.store.tables import EPOCH, LAYOUT_KEY, TENANT_KEY, Reader, Table, Tables, Txn, Writer

LAYOUT = 6
"""The layout that this version writes, and the newest that it reads. A further table is no new layout as long as all
that stood in a store before still means the same, and a version that does not know the table can do without."""

_MAX_READERS = 1024
_PAGE_HEADER = 16
_LAST_KEYS = b"\xff\xff"
_WASHES = 3
_USUAL_AT_ONCE, _MAX_AT_ONCE = 8_192, 131_072
"""Pages that one transaction of a proxy writes at most; and any one, before LMDB writes some of them early."""
_FURTHER_TABLES = 5
_INDEXED_SINCE = 5
"""The layout in which the index and the counts became what they are."""
_DENSE = ("digests", "index", "steps")
"""Tables whose keys have several values each, all of one size."""

_CUT = "another program cut its file short while it was open; a proxy that starts puts it aside"


class _NotCleanError(Exception):
    """Buffers had to be cleared before anything may be written."""


class Environment:
    """The open store.

    Args:
        folder: Where it is; made if need be, for its owner's eyes only.
        max_bytes: How large it may grow.
        readonly: Neither make nor change anything.
        renew: Where it is damaged and nobody else uses it, put it aside and begin a new one.

    Raises:
        StoreDamagedError: It cannot be opened, for it is damaged; it is where it was.
        StoreUnusableError: It cannot be opened.
        LayoutError: A newer version wrote it; nothing was touched.
    """

    def __init__(
        self, folder: Path, *, max_bytes: int, readonly: bool = False, renew: bool = False
    ) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.readonly = readonly
        self.damage = ""
        """Why there is a new store in the place of an older one; empty if there is none."""
        self.put_aside: Path | None = None
        """Where that older one is now."""
        self._clean_for = b""
        """Generation for which no buffer of this process holds anything forgotten."""
        self._washes = 0
        self._at_once = _USUAL_AT_ONCE
        self._further: dict[str, Table] = {}
        self._well = False
        self._hold: soundness.Hold | None = None
        with named_errors(folder, max_bytes):
            if not readonly:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._hold = soundness.Hold(folder)
            try:
                self._begin(renew=renew)
            except BaseException:
                self._let_go()
                raise
        self._well = True

    def read(self) -> AbstractContextManager[Reader]:
        """A view of what was committed when it began; its values live no longer than the context.

        Raises:
            StoreUnusableError: It cannot be read.
        """
        return _Reading(self)

    def begin_reading(self) -> Reader:
        """A transaction that its caller ends; `read` is the way to have one.

        Raises:
            StoreUnusableError: It cannot be read.
        """
        self._look()
        try:
            return self._env.begin(buffers=True)
        except lmdb.Error as exc:
            self.rename(exc)
            raise

    def rename(self, error: BaseException) -> None:
        """Raise this package's error for one of LMDB's or of the system's; for others, nothing.

        Raises:
            StoreUnusableError: What `error` means for this store.
        """
        if isinstance(error, lmdb.Error | OSError | StoreDamagedError):
            with self._named():
                raise error

    @contextmanager
    def write(self) -> Iterator[Writer]:
        """Changes that are all made durably when the context ends, or none of them if it raises.

        Raises:
            StoreFullError: No room; nothing was changed.
            StoreUnusableError: It cannot be written; nothing was changed.
        """
        with self._named():
            while True:
                self._look()
                with suppress(_NotCleanError), self._env.begin(write=True) as txn:
                    self._clean(txn)
                    yield txn
                    return

    def _clean(self, txn: Writer) -> None:
        """See that no buffer of this process brings back to the file what was forgotten.

        LMDB keeps the buffers of the pages that it wrote, and uses them again for others without clearing them: what
        a page does not fill is written as it was. So after a forget, whoever did it, all of them are filled with
        zeros, in a transaction that comes to nothing, before anything else is written. Some are left over each time,
        for the rows that lead to the others, and are not among those of the next time.

        Raises:
            _NotCleanError: They were cleared in this transaction; it must be given up, and another one begun.
        """
        generation = txn.get(EPOCH, b"", db=self.tables.meta)[:8]
        if generation == self._clean_for:
            return
        if not self._washes:
            self._washes = _WASHES
        page_bytes = txn.stat(self.tables.meta)["psize"]
        # No transaction ever wrote more pages at once than the file has.
        pages = min(self._env.info()["last_pgno"] + 1, self._at_once) + 5 * self._washes
        with suppress(lmdb.MapFullError):
            for number in range(pages):
                key = _LAST_KEYS + number.to_bytes(4)
                txn.put(key, bytes(page_bytes - _PAGE_HEADER), db=self.tables.meta)
        self._washes -= 1
        if not self._washes:
            self._clean_for = generation
        raise _NotCleanError

    def expect_much(self) -> None:
        """Much is about to be changed in one transaction; what is to be cleared later may be as much."""
        self._at_once = _MAX_AT_ONCE

    def further_table(self, name: str, *, dense: bool = False) -> Table | None:
        """A table beside those that every store has, made if need be; None if there is none and none may be made.

        Args:
            name: What it is called.
            dense: Whether a key has several values, all of one size.

        Raises:
            StoreUnusableError: It cannot be opened.
        """
        if name not in self._further:
            # It is opened in a transaction of its own: never within another one of this thread.
            with named_errors(self.folder, self.max_bytes), suppress(lmdb.NotFoundError):
                self._further[name] = self._env.open_db(
                    name.encode(), create=not self.readonly, dupsort=dense, dupfixed=dense
                )
        return self._further.get(name)

    def wipe(self) -> bool:
        """Overwrite what the file still holds of rows that are gone; False if a reader from before is still at work.

        Raises:
            StoreUnusableError: The file cannot be overwritten; all that is not gone is as it was.
        """
        with self.write() as txn:
            self._env.reader_check()
            # Nobody commits while this transaction is open, so whoever begins to read now reads what stays.
            if any(seen < txn.id() - 1 for seen in self._read_ids()):
                return False
            try:
                wiping.wipe(self.folder / soundness.DATA)
            except wiping.WipeError as exc:
                raise StoreUnusableError(self.folder, f"it cannot be wiped: {exc}") from exc
        return True

    def close(self) -> None:
        """Let go of the files; a second call does nothing."""
        self._env.close()
        self._length.close()
        self._let_go()

    def used_bytes(self, txn: Txn) -> int:
        """What the pages of all tables take that were opened."""
        own = (getattr(self.tables, name) for name in Tables.__struct_fields__)
        opened = [table for table in (*own, *self._further.values()) if table is not None]
        stats = [txn.stat(table) for table in opened]
        pages = sum(s["branch_pages"] + s["leaf_pages"] + s["overflow_pages"] for s in stats)
        return pages * stats[0]["psize"]

    def disk_bytes(self) -> int:
        """What the file takes, free pages included."""
        return (self.folder / soundness.DATA).stat().st_size

    def _read_ids(self) -> list[int]:
        """The transactions that readers of any process look at."""
        lines = self._env.readers().splitlines()[1:]
        return [int(line.split()[2]) for line in lines if line.split()[2] != "-"]

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            with named_errors(self.folder, self.max_bytes):
                yield
        except StoreDamagedError:
            self._well = False  # whoever opens it next reads all of it first
            raise

    def _begin(self, *, renew: bool) -> None:
        """Open and lay out; what is damaged is put aside if that is asked for and harms nobody."""
        try:
            self._env, self.tables = self._opened()
        except StoreDamagedError as damaged:
            if not (renew and self._hold and self._hold.alone):
                raise
            self.damage = damaged.reason
            self.put_aside = soundness.put_aside(self.folder)
            self._env, self.tables = self._opened()
        self._clean_for = self._generation()
        if self._hold:
            self._hold.share()

    def _opened(self) -> tuple[lmdb.Environment, Tables]:
        with named_errors(self.folder, self.max_bytes):
            if self._hold:
                soundness.reserve(self.folder)
                self._examine(self._hold)
            self._env = self._open()
            try:
                self._env.reader_check()
                if self._missing_bytes() > 0:
                    self._mend()
                tables = self._lay_out()
                self._length = Length(self.folder / soundness.DATA)
            except BaseException:
                self._env.close()
                raise
        return self._env, tables

    def _look(self) -> None:
        """Touch nothing of a file that was cut short since it was opened.

        Raises:
            StoreDamagedError: It was.
        """
        if self._length.is_cut():
            self._well = False  # whoever opens it next reads all of it first
            raise StoreDamagedError(self.folder, _CUT)

    def _examine(self, hold: soundness.Hold) -> None:
        """Have all of a store read by somebody else if it was not closed well."""
        if hold.alone and not hold.left_well() and (reason := soundness.trouble(self.folder)):
            raise StoreDamagedError(self.folder, reason)

    def _generation(self) -> bytes:
        with self._env.begin() as txn:
            return bytes(txn.get(EPOCH, b"", db=self.tables.meta)[:8])

    def _let_go(self) -> None:
        if self._hold:
            self._hold.release(well=self._well)

    def _open(self) -> lmdb.Environment:
        return lmdb.open(
            str(self.folder),
            # A reader adopts the writer's limit.
            map_size=0 if self.readonly else self.max_bytes,
            readonly=self.readonly,
            create=not self.readonly,
            mode=0o600,
            max_dbs=len(Tables.__struct_fields__) + _FURTHER_TABLES,
            max_readers=_MAX_READERS,
            # Lookups jump about; reading ahead would fill the page cache with what nobody asked for.
            readahead=False,
        )

    def _missing_bytes(self) -> int:
        needed = (self._env.info()["last_pgno"] + 1) * self._env.stat()["psize"]
        return needed - self.disk_bytes()

    def _mend(self) -> None:
        """Make the file as long as it says it is, if what is missing held nothing.

        A file that was cut off is too short, and so may one be whose last pages were freed before they were ever
        written. To read a mapped page behind the end of its file is no error but the end of the process (SIGBUS).
        """
        cut_short = StoreDamagedError(self.folder, "its file is cut short")
        if self.readonly:
            raise cut_short
        # As a writer, for nobody else may change the file's length meanwhile.
        with self._env.begin(write=True) as txn:
            length, missing_bytes = self.disk_bytes(), self._missing_bytes()
            os.truncate(self.folder / soundness.DATA, length + max(0, missing_bytes))
            try:
                self._walk(txn)
            except lmdb.Error as exc:
                os.truncate(self.folder / soundness.DATA, length)
                raise cut_short from exc

    def _walk(self, txn: Writer) -> None:
        """Visit every page that rows are on; one that was cut off is empty now, and an error."""
        for name in Tables.__struct_fields__:
            with suppress(lmdb.NotFoundError):
                table = self._env.open_db(name.encode(), txn, create=False)
                with txn.cursor(table) as cursor:
                    for _ in cursor.iternext(keys=True, values=False):
                        pass

    def _lay_out(self) -> Tables:
        found = self._found_layout()
        if found > LAYOUT:
            raise LayoutError(self.folder, found, LAYOUT)
        if self.readonly:
            return self._tables(None)
        # One transaction, so that no process ever meets half of a layout.
        with self._env.begin(write=True) as txn:
            tables = self._tables(txn)
            if found < _INDEXED_SINCE:
                self._drop_index(txn, tables)
            if found < LAYOUT:
                txn.put(LAYOUT_KEY, LAYOUT.to_bytes(4), db=tables.meta)
            txn.put(TENANT_KEY, secrets.token_bytes(32), overwrite=False, db=tables.meta)
        return tables

    def _drop_index(self, txn: Writer, tables: Tables) -> None:
        """Drop what earlier layouts derived; it is made anew from the journal."""
        for name in (b"answers", b"children"):
            with suppress(lmdb.NotFoundError):
                txn.drop(self._env.open_db(name, txn, create=False), delete=True)
        for table in (tables.index, tables.counts):
            if table is not None:
                txn.drop(table, delete=False)
        txn.delete(b"learnt", db=tables.meta)

    def _found_layout(self) -> int:
        try:
            meta = self._env.open_db(b"meta", create=False)
        except lmdb.NotFoundError:
            return 0
        with self._env.begin() as txn:
            return int.from_bytes(txn.get(LAYOUT_KEY, b"", db=meta))

    def _tables(self, txn: Writer | None) -> Tables:
        def table(name: str) -> Table:
            several = name in _DENSE
            return self._env.open_db(
                name.encode(), txn, create=not self.readonly, dupsort=several, dupfixed=several
            )

        always = Tables.__struct_fields__[: -len(Tables.__struct_defaults__)]
        later = Tables.__struct_fields__[len(always) :]
        tables = Tables(*map(table, always))
        for name in later:
            with suppress(lmdb.NotFoundError):
                tables = replace(tables, **{name: table(name)})
        return tables


class _Reading:
    """A read transaction as a context. A request opens a dozen of them: generators would take ten times as long."""

    __slots__ = ("_store", "_txn")

    def __init__(self, store: Environment) -> None:
        self._store = store

    def __enter__(self) -> Reader:
        self._txn = self._store.begin_reading()
        return self._txn

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._txn.abort()
        if error is not None:
            self._store.rename(error)
