"""What a user decides about memory: trust, distrust, and names; each is recorded, and survives a rebuild.

A target is the id, in hex, of a node of the tree (16 bytes) or of a learnt template (32 bytes).
"""

import time
from typing import Literal

from tree.canonical import NodeId
from tree.errors import TreeError, UnknownNodeError
from tree.memory import Memory
from tree.message import Conversation
from tree.reading.item import Item, Path
from tree.sight.describing import view_of
from tree.sight.learnt import Learnt
from tree.sight.outline import ID_BYTES, hex_id
from tree.store.choices import Choice, choice_key, put_choice, slot_key

MAX_NAME = 60
_ANCHORS = 8


class SteeringError(TreeError, ValueError):
    """What was asked for cannot be done; the message says why."""


class Steering:
    """Takes down what a user decides.

    Args:
        memory: Opened for writing.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._learnt = Learnt(memory)

    def trust(self, target: str) -> None:
        """Serve a template without waiting for more evidence until it is wrong once; never prune, or let age, a node.

        Raises:
            UnknownNodeError: There is no such node or template.
            StoreFullError: No room; nothing changed.
            StoreUnusableError: The store cannot be written; nothing changed.
        """
        self._choose(target, "trust")

    def distrust(self, target: str) -> None:
        """Never answer from a node or a template until told otherwise; it goes on being learnt.

        Raises:
            UnknownNodeError: There is no such node or template.
            StoreFullError: No room; nothing changed.
            StoreUnusableError: The store cannot be written; nothing changed.
        """
        self._choose(target, "distrust")

    def undecide(self, target: str) -> None:
        """Take back trust or distrust; nothing happens where there was neither.

        Raises:
            UnknownNodeError: Nothing can have such an id.
            StoreFullError: No room; nothing changed.
            StoreUnusableError: The store cannot be written; nothing changed.
        """
        key = hex_id(target, ID_BYTES, 2 * ID_BYTES)
        sort: Literal["node", "template"] = "node" if len(key) == ID_BYTES else "template"
        with self._memory.store.write() as txn:
            put_choice(txn, self._memory.store.tables, choice_key(sort, key), None)

    def rename(self, template: str, item: int, path: Path, name: str) -> None:
        """Give a slot of a template a name, in all templates that read the same text; an empty name takes it back.

        Args:
            template: Its id, in hex.
            item: The how-manieth thing that is said there, from 0.
            path: Where the slot is in it.
            name: At most 60 characters, in one line.

        Raises:
            UnknownNodeError: There is no such template.
            SteeringError: It has no such slot, or the name is none.
            StoreFullError: No room; nothing changed.
            StoreUnusableError: The store cannot be written; nothing changed.
        """
        if len(name) > MAX_NAME or not (name.isprintable() and name == name.strip()):
            raise SteeringError(
                f"a name has up to {MAX_NAME} characters, in one line, with no blank around it"
            )
        key = hex_id(template, 2 * ID_BYTES)
        named = self._item(key, item)
        slots = next(
            one.slots for at, one in enumerate(self._learnt.template(template).said) if at == item
        )
        if path not in {slot.path for slot in slots}:
            raise SteeringError("there is no such slot")
        anchors, position = self._seen_in(key, named)
        choice = Choice(
            "name",
            time.time_ns(),
            self._learnt.generation,
            anchors,
            item=position,
            item_key=named.key,
            path=path,
            name=name,
        )
        with self._memory.store.write() as txn:
            row = slot_key(key[:ID_BYTES], named.key, path)
            put_choice(txn, self._memory.store.tables, row, choice if name else None)

    def _choose(self, target: str, what: Literal["trust", "distrust"]) -> None:
        key, now_ns = hex_id(target, ID_BYTES, 2 * ID_BYTES), time.time_ns()
        if len(key) == ID_BYTES:
            with self._memory.store.write() as txn:
                if not self._memory.journal.knows(txn, NodeId(key)):
                    raise UnknownNodeError(key)
                row = choice_key("node", key)
                put_choice(txn, self._memory.store.tables, row, Choice(what, now_ns))
            return
        found = self._learnt.node(key)
        view = view_of(found[1], key[ID_BYTES:]) if found else None
        if found is None or view is None:
            raise UnknownNodeError(key)
        anchors = tuple(found[1].tested_on()[-_ANCHORS:])
        choice = Choice(what, now_ns, self._learnt.generation, anchors, view=view.kind)
        with self._memory.store.write() as txn:
            put_choice(txn, self._memory.store.tables, choice_key("template", key), choice)

    def _item(self, key: bytes, item: int) -> Item:
        found = self._learnt.node(key)
        view = view_of(found[1], key[ID_BYTES:]) if found else None
        if view is None:
            raise UnknownNodeError(key)
        if not 0 <= item < len(view.frame):
            raise SteeringError("there is no such slot")
        return view.frame[item]

    def _seen_in(self, key: bytes, named: Item) -> tuple[tuple[NodeId, ...], int]:
        """A node whose conversation holds an item of this kind, and where in it."""
        found = self._learnt.node(key)
        for node in reversed(found[1].tested_on() if found else []):
            conversation = self._conversation(node)
            items = (
                found[0].reader.read(conversation, learn=False) if found and conversation else []
            )
            for at, one in enumerate(items):
                if one.key == named.key:
                    return (node,), at
        return (), 0

    def _conversation(self, node: NodeId) -> Conversation | None:
        return self._memory.conversation(node)
