"""Stores with any number of learnt templates: a few are learnt, and their rows are copied under other words.

To learn a million templates takes hours. What is learnt of each of these differs in one word, which stands in all that
was said; rows, keys and marks are what learning would have made of it.
"""

import string
import sys
import time
from pathlib import Path

import msgspec

from tree.canonical import scope_id
from tree.generalising import Foreseen
from tree.judgement.drawer import Drawer
from tree.judgement.keep import Keeper
from tree.judgement.rows import NodeRow, encode, examples_of, examples_row
from tree.judgement.verdict import Limits
from tree.memory import Memory
from tree.message import Answer, Conversation, Message, Observation, Scope, Text, ToolCall
from tree.reading.item import Item
from tree.store.learnt import LearntRows
from tree.template.filing import Entry
from tree.template.library import Library
from tree.template.pattern import Pattern
from tree.template.reader import Reader
from tree.template.view import views

SCOPE = Scope("bench", "openai-chat", "llm.example", "model-1", {"temperature": 0})
SYSTEM = Message("system", (Text("You move boxes between the shelves and the rooms of a store."),))
FIRST = "kestrels"
"""The word of the template that is learnt."""
LIMITS = Limits()
MAX_BYTES = 64 << 30
_TAUGHT = 400
_AT_ONCE = 2000
_EXAMPLES = 4
"""Of each copy: most templates of a large store are young."""

_node = msgspec.msgpack.Decoder(NodeRow).decode


def word(number: int) -> str:
    """A word of eight letters for each number."""
    letters = ""
    for _ in range(6):
        number, at = divmod(number, 26)
        letters += string.ascii_lowercase[at]
    return f"q{letters}x"


def asked(name: str, number: int, size: int = 0) -> Conversation:
    """A request of one template; with a system prompt of some length."""
    text = f"Please carry box B-{number:05} from the shelf of {name} over to room {number % 89 + 10} now."
    filler = (Text("All boxes are of wood. " * (size // 23)),) if size else ()
    system = Message("system", (*SYSTEM.parts, *filler))
    return Conversation(SCOPE, (system, Message("user", (Text(text),))))


def answered(number: int) -> Answer:
    """What follows it."""
    arguments = f'{{"box":"B-{number:05}","room":"{number % 89 + 10}"}}'
    return Answer(Message("assistant", (ToolCall(0, "get_route", arguments),)), {"id": "x"})


def grown(folder: Path, templates: int, *, size: int = 0) -> None:
    """Fill a folder with a store of so many templates, or go on where this was broken off."""
    memory = Memory(folder, max_bytes=MAX_BYTES, limits=LIMITS)
    for start in range(memory.summary().observations, _TAUGHT, 50):
        seen = [
            Observation(asked(FIRST, number, size), answered(number), at_ns=number)
            for number in range(start, start + 50)
        ]
        memory.record(seen)
        while memory.learn():
            pass
    found = memory._generaliser.foresee(asked(FIRST, 77_777, size), 1)  # type: ignore[union-attr]  # noqa: SLF001
    if not isinstance(found, Foreseen):
        sys.exit(f"the first template was not learnt: {found.reason}")
    rows = LearntRows(memory.store)
    _Copies(rows).make(templates, rows.followed())
    memory.close()


class _Copies:
    """Copies of what was learnt first."""

    def __init__(self, rows: LearntRows) -> None:
        self._rows = rows
        self._scope = scope_id(SCOPE)
        self._drawer = Drawer(rows, self._scope, ("user", ""))
        self._library = Library(self._drawer)
        self._entry = self._drawer[0]
        reader = Reader()
        reader.new_library = Keeper(rows, self._scope, reader).library
        # The views of such short conversations see all of it alike: one node is copied under the keys of all.
        view = views(reader.read(asked(FIRST, 1), learn=False))[0]
        row = rows.get(b"n" + self._scope + view.key)
        assert row is not None  # noqa: S101 - it was learnt
        self._row = encode(_young(_node(row)))
        self._frame = view.frame

    def make(self, templates: int, followed: int) -> None:
        """Copy, and show how far it is."""
        began, first = time.monotonic(), len(self._drawer)
        for number in range(len(self._drawer), templates):
            self._copy(number, word(number))
            if number % _AT_ONCE == 0 or number == templates - 1:
                self._drawer.save()
                self._rows.write(followed, followed)
                rate = (number - first) / (time.monotonic() - began)
                text = f"{number + 1:,} of {templates:,} templates, {rate:,.0f} a second"
                print(f"\r{text:60}\r", end="", file=sys.stderr, flush=True)
        print(f"\r{'':60}\r", end="", file=sys.stderr, flush=True)

    def _copy(self, number: int, name: str) -> None:
        first = self._entry
        statics = tuple(part.replace(FIRST, name) for part in first.pattern.statics)
        entry = Entry(
            number,
            Pattern(statics, first.pattern.types),
            [text.replace(FIRST, name) for text in first.texts[-_EXAMPLES:]],
            first.skeleton.replace(FIRST, name),
            first.version,
        )
        self._library.enter(entry)
        frame = [self._named(item, number) for item in self._frame]
        for view in views(frame):
            # Its examples are those of the first: whoever asks what follows asks for none.
            self._rows.put(b"n" + self._scope + view.key, self._row)

    @staticmethod
    def _named(item: Item, number: int) -> Item:
        return msgspec.structs.replace(item, key=item.key.replace("user  #0", f"user  #{number}"))


def _young(node: NodeRow) -> NodeRow:
    labels = node.labels[-_EXAMPLES:]
    kept = examples_row(examples_of(node.examples)[-_EXAMPLES:])
    return msgspec.structs.replace(node, examples=kept, labels=labels)


def kept(folder: Path, templates: int) -> Path:
    """A store of so many templates in a folder, made if it is not there."""
    place = folder / f"templates-{templates}"
    if not (place / "ready").exists():
        grown(place, templates)
        (place / "ready").touch()
    return place
