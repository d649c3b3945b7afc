"""The pages of workflows: scopes, what happens in one of them, and what comes after one of its stages."""

from contextlib import suppress

from flask import Response, abort, request

from addon.dashboard.lookout import Lookout
from addon.dashboard.rendering import render
from addon.dashboard.sight import Sight
from addon.dashboard.tenancy import chosen
from tree.canonical import NodeId
from tree.errors import UnknownNodeError
from tree.memory import KEPT_DECISIONS, Memory
from tree.sight.here import templates_here
from tree.sight.outline import Branch, Outline, Root
from tree.sight.template import Template
from tree.sight.workflows import Stage, Workflows

ROWS = 80
"""Stages in one outline."""
_BEGINNINGS = 10
"""Nodes that are listed under the outline of a scope."""


class WorkflowPages:
    """Answers for workflows.

    Args:
        sight: Where to look.
        lookout: What is kept ready.
    """

    def __init__(self, sight: Sight, lookout: Lookout) -> None:
        self._sight, self._lookout = sight, lookout

    def scopes(self) -> Response:
        """All scopes of a tenant."""
        memory = self._sight.memory()
        everybody, tenant = chosen(memory.decisions(KEPT_DECISIONS) if memory else [])
        roots = Outline(memory).roots(tenant.name) if memory and tenant else []
        return render(
            "workflows.html",
            here="workflows",
            everybody=everybody,
            tenant=tenant,
            roots=roots,
            forgotten=_forgotten(),
        )

    def show(self, scope: str) -> Response:
        """One scope, or with `stage` what comes after a stage of it."""
        memory = self._sight.memory() or abort(404)
        roots = Outline(memory).roots()
        root = next((one for one in roots if one.scope == scope), None) or abort(404)
        workflows, left = self._lookout.workflows(memory)
        number = request.args.get("stage", -1, type=int)
        if number >= 0:
            return self._stage(memory, root, workflows, left, workflows.stage(scope, number))
        start = max(0, request.args.get("start", 0, type=int))
        level = Outline(memory).below(scope, start, _BEGINNINGS)
        top = None
        with suppress(UnknownNodeError):  # nothing of it is followed yet
            top = workflows.root(scope)
        return render(
            "workflow.html",
            here="workflows",
            forgotten=_forgotten(),
            root=root,
            way=[],
            rows=workflows.outline(top, ROWS) if top else [],
            most=top.times if top else 0,
            left=left,
            templates=[],
            branches=level.branches,
            start=start,
            more=level.next,
            total=level.total,
        )

    def _stage(
        self, memory: Memory, root: Root, workflows: Workflows, left: int, stage: Stage
    ) -> Response:
        nodes = workflows.newest(stage)
        return render(
            "workflow.html",
            here="workflows",
            forgotten=_forgotten(),
            root=root,
            way=stage.way(),
            rows=workflows.outline(stage, ROWS),
            most=stage.times,
            left=left,
            templates=self._learnt(memory, nodes) if stage.asked else [],
            branches=_branches(memory, nodes),
            start=0,
            more=0,
            total=len(nodes),
        )

    def _learnt(self, memory: Memory, nodes: list[NodeId]) -> list[Template]:
        """What was learnt for the newest of these nodes, which stands for them all."""
        with self._lookout.learnt(memory, self._sight.max_error()) as learnt:
            return list(templates_here(memory, learnt, nodes[0].hex())) if nodes else []


def _forgotten() -> int:
    """How many exchanges the form before this page has forgotten."""
    return max(0, request.args.get("forgotten", 0, type=int))


def _branches(memory: Memory, nodes: list[NodeId]) -> list[Branch]:
    with memory.store.read() as txn:
        return [Outline(memory).branch(txn, node) for node in nodes]
