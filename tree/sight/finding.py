"""What a person means by the beginning of an id: a node, a scope, or a template."""

from collections.abc import Iterable, Iterator
from itertools import islice

from msgspec import Struct

from tree.errors import TreeError
from tree.memory import Memory
from tree.sight.learnt import Learnt
from tree.sight.outline import ID_BYTES

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
    with memory.store.read() as txn:
        if len(text) <= 2 * ID_BYTES:
            start = bytes.fromhex(text[: len(text) // 2 * 2])
            nodes = memory.journal.nodes.beginning(txn, start)
            yield from (Thing("node", key) for key in _beginning(nodes, text))
            scopes = memory.journal.scopes(txn, start)
            yield from (Thing("scope", key) for key in _beginning(scopes, text))
    yield from (Thing("template", key) for key in Learnt(memory).matching(text))


def _beginning(ids: Iterable[bytes], text: str) -> Iterator[str]:
    """Up to two of these, which are in order, that begin so in hex."""
    return islice((key for one in ids if (key := one.hex()).startswith(text)), 2)
