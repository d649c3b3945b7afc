"""What a text is: a value in one spelling or another, or prose with values in it; the readers in the order of trust.

What people and models write is read for JSON and Python literals, and for blocks between lines of prose. What tools
give back may be more: an outline, a table, XML, a page of HTML. Instructions are prose throughout: they are long,
hardly ever change, and are told apart word by word.
"""

from tree.message import Json
from tree.reading.blocks import Blocks, blocks_of
from tree.reading.elements import elements
from tree.reading.markup import marked_up
from tree.reading.outline import outlined
from tree.reading.structure import structured
from tree.reading.tables import separated

_TOLD = frozenset(["result", "error"])
_HEADS = frozenset(["system", "developer"])


def whole(kind: str, text: str) -> Json | None:
    """The value that all of a text spells; None for prose.

    Args:
        kind: Of the item: who says it.
        text: What is said.
    """
    value = structured(text)
    if value is not None or kind not in _TOLD:
        return value
    for read in (marked_up, elements, separated, outlined):
        if (value := read(text)) is not None:
            return value
    return None


def parts(kind: str, text: str) -> Blocks | None:
    """Prose without the values in it, and these; None where there are none."""
    return None if kind in _HEADS else blocks_of(text)
