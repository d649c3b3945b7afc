"""Keeps what one scope has learnt on a shelf, row by row, and finds it there again.

Keys: `x` long text · `l`, `c` and `G` templates, see `drawer` · `n` node, or `N` where there is one example of it ·
`w` frame that a node met, or `W` where it met it once · `t` ledger · `a` watch over a subtree; each but the first
followed by the scope's id, or a digest of it. A row is written when what it holds has changed, after the observation.
What was said is in the journal, and rows only tell where: most kinds of context are met once, and never again.
"""

import hashlib

import msgspec

from tree.canonical import ScopeId
from tree.derive.reply import Reply, read_reply
from tree.judgement.alarm import Alarm, Watch
from tree.judgement.arm import Arm
from tree.judgement.drawer import Drawer
from tree.judgement.evidence import Count, Ledger, Prior, Stratum
from tree.judgement.lately import Lately, frame_digest
from tree.judgement.node import Example, Node
from tree.judgement.rows import (
    ExampleRow,
    NodeRow,
    SeenRow,
    Shelf,
    Texts,
    arms_of,
    arms_row,
    brief,
    encode,
    examples_of,
    examples_row,
    name_of,
    novel_of,
    novel_row,
)
from tree.judgement.said import SaidBefore
from tree.judgement.streak import Streak, nodes_row
from tree.template.library import Library
from tree.template.reader import Reader, template_of
from tree.template.view import kind_of, views

_VIEWS = 3
"""Views of a request; those that see the same have the same arms."""
WATCHES = b"a"
_ID_BYTES = 16
_node = msgspec.msgpack.Decoder(NodeRow).decode
_seen = msgspec.msgpack.Decoder(SeenRow).decode
_watch = msgspec.msgpack.Decoder(Watch).decode
_ledger = msgspec.msgpack.Decoder(list[tuple[Stratum, Count]]).decode


class Frames:
    """The frames that one node met. What was met once is a number in the journal; only what came again has a row."""

    def __init__(self, shelf: Shelf, place: bytes) -> None:
        self._shelf, self._place = shelf, place

    def get(self, digest: bytes) -> tuple[Reply, Streak] | None:
        """What followed a frame, and how reliably."""
        seq, streak = self._at(digest)
        if seq is None:
            return None
        came = self._shelf.came(seq)
        return came.reply, streak or Streak(1, where=nodes_row([came.node]), tested_ns=came.at_ns)

    def put(self, digest: bytes, streak: Streak, seq: int | None = None) -> None:
        """Keep how reliable it is what followed a frame, and in which observation it followed, if in another one."""
        before, _ = self._at(digest)
        if before is not None:
            row = SeenRow(before if seq is None else seq, streak)
            self._shelf.put(self._key(digest), encode(row))
        elif seq is not None:
            self._shelf.put(brief(self._name(digest), seq), b"")

    def _at(self, digest: bytes) -> tuple[int | None, Streak | None]:
        found = self._shelf.numbers([self._name(digest)])[0]
        if not found:
            return None, None
        row = self._shelf.get(self._key(digest))
        if row is None:
            return found[0], None
        seen = _seen(row)
        return seen.seq, seen.streak

    def _name(self, digest: bytes) -> bytes:
        return name_of(b"W", self._place, digest)

    def _key(self, digest: bytes) -> bytes:
        return b"w" + hashlib.blake2b(self._place + digest, digest_size=_ID_BYTES).digest()


class Keeper:
    """The rows of one scope."""

    def __init__(self, shelf: Shelf, scope: ScopeId, reader: Reader) -> None:
        self._shelf, self._scope, self._reader = shelf, scope, reader
        self._texts = Texts(shelf)
        self._said = SaidBefore(shelf, reader)
        self._last: tuple[bytes, NodeRow | None] = b"", None
        """The row that was read last: views that see the same have the same one."""
        self._read: dict[bytes, tuple[Arm, ...] | None] = {}
        """Arms that were read last, by their row."""
        self._drawers: dict[tuple[str, str], Drawer] = {}
        self._lately = Lately()
        reader.new_library = self.library

    def library(self, family: tuple[str, str]) -> Library:
        """The templates of a family, as they are on the shelf."""
        drawer = self._drawers[family] = Drawer(self._shelf, self._scope, family, self._said)
        return Library(drawer)

    def save_libraries(self, seq: int) -> None:
        """Write the templates that changed, by what was said in an observation."""
        self._said.now = seq
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

    def fresh(self, view: str, key: bytes) -> Node:
        """A node that knows nothing yet."""
        return Node(self._reader, Frames(self._shelf, self._scope + key), view, self._lately)

    def load(self, key: bytes) -> Node | None:
        """The node on the shelf, as it was when it was written; None for one that has a single example."""
        row = self._shelf.get(b"n" + self._scope + key)
        if row is None:
            return None
        node = self.fresh(kind_of(key), key)
        self._fill(node, self._decoded(row))
        return node

    def _decoded(self, row: bytes) -> NodeRow:
        last, own = self._last
        if own is None or row != last:
            own = _node(row)
            self._last = row, own
        return own

    def save(self, key: bytes, node: Node) -> None:
        """Write a node; of one with a single example, where that is."""
        if node.taken > 1:
            self._shelf.put(b"n" + self._scope + key, encode(self._row(node)))
        elif node.examples:
            name = name_of(b"N", self._scope, key)
            self._shelf.put(brief(name, node.examples[0].seq), b"")

    def met_once(self, key: bytes) -> bool:
        """Whether something like it was met, once at least."""
        return bool(key) and bool(self._shelf.numbers([name_of(b"N", self._scope, key)])[0])

    def once(self, key: bytes) -> Node | None:
        """A node that was met once: most are, and what they would say is made anew when it is asked for."""
        for seq in self._shelf.numbers([name_of(b"N", self._scope, key)])[0]:
            own = self._shelf.observation(seq)
            for view in views(self._reader.read(own.conversation, learn=False)):
                reply = read_reply(own.answer)
                if view.key == key and reply is not None:
                    node = self.fresh(view.kind, key)
                    node.begin(Example(view.frame, reply, frame_digest(view.frame), 0, seq))
                    return node
        return None

    def _row(self, node: Node) -> NodeRow:
        return NodeRow(
            node.left or examples_row(tuple(map(_example_row, node.examples))),
            novel_row(node.novel),
            arms_row(node.arms, self._texts),
            tuple(node.labels),
            tuple(node.guards),
            node.versions,
            node.idle,
            node.misfits,
            node.taken,
            node.roles_of_places,
        )

    def _fill(self, node: Node, row: NodeRow) -> None:
        node.leave(row.examples, lambda own: self._examples(own, node.view))
        node.novel = novel_of(row.novel)
        arms = self._arms(bytes(row.arms))
        node.arms = None if arms is None else list(arms)
        node.labels, node.guards = list(row.labels), list(row.guards)
        node.versions, node.idle, node.misfits = row.versions, row.idle, row.misfits
        node.taken = row.taken
        node.roles_of_places = row.roles

    def _arms(self, row: bytes) -> tuple[Arm, ...] | None:
        if row not in self._read:
            if len(self._read) >= _VIEWS:
                del self._read[next(iter(self._read))]
            self._read[row] = arms_of(row, self._texts)
        return self._read[row]

    def _examples(self, row: msgspec.Raw, view: str) -> list[Example]:
        return [self._example(own, view) for own in examples_of(row)]

    def _example(self, row: ExampleRow, view: str) -> Example:
        frames, reply = self._said.frames(row.seq), self._said.reply(row.seq)
        read = iter(row.read)
        frame = tuple(
            item if item.structured else self._reader.placed(item, *next(read))
            for item in frames[view]
        )
        return Example(frame, reply, row.digest, row.number, row.seq)


def _example_row(example: Example) -> ExampleRow:
    read = ((template_of(item), item.version) for item in example.frame if not item.structured)
    return ExampleRow(example.seq, example.digest, example.number, tuple(read))


def alarms(shelf: Shelf) -> list[tuple[ScopeId, Alarm]]:
    """The subtrees that are silenced, with their scopes; the latest first."""
    found = [
        (ScopeId(key[len(WATCHES) :][:_ID_BYTES]), alarm)
        for key, row in shelf.scan(WATCHES)
        if (alarm := _watch(row).alarm) is not None
    ]
    return sorted(found, key=lambda one: -one[1].at_ns)
