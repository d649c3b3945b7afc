"""One node as it is shown: a place of the tree, or a template that was learnt."""

from collections.abc import Sequence

from msgspec import Struct

from tree.canonical import NodeId
from tree.errors import UnknownNodeError
from tree.explaining.explanation import Decided
from tree.memory import KEPT_DECISIONS, Memory
from tree.sight.here import templates_here
from tree.sight.learnt import Learnt
from tree.sight.outline import ID_BYTES, Level, Outline, hex_id
from tree.sight.place import Place, read_place
from tree.sight.template import Template

RECENT = 12
"""Decisions that are shown of a node."""
ROLES = {
    "data": "flows into the answer",
    "control": "decides how to go on",
    "free": "varies, and nothing reads it",
    "noise": "stamps and digests that nothing reads",
    "fixed": "has always been the same",
}
"""Of slots, in words; in the order in which they matter."""


class Spot(Struct, frozen=True):
    """A place of the tree with all that is shown of it."""

    place: Place
    below: Level
    templates: Sequence[Template]
    recent: Sequence[Decided]


def is_template(node: str) -> bool:
    """Whether an id is that of a template.

    Raises:
        UnknownNodeError: It is no id at all.
    """
    return len(hex_id(node, ID_BYTES, 2 * ID_BYTES)) == 2 * ID_BYTES


def read_spot(memory: Memory, learnt: Learnt, node: str, start: int = 0) -> Spot:
    """A place by its id, with a page of what is below it.

    Raises:
        UnknownNodeError: There is none.
        TreeError: It cannot be read.
    """
    place = read_place(memory, node)
    return Spot(
        place=place,
        below=Outline(memory).below(node, start),
        templates=list(templates_here(memory, learnt, node)),
        recent=decisions_at(memory, place.root.tenant, node),
    )


def decisions_at(memory: Memory, tenant: str, node: str) -> list[Decided]:
    """The last decisions of a tenant that a place or a template had a part in."""
    found = []
    for one in memory.decisions(KEPT_DECISIONS):
        if one.tenant == tenant and node in places_of(one):
            found.append(one)
            if len(found) == RECENT:
                break
    return found


def places_of(one: Decided) -> tuple[str, ...]:
    """Ids of the places and the template that a decision names."""
    why = one.explanation
    return (one.node, why.node, why.template) if why else (one.node,)


def tenant_of(memory: Memory, template: Template) -> str:
    """Whose conversations a template was made of.

    Raises:
        UnknownNodeError: Its scope is not there any more.
    """
    for root in Outline(memory).roots():
        if root.scope == template.scope:
            return root.tenant
    raise UnknownNodeError(NodeId(bytes.fromhex(template.scope)))
