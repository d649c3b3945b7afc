"""The literal tree as workflows: scopes at its roots, and below each node what was said next, with counts.

A page reads its own rows only: counts stand in a table of their own, and one level is sorted by them.
"""

from collections.abc import Iterator

from msgspec import Struct

from tree.canonical import MessageId, NodeId, ScopeId
from tree.errors import DamagedRowError, UnknownNodeError
from tree.explaining.explanation import cut
from tree.explaining.nearest import plain
from tree.memory import Memory
from tree.message import Media, Message, Opaque, Scope, Text, ToolCall, ToolResult
from tree.sight.scopes import difference_words, settings_words, tool_names
from tree.store.choices import choice_key, read_choice
from tree.store.counts import Count
from tree.store.tables import Reader
from tree.store.uses import read_use

PAGE = 50
MAX_SORTED = 20_000
"""Of one level, so many nodes are sorted by what is below them; the rest follows in the order of ids."""
SUMMARY_CHARS = 160
ID_BYTES = 16
_UNREADABLE = "(cannot be read)"


class Root(Struct, frozen=True):
    """A scope: what must be equal before two requests may share an answer."""

    scope: str
    """Its id, in hex; what `Outline.below` takes."""
    tenant: str
    """Keyed hash of the credential."""
    api: str
    origin: str
    model: str
    settings: str
    """In words: tools by name, then simple settings."""
    differs: str
    """What sets it apart from the most observed scope of the same API, host and model; empty for that one."""
    tools: tuple[str, ...]
    children: int
    observations: int
    answers: int
    last_ns: int


class Branch(Struct, frozen=True):
    """A node in its place among others."""

    node: str
    """Its id, in hex."""
    depth: int
    """How many messages lead there, this one included."""
    role: str
    kind: str
    """`text`, `call`, `result`, `error`, `media` or `opaque`: what its message is above all."""
    summary: str
    """The message in a line."""
    tools: tuple[str, ...]
    """For calls: the names of the tools."""
    children: int
    observations: int
    """At this node and below."""
    answers: int
    """Nodes from here on down that an answer is known for."""
    answered: bool
    """Whether an answer is known at this very node."""
    hits: int
    """How often memory answered at this very node."""
    choice: str
    """`trust`, `distrust`, or empty where its user decided nothing."""
    last_ns: int
    """When the newest observation from here on down was made."""


class Level(Struct, frozen=True):
    """A page of what is below a scope or node, most observed first."""

    branches: tuple[Branch, ...]
    total: int
    next: int
    """Where the next page starts; 0 if this is the last one."""


class Outline:
    """Reads the tree, level by level; every call sees the state of its own moment."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._tables = memory.store.tables

    def roots(self, tenant: str | None = None) -> list[Root]:
        """All scopes, or those of one tenant; most observed first."""
        found: list[tuple[ScopeId, Scope, Count]] = []
        with self._memory.store.read() as txn:
            for key in self._memory.journal.scopes(txn):
                try:
                    scope = self._memory.journal.scope(txn, key)
                    count = self._memory.counts.at(txn, key)
                except DamagedRowError:
                    continue
                if tenant in (None, scope.tenant):
                    found.append((key, scope, count))
            found.sort(key=lambda one: (-one[2].observations, one[0]))
            return [self._root(txn, *one, self._usual(found, one[1])) for one in found]

    def below(self, parent: str, start: int = 0, limit: int = PAGE) -> Level:
        """What is below a node or a scope, by its id in hex.

        Raises:
            UnknownNodeError: There is neither a node nor a scope of this id.
        """
        above = hex_id(parent)
        with self._memory.store.read() as txn:
            if not (self._journal_knows(txn, above)):
                raise UnknownNodeError(above)
            children = self._memory.index.children(txn, NodeId(above), MAX_SORTED)
            total = self._memory.index.degree(txn, NodeId(above))
            ordered = sorted(
                children, key=lambda node: (-self._count(txn, node).observations, node)
            )
            if total > len(ordered):
                ordered = self._memory.index.children(txn, NodeId(above), start + limit)
            shown = ordered[start : start + limit]
            branches = tuple(self.branch(txn, node) for node in shown)
        stop = start + len(shown)
        return Level(branches, total, stop if shown and stop < total else 0)

    def branch(self, txn: Reader, node: NodeId) -> Branch:
        """One node as a line of the outline; what of it cannot be read is said so."""
        count = self._count(txn, node)
        message, depth = Message("", (Text(_UNREADABLE),)), 0
        try:
            step = self._memory.journal.step(txn, node)
            depth = step.depth
            message = self._memory.journal.message(txn, MessageId(step.message))
            use = read_use(txn, self._tables, node).hits
            choice = read_choice(txn, self._tables, choice_key("node", node))
        except DamagedRowError:
            use, choice = 0, None
        return Branch(
            node=node.hex(),
            depth=depth,
            role=message.role,
            kind=kind_of(message),
            summary=summary(message),
            tools=tuple(part.name for part in message.parts if isinstance(part, ToolCall)),
            children=self._memory.index.degree(txn, node),
            observations=count.observations,
            answers=count.answers,
            answered=count.here > 0,
            hits=use,
            choice=choice.what if choice else "",
            last_ns=count.last_ns,
        )

    def _root(self, txn: Reader, key: ScopeId, scope: Scope, count: Count, usual: Scope) -> Root:
        return Root(
            scope=key.hex(),
            tenant=scope.tenant,
            api=scope.api,
            origin=scope.origin,
            model=scope.model,
            settings=settings_words(scope),
            differs="" if scope is usual else difference_words(scope, usual),
            tools=tool_names(scope.settings),
            children=self._memory.index.degree(txn, NodeId(key)),
            observations=count.observations,
            answers=count.answers,
            last_ns=count.last_ns,
        )

    def _usual(self, found: list[tuple[ScopeId, Scope, Count]], scope: Scope) -> Scope:
        """The first, and so most observed, scope of the same model."""
        kin = (scope.api, scope.origin, scope.model)
        return next(one for _, one, _ in found if (one.api, one.origin, one.model) == kin)

    def _count(self, txn: Reader, node: NodeId) -> Count:
        try:
            return self._memory.counts.at(txn, node)
        except DamagedRowError:
            return Count()

    def _journal_knows(self, txn: Reader, above: bytes) -> bool:
        journal = self._memory.journal
        return journal.knows_scope(txn, ScopeId(above)) or journal.knows(txn, NodeId(above))


def hex_id(text: str, *sizes: int) -> bytes:
    """The id that is spelt in hex, of so many bytes: 16 if no other number is told.

    Raises:
        UnknownNodeError: Nothing can have such an id.
    """
    try:
        key = bytes.fromhex(text)
    except ValueError as exc:
        raise UnknownNodeError(text.encode("utf-8", "replace")) from exc
    if len(key) not in (sizes or (ID_BYTES,)):
        raise UnknownNodeError(key)
    return key


def summary(message: Message) -> str:
    """A message in a line."""
    return cut(" ".join(plain(message)[: 4 * SUMMARY_CHARS].split()), SUMMARY_CHARS)


def kind_of(message: Message) -> str:
    """What a message is above all."""
    kinds = list(_kinds(message))
    return next((kind for kind in ("call", "error", "result") if kind in kinds), None) or (
        kinds[0] if kinds else "text"
    )


def _kinds(message: Message) -> Iterator[str]:
    for part in message.parts:
        match part:
            case Text():
                yield "text"
            case ToolCall():
                yield "call"
            case ToolResult():
                yield "error" if part.is_error else "result"
            case Media():
                yield "media"
            case Opaque():
                yield "opaque"
