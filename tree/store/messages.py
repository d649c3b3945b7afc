"""Messages, each stored once: in the order they came, so that their pages are full, and found again by a digest.

A message is known by its number, and what refers to it does so by that. In stores of layout 1 it was known by its
digest, in rows in the order of those, which fill two thirds of their pages; such rows stay as they are.

Messages that are not the last ones are sealed, as many as fill a page, line by line: JSON has no other line ends.
"""

from collections.abc import Container, Iterator, Sequence
from contextlib import suppress

from tree.canonical import MessageId, message_digest
from tree.errors import DamagedRowError
from tree.judgement.rows import brief as row_of
from tree.judgement.rows import name_of, number_of
from tree.store import brief, sealing
from tree.store.coding import WordList, packed_with
from tree.store.tables import Tables, Txn, Writer
from tree.store.words import WordLists

_NUMBERED = b"\xff\xff"
"""Before a number. A digest may begin so, too: it is longer."""
_NUMBER_BYTES = 4
ID_BYTES = len(_NUMBERED) + _NUMBER_BYTES
_NEXT = b"next message"
_SEALED_UPTO = b"sealed messages"
"""Number of the first message that was not looked at to be sealed."""
_NAME = b"messages"
_MAX_GAP = 256
"""Numbers that may be left out of a sealed row between two messages: each is a line in it."""
_WORTH = 2
"""Messages that are worth a row of many."""
_REPACKED_BYTES = 1 << 20
"""Size of the table up to which all of it is packed anew with a new list, which takes up to half a second."""


class Messages:
    """The table of messages, within the caller's transaction.

    Args:
        tables: The store's.
        words: Its lists.
    """

    def __init__(self, tables: Tables, words: WordLists) -> None:
        self._tables, self._words = tables, words
        self._opened = sealing.Opened()

    def put(self, txn: Writer, payload: bytes) -> MessageId:
        """Store a message unless it is there; returns what it is known by."""
        digest = message_digest(payload)
        known = self._known(txn, digest, payload)
        if known is not None:
            return known
        number = int.from_bytes(txn.get(_NEXT, b"", db=self._tables.meta))
        key, row = _key(number), self._words.for_messages(txn).pack(payload)
        # It cannot be appended where a digest of layout 1 is beyond it.
        if not txn.put(key, row, db=self._tables.messages, append=True):
            txn.put(key, row, db=self._tables.messages)
        txn.put(_NEXT, (number + 1).to_bytes(_NUMBER_BYTES), db=self._tables.meta)
        if self._tables.digests is not None:
            brief.put_all(txn, self._tables.digests, [row_of(_name(digest), number)])
        return key

    def payload(self, txn: Txn, message: MessageId) -> bytes:
        """The bytes of a message.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        found = sealing.covering(txn, self._tables.messages, message)
        try:
            if found is not None and not sealing.is_sealed(found[1]):
                return self._words.unpack(txn, found[1])
            if found is not None and len(message) == ID_BYTES:
                lines = self._opened_lines(txn, *found)
                at = number_in(message) - number_in(found[0]) - 1 + len(lines)
                if at >= 0 and lines[at]:
                    return lines[at]
        except ValueError as exc:
            raise DamagedRowError("messages", message) from exc
        raise DamagedRowError("messages", message)

    def ids(self, txn: Txn) -> Iterator[MessageId]:
        """All messages there are; of a row of many that cannot be read, the last one."""
        for key, row in self._rows(txn):
            if not sealing.is_sealed(row):
                yield MessageId(key)
                continue
            try:
                yield from self._numbered(txn, key, row)
            except ValueError:
                yield MessageId(key)

    def count(self, txn: Txn) -> int:
        """How many messages there are."""
        rows: int = txn.stat(self._tables.messages)["entries"]
        return rows + sealing.more(txn, self._tables, _NAME)

    def seal(self, txn: Writer) -> None:
        """Seal the oldest messages that are not yet, if there are enough of them to fill a page and more."""
        waiting = self._waiting(txn)
        while sum(len(row) for _, row in waiting) > sealing.WAITING_BYTES:
            done = self._seal(txn, waiting)
            upto = number_in(waiting[done - 1][0]) + 1
            txn.put(_SEALED_UPTO, upto.to_bytes(_NUMBER_BYTES), db=self._tables.meta)
            del waiting[:done]

    def renew(self, txn: Writer) -> None:
        """Make a new list of words if there are enough messages to do better than with the last one, and use it."""
        stat = txn.stat(self._tables.messages)
        number = self._words.renew(txn, self.count(txn))
        pages = stat["leaf_pages"] + stat["overflow_pages"]
        if number and pages * stat["psize"] <= _REPACKED_BYTES:
            self._repack_all(txn)
            self._words.keep_only(txn, number)

    def repack(self, txn: Writer, lists: Container[int]) -> None:
        """Pack anew what is packed with any of these lists of words; those that cannot be read stay as they are."""
        words = self._words.for_messages(txn)
        for key, row in list(self._rows(txn)):
            head = sealing.SEALED if sealing.is_sealed(row) else b""
            packed = row[len(head) :]
            if packed_with(packed) in lists:
                anew = head + self._anew(txn, words, packed)
                txn.put(key, anew, db=self._tables.messages)

    def drop(self, txn: Writer, gone: Container[bytes]) -> None:
        """Take messages out, and what leads to them."""
        for key, row in list(self._rows(txn)):
            if sealing.is_sealed(row):
                self._drop_sealed(txn, key, row, gone)
            elif key in gone:
                txn.delete(key, db=self._tables.messages)
        self._note_more(txn, sum(1 for _ in self.ids(txn)) - self.count(txn))
        if self._tables.digests is not None:
            # As a whole: where few are on a page, LMDB leaves the bytes of one that is deleted.
            found = list(brief.keys_of(txn, self._tables.digests))
            txn.drop(self._tables.digests, delete=False)
            kept = (one for one in found if _key(number_of(one)) not in gone)
            brief.put_all(txn, self._tables.digests, kept)

    def _drop_sealed(self, txn: Writer, key: bytes, row: bytes, gone: Container[bytes]) -> None:
        kept: dict[MessageId, bytes] = {}
        with suppress(ValueError):  # nobody can read what was in it, then
            sealed = self._numbered(txn, key, row)
            kept = {one: payload for one, payload in sealed.items() if one not in gone}
            if len(kept) == len(sealed):
                return
        txn.delete(key, db=self._tables.messages)
        if kept:
            words = self._words.for_messages(txn)
            row = _sealed_row(words, _lines([(one, kept[one]) for one in kept]))
            txn.put(max(kept), row, db=self._tables.messages)

    def _waiting(self, txn: Writer) -> list[tuple[MessageId, bytes]]:
        """The messages that may be sealed, with their rows: those that have pages of their own are not among them."""
        upto = int.from_bytes(txn.get(_SEALED_UPTO, b"", db=self._tables.meta))
        found: list[tuple[MessageId, bytes]] = []
        with txn.cursor(self._tables.messages) as cursor:
            there = cursor.set_range(_key(upto))
            while there and len(found) < sealing.AT_ONCE:
                key, row = cursor.item()
                if len(key) == ID_BYTES and len(row) <= sealing.LARGE_BYTES:
                    found.append((MessageId(bytes(key)), bytes(row)))
                there = cursor.next()
        return found

    def _seal(self, txn: Writer, waiting: list[tuple[MessageId, bytes]]) -> int:
        """Seal some of the first messages; returns how many of them are done with."""
        readable: list[tuple[MessageId, bytes]] = []
        left = sealing.RAW_BYTES
        for key, row in waiting:
            try:
                payload = b"" if sealing.is_sealed(row) else self._words.unpack(txn, row)
            except ValueError:
                payload = b""
            before = readable[-1][0] if readable else key
            left -= len(payload)
            if not payload or left < 0 or number_in(key) - number_in(before) > _MAX_GAP:
                break
            readable.append((key, payload))
        words = self._words.for_messages(txn)
        done, sealed = sealing.fill(_lines(readable), lambda some: _sealed_row(words, some))
        if done < _WORTH:
            return max(done, 1)
        for key, _ in readable[:done]:
            txn.delete(key, db=self._tables.messages)
        txn.put(readable[done - 1][0], sealed, db=self._tables.messages)
        self._note_more(txn, done - 1)
        return done

    def _note_more(self, txn: Writer, change: int) -> None:
        sealing.note_more(txn, self._tables, _NAME, change)

    def _numbered(self, txn: Txn, key: bytes, row: bytes) -> dict[MessageId, bytes]:
        """The messages in a row of many."""
        lines = self._opened_lines(txn, key, row)
        first = number_in(key) + 1 - len(lines)
        return {_key(number): one for number, one in enumerate(lines, first) if one}

    def _opened_lines(self, txn: Txn, key: bytes, row: sealing.Row) -> Sequence[bytes]:
        return self._opened.pieces(key, row, lambda row: self._words.lines(txn, row))

    def _known(self, txn: Txn, digest: bytes, payload: bytes) -> MessageId | None:
        if txn.get(digest, db=self._tables.messages) is not None:
            return MessageId(digest)
        for message in self._alike(txn, digest):
            with suppress(DamagedRowError):
                if self.payload(txn, message) == payload:
                    return message
        return None

    def _alike(self, txn: Txn, digest: bytes) -> list[MessageId]:
        """Messages whose digests begin like this one."""
        if self._tables.digests is None:
            return []
        return [_key(one) for one in brief.numbers(txn, self._tables.digests, [_name(digest)])[0]]

    def _repack_all(self, txn: Writer) -> None:
        words = self._words.for_messages(txn)
        rows: dict[bytes, bytes] = {}
        for key, row in self._rows(txn):
            if not sealing.is_sealed(row):
                rows[key] = self._anew(txn, words, row)
                continue
            try:
                sealed = self._numbered(txn, key, row)
                rows |= {one: words.pack(payload) for one, payload in sealed.items()}
            except ValueError:
                rows[key] = row
        txn.drop(self._tables.messages, delete=False)
        for key in sorted(rows):
            txn.put(key, rows[key], db=self._tables.messages, append=True)
        txn.delete(_SEALED_UPTO, db=self._tables.meta)
        self._note_more(txn, -sealing.more(txn, self._tables, _NAME))
        self.seal(txn)

    def _anew(self, txn: Txn, words: WordList, row: bytes) -> bytes:
        """A row packed with a list; as it is where it cannot be read."""
        with suppress(ValueError):
            return words.pack(self._words.unpack(txn, row))
        return row

    def _rows(self, txn: Txn) -> Iterator[tuple[bytes, bytes]]:
        with txn.cursor(self._tables.messages) as cursor:
            for key, row in cursor:
                yield bytes(key), bytes(row)


def digest_row(message: MessageId, payload: bytes) -> bytes | None:
    """The row of `digests` that leads to a message; None for one of layout 1, which its very digest leads to."""
    if len(message) != ID_BYTES:
        return None
    return row_of(_name(message_digest(payload)), number_in(message))


def number_in(message: bytes) -> int:
    """The number that a message is known by."""
    return int.from_bytes(message[len(_NUMBERED) :])


def _lines(numbered: Sequence[tuple[MessageId, bytes]]) -> list[bytes]:
    """Messages as lines, with an empty one before for each number that is left out."""
    lines, before = [], numbered[0][0] if numbered else b""
    for key, payload in numbered:
        lines.append(sealing.LINE_END * (number_in(key) - number_in(before) - 1) + payload)
        before = key
    return lines


def _sealed_row(words: WordList, lines: Sequence[bytes]) -> bytes:
    return sealing.SEALED + words.pack(sealing.LINE_END.join(lines))


def _key(number: int) -> MessageId:
    return MessageId(_NUMBERED + number.to_bytes(_NUMBER_BYTES))


def _name(digest: bytes) -> bytes:
    return name_of(b"M", digest)
