"""What was learnt for the context that a node of the tree ends: from one conversation to the templates that read it."""

from collections.abc import Iterator
from contextlib import suppress

from tree.canonical import NodeId, scope_id
from tree.errors import UnknownNodeError
from tree.memory import Memory
from tree.sight.learnt import Learnt
from tree.sight.outline import hex_id
from tree.sight.template import Template, template_id
from tree.template.view import views


def templates_here(memory: Memory, learnt: Learnt, node: str) -> Iterator[Template]:
    """The templates that a request which ends at a node would be tried on, the most specific view first.

    Raises:
        UnknownNodeError: `node` is no id.
    """
    conversation = memory.conversation(NodeId(hex_id(node)))
    if conversation is None or conversation.signed:
        return
    name = scope_id(conversation.scope)
    for view in views(learnt.scope(name).reader.read(conversation, learn=False)):
        if view.key:
            with suppress(UnknownNodeError):
                yield learnt.template(template_id(name, view.key))
