"""What the proxies on a store tolerate, written down there: who looks at it beside them judges with the same limits."""

import msgspec

from tree.judgement.verdict import Limits
from tree.store.environment import Environment

_KEY = b"limits"
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[float, tuple[str, ...]]).decode


def write_limits(store: Environment, limits: Limits) -> None:
    """Write them down, if others stand there.

    Raises:
        StoreFullError: No room; what stood there stays.
        StoreUnusableError: The store cannot be written; likewise.
    """
    row = _encode((limits.max_error, tuple(sorted(limits.careful_tools))))
    with store.read() as txn:
        if bytes(txn.get(_KEY, b"", db=store.tables.meta)) == row:
            return
    with store.write() as txn:
        txn.put(_KEY, row, db=store.tables.meta)


def read_limits(store: Environment) -> Limits:
    """Those of the proxy that opened the store last; the usual ones where none did.

    Raises:
        StoreUnusableError: The store cannot be read.
    """
    with store.read() as txn:
        row = txn.get(_KEY, db=store.tables.meta)
        try:
            rate, tools = (0.02, ()) if row is None else _decode(row)
        except msgspec.MsgspecError:
            return Limits()
    return Limits(rate, frozenset(tools)) if row is not None else Limits()
