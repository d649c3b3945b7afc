"""What a person means by the beginning of an id: a node, a scope, or a template."""

from collections.abc import Iterator

from msgspec import Struct

from tree.errors import TreeError
from tree.memory import Memory
from tree.sight.learnt import Learnt
from tree.sight.outline import ID_BYTES
from tree.store.tables import Table, Txn

LEAST = 4
"""Digits that a beginning has at least."""


class Thing(Struct, frozen=True):
    """Something that has an id."""

    sort: str
    """`node`, `scope` or `template`."""
    id: str
    """In hex."""


class NotFoundError(TreeError, LookupError):
    """Nothing has an id that begins so, or more than one thing has; the message says which."""


def thing(memory: Memory, beginning: str) -> Thing:
    """The one thing whose id begins so; a template also by the beginning of its own key, without its scope.

    Raises:
        NotFoundError: There is none, or more than one.
    """
    text = beginning.lower()
    if len(text) < LEAST or not all(char in "0123456789abcdef" for char in text):
        raise NotFoundError(f"“{beginning}” is no id: {LEAST} or more of the digits 0-9 and a-f")
    found = list(_things(memory, text))
    if not found:
        raise NotFoundError(f"nothing has an id that begins with {beginning}")
    if len(found) > 1:
        sorts = " and ".join(dict.fromkeys(f"a {one.sort}" for one in found))
        raise NotFoundError(f"more than one id begins with {beginning} ({sorts}); name more of it")
    return found[0]


def _things(memory: Memory, text: str) -> Iterator[Thing]:
    tables = memory.store.tables
    with memory.store.read() as txn:
        if len(text) <= 2 * ID_BYTES:
            for sort, table in (("node", tables.nodes), ("scope", tables.scopes)):
                yield from (Thing(sort, key) for key in _beginning(txn, table, text))
    yield from (Thing("template", key) for key in Learnt(memory).matching(text))


def _beginning(txn: Txn, table: Table, text: str) -> list[str]:
    """Up to two keys that begin so, in hex."""
    out: list[str] = []
    with txn.cursor(table) as cursor:
        found = cursor.set_range(bytes.fromhex(text[: len(text) // 2 * 2]))
        while found and len(out) <= 1 and (key := bytes(cursor.key()).hex()) <= text + "g":
            if key.startswith(text):
                out.append(key)
            found = cursor.next()
    return out
