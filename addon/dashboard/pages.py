"""The pages: each a read model and a template."""

from flask import Blueprint, Response, abort, request

from addon import phrases
from addon.dashboard import decisions, overview
from addon.dashboard.difference import compared
from addon.dashboard.node_pages import NodePages
from addon.dashboard.rendering import render
from addon.dashboard.sight import Sight
from addon.dashboard.tenancy import Tenant, tenants
from addon.prices import load
from tree.memory import Memory
from tree.sight.outline import Outline

_LATEST = 120
"""Decisions in the strip of the overview."""


def make_pages(sight: Sight, nodes: NodePages) -> Blueprint:
    """The routes of the pages."""
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def index() -> Response:
        return _overview(sight)

    @pages.get("/decisions")
    def log() -> Response:
        return _decisions(sight.memory())

    @pages.get("/decisions/<int:number>")
    def decision(number: int) -> Response:
        return _decision(sight.memory(), number)

    @pages.get("/workflows")
    def workflows() -> Response:
        return _workflows(sight.memory())

    @pages.get("/workflows/<scope>")
    def workflow(scope: str) -> Response:
        return _workflow(sight.memory() or abort(404), scope)

    nodes.route(pages)
    return pages


def chosen(memory: Memory | None) -> tuple[list[Tenant], Tenant | None]:
    """Everybody in the log, and whose memory is asked for: whoever asked last, where nobody is named."""
    everybody = tenants(memory) if memory else []
    name = request.args.get("of")
    if name is None:
        return everybody, everybody[0] if everybody else None
    return everybody, next((one for one in everybody if one.name == name), None)


def _overview(sight: Sight) -> Response:
    memory, stats = sight.memory(), sight.stats()
    days = overview.by_day(sight.tallies())
    return render(
        "overview.html",
        here="overview",
        stats=stats,
        days=days,
        columns=overview.columns(days),
        audits=overview.bounded(stats.audits),
        max_error=sight.max_error(),
        latest=memory.decisions(_LATEST)[::-1] if memory else [],
        summary=memory.summary() if memory else None,
    )


def _workflows(memory: Memory | None) -> Response:
    everybody, tenant = chosen(memory)
    roots = Outline(memory).roots(tenant.name) if memory and tenant else []
    return render(
        "workflows.html", here="workflows", everybody=everybody, tenant=tenant, roots=roots
    )


def _workflow(memory: Memory, scope: str) -> Response:
    outline, start = Outline(memory), max(0, request.args.get("start", 0, type=int))
    level = outline.below(scope, start)
    root = next((one for one in outline.roots() if one.scope == scope), None) or abort(404)
    return render("workflow.html", here="workflows", root=root, level=level, start=start)


def _decisions(memory: Memory | None) -> Response:
    everybody, tenant = chosen(memory)
    wanted = decisions.Wanted(
        kind=request.args.get("kind", ""),
        model=request.args.get("model", ""),
        words=request.args.get("words", "").strip(),
        node=request.args.get("node", ""),
        before=max(0, request.args.get("before", 0, type=int)),
    )
    found = decisions.find(memory, tenant.name, wanted) if memory and tenant else None
    return render(
        "decisions.html",
        here="decisions",
        everybody=everybody,
        tenant=tenant,
        wanted=wanted,
        found=found,
        kinds={name: words for name, (words, _) in decisions.KINDS.items()},
    )


def _decision(memory: Memory | None, number: int) -> Response:
    one = memory.decision(number) if memory else None
    if memory is None or one is None:
        abort(404)
    near = one.explanation.nearest if one.explanation else None
    return render(
        "decision.html",
        here="decisions",
        one=one,
        why=one.explanation,
        cost=phrases.cost(one, load()),
        ours_theirs=compared(near.ours, near.theirs) if near and near.theirs else None,
        neighbours=decisions.neighbours(memory, one),
    )
