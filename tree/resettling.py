"""What a user decided about templates and slots, found again where learning began anew.

A template's key depends on the order in which texts were met, so after a forget it may be another one. Each decision
names nodes that its template was tested on: what reads one of their conversations now is the same template.
"""

from msgspec.structs import replace

from tree.canonical import NodeId, ScopeId
from tree.errors import DamagedRowError
from tree.judgement.rows import LostRowError
from tree.learning import Scope
from tree.store.choices import Choice, choice_key, put_choice, read_choices, slot_key
from tree.store.environment import Environment
from tree.store.epoch import read_epoch
from tree.store.journal import Journal
from tree.store.learnt import LearntRows
from tree.store.tables import Txn
from tree.template.view import views

_ID_BYTES = 16


class Resettling:
    """Finds decisions again, once all of the journal is learnt.

    Args:
        store: The open store.
        journal: Of that store.
    """

    def __init__(self, store: Environment, journal: Journal) -> None:
        self._store, self._journal = store, journal

    def due(self, txn: Txn) -> bool:
        """Whether a decision is of an earlier generation; there are few, and they are read anyway."""
        generation = read_epoch(txn, self._store.tables).generation
        return any(
            choice.generation != generation
            for sort in ("template", "slot")
            for _, choice in read_choices(txn, self._store.tables, sort)
        )

    def settle(self) -> int:
        """Put each decision where its template or slot is now; returns how many there were to find.

        Raises:
            StoreFullError: No room; nothing was changed.
            StoreUnusableError: The store cannot be written; nothing was changed.
        """
        rows, scopes = LearntRows(self._store), dict[ScopeId, Scope]()
        with self._store.write() as txn:
            generation = read_epoch(txn, self._store.tables).generation
            old = [
                (key, choice)
                for sort in ("template", "slot")
                for key, choice in read_choices(txn, self._store.tables, sort)
                if choice.generation != generation
            ]
            for key, choice in old:
                name = ScopeId(key[1 : 1 + _ID_BYTES])
                if name not in scopes:
                    scopes[name] = Scope(rows, name, {})
                at, now = self._found(txn, scopes[name], name, key, choice)
                put_choice(txn, self._store.tables, key, None)
                put_choice(txn, self._store.tables, at, replace(now, generation=generation))
        return len(old)

    def _found(
        self, txn: Txn, scope: Scope, name: ScopeId, key: bytes, choice: Choice
    ) -> tuple[bytes, Choice]:
        """Where a decision belongs now; where it was, if nothing tells."""
        for node in choice.anchors:
            try:
                conversation = self._journal.conversation_at(txn, NodeId(node))
                items = scope.reader.read(conversation, learn=False)
            except (DamagedRowError, LostRowError):
                continue
            if choice.what == "name":
                if choice.item < len(items) and (own := items[choice.item].key):
                    return slot_key(name, own, choice.path), replace(choice, item_key=own)
                continue
            for view in views(items):
                if view.kind == choice.view and view.key:
                    return choice_key("template", name + view.key), choice
        return key, choice
