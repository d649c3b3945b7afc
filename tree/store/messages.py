"""Messages, each stored once: in the order they came, so that their pages are full, and found again by a digest.

A message is known by its number, and what refers to it does so by that. In stores of layout 1 it was known by its
digest, in rows in the order of those, which fill two thirds of their pages; such rows stay as they are.
"""

from collections.abc import Container, Iterator
from contextlib import suppress

from tree.canonical import MessageId, message_digest
from tree.errors import DamagedRowError
from tree.judgement.rows import brief as row_of
from tree.judgement.rows import name_of, number_of
from tree.store import brief
from tree.store.coding import WordList, packed_with
from tree.store.tables import Tables, Txn, Writer
from tree.store.words import WordLists

_NUMBERED = b"\xff\xff"
"""Before a number. A digest may begin so, too: it is longer."""
_NUMBER_BYTES = 4
ID_BYTES = len(_NUMBERED) + _NUMBER_BYTES
_NEXT = b"next message"
_REPACKED_BYTES = 4 << 20
"""Size of the table up to which all of it is packed anew with a new list, which takes up to half a second."""


class Messages:
    """The table of messages, within the caller's transaction.

    Args:
        tables: The store's.
        words: Its lists.
    """

    def __init__(self, tables: Tables, words: WordLists) -> None:
        self._tables, self._words = tables, words

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
        row = txn.get(message, db=self._tables.messages)
        if row is None:
            raise DamagedRowError("messages", message)
        try:
            return self._words.unpack(txn, row)
        except ValueError as exc:
            raise DamagedRowError("messages", message) from exc

    def renew(self, txn: Writer) -> None:
        """Make a new list of words if there are enough messages to do better than with the last one, and use it."""
        stat = txn.stat(self._tables.messages)
        number = self._words.renew(txn)
        pages = stat["leaf_pages"] + stat["overflow_pages"]
        if number and pages * stat["psize"] <= _REPACKED_BYTES:
            self._repack_all(txn)
            self._words.keep_only(txn, number)

    def repack(self, txn: Writer, lists: Container[int]) -> None:
        """Pack anew what is packed with any of these lists of words; those that cannot be read stay as they are."""
        words = self._words.for_messages(txn)
        for key, row in list(self._rows(txn)):
            if packed_with(row) in lists:
                txn.put(key, self._anew(txn, words, row), db=self._tables.messages)

    def drop(self, txn: Writer, gone: Container[bytes]) -> None:
        """Take messages out, and what leads to them."""
        with txn.cursor(self._tables.messages) as cursor:
            keys = [bytes(key) for key in cursor.iternext(keys=True, values=False)]
        for key in keys:
            if key in gone:
                txn.delete(key, db=self._tables.messages)
        if self._tables.digests is not None:
            # As a whole: where few are on a page, LMDB leaves the bytes of one that is deleted.
            found = list(brief.keys_of(txn, self._tables.digests))
            txn.drop(self._tables.digests, delete=False)
            kept = (one for one in found if _key(number_of(one)) not in gone)
            brief.put_all(txn, self._tables.digests, kept)

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
        rows = [(key, self._anew(txn, words, row)) for key, row in self._rows(txn)]
        txn.drop(self._tables.messages, delete=False)
        for key, row in rows:
            txn.put(key, row, db=self._tables.messages, append=True)

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
    return row_of(_name(message_digest(payload)), int.from_bytes(message[len(_NUMBERED) :]))


def _key(number: int) -> MessageId:
    return MessageId(_NUMBERED + number.to_bytes(_NUMBER_BYTES))


def _name(digest: bytes) -> bytes:
    return name_of(b"M", digest)
