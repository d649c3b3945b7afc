"""A memory that was silenced, for tests of what tells of it."""

from tree.canonical import scope_id
from tree.judgement.alarm import Watch
from tree.judgement.keep import Keeper
from tree.judgement.streak import Mistake
from tree.memory import Memory
from tree.message import Scope
from tree.store.learnt import LearntRows
from tree.template.reader import Reader

OPENING = "Which colour has the crate"


def silence(memory: Memory, scope: Scope) -> None:
    """Have answers of a scope go wrong until what follows their opening is silenced."""
    watch = Watch()
    for at in range(30):
        mistake = Mistake(f"red {at}", f"blue {at}", at) if at > 25 else None
        watch.note(mistake, at, OPENING)
    shelf = LearntRows(memory.store)
    *_, followed = shelf.begin()
    Keeper(shelf, scope_id(scope), Reader()).save_watch(b"s" * 16, watch)
    assert shelf.write(followed, followed)
