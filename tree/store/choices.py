"""What a user decided about a node, a template, or a slot: recorded, not derived, so no rebuilding loses it.

A template is what learning makes of the journal; made anew it may come to lie under another key. So a decision about
one also names nodes of the literal tree that the template was tested on (anchors): from them it is found again.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Literal

import msgspec
from msgspec import Struct

from tree.canonical import NodeId, ScopeId
from tree.errors import DamagedRowError
from tree.store.epoch import note_choice
from tree.store.tables import Tables, Txn, Writer

type Sort = Literal["node", "template", "slot"]
_PREFIXES: dict[Sort, bytes] = {"node": b"n", "template": b"t", "slot": b"s"}


class Choice(Struct, frozen=True):
    """One decision."""

    what: Literal["trust", "distrust", "name"]
    at_ns: int
    generation: int = 0
    """Of the store, when its key was right."""
    anchors: tuple[NodeId, ...] = ()
    """For a template and a slot: nodes of the tree that it was tested on, or read in."""
    view: str = ""
    """For a template: the view that it is of."""
    item: int = 0
    """For a slot: the how-manieth item of the conversation of the first anchor it is in, from 0."""
    item_key: str = ""
    """What learning knows that item by."""
    path: tuple[str | int, ...] = ()
    """For a slot: where it is in that item."""
    name: str = ""
    """For a slot."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Choice).decode


def choice_key(sort: Sort, where: bytes) -> bytes:
    """The row of a decision: `where` is a node's id, or what learning knows the template or slot by."""
    return _PREFIXES[sort] + where


def slot_key(scope: bytes, item_key: str, path: tuple[str | int, ...]) -> bytes:
    """The row of a slot's name: one for all templates of a scope that read the same text."""
    place = hashlib.blake2b(repr((item_key, path)).encode("utf-8", "surrogatepass"), digest_size=16)
    return choice_key("slot", scope + place.digest())


def put_choice(txn: Writer, tables: Tables, key: bytes, choice: Choice | None) -> None:
    """Keep a decision in the place of an earlier one, or with None take it back."""
    if tables.choices is None:
        return
    if choice is None:
        txn.delete(key, db=tables.choices)
    else:
        txn.put(key, _encode(choice), db=tables.choices)
    note_choice(txn, tables)


def read_choice(txn: Txn, tables: Tables, key: bytes) -> Choice | None:
    """A decision; None where none was made.

    Raises:
        DamagedRowError: The row is not readable.
    """
    row = None if tables.choices is None else txn.get(key, db=tables.choices)
    try:
        return None if row is None else _decode(row)
    except ValueError as exc:
        raise DamagedRowError("choices", key) from exc


def read_choices(
    txn: Txn, tables: Tables, sort: Sort, scope: ScopeId | None = None
) -> Iterator[tuple[bytes, Choice]]:
    """All decisions of a sort, of one scope for templates and slots, each after its key; unreadable ones left out."""
    prefix = choice_key(sort, scope or b"")
    if tables.choices is None:
        return
    with txn.cursor(tables.choices) as cursor:
        if not cursor.set_range(prefix):
            return
        for key, row in cursor:
            if not bytes(key).startswith(prefix):
                return
            with suppress(ValueError):
                yield bytes(key), _decode(row)
