"""Keeps what one scope has learnt on a shelf, row by row, and finds it there again.

Keys: `i` item · `x` long text · `l`, `c` and `g` templates, see `drawer` · `n` node · `w` frame that a node met ·
`t` ledger · `a` watch over a subtree; each but the first two followed by the scope's id, or a digest of it. A row is
written when what it holds has changed, after the observation.
"""

import hashlib

import msgspec
from msgspec.structs import replace

from tree.canonical import ScopeId
from tree.derive.reply import Reply
from tree.judgement.alarm import Alarm, Watch
from tree.judgement.drawer import Drawer
from tree.judgement.evidence import Count, Ledger, Prior, Stratum
from tree.judgement.node import Example, Node
from tree.judgement.rows import (
    ExampleRow,
    ItemRow,
    LostRowError,
    NodeRow,
    SeenRow,
    Shelf,
    Texts,
    arm_of,
    arm_row,
    encode,
    examples_of,
    examples_row,
    reply_of,
    reply_row,
)
from tree.judgement.streak import Streak
from tree.reading.item import Item
from tree.template.library import Library
from tree.template.reader import Reader

_MAX_KNOWN = 20_000
MAX_FRAMES = 4096
"""Places for frames that a node has."""
_PLACE_BYTES = 2
_MAX_STAY = 8
_ANSWERED = ("assistant", "call")
"""Kinds of items that were an answer before."""

WATCHES = b"a"
_ID_BYTES = 16
_item = msgspec.msgpack.Decoder(ItemRow).decode
_node = msgspec.msgpack.Decoder(NodeRow).decode
_seen = msgspec.msgpack.Decoder(SeenRow).decode
_watch = msgspec.msgpack.Decoder(Watch).decode
_ledger = msgspec.msgpack.Decoder(list[tuple[Stratum, Count]]).decode


class Frames:
    """The frames that one node met: as many as there are places for, and rather those that come again.

    Most frames are met once only, and a busy node meets new ones for ever. Each has one place, and whoever wants one
    that is taken waits until its owner was asked for it as often as it was met.
    """

    def __init__(self, shelf: Shelf, prefix: bytes, texts: Texts) -> None:
        self._shelf, self._prefix, self._texts = shelf, prefix, texts

    def get(self, digest: bytes) -> tuple[Reply, Streak] | None:
        """What followed a frame, and how reliably."""
        seen = self._at(self._place(digest))
        if seen is None or seen.digest != digest:
            return None
        return reply_of(seen.reply, self._texts), seen.streak

    def put(self, digest: bytes, reply: Reply, streak: Streak) -> None:
        """Keep what followed a frame."""
        place = self._place(digest)
        owner, stay = self._at(place), 0
        if owner is not None and owner.digest == digest:
            stay = min(_MAX_STAY, owner.stay + 1)
        elif owner is not None and owner.stay:
            self._shelf.put(place, encode(replace(owner, stay=owner.stay - 1)))
            return
        self._shelf.put(place, encode(SeenRow(reply_row(reply, self._texts), streak, digest, stay)))

    def _place(self, digest: bytes) -> bytes:
        place = int.from_bytes(digest[:_PLACE_BYTES]) % MAX_FRAMES
        return self._prefix + place.to_bytes(_PLACE_BYTES)

    def _at(self, place: bytes) -> SeenRow | None:
        row = self._shelf.get(place)
        return None if row is None else _seen(row)


class Keeper:
    """The rows of one scope."""

    def __init__(self, shelf: Shelf, scope: ScopeId, reader: Reader) -> None:
        self._shelf, self._scope, self._reader = shelf, scope, reader
        self._texts = Texts(shelf)
        self._known: set[bytes] = set()
        """Items that are on the shelf; some of them."""
        self._drawers: dict[tuple[str, str], Drawer] = {}
        reader.new_library = self.library

    def library(self, family: tuple[str, str]) -> Library:
        """The templates of a family, as they are on the shelf."""
        drawer = self._drawers[family] = Drawer(self._shelf, self._scope, family)
        return Library(drawer)

    def save_libraries(self) -> None:
        """Write the templates that changed."""
        for drawer in self._drawers.values():
            drawer.save()

    def load_ledger(self, prior: Prior) -> Ledger:
        """The tests on the shelf, beside those that the prior lends."""
        ledger = Ledger(prior)
        if (row := self._shelf.get(b"t" + self._scope)) is not None:
            ledger.counts = dict(_ledger(row))
        return ledger

    def save_ledger(self, ledger: Ledger) -> None:
        """Write the tests."""
        self._shelf.put(b"t" + self._scope, encode(list(ledger.counts.items())))

    def load_watch(self, subtree: bytes) -> Watch:
        """The watch over a subtree; a new one where there was none."""
        row = self._shelf.get(WATCHES + self._scope + subtree)
        return Watch() if row is None else _watch(row)

    def save_watch(self, subtree: bytes, watch: Watch) -> None:
        """Write a watch."""
        self._shelf.put(WATCHES + self._scope + subtree, encode(watch))

    def fresh(self, key: bytes) -> Node:
        """A node that knows nothing yet."""
        return Node(self._reader, Frames(self._shelf, b"w" + self._scope + key, self._texts))

    def load(self, key: bytes) -> Node | None:
        """The node on the shelf, as it was when it was written."""
        row = self._shelf.get(b"n" + self._scope + key)
        if row is None:
            return None
        node = self.fresh(key)
        self._fill(node, _node(row))
        return node

    def save(self, key: bytes, node: Node) -> None:
        """Write a node."""
        self._shelf.put(b"n" + self._scope + key, encode(self._row(node)))

    def _row(self, node: Node) -> NodeRow:
        return NodeRow(
            node.left or examples_row(tuple(map(self._example_row, node.examples))),
            node.novel,
            None if node.arms is None else tuple(arm_row(arm, self._texts) for arm in node.arms),
            tuple(node.labels),
            tuple(node.guards),
            node.versions,
            node.idle,
            node.misfits,
            node.taken,
            node.roles_of_places,
        )

    def _example_row(self, example: Example) -> ExampleRow:
        items = self._items(example.frame)
        return ExampleRow(
            items, reply_row(example.reply, self._texts), example.digest, example.number
        )

    def _fill(self, node: Node, row: NodeRow) -> None:
        node.leave(row.examples, self._examples)
        node.novel = row.novel
        node.arms = None if row.arms is None else [arm_of(arm, self._texts) for arm in row.arms]
        node.labels, node.guards = list(row.labels), list(row.guards)
        node.versions, node.idle, node.misfits = row.versions, row.idle, row.misfits
        node.taken = row.taken
        if row.roles is None:
            node.survey()
        else:
            node.roles_of_places = row.roles

    def _examples(self, row: msgspec.Raw) -> list[Example]:
        return list(map(self._example, examples_of(row)))

    def _example(self, row: ExampleRow) -> Example:
        return Example(self._frame(row), reply_of(row.reply, self._texts), row.digest, row.number)

    def _items(self, frame: tuple[Item, ...]) -> tuple[tuple[bytes, int], ...]:
        return tuple((self._put(item), item.version) for item in frame)

    def _put(self, item: Item) -> bytes:
        # What others say is referred to by its item alone.
        text = self._texts.put(item.text) if item.kind in _ANSWERED else item.text
        content = encode(ItemRow(item.kind, item.name, text, item.structured, item.key))
        digest = hashlib.blake2b(content, digest_size=16).digest()
        if digest not in self._known:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known.add(digest)
            self._shelf.put(b"i" + digest, content)
        return digest

    def _frame(self, row: ExampleRow) -> tuple[Item, ...]:
        return tuple(self._get(digest, version) for digest, version in row.items)

    def _get(self, digest: bytes, version: int) -> Item:
        row = self._shelf.get(b"i" + digest)
        if row is None:
            raise LostRowError(digest)
        own = _item(row)
        return self._reader.restored(
            Item(
                own.kind,
                own.name,
                self._texts.get(own.text),
                [],
                structured=own.structured,
                key=own.key,
                version=version,
            )
        )


def alarms(shelf: Shelf) -> list[tuple[ScopeId, Alarm]]:
    """The subtrees that are silenced, with their scopes; the latest first."""
    found = [
        (ScopeId(key[len(WATCHES) :][:_ID_BYTES]), alarm)
        for key, row in shelf.scan(WATCHES)
        if (alarm := _watch(row).alarm) is not None
    ]
    return sorted(found, key=lambda one: -one[1].at_ns)
