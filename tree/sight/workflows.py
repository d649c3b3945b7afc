"""The tree as a person thinks of it: conversations that are alike as one workflow, with how often each way was gone.

Made in memory by following the journal, a bit at a time, so that whoever looks need not wait for all of it; made anew
when something was forgotten. The same journal gives the same stages with the same numbers.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from tree.canonical import NodeId, ScopeId
from tree.errors import DamagedRowError, UnknownNodeError
from tree.memory import Memory
from tree.message import Message
from tree.sight.alike import HOLE, Sort, joined, sort_of, words_of
from tree.store.epoch import read_epoch
from tree.store.rows import Step
from tree.store.tables import Reader

MAX_KINDS = 100
"""Patterns that are told apart among the texts that follow one stage; further ones are taken together."""
SAMPLES = 12
"""Nodes that are kept of a stage, the newest ones."""
_BATCH = 32


class Stage:
    """Messages that are alike, at places that are alike."""

    def __init__(self, number: int, parent: "Stage | None", sort: Sort, pattern: list[str]) -> None:
        self.number, self.parent, self.sort, self.pattern = number, parent, sort, pattern
        self.below: list[Stage] = []
        self.nodes: deque[NodeId] = deque(maxlen=SAMPLES)
        """Of the tree, newest last; none for an answer that nothing has followed yet."""
        self.asked = 0
        """Requests that ended here and were answered by a provider."""
        self.times = 0
        """How often it was met: at as many places of the tree, or as an answer, or by what follows it."""
        self._places = self._answers = self._followed = 0

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that it calls."""
        return self.sort.tools if self.sort.kind == "call" else ()

    @property
    def words(self) -> str:
        """What is said, with holes where that differs from time to time."""
        said = " ".join(self.pattern) or HOLE
        tools = ", ".join(self.sort.tools)
        match self.sort.kind:
            case "call":
                return f"{tools}, several at once" if self.sort.many else tools
            case "result" | "error":
                return f"{tools or 'a tool'}: {', '.join(self.sort.keys) or said}"
            case _:
                return said

    def way(self) -> "list[Stage]":
        """The stages from the first one to this one."""
        way, at = [], self
        while at.parent is not None:
            way.append(at)
            at = at.parent
        return way[::-1]

    def met(self, node: NodeId) -> None:
        """Count one more place of the tree."""
        self.nodes.append(node)
        self._places += 1
        self._count()

    def said(self) -> None:
        """Count one more answer."""
        self._answers += 1
        self._count()

    def _count(self) -> None:
        times = max(self._places, self._answers, self._followed)
        more, self.times = times - self.times, times
        if more and self.parent is not None:
            self.parent._followed += more  # noqa: SLF001 - of the same class
            self.parent._count()  # noqa: SLF001


class Row(Struct, frozen=True):
    """A stage in an outline."""

    stage: Stage
    indent: int
    """Branchings above it in the outline."""
    hidden: int
    """Stages that follow it and are not in the outline."""
    branches: bool
    """Whether others follow what it follows, so that a way begins with it."""


class Workflows:
    """Stages of all scopes.

    Args:
        memory: Whose journal it follows.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._lock = threading.RLock()
        self._begin(0)

    def _begin(self, generation: int) -> None:
        self._generation, self._next = generation, 0
        self._roots: dict[ScopeId, Stage] = {}
        self._at: dict[bytes, Stage] = {}
        self._stages: list[Stage] = []

    def advance(self, budget_s: float) -> int:
        """Follow the journal for a while; returns how many observations are still to be followed.

        Raises:
            StoreUnusableError: The store cannot be read.
        """
        until = time.monotonic() + budget_s
        with self._lock:
            while True:
                with self._memory.store.read() as txn:
                    left = self._follow(txn)
                if not left or time.monotonic() >= until:
                    return left

    def root(self, scope: str) -> Stage:
        """What all workflows of a scope begin under.

        Raises:
            UnknownNodeError: Nothing of this scope was followed.
        """
        with self._lock:
            try:
                return self._roots[ScopeId(bytes.fromhex(scope))]
            except (ValueError, KeyError):
                raise UnknownNodeError(scope.encode("utf-8", "replace")) from None

    def stage(self, scope: str, number: int) -> Stage:
        """A stage of a scope by its number.

        Raises:
            UnknownNodeError: There is none.
        """
        root = self.root(scope)
        with self._lock:
            found = self._stages[number] if 0 <= number < len(self._stages) else None
            at = found
            while at is not None and at.parent is not None:
                at = at.parent
            if found is None or at is not root:
                raise UnknownNodeError(str(number).encode())
            return found

    def newest(self, stage: Stage) -> list[NodeId]:
        """Some nodes of a stage, newest first."""
        with self._lock:
            return list(stage.nodes)[::-1]

    def outline(self, top: Stage, rows: int) -> list[Row]:
        """The stages that follow one, those met most often first, in the order of the conversations."""
        with self._lock:
            shown = _most_met(top, rows)
            return list(_rows(top, shown, 0))

    def _follow(self, txn: Reader) -> int:
        generation = read_epoch(txn, self._memory.store.tables).generation
        if generation != self._generation:
            self._begin(generation)
        journal = self._memory.journal
        for _, seq in zip(range(_BATCH), journal.seqs(txn, self._next), strict=False):
            self._next = seq + 1
            try:
                entry = journal.entry(txn, seq)
                at = self._place(txn, entry.node)
                answer = journal.message(txn, entry.answer)
            except DamagedRowError:
                continue
            at.asked += 1
            self._below(at, answer).said()
        left = journal.next_seq(txn) - self._next
        return left if next(journal.seqs(txn, self._next), None) is not None else 0

    def _place(self, txn: Reader, node: NodeId | ScopeId) -> Stage:
        """The stage of a node, those above it made on the way."""
        new: list[tuple[NodeId, Step]] = []
        for at, step in self._memory.journal.way_up(txn, node):
            if at in self._at:
                break
            new.append((at, step))
        if not new:
            return self._at.get(node) or self._root(ScopeId(node))
        above = new[-1][1].parent
        stage = self._at.get(above) or self._root(ScopeId(above))
        for at, step in reversed(new):
            stage = self._below(stage, self._memory.journal.message(txn, step.message))
            stage.met(at)
            self._at[at] = stage
        return stage

    def _root(self, scope: ScopeId) -> Stage:
        if scope not in self._roots:
            self._roots[scope] = self._made(None, Sort("", "scope"), [])
        return self._roots[scope]

    def _below(self, above: Stage, message: Message) -> Stage:
        """The stage of a message that follows another one."""
        sort, text = sort_of(message, above.tools)
        words = words_of(text)
        kin = [stage for stage in above.below if stage.sort == sort]
        for stage in kin:
            pattern = joined(stage.pattern, words)
            if pattern is not None:
                stage.pattern = pattern
                return stage
        if len(kin) >= MAX_KINDS:
            kin[-1].pattern = [HOLE]
            return kin[-1]
        made = self._made(above, sort, words)
        above.below.append(made)
        return made

    def _made(self, above: Stage | None, sort: Sort, pattern: list[str]) -> Stage:
        stage = Stage(len(self._stages), above, sort, pattern)
        self._stages.append(stage)
        return stage


def _most_met(top: Stage, rows: int) -> set[int]:
    """Numbers of up to so many stages below one: of those that could come next, always the one met most often."""
    shown: set[int] = set()
    edge = list(top.below)
    while edge and len(shown) < rows:
        best = max(edge, key=lambda stage: (stage.times, -stage.number))
        edge.remove(best)
        edge += best.below
        shown.add(best.number)
    return shown


def _rows(top: Stage, shown: set[int], indent: int) -> Iterator[Row]:
    at: Stage | None = top
    while at is not None:
        following = [stage for stage in at.below if stage.number in shown]
        following.sort(key=lambda stage: (-stage.times, stage.number))
        if len(following) == 1:
            at = following[0]
            yield Row(at, indent, _hidden(at, shown), branches=False)
            continue
        for stage in following:
            yield Row(stage, indent + 1, _hidden(stage, shown), branches=True)
            yield from _rows(stage, shown, indent + 1)
        at = None


def _hidden(stage: Stage, shown: set[int]) -> int:
    return sum(below.number not in shown for below in stage.below)
