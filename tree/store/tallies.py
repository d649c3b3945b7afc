"""Counters that only grow: how often what was asked, by day, and what came of it."""

import hashlib
from collections.abc import Container, Mapping

import msgspec
from msgspec import Struct

from tree.store.tables import Tables, Txn, Writer


class TallyKey(Struct, frozen=True, array_like=True):
    """What is counted apart from all else."""

    day: str
    """ISO date."""
    api: str
    origin: str
    model: str
    outcome: str
    """`hit-literal`, `hit-template`, `miss`, `bypass`, `shadow-right`, `shadow-wrong`, or a later word."""


class Tally(Struct, frozen=True, array_like=True):
    """Sums over the requests of one kind."""

    requests: int = 0
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        mine, theirs = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return Tally(*(a + b for a, b in zip(mine, theirs, strict=True)))


_Row = tuple[TallyKey, Tally]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Row).decode


def add_tallies(txn: Writer, tables: Tables, tallies: Mapping[TallyKey, Tally]) -> None:
    """Add to what is counted already."""
    for key, tally in tallies.items():
        place = _place(key)
        row = txn.get(place, db=tables.tallies)
        total = tally if row is None else _decode(row)[1] + tally
        txn.put(place, _encode((key, total)), db=tables.tallies)


def drop_tallies(txn: Writer, tables: Tables, kinds: Container[tuple[str, str, str]]) -> None:
    """Drop what is counted of these, each an API, a host and a model."""
    for key in list(read_tallies(txn, tables)):
        if (key.api, key.origin, key.model) in kinds:
            txn.delete(_place(key), db=tables.tallies)


def read_tallies(txn: Txn, tables: Tables) -> dict[TallyKey, Tally]:
    """All that is counted, earliest day first."""
    with txn.cursor(tables.tallies) as cursor:
        return dict(_decode(row) for _, row in cursor)


def _place(key: TallyKey) -> bytes:
    # A digest, for a model's name may be longer than a key of LMDB.
    return key.day.encode()[:32] + hashlib.blake2b(_encode(key), digest_size=16).digest()
