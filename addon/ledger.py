"""What ids stand for that a provider might be asked about: those made here durably, the provider's own for a while.

An answer that was served under an id of its own is kept in the store before its client gets it, so it means the same
after any kill, and to every proxy on the store. Each tenant has names of its own, at each host. Texts are kept once,
however many answers repeat them; all of it is dropped when a provider would have dropped it.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping

import msgspec
from msgspec import Struct

from addon.wire.codec import WireError
from addon.wire.held import Given, Holding
from tree.memory import Memory
from tree.message import Json

_SHARED_CHARS = 256
"""A text of this length is kept once for all."""
_TEXT = "\x00text"
_JSON = "\x00json"
_ANSWER, _ITEM, _CALL = b"a", b"i", b"c"
"""What a row under a name begins with."""
_LOCAL_BYTES = 32 << 20
_POINTER_BYTES = 256

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class _Row(Struct, frozen=True):
    """One answer as it is kept; long texts in it stand elsewhere."""

    previous: str
    items: list[Json]
    document: Json
    made: tuple[str, ...]


class _Pointer(Struct, frozen=True):
    """Where a piece of an answer is."""

    answer: str
    at: int


_decode_row = msgspec.json.Decoder(_Row).decode
_decode_pointer = msgspec.json.Decoder(_Pointer).decode


class Names:
    """The ids of one tenant at one host; a `Ledger`.

    Args:
        book: All that is known.
        whose: The tenant and the host.
    """

    def __init__(self, book: "Book", whose: bytes) -> None:
        self._book = book
        self._whose = whose

    def answer(self, name: str) -> Holding | None:
        """The answer of this id; None where that is not known.

        Raises:
            TreeError: The store cannot be read.
        """
        held = self._book.local(self._key("name", name))
        return held if held and held.document["id"] == name else self._kept(name)

    def made_here(self, name: str) -> Holding | None:
        """The answer of this id, if it was made here.

        Raises:
            TreeError: The store cannot be read.
        """
        return self._kept(name)

    def item(self, name: str) -> Json | None:
        """A piece of an answer that was made here, by its own id.

        Raises:
            TreeError: The store cannot be read.
        """
        row = self._row(_ITEM, name)
        if row is None:
            return None
        pointer = _decode_pointer(row)
        held = self._kept(pointer.answer)
        return held.document["output"][pointer.at] if held else None

    def call(self, name: str) -> str | None:
        """What the provider calls a tool call that got this id here; None for the same.

        Raises:
            TreeError: The store cannot be read.
        """
        row = self._row(_CALL, name)
        return None if row is None else row.decode()

    def piece(self, name: str) -> Json | None:
        """A piece of an answer by its own id, whoever made it.

        Raises:
            TreeError: The store cannot be read.
        """
        held = self._book.local(self._key("name", name))
        pieces = held.document["output"] if held else ()
        return next((one for one in pieces if one.get("id") == name), None) or self.item(name)

    def know(self, names: Collection[str]) -> bool:
        """Whether anything is held under one of these ids.

        Raises:
            TreeError: The store cannot be read.
        """
        keys = [self._key("name", name) for name in names]
        return any(map(self._book.local, keys)) or self._book.memory.held.has(keys)

    def keep(self, holding: Holding) -> None:
        """Keep an answer that was made here, durably.

        Raises:
            TreeError: It could not be kept.
            WireError: It holds a name that is taken here.
        """
        rows: dict[bytes, bytes] = {}
        given, document = holding.given, holding.document
        lifted = {name: self._shared(name, value, rows) for name, value in document.items()}
        row = _Row(given.previous, self._lifted(given.items, rows), lifted, holding.made)
        rows[self._key("name", document["id"])] = _ANSWER + _encode(row)
        for at, item in enumerate(document["output"]):
            if item.get("id") in holding.made:
                pointer = _Pointer(document["id"], at)
                rows[self._key("name", item["id"])] = _ITEM + _encode(pointer)
        self._book.memory.held.put(rows, time.time_ns())

    def keep_calls(self, calls: Mapping[str, str]) -> None:
        """Keep what the provider calls tool calls that got other ids here, durably.

        Raises:
            TreeError: It could not be kept.
        """
        rows = {self._key("name", name): _CALL + known.encode() for name, known in calls.items()}
        self._book.memory.held.put(rows, time.time_ns())

    def note(self, holding: Holding) -> None:
        """Remember an answer that the provider holds itself, as long as this process lives and there is room."""
        size = len(_encode([holding.given.items, holding.document["output"]]))
        self._book.note(self._key("name", holding.document["id"]), holding, size)
        for item in holding.document["output"]:
            if isinstance(item.get("id"), str):
                self._book.note(self._key("name", item["id"]), holding, _POINTER_BYTES)

    def drop(self, name: str) -> None:
        """Forget an answer that was made here.

        Raises:
            TreeError: The store cannot be written.
        """
        self._book.memory.held.drop(self._key("name", name))

    def _row(self, kind: bytes, name: str) -> bytes | None:
        row = self._book.memory.held.get(self._key("name", name))
        return row[1:] if row is not None and row[:1] == kind else None

    def _kept(self, name: str) -> Holding | None:
        packed = self._row(_ANSWER, name)
        if packed is None:
            return None
        row = _decode_row(packed)
        given = Given(row.previous, self._filled(row.items))
        return Holding(given, self._filled(row.document), row.made)

    def _key(self, kind: str, name: str) -> bytes:
        return hashlib.blake2b(
            self._whose + name.encode(), digest_size=16, person=kind.encode()
        ).digest()

    def _shared(self, name: str, value: Json, rows: dict[bytes, bytes]) -> Json:
        """A member of a document; what it repeats of its request, such as tools, is kept once as a whole."""
        if name == "output" or not isinstance(value, dict | list):
            return self._lifted(value, rows)
        lifted = self._lifted(_encode(value).decode(), rows)
        return {_JSON: lifted} if isinstance(lifted, dict) else value

    def _lifted(self, value: Json, rows: dict[bytes, bytes]) -> Json:
        """The value with its long texts put into rows of their own."""
        if isinstance(value, dict):
            if any(key.startswith("\x00") for key in value):
                raise WireError("a member's name begins with NUL")
            return {key: self._lifted(member, rows) for key, member in value.items()}
        if isinstance(value, list):
            return [self._lifted(member, rows) for member in value]
        if not isinstance(value, str) or len(value) < _SHARED_CHARS:
            return value
        key = self._key("text", value)
        rows[key] = value.encode("utf-8", "surrogatepass")
        return {_TEXT: key.hex()}

    def _filled(self, value: Json) -> Json:
        if isinstance(value, dict):
            if _JSON in value:
                return _decode(self._filled(value[_JSON]))
            if _TEXT in value:
                text = self._book.memory.held.get(bytes.fromhex(value[_TEXT])) or b""
                return text.decode("utf-8", "surrogatepass")
            return {key: self._filled(member) for key, member in value.items()}
        return [self._filled(member) for member in value] if isinstance(value, list) else value


class Book:
    """What all ids stand for; safe to use from several threads.

    Args:
        memory: The open store.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._lock = threading.Lock()
        self._local: OrderedDict[bytes, tuple[Holding, int]] = OrderedDict()
        self._bytes = 0

    def of(self, tenant: str, origin: str) -> Names:
        """The names of one tenant at one host."""
        return Names(self, f"{tenant}\n{origin}\n".encode())

    def local(self, key: bytes) -> Holding | None:
        """What this process was told of itself."""
        with self._lock:
            found = self._local.get(key)
        return found[0] if found else None

    def note(self, key: bytes, holding: Holding, size: int) -> None:
        """Remember it while there is room, at the expense of what was told longest ago."""
        with self._lock:
            self._bytes += size - self._local.pop(key, (None, 0))[1]
            self._local[key] = holding, size
            while self._bytes > _LOCAL_BYTES:
                _, (_, freed) = self._local.popitem(last=False)
                self._bytes -= freed
