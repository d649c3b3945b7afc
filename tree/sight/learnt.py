"""All that was learnt, for whoever looks at it: read from its rows, beside the learner and never through it."""

from contextlib import suppress

import msgspec
from msgspec import Struct

from tree.canonical import ScopeId
from tree.errors import DamagedRowError, UnknownNodeError
from tree.judgement.node import Node
from tree.judgement.prior import factory
from tree.judgement.rows import LostRowError
from tree.judgement.verdict import Limits
from tree.learning import Scope
from tree.memory import Memory
from tree.sight.describing import Looked, described, line, view_of
from tree.sight.outline import ID_BYTES, hex_id
from tree.sight.template import Names, Template, TemplateLine, own_id
from tree.store.choices import choice_key, read_choice, read_choices
from tree.store.learnt import LearntRows
from tree.tolerated import read_limits

PAGE = 50
MAX_READ = 2_000
"""Rows that one page reads at most; where few of many are told, a page may be short or empty and still have a next."""
_TOLD = 2
"""Examples that a template has at least before it is listed: one shows nothing of what varies."""


class Templates(Struct, frozen=True):
    """A page of templates, in the order of their ids."""

    templates: tuple[TemplateLine, ...]
    next: str
    """What the next page starts after; empty if this is the last one."""
    relearning: int
    """Observations that are to be learnt from yet: while there are any, this is not all."""


class Learnt:
    """Reads what was learnt.

    Args:
        memory: Where from.
        limits: What its user tolerates, for whether a template serves.
    """

    def __init__(self, memory: Memory, limits: Limits | None = None) -> None:
        self._memory = memory
        self._limits = limits or memory.limits or read_limits(memory.store)
        self._rows = LearntRows(memory.store)
        self._state: object = None
        self._scopes: dict[ScopeId, Scope] = {}

    @property
    def generation(self) -> int:
        """Of the store: what was learnt before the present one is void."""
        return self._rows.state()[0]

    def page(
        self, after: str = "", limit: int = PAGE, scope: str = "", least: int = _TOLD
    ) -> Templates:
        """Templates of all scopes or of one, those with at least so many examples.

        Raises:
            UnknownNodeError: `after` or `scope` is no id.
        """
        found: list[TemplateLine] = []
        last = hex_id(after, 0, 2 * ID_BYTES)
        for read, key in enumerate(self._rows.keys_after(b"n", hex_id(scope, 0, ID_BYTES), last)):
            if len(found) == limit or read == MAX_READ:
                return Templates(tuple(found), last.hex(), self._behind())
            last = key
            full = self._template(key, least)
            if full is not None:
                found.append(line(full))
        return Templates(tuple(found), "", self._behind())

    def template(self, template: str) -> Template:
        """One in full, by its id.

        Raises:
            UnknownNodeError: There is none, or it cannot be read.
        """
        key = hex_id(template, 2 * ID_BYTES)
        full = self._template(key, 1)
        if full is None:
            raise UnknownNodeError(key)
        return full

    def matching(self, prefix: str) -> list[str]:
        """Ids of templates whose own id, or whose whole one, begins so; two at most."""
        found = []
        whole = len(prefix) > 2 * ID_BYTES
        for key in self._rows.keys_after(b"n", b"", b""):
            name = key.hex()
            if (name if whole else own_id(name)).startswith(prefix):
                found.append(name)
                if len(found) > 1:
                    break
        return found

    def node(self, key: bytes) -> tuple[Scope, Node] | None:
        """A template's node and all that was learnt in its scope; None if there is none, or it cannot be read."""
        if len(key) != 2 * ID_BYTES:
            return None
        with suppress(DamagedRowError, LostRowError, msgspec.MsgspecError, LookupError):
            scope = self.scope(ScopeId(key[:ID_BYTES]))
            own = key[ID_BYTES:]
            node = scope.keeper.load(own) or scope.keeper.once(own)
            return None if node is None else (scope, node)
        return None

    def scope(self, name: ScopeId) -> Scope:
        """What was learnt for a scope, as it is now."""
        state = self._rows.state()
        if state != self._state:
            self._scopes.clear()
            self._state = state
        if name not in self._scopes:
            self._scopes[name] = Scope(self._rows, name, factory(self._limits.max_error))
        return self._scopes[name]

    def _template(self, key: bytes, least: int) -> Template | None:
        found = self.node(key)
        if found is None or len(found[1].examples) < least:
            return None
        name, own = ScopeId(key[:ID_BYTES]), key[ID_BYTES:]
        view = view_of(found[1], own)
        if view is None:
            return None
        with self._memory.store.read() as txn:
            choice = read_choice(txn, self._memory.store.tables, choice_key("template", key))
        said = choice.what if choice else ""
        return described(Looked(*found, name, view, self._names(name), said), self._limits)

    def _names(self, scope: ScopeId) -> Names:
        with self._memory.store.read() as txn:
            choices = read_choices(txn, self._memory.store.tables, "slot", scope)
            return {(one.item_key, one.path): one.name for _, one in choices}

    def _behind(self) -> int:
        with self._memory.store.read() as txn:
            return max(0, self._memory.journal.next_seq(txn) - self._rows.followed())
