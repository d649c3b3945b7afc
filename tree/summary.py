"""How much a store holds, and what that takes."""

from msgspec import Struct

from tree.store.brief import TABLE
from tree.store.environment import Environment
from tree.store.index import Index
from tree.store.journal import Journal
from tree.store.learnt import LEARNT


class Summary(Struct, frozen=True):
    """How much is remembered."""

    observations: int
    learnt: int
    pending: int
    scopes: int
    messages: int
    nodes: int
    answers: int
    """Conversations that can be answered."""
    used_bytes: int
    """Pages in use."""
    disk_bytes: int
    """The file, with the free pages in it."""
    max_bytes: int


def summary_of(store: Environment, journal: Journal, index: Index) -> Summary:
    """How much is remembered.

    Raises:
        StoreUnusableError: The store cannot be read.
    """
    tables = store.tables
    store.further_table(LEARNT)  # these two are opened here, to be counted below
    store.further_table(TABLE, dense=True)
    with store.read() as txn:
        scopes, nodes = txn.stat(tables.scopes)["entries"], journal.nodes.count(txn)
        observations, messages = journal.count(txn), journal.messages.count(txn)
        answers = index.answers(txn)
        pending = journal.next_seq(txn) - index.learnt(txn)
        used_bytes = store.used_bytes(txn)
    return Summary(
        observations=observations,
        learnt=observations - pending,
        pending=pending,
        scopes=scopes,
        messages=messages,
        nodes=nodes,
        answers=answers,
        used_bytes=used_bytes,
        disk_bytes=store.disk_bytes(),
        max_bytes=store.max_bytes,
    )
