"""Stores with any number of learnt templates: one is learnt, and its rows are copied under other words.

To learn a million templates takes hours. What is learnt of each of these differs in a word, which stands in all that
was said; rows, keys and marks are what learning makes of it. Run by itself, this learns a second one and compares.
"""

import string
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from msgspec.structs import replace

from tree.canonical import scope_id
from tree.generalising import Foreseen
from tree.judgement.drawer import Drawer
from tree.judgement.keep import Keeper
from tree.judgement.rows import ExampleRow, NodeRow, encode, examples_of, examples_row, novel_of
from tree.judgement.verdict import Limits
from tree.memory import Memory
from tree.message import Answer, Conversation, Message, Observation, Scope, Text, ToolCall
from tree.reading.item import Item
from tree.reading.tokens import skeleton, tokens
from tree.store.learnt import LearntRows
from tree.template.filing import Entry
from tree.template.library import Library
from tree.template.reader import Reader
from tree.template.view import View, views

SCOPE = Scope("bench", "openai-chat", "llm.example", "model-1", {"temperature": 0})
SYSTEM = Message("system", (Text("You move boxes between the shelves and the rooms of a store."),))
FIRST = "kestrels"
"""The word of the template that is learnt; all others are as long, and begin and end like it."""
LIMITS = Limits()
MAX_BYTES = 64 << 30
_TAUGHT = 400
_SHOWN = 2000
_WRITTEN = 50_000
"""So many copies are shown, and written, at once: a larger store has each of its pages changed by every writing."""
_EXAMPLES = 4
"""Of each copy: most templates of a large store are young."""

_node = msgspec.msgpack.Decoder(NodeRow).decode
_entry = msgspec.msgpack.Decoder(Entry).decode
_NONE = examples_row(())


def word(number: int) -> str:
    """A word of eight letters for each number."""
    letters = ""
    for _ in range(6):
        number, at = divmod(number, 26)
        letters += string.ascii_lowercase[at]
    return f"k{letters}s"


def asked(name: str, number: int) -> Conversation:
    """A request of one template; less than half of it is in other ones too, or they would be one."""
    room = number % 89 + 10
    text = f"{name} brings box B-{number:05} {name}ward, {name}gate, {name}hall, room {room}."
    return Conversation(SCOPE, (SYSTEM, Message("user", (Text(text),))))


def answered(number: int) -> Answer:
    """What follows it."""
    arguments = f'{{"box":"B-{number:05}","room":"{number % 89 + 10}"}}'
    return Answer(Message("assistant", (ToolCall(0, "get_route", arguments),)), {"id": "x"})


def grown(folder: Path, templates: int) -> None:
    """Fill a folder with a store of so many templates, or go on where this was broken off."""
    memory = Memory(folder, max_bytes=MAX_BYTES, limits=LIMITS)
    try:
        learnt(memory, FIRST, memory.summary().observations)
        found = memory._generaliser.foresee(asked(FIRST, 77_777), 1)  # type: ignore[union-attr]  # noqa: SLF001
        if not isinstance(found, Foreseen):
            sys.exit(f"the first template was not learnt: {found.reason}")
        Copies(LearntRows(memory.store)).make(templates)
    finally:
        memory.close()


def learnt(memory: Memory, name: str, start: int = 0) -> None:
    """Have a template learnt."""
    for first in range(start, _TAUGHT, 50):
        numbers = range(first, first + 50)
        memory.record([Observation(asked(name, n), answered(n), at_ns=n) for n in numbers])
        while memory.learn():
            pass


class Copies:
    """Copies of what was learnt first.

    Args:
        rows: Where that is, and where they go.
    """

    def __init__(self, rows: LearntRows) -> None:
        self.rows = rows
        self.drawer = Drawer(rows, scope_id(SCOPE), ("user", ""))
        self._library = Library(self.drawer)
        first = library(rows).entries[0]
        texts = list(first.texts[-_EXAMPLES:])
        bones = skeleton(tokens(first.texts[0]))
        # What nobody said is kept in the rows; of what was said, these only tell where it was.
        self._entry = encode(replace(first, texts=texts, skeleton=bones))
        self._nodes = [
            (view, young(_node(row)))
            for view in seen(rows, FIRST)
            if (row := rows.get(node_key(view)))
        ]

    def make(self, templates: int) -> None:
        """Copy, and show how far it is."""
        began, first, followed = time.monotonic(), len(self.drawer), self.rows.followed()
        for number in range(first, templates):
            self.copy(number, word(number))
            last = number == templates - 1
            if number % _WRITTEN == 0 or last:
                self.drawer.save()
                self.rows.write(followed, followed)
            if number % _SHOWN == 0 or last:
                rate = (number + 1 - first) / (time.monotonic() - began)
                text = f"{number + 1:,} of {templates:,} templates, {rate:,.0f} a second"
                print(f"\r{text:60}\r", end="", file=sys.stderr, flush=True)
        print(f"\r{'':60}\r", end="", file=sys.stderr, flush=True)

    def copy(self, number: int, name: str) -> None:
        """Make the template of another word."""
        words = FIRST.encode(), name.encode()
        entry = _entry(self._entry.replace(*words))
        entry.number = number
        self._library.enter(entry)
        keys: dict[tuple[Item, ...], dict[str, bytes]] = {}
        for first, node in self._nodes:
            frame = tuple(_numbered(item, number) for item in first.frame)
            if frame not in keys:
                keys[frame] = {view.kind: node_key(view) for view in views(frame)}
            # Observations and their digests are those of the first: whoever asks what follows asks for none.
            examples = [_read(example, number) for example in examples_of(node.examples)]
            row = encode(replace(node, examples=examples_row(tuple(examples))))
            self.rows.put(keys[frame][first.kind], row.replace(*words))


def _numbered(item: Item, number: int) -> Item:
    return replace(item, key=item.key.replace("user  #0", f"user  #{number}"))


def _read(example: ExampleRow, number: int) -> ExampleRow:
    """An example whose request was read by the template of another number."""
    *before, (_, version) = example.read
    return replace(example, read=(*before, (number, version)))


def seen(rows: LearntRows, name: str) -> list[View]:
    """What the views see of a request."""
    reader = Reader()
    reader.new_library = Keeper(rows, scope_id(SCOPE), reader).library
    return views(reader.read(asked(name, 1), learn=False))


def library(rows: LearntRows) -> Library:
    """The templates of what users say."""
    return Keeper(rows, scope_id(SCOPE), Reader()).library(("user", ""))


def node_key(view: View) -> bytes:
    """Where the node of a view is."""
    return b"n" + scope_id(SCOPE) + view.key


def young(node: NodeRow) -> NodeRow:
    """A node with few examples."""
    kept = examples_row(examples_of(node.examples)[-_EXAMPLES:])
    return replace(node, examples=kept, labels=node.labels[-_EXAMPLES:])


def kept(folder: Path, templates: int) -> Path:
    """A store of so many templates in a folder, made if it is not there."""
    place = folder / f"templates-{templates}"
    if not (place / "ready").exists():
        grown(place, templates)
        (place / "ready").touch()
    return place


def unlike(folder: Path) -> list[str]:
    """What of a copy is not as learning makes it; numbers and digests that name its own observations apart."""
    memory = Memory(folder, max_bytes=1 << 30, limits=LIMITS)
    try:
        learnt(memory, FIRST)
        copies = Copies(LearntRows(memory.store))
        copies.copy(1, word(1))
        copies.drawer.save()
        ours = _facts(copies.rows)
        learnt(memory, word(1))
        theirs = _facts(LearntRows(memory.store))
    finally:
        memory.close()
    return [f"{one}\n{other}" for one, other in zip(ours, theirs, strict=True) if one != other]


def _facts(rows: LearntRows) -> list[str]:
    """All that stands in the rows of the second template."""
    templates = library(rows)
    entry = templates.entries[1]
    texts = entry.texts[-_EXAMPLES:]
    facts = [f"{len(templates.entries)} templates, {replace(entry, texts=texts)}"]
    facts.append(f"{templates.match(texts[-1])}")
    for view in seen(rows, word(1)):
        row = rows.get(node_key(view))
        if row is None:
            facts.append(f"{view.kind}: nothing")
            continue
        node = young(_node(row))
        read = [example.read for example in examples_of(node.examples)]
        tests = {
            name: (streak.clean, streak.failures, len(streak.counted))
            for name, streak in novel_of(node.novel).items()
        }
        arms = msgspec.msgpack.decode(node.arms)
        rest = replace(node, examples=_NONE, arms=_NONE, novel=_NONE)
        facts.append(f"{view.kind}: {rest} {arms} {read} {tests}")
    return facts


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="rote-bench-") as temporary:
        found = unlike(Path(temporary))
    print("\n".join(found) or "copies are what learning makes")
    sys.exit(bool(found))
