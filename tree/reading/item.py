"""What a conversation is to a learner: a flat list of items, each with a tree whose places can be named.

Provider-neutral by construction: however an API groups parts into messages, the items are the same. Prose beside
tool calls is no item, for it explains an action and seldom means one.
"""

from collections.abc import Sequence

from msgspec import Struct

from tree.message import Json

type Path = tuple[str | int, ...]
"""Keys and positions from the root of an item's tree; positions may count from the end."""


class Item(Struct, frozen=True, gc=False):
    """One thing that was said in the context, read."""

    kind: str
    """`system`, `user`, `assistant`, `call` or `result`."""
    name: str
    """The tool of a call or result, else empty."""
    text: str
    """What was said, verbatim."""
    tree: Json
    """Its structure, or a list of its slots' values."""
    structured: bool
    key: str
    """Names its template: equal for items that differ in data only."""
    version: int = 0
    """Of the template: bindings of different versions are not comparable."""

    def __hash__(self) -> int:
        return hash((self.kind, self.name, self.text, self.key, self.version))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Item)
            and self.text == other.text
            # Slots are a reader's own: another one's template of the same number cuts the text elsewhere.
            and (self.structured or self.tree == other.tree)
            and (self.kind, self.name, self.key, self.version)
            == (other.kind, other.name, other.key, other.version)
        )


type Frame = Sequence[Item]


def is_map(value: dict[str, Json]) -> bool:
    """Whether the keys are data themselves: dates, ids, numbers, as in a series by day."""
    return bool(value) and all(any(map(str.isdigit, key)) for key in value)


def shape(value: Json) -> str:
    """The structure of a tree without its data: keys, nesting, what is empty; lists by what they hold, not how many."""
    if isinstance(value, dict):
        if is_map(value):
            return "{*" + shape(next(iter(value.values()))) + "}"
        return "{" + ",".join(f"{key}:{shape(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + "|".join(sorted({shape(item) for item in value[:50]})) + "]"
    return "0" if value is None or value == "" else "v"
