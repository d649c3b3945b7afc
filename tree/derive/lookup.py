"""Value to value: what a model knows and the context does not say, such as the code of a department.

Nothing is inferred for a value that was not met: every entry of a table was seen twice at least, and a value without
an entry yields nothing. A table is believed where its repetitions could hardly be an accident: each one bears out
the entry that its first occurrence made, against all the other values that might have come.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from tree.derive.program import NOTHING, Apply, Nothing, Source, equal, found, operator, spelt
from tree.derive.search import Leaf
from tree.derive.sources import Sources
from tree.message import Json

_MAX_KEY = 60
_MAX_TABLES = 4
_MIN_SEEN = 2
_MIN_ENTRIES = 2
_MIN_BITS = 8.0


@operator("looked_up", 5.0, "what followed {0} before", hard=True)
def _looked_up(value: Json, *table: Json) -> Json | Nothing:
    """The table holds keys and values by turns."""
    said = spelt(value)
    for key, entry in zip(table[::2], table[1::2], strict=True):
        if said is not None and key == said:
            return entry
    return NOTHING


def lookup(wanted: Sequence[Json], frames: Sequence[Sources]) -> Leaf | None:
    """The leaf of all tables that give `wanted[i]` in `frames[i]`; None where none does, or by accident only."""
    if any(not isinstance(value, (str, int, bool, type(None))) for value in wanted):
        return None
    columns = list(_columns(frames))
    kinds = len(set(map(repr, wanted)))
    bits = math.log2(max(2, kinds))
    least = _MIN_BITS + math.log2(max(1, len(columns)))
    tables = [
        Apply("looked_up", (source,), table)
        for source, keys in columns
        if (table := _table(keys, wanted)) and (len(keys) - len(set(keys))) * bits >= least
    ]
    return Leaf(("", ""), (tuple(tables[:_MAX_TABLES]),)) if tables else None


def _columns(frames: Sequence[Sources]) -> Iterator[tuple[Source, list[str]]]:
    """Places that have a short value in every frame, with these."""
    for source, _ in frames[0].values:
        keys: list[str] = []
        for own in frames:
            value = found(own.frame[source.item], source.path)
            said = None if value is NOTHING else spelt(value)
            if not said or len(said) > _MAX_KEY:
                break
            keys.append(said)
        else:
            yield source, keys


def _table(keys: Sequence[str], wanted: Sequence[Json]) -> tuple[Json, ...]:
    """Keys and values by turns, of the keys met often enough; empty where a key had two values."""
    entries: dict[str, Json] = {}
    for key, value in zip(keys, wanted, strict=True):
        if not equal(entries.setdefault(key, value), value):
            return ()
    seen = Counter(keys)
    kept = [(key, value) for key, value in entries.items() if seen[key] >= _MIN_SEEN]
    if len(kept) < _MIN_ENTRIES:
        return ()
    return tuple(part for entry in sorted(kept, key=lambda entry: entry[0]) for part in entry)
