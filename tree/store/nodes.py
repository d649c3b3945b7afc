"""The nodes of the tree: how each is reached, side by side in rows of one size, with nothing between them.

Nodes of stores of earlier layouts, and the few that do not fit that size, have rows of their own in another table.
"""

from collections.abc import Container, Iterator
from heapq import merge

from tree.canonical import NodeId
from tree.errors import DamagedRowError
from tree.store.rows import PLACE_BYTES, Step, decode_place, decode_step, encode_place, encode_step
from tree.store.tables import Table, Tables, Txn, Writer

_KEY = b"N"
"""Of all rows that are side by side."""


class Nodes:
    """Both tables, within the caller's transaction."""

    def __init__(self, tables: Tables) -> None:
        self._alone, self._dense = tables.nodes, tables.steps

    def put(self, txn: Writer, node: NodeId, step: Step) -> None:
        """Add a node that is not there."""
        place = encode_place(node, step)
        if place and self._dense is not None:
            txn.put(_KEY, place, db=self._dense)
        else:
            txn.put(node, encode_step(step), db=self._alone)

    def step(self, txn: Txn, node: NodeId) -> Step:
        """How a node is reached.

        Raises:
            DamagedRowError: It is not there, or not readable.
        """
        row = txn.get(node, db=self._alone)
        try:
            if row is not None:
                return decode_step(memoryview(row))
            if (place := next(self._places(txn, node), None)) is not None:
                return decode_place(place)[1]
        except ValueError as exc:
            raise DamagedRowError("nodes", node) from exc
        raise DamagedRowError("nodes", node)

    def knows(self, txn: Txn, node: NodeId) -> bool:
        """Whether there is such a node."""
        if next(self._places(txn, node), None) is not None:
            return True
        return txn.get(node, db=self._alone) is not None

    def beginning(self, txn: Txn, beginning: bytes) -> Iterator[NodeId]:
        """The nodes whose ids begin so, in their order; all, if it is empty."""
        dense = (decode_place(place)[0] for place in self._places(txn, beginning))
        return merge(_keys(txn, self._alone, beginning), dense)

    def count(self, txn: Txn) -> int:
        """How many there are."""
        tables = [table for table in (self._alone, self._dense) if table is not None]
        return sum(int(txn.stat(table)["entries"]) for table in tables)

    def drop(self, txn: Writer, gone: Container[bytes]) -> None:
        """Take nodes out."""
        for node in list(_keys(txn, self._alone, b"")):
            if node in gone:
                txn.delete(node, db=self._alone)
        if self._dense is not None:
            # As a whole: where few are on a page, LMDB leaves the bytes of one that is deleted.
            places = list(self._places(txn, b""))
            txn.drop(self._dense, delete=False)
            for place in places:
                if decode_place(place)[0] not in gone:
                    txn.put(_KEY, place, db=self._dense)

    def _places(self, txn: Txn, beginning: bytes) -> Iterator[bytes]:
        if self._dense is None:
            return
        with txn.cursor(self._dense) as cursor:
            there = cursor.set_range_dup(_KEY, beginning) if beginning else cursor.set_key(_KEY)
            while there and (place := bytes(cursor.value())).startswith(beginning):
                if len(place) == PLACE_BYTES:
                    yield place
                there = cursor.next_dup()


def _keys(txn: Txn, table: Table, beginning: bytes) -> Iterator[NodeId]:
    with txn.cursor(table) as cursor:
        found = cursor.set_range(beginning)
        while found and (key := bytes(cursor.key())).startswith(beginning):
            yield NodeId(key)
            found = cursor.next()
