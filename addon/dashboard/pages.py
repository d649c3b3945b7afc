"""The pages: each a read model and a template."""

from flask import Blueprint, Response, abort, request

from addon.dashboard import decisions, overview
from addon.dashboard.difference import compared
from addon.dashboard.node_pages import NodePages
from addon.dashboard.rendering import render
from addon.dashboard.sight import Sight
from addon.dashboard.tenancy import chosen
from addon.dashboard.workflow_pages import WorkflowPages
from addon.figures.prices import load
from addon.figures.shadow import report
from addon.words import phrases
from tree.judgement.evidence import upper_bound
from tree.memory import KEPT_DECISIONS, Memory

_LATEST = 120
"""Decisions in the strip of the overview."""


def make_pages(sight: Sight, nodes: NodePages, workflows: WorkflowPages) -> Blueprint:
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

    @pages.get("/shadow")
    def shadow() -> Response:
        return _shadow(sight)

    nodes.route(pages)
    pages.add_url_rule("/workflows", "workflows", workflows.scopes)
    pages.add_url_rule("/workflows/<scope>", "workflow", workflows.show)
    return pages


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


def _shadow(sight: Sight) -> Response:
    memory = sight.memory()
    log = memory.decisions(KEPT_DECISIONS) if memory else []
    everybody, tenant = chosen(log)
    own = [one for one in log if tenant and one.tenant == tenant.name]
    found = report(sight.tallies(), own)
    judged = found.total.right + found.total.wrong
    return render(
        "shadow.html",
        here="shadow",
        report=found,
        bound=min(1.0, upper_bound(judged, found.total.wrong)),
        everybody=everybody,
        tenant=tenant,
    )


def _decisions(memory: Memory | None) -> Response:
    log = memory.decisions(KEPT_DECISIONS) if memory else []
    everybody, tenant = chosen(log)
    wanted = decisions.Wanted(
        kind=request.args.get("kind", ""),
        model=request.args.get("model", ""),
        words=request.args.get("words", "").strip(),
        node=request.args.get("node", ""),
        before=max(0, request.args.get("before", 0, type=int)),
    )
    found = decisions.find(log, tenant.name, wanted) if tenant else None
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
