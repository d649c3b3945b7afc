"""What is silenced because its answers went wrong, with the scope that it belongs to."""

from contextlib import suppress

from tree.errors import DamagedRowError
from tree.judgement.alarm import Alarm
from tree.memory import Memory
from tree.message import Scope


def alarms(memory: Memory) -> list[tuple[Scope, Alarm]]:
    """The alarms that are on, latest first; none where the memory was opened for literal repeats alone.

    Raises:
        StoreUnusableError: The store cannot be read.
    """
    raised, found = memory.alarms(), list[tuple[Scope, Alarm]]()
    with memory.store.read() as txn:
        for scope, alarm in raised:
            with suppress(DamagedRowError):
                found.append((memory.journal.scope(txn, scope), alarm))
    return found
