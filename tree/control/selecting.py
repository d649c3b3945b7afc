"""Which observations a person means: by where they are in the tree, what they are about, or how old they are.

They are found from the journal's own rows, one pass over all of it; no index is relied on for what is to be deleted.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Literal

from msgspec import Struct

from tree.canonical import MessageId, NodeId, ScopeId
from tree.errors import DamagedRowError
from tree.memory import Memory
from tree.message import ToolCall
from tree.sight.learnt import Learnt
from tree.sight.outline import ID_BYTES
from tree.store.choices import read_choices
from tree.store.rows import Entry
from tree.store.tables import Txn
from tree.store.uses import read_use
from tree.template.view import views

type Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""
type Test = Callable[[Entry], bool]


class Selection(Struct, frozen=True):
    """What a person means."""

    what: Literal[
        "node", "subtree", "template", "scope", "tenant", "tool", "older", "unused", "all"
    ]
    """`node`: what was answered at a node; `subtree`: at it and anywhere below; `template`: all that a template reads;
    `tool`: conversations in which a tool is called; `older`: recorded before; `unused`: neither recorded nor served
    since; `all`: everything."""
    name: str = ""
    """Id in hex of a node, template or scope; a tenant's hash; a tool's name."""
    before_ns: int = 0
    """For `older` and `unused`, in nanoseconds since 1970."""


class Selector:
    """Finds the observations of a selection in one state of a store.

    Args:
        memory: Where to look.
        txn: The state.
        progress: Told how many entries of the journal were looked at.
    """

    def __init__(
        self, memory: Memory, txn: Txn, progress: Progress = lambda _done, _total: None
    ) -> None:
        self._memory, self._txn, self._progress = memory, txn, progress
        self._journal = memory.journal
        self._below: dict[bytes, bool] = {}
        self._calls: dict[bytes, bool] = {}

    def seqs(self, wanted: Selection) -> frozenset[int]:
        """Numbers of the observations that are meant.

        Raises:
            UnknownNodeError: The name is no id.
        """
        fits = self._test(wanted)
        return frozenset(seq for seq, entry in self._entries() if fits(entry))

    def _test(self, wanted: Selection) -> Test:
        name, before_ns = wanted.name, wanted.before_ns
        tests: dict[str, Callable[[], Test]] = {
            "all": lambda: lambda _: True,
            "older": lambda: self._last(lambda entry: entry.at_ns, before_ns),
            "unused": lambda: self._last(self._last_used(), before_ns),
            "tool": lambda: lambda entry: self._calls_tool(entry, name),
            "tenant": lambda: self._under(lambda at: self._has_tenant(at, name)),
            "node": lambda: lambda entry: entry.node == bytes.fromhex(name),
            "subtree": lambda: self._under(lambda at: at == bytes.fromhex(name)),
            "scope": lambda: self._under(lambda at: at == bytes.fromhex(name)),
            "template": lambda: self._reads(bytes.fromhex(name)),
        }
        return tests[wanted.what]()

    def _last(self, moment: Callable[[Entry], int], before_ns: int) -> Test:
        """What is older than that, and not trusted: that is to be kept for any time."""
        kept = self._trusted()
        return lambda entry: moment(entry) < before_ns and entry.node not in kept

    def _under(self, here: Callable[[bytes], bool]) -> Test:
        return lambda entry: self._is_below(entry.node, here)

    def _entries(self) -> Iterator[tuple[int, Entry]]:
        seqs = list(self._journal.seqs(self._txn))
        for done, seq in enumerate(seqs):
            with suppress(DamagedRowError):
                yield seq, self._journal.entry(self._txn, seq)
            self._progress(done + 1, len(seqs))

    def _is_below(self, node: bytes, here: Callable[[bytes], bool]) -> bool:
        """Whether a node, or anything above it up to its scope, is `here`; what was found is kept."""
        passed: list[bytes] = []
        at, found = node, False
        try:
            while at not in self._below:
                passed.append(at)
                if found := here(at):
                    break
                if self._journal.knows_scope(self._txn, ScopeId(at)):
                    break
                at = self._journal.step(self._txn, NodeId(at)).parent
            else:
                found = self._below[at]
        except DamagedRowError:
            found = False
        self._below.update(dict.fromkeys(passed, found))
        return found

    def _has_tenant(self, at: bytes, tenant: str) -> bool:
        if not self._journal.knows_scope(self._txn, ScopeId(at)):
            return False
        return self._journal.scope(self._txn, ScopeId(at)).tenant == tenant

    def _calls_tool(self, entry: Entry, tool: str) -> bool:
        if self._names(entry.answer, tool):
            return True

        def here(at: bytes) -> bool:
            if self._journal.knows_scope(self._txn, ScopeId(at)):
                return False
            return self._names(self._journal.step(self._txn, NodeId(at)).message, tool)

        return self._is_below(entry.node, here)

    def _names(self, message: MessageId, tool: str) -> bool:
        if message not in self._calls:
            self._calls[message] = False
            with suppress(DamagedRowError):
                parts = self._journal.message(self._txn, message).parts
                self._calls[message] = any(
                    isinstance(part, ToolCall) and part.name == tool for part in parts
                )
        return self._calls[message]

    def _trusted(self) -> set[bytes]:
        choices = read_choices(self._txn, self._memory.store.tables, "node")
        return {key[1:] for key, choice in choices if choice.what == "trust"}

    def _last_used(self) -> Callable[[Entry], int]:
        """When the node of an entry was last recorded at or served from."""
        recorded: dict[bytes, int] = {}
        for _, entry in self._entries():
            recorded[entry.node] = max(entry.at_ns, recorded.get(entry.node, 0))

        def last(entry: Entry) -> int:
            with suppress(DamagedRowError):
                use = read_use(self._txn, self._memory.store.tables, NodeId(entry.node))
                return max(use.last_ns, recorded[entry.node])
            return recorded[entry.node]

        return last

    def _reads(self, template: bytes) -> Test:
        """Whether a template reads the conversation of an entry."""
        learnt = Learnt(self._memory)
        scope, key = ScopeId(template[:ID_BYTES]), template[ID_BYTES:]
        reader = learnt.scope(scope).reader

        def fits(entry: Entry) -> bool:
            if not self._is_below(entry.node, lambda at: at == scope):
                return False
            with suppress(DamagedRowError):
                conversation = self._journal.conversation(self._txn, entry)
                seen = views(reader.read(conversation, learn=False))
                return any(view.key == key for view in seen)
            return False

        return fits
