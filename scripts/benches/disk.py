"""What a store takes on disk, beside the unique text of the messages in it: generated conversations, or recorded runs.

A message's text is what its parts say: texts, and names and arguments of calls. It counts once however often it comes.
"""

import argparse
import random
import statistics
import string
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

import offline
import page
from tree.judgement.verdict import Limits
from tree.memory import Memory
from tree.message import (
    Answer,
    Conversation,
    Message,
    Observation,
    Scope,
    Text,
    ToolCall,
    ToolResult,
)
from tree.store.tables import Reader, Table, Tables

BAR = 1.3
MAX_BYTES = 8 << 30
_AT_ONCE = 64
_WORDS = 4000
_HEADER = (
    "what is remembered | exchanges | unique text | store | beside the text | an exchange"
    " | journal and messages | learnt"
)
_DERIVED = ("index", "counts", "learnt", "brief")
KINDS = {
    b"x": "texts",
    b"l": "templates",
    b"c": "counts of templates",
    b"n": "nodes",
    b"w": "frames met",
    b"t": "tests",
    b"a": "watches",
    b"e": "answers by form",
}

type Turn = tuple[Conversation, Answer]


class Writer:
    """Says things that were never said, in words that come as often as those of a language do."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a text, no secret
        self._vocabulary = [self._word() for _ in range(_WORDS)]
        self._shares = [1 / (rank + 3) for rank in range(_WORDS)]

    def _word(self) -> str:
        letters = self._random.choices(string.ascii_lowercase, k=self._random.randrange(2, 11))
        return "".join(letters)

    def number(self, most: int) -> int:
        """A number below `most`."""
        return self._random.randrange(most)

    def prose(self, words: int) -> str:
        """Sentences, with numbers among them."""
        said = self._random.choices(self._vocabulary, self._shares, k=words)
        for at in range(0, words, 11):
            said[at] = said[at].capitalize()
            said[at - 1] += "."
        for at in range(7, words, 29):
            said[at] = str(self.number(100_000))
        return " ".join(said)

    def record(self) -> str:
        """What a tool answers."""
        rows = [
            {"id": f"R-{self.number(10**6):06}", "name": self.prose(2), "amount": self.number(9999)}
            for _ in range(self.number(12) + 1)
        ]
        return msgspec.json.encode({"rows": rows, "note": self.prose(8)}).decode()


def _answer(writer: Writer, *parts: Text | ToolCall) -> Answer:
    envelope = {
        "id": f"msg_{writer.number(10**15):015}",
        "object": "chat.completion",
        "created": 1_700_000_000 + writer.number(10**7),
        "model": "model-1",
        "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": writer.number(9000), "completion_tokens": writer.number(900)},
    }
    return Answer(Message("assistant", parts), envelope)


def _scope(name: str) -> Scope:
    return Scope("bench", "openai-chat", "llm.example", "model-1", {"task": name})


def chats(writer: Writer, many: int) -> Iterator[Turn]:
    """Short questions and answers, four of a conversation."""
    for _ in range(many):
        said = [Message("system", (Text("You answer briefly, and say so where you do not know."),))]
        for _ in range(4):
            said.append(Message("user", (Text(writer.prose(12 + writer.number(30))),)))
            answer = _answer(writer, Text(writer.prose(30 + writer.number(120))))
            yield Conversation(_scope("chats"), tuple(said)), answer
            said.append(answer.message)


def agents(writer: Writer, many: int) -> Iterator[Turn]:
    """Tasks of twenty tool calls each, their results between them, and a report."""
    for _ in range(many):
        said = [Message("system", (Text("You look things up with the tools, then you report."),))]
        said.append(Message("user", (Text(f"Please look into this: {writer.prose(40)}"),)))
        for call in range(20):
            arguments = f'{{"id":"R-{writer.number(10**6):06}","depth":{writer.number(9)}}}'
            answer = _answer(writer, Text(writer.prose(9)), ToolCall(0, "read_rows", arguments))
            yield Conversation(_scope("agents"), tuple(said)), answer
            said.append(answer.message.renumbered(call))
            said.append(Message("tool", (ToolResult(call, (Text(writer.record()),)),)))
        yield Conversation(_scope("agents"), tuple(said)), _answer(writer, Text(writer.prose(150)))


def documents(writer: Writer, many: int) -> Iterator[Turn]:
    """A document of 10 to 60 KB each, and three questions about it."""
    for _ in range(many):
        said = [Message("user", (Text(writer.prose(1600 + writer.number(8000))),))]
        for _ in range(3):
            said.append(Message("user", (Text(writer.prose(10)),)))
            answer = _answer(writer, Text(writer.prose(120)))
            yield Conversation(_scope("documents"), tuple(said)), answer
            said.append(answer.message)


def recorded(file: Path, limit: int | None) -> Iterator[Turn]:
    """The turns of recorded runs."""
    for row in offline.load(file, {}, None, limit):
        yield from offline.turns(row)


def text_bytes(message: Message) -> int:
    """What a message says, as UTF-8."""
    return sum(map(_said_bytes, message.parts))


def _said_bytes(part: object) -> int:
    match part:
        case Text(text):
            return _length(text)
        case ToolCall():
            return _length(part.name) + _length(part.arguments)
        case ToolResult():
            return sum(map(_said_bytes, part.parts))
        case _:
            return 0


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


class Taken(msgspec.Struct):
    """What a store takes, in bytes."""

    exchanges: int
    text: int
    """Of the messages that differ, in all that was recorded."""
    tables: dict[str, int]
    """Pages in use, by table."""
    file: int
    kinds: dict[str, tuple[int, int]]
    """Rows of what was learnt and their bytes, keys included, by kind."""

    @property
    def store(self) -> int:
        """All pages in use."""
        return sum(self.tables.values())

    @property
    def ratio(self) -> float:
        """The store beside the text."""
        return self.store / self.text

    def row(self, name: str) -> list[str]:
        """Its line in the table."""
        derived = sum(self.tables[table] for table in _DERIVED)
        shares = [(self.store - derived) / self.text, derived / self.text]
        sizes = [f"{self.text / 1e6:.2f} MB", f"{self.store / 1e6:.2f} MB", f"{self.ratio:.2f}"]
        each = f"{self.store / self.exchanges:,.0f} bytes"
        return [name, f"{self.exchanges:,}", *sizes, each, *(f"{share:.2f}" for share in shares)]

    def print(self, name: str) -> None:
        """Everything that was measured."""
        print(
            f"{name}: {self.exchanges:,} exchanges, {self.text:,} bytes of unique text, {self.store:,} in use,"
            f" file {self.file:,}; {self.store / self.exchanges:,.0f} an exchange, {self.ratio:.2f} times the text"
        )
        for table, size in sorted(self.tables.items(), key=lambda one: -one[1]):
            print(f"    {table:12} {size:12,}  {size / self.text:.2f}")
        for kind, (rows, size) in sorted(self.kinds.items(), key=lambda one: -one[1][1]):
            print(
                f"      learnt: {kind:20} {rows:9,} rows {size:12,} bytes  {size / self.text:.2f}"
            )


def filled(folder: Path, turns: Iterator[Turn], name: str) -> Taken:
    """Record and learn all turns, and measure."""
    memory = Memory(folder, max_bytes=MAX_BYTES, limits=Limits())
    batch: list[Observation] = []
    exchanges = 0
    for conversation, answer in turns:
        exchanges += 1
        batch.append(Observation(conversation, answer, exchanges * 10**9, 900))
        if len(batch) == _AT_ONCE:
            _take(memory, batch)
            if sys.stderr.isatty():
                print(f"\r{name}: {exchanges:,} exchanges", end="", file=sys.stderr, flush=True)
    _take(memory, batch)
    if sys.stderr.isatty():
        print(f"\r{'':60}\r", end="", file=sys.stderr, flush=True)
    with memory.store.read() as txn:
        said = _said(txn, memory)
        tables, kinds = _tables(txn, memory), _kinds(txn, memory.store.further_table("learnt"))
    taken = Taken(exchanges, said, tables, memory.store.disk_bytes(), kinds)
    memory.close()
    return taken


def _said(txn: Reader, memory: Memory) -> int:
    """The text of all messages; each that differs is in the store once."""
    ids = memory.journal.messages.ids(txn)
    return sum(text_bytes(memory.journal.message(txn, one)) for one in ids)


def _take(memory: Memory, batch: list[Observation]) -> None:
    memory.record(batch)
    while memory.learn():
        pass
    batch.clear()


def _tables(txn: Reader, memory: Memory) -> dict[str, int]:
    found = {name: getattr(memory.store.tables, name) for name in Tables.__struct_fields__}
    found["learnt"] = memory.store.further_table("learnt")
    found["brief"] = memory.store.further_table("brief", dense=True)
    return {name: _pages(txn, table) for name, table in found.items() if table is not None}


def _pages(txn: Reader, table: Table) -> int:
    stat = txn.stat(table)
    return (
        sum(stat[kind] for kind in ("branch_pages", "leaf_pages", "overflow_pages")) * stat["psize"]
    )


def _kinds(txn: Reader, table: Table | None) -> dict[str, tuple[int, int]]:
    rows: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    if table is not None:
        with txn.cursor(table) as cursor:
            for key, row in cursor:
                kind = KINDS.get(bytes(key[:1]), "other")
                rows[kind] += 1
                sizes[kind] += len(key) + len(row)
    return {kind: (rows[kind], sizes[kind]) for kind in rows}


def sources(arguments: argparse.Namespace) -> Iterator[tuple[str, Iterator[Turn]]]:
    """What is to be remembered, each with its name."""
    if not arguments.data:
        yield "short chats", chats(Writer(1), 250 * arguments.times)
        yield "agents with tools", agents(Writer(2), 30 * arguments.times)
        yield "large documents", documents(Writer(3), 60 * arguments.times)
    for file in arguments.data:
        yield file.stem, recorded(file, arguments.limit)


def main() -> int:
    """0: at the bar or below it. 1: above."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="recorded runs, a run a line, as `offline` reads them; instead of generated ones",
    )
    parser.add_argument("--limit", type=int, metavar="N", help="runs of each file (default: all)")
    parser.add_argument(
        "--times", type=int, default=1, metavar="N", help="so many times the generated ones"
    )
    parser.add_argument("--write", action="store_true", help=f"update {page.PAGE.name}")
    arguments = parser.parse_args()
    all_taken: dict[str, Taken] = {}
    for name, turns in sources(arguments):
        with tempfile.TemporaryDirectory(prefix="rote-bench-") as folder:
            all_taken[name] = filled(Path(folder), turns, name)
        all_taken[name].print(name)
    rows = [taken.row(name) for name, taken in all_taken.items()]
    if arguments.write:
        note = "The last two columns are multiples of the unique text, indexes counted as learnt."
        page.write("disk", _HEADER, rows, note)
    ratios = [taken.ratio for taken in all_taken.values()]
    fine = max(ratios) <= BAR
    print(
        f"bar: {BAR} times the unique text; {min(ratios):.2f} to {max(ratios):.2f},"
        f" median {statistics.median(ratios):.2f}: {'held' if fine else 'missed'}"
    )
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
