"""How often memory answered at a node, and when last: what was never derived and is kept beside the journal."""

import msgspec
from msgspec import Struct

from tree.canonical import NodeId
from tree.errors import DamagedRowError
from tree.store.tables import Tables, Txn, Writer


class Use(Struct, frozen=True, array_like=True):
    """How a node was of use."""

    hits: int = 0
    last_ns: int = 0


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Use).decode
_ID_BYTES = 16


def add_use(txn: Writer, tables: Tables, node: NodeId, at_ns: int) -> None:
    """Count an answer that memory gave at a node."""
    if tables.uses is None or len(node) != _ID_BYTES:
        return
    try:
        old = read_use(txn, tables, node)
    except DamagedRowError:
        old = Use()
    txn.put(node, _encode(Use(old.hits + 1, max(old.last_ns, at_ns))), db=tables.uses)


def read_use(txn: Txn, tables: Tables, node: NodeId) -> Use:
    """How often memory answered at a node.

    Raises:
        DamagedRowError: The row is not readable.
    """
    row = None if tables.uses is None else txn.get(node, db=tables.uses)
    try:
        return Use() if row is None else _decode(row)
    except ValueError as exc:
        raise DamagedRowError("uses", node) from exc
