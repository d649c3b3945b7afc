"""Lists of words that rows are compressed with, made of the store's own traffic: messages become half as large.

A list is never changed once it is committed, for rows need the very list that they were packed with. Lists hold
pieces of what was said: whoever removes a text from the store has to remove it from them, and pack their rows anew.
"""

import hashlib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice

import msgspec

from tree.message import Json
from tree.store.coding import BUILT_IN, WordList, frequencies, unpack
from tree.store.sealing import LINE_END, SEALED, is_sealed
from tree.store.tables import Tables, Txn, Writer

_CURRENT = b"message words"
_GIVEN = b"given words"
_NUMBER_BYTES = 2
_MAX_NUMBER = 256**_NUMBER_BYTES - 1
_DUE = (64, 256, 1024, 4096, 16_384, 65_536)
"""Number of messages at which a new list is made. Agent traffic of 2,000 messages needs 78 bytes a message with a list
of its own and 170 with the built-in one."""
_LIST_BYTES = 131_072
_HEAD_BYTES = 600
_HEADS = 2 * _LIST_BYTES // _HEAD_BYTES
"""Most messages are shorter."""

_TELLING = 40
"""Bytes that a message begins with anyway: nothing that was said is among them."""
_MAX_MAKES = 1024
"""Envelopes are of few makes. A provider that mints names without end would fill the store with lists."""

_WORD = re.compile(r"[\w.:/-]{1,40}")

_encode = msgspec.json.Encoder().encode


class WordLists:
    """All lists of a store, within the caller's transaction."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._ready: dict[int, WordList] = {0: BUILT_IN}

    def list(self, txn: Txn, number: int) -> WordList:
        """A list by its number.

        Raises:
            ValueError: There is none, or it cannot be read.
        """
        ready = self._ready.get(number)
        if ready is None:
            row = txn.get(encode_number(number), db=self._tables.words)
            if row is None:
                raise ValueError(f"there is no word list {number}")
            ready = self._ready[number] = WordList(number, unpack(row))
        return ready

    def unpack(self, txn: Txn, row: bytes | memoryview) -> bytes:
        """The payload of a row.

        Raises:
            ValueError: It cannot be read.
        """
        return unpack(row, lambda number: self.list(txn, number))

    def lines(self, txn: Txn, row: bytes) -> Sequence[bytes]:
        """The payloads in a row of many, one a line.

        Raises:
            ValueError: It cannot be read.
        """
        return self.unpack(txn, row[len(SEALED) :]).split(LINE_END)

    def for_messages(self, txn: Txn) -> WordList:
        """The list for new messages."""
        row = txn.get(_CURRENT, db=self._tables.meta)
        return BUILT_IN if row is None else self._usable(txn, decode_number(row[1:]))

    def for_envelope(self, txn: Writer, envelope: Json) -> WordList:
        """The list for an envelope of this make; the first one of a make becomes its list."""
        make = make_id(envelope)
        row = txn.get(make, db=self._tables.makes)
        if row is not None:
            return self._usable(txn, decode_number(row))
        if txn.stat(self._tables.makes)["entries"] >= _MAX_MAKES:
            return BUILT_IN
        number = self._add(txn, _encode(outline(envelope)))
        txn.put(make, encode_number(number), db=self._tables.makes)
        return self._usable(txn, number)

    def renew(self, txn: Writer, count: int) -> int:
        """Make a new list for messages if so many are enough to do better than the last one; its number, or 0."""
        row = txn.get(_CURRENT, db=self._tables.meta)
        made = 0 if row is None else row[0]
        if made == len(_DUE) or count < _DUE[made]:
            return 0
        number = self._add(txn, self._sample(txn))
        txn.put(_CURRENT, bytes([made + 1]) + encode_number(number), db=self._tables.meta)
        return number

    def keep_only(self, txn: Writer, number: int) -> None:
        """Drop all lists for messages but one: no row is packed with the others any more."""
        with txn.cursor(self._tables.makes) as cursor:
            makes = set(map(decode_number, cursor.iternext(keys=False, values=True)))
        for other in self.numbers(txn) - makes - {number}:
            txn.delete(encode_number(other), db=self._tables.words)

    def tainted(
        self, txn: Txn, payloads: Iterable[bytes], envelopes: Iterable[Json]
    ) -> frozenset[int]:
        """Numbers of the lists that were made of any of these messages and envelopes, among others."""
        for_envelopes = {}
        with txn.cursor(self._tables.makes) as cursor:
            for key, row in cursor:
                for_envelopes[bytes(key)] = decode_number(row)
        others = self.numbers(txn) - set(for_envelopes.values())
        lists = {number: one.words for number in others if (one := self._found(txn, number))}
        found = set(others - set(lists))
        for payload in payloads:
            head = payload[:_HEAD_BYTES]
            found.update(number for number, words in lists.items() if _was_sampled(head, words))
        for envelope in envelopes:
            number = for_envelopes.get(make_id(envelope), 0)
            own = self._found(txn, number)
            if number and (own is None or own.words == _encode(outline(envelope))):
                found.add(number)
        return frozenset(found)

    def replace(self, txn: Writer, numbers: frozenset[int]) -> None:
        """Make new lists of what there is now in the place of these; rows packed with them are to be packed anew.

        The lists themselves go, but stay known here as long as this process runs, for those rows.
        """
        for number in self.numbers(txn) & numbers:
            self._found(txn, number)
            txn.delete(encode_number(number), db=self._tables.words)
        with txn.cursor(self._tables.makes) as cursor:
            makes = [bytes(key) for key, row in cursor if decode_number(row) in numbers]
        for make in makes:
            txn.delete(make, db=self._tables.makes)
        row = txn.get(_CURRENT, db=self._tables.meta)
        if row is not None and decode_number(row[1:]) in numbers:
            txn.delete(_CURRENT, db=self._tables.meta)
            if sample := self._sample(txn):
                number = self._add(txn, sample)
                txn.put(_CURRENT, row[:1] + encode_number(number), db=self._tables.meta)

    def numbers(self, txn: Txn) -> frozenset[int]:
        """The numbers of all lists."""
        with txn.cursor(self._tables.words) as cursor:
            return frozenset(map(decode_number, cursor.iternext(keys=True, values=False)))

    def _found(self, txn: Txn, number: int) -> WordList | None:
        with suppress(ValueError):
            return self.list(txn, number)
        return None

    def drop_ready(self) -> None:
        """Forget lists read in a transaction that came to nothing: their numbers will be given again."""
        self._ready = {0: BUILT_IN}

    def new_number(self, txn: Writer) -> int:
        """A number that no list ever had, for some process may still know that one by it; 0 if there is none left."""
        given = decode_number(txn.get(_GIVEN, b"", db=self._tables.meta))
        number = max(given, *self.numbers(txn), 0) + 1
        if number > _MAX_NUMBER:
            return 0
        txn.put(_GIVEN, encode_number(number), db=self._tables.meta)
        return number

    def _add(self, txn: Writer, words: bytes) -> int:
        number = self.new_number(txn)
        if number:
            txn.put(encode_number(number), BUILT_IN.pack(words), db=self._tables.words)
        return number

    def _sample(self, txn: Writer) -> bytes:
        heads = [*self._heads(txn)]
        heads = heads[:: max(1, len(heads) // _HEADS)]
        return frequencies(heads) + b"".join(heads)[:_LIST_BYTES]

    def _heads(self, txn: Writer) -> Iterator[bytes]:
        """Beginnings of messages from all over the table, some hundreds."""
        found, each = deque[bytes](), 1
        for at, payload in enumerate(self._payloads(txn)):
            if at % each == 0:
                found.append(payload[:_HEAD_BYTES])
            if len(found) > 2 * _HEADS:
                found, each = deque(islice(found, 0, None, 2)), 2 * each
        yield from found

    def _payloads(self, txn: Writer) -> Iterator[bytes]:
        """What can be read of the messages; nothing for one that cannot."""
        with txn.cursor(self._tables.messages) as cursor:
            for row in cursor.iternext(keys=False, values=True):
                try:
                    yield from self.lines(txn, row) if is_sealed(row) else [self.unpack(txn, row)]
                except ValueError:
                    yield b""

    def _usable(self, txn: Txn, number: int) -> WordList:
        """The list, or the built-in one where it is damaged: what comes is still to be recorded."""
        try:
            return self.list(txn, number)
        except ValueError:
            return BUILT_IN


def encode_number(number: int) -> bytes:
    """The key of a list, and the row of a make."""
    return number.to_bytes(_NUMBER_BYTES)


def decode_number(row: bytes | memoryview) -> int:
    """The number of a list; one that no list has if the row is damaged."""
    return int.from_bytes(bytes(row[:_NUMBER_BYTES]))


def make_id(envelope: Json) -> bytes:
    """Equal for envelopes with the same members in the same order, whatever they hold."""
    return hashlib.blake2b(_encode(_members(envelope)), digest_size=16).digest()


def outline(envelope: Json) -> Json:
    """An envelope's members and those of its values that are single words or numbers; no sentence of it."""
    if isinstance(envelope, dict):
        return {key: outline(value) for key, value in envelope.items()}
    if isinstance(envelope, list):
        return [outline(item) for item in envelope[:1]]
    if isinstance(envelope, str):
        return envelope if _WORD.fullmatch(envelope) else ""
    return envelope


def _was_sampled(head: bytes, words: bytes) -> bool:
    """Whether a message's beginning stands in a list: as a whole, or cut off at the list's end."""
    if head in words:
        return True
    at = words.find(head[:_TELLING], max(0, len(words) - _HEAD_BYTES))
    while at >= 0:
        if head.startswith(words[at:]):
            return True
        at = words.find(head[:_TELLING], at + 1)
    return False


def _members(envelope: Json) -> Json:
    if isinstance(envelope, dict):
        return {key: _members(value) for key, value in envelope.items()}
    if isinstance(envelope, list):
        return [_members(item) for item in envelope[:1]]
    return None
