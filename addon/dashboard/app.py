"""What is shown at `rote.internal`, as a WSGI application; it knows no mitmproxy, only what is there to see."""

import logging

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from addon.dashboard.api import as_json, make_api
from addon.dashboard.guard import Guard
from addon.dashboard.lookout import Lookout
from addon.dashboard.node_pages import NodePages
from addon.dashboard.pages import make_pages
from addon.dashboard.rendering import prepare, render
from addon.dashboard.sight import Sight
from addon.dashboard.workflow_pages import WorkflowPages
from tree.errors import TreeError, UnknownNodeError

logger = logging.getLogger(__name__)

_NO_PAGE = "There is no such page. It may have been forgotten, or have made room for newer ones."


def make_app(sight: Sight) -> Flask:
    """The application."""
    app = Flask("addon.dashboard")
    guard = Guard(app)
    prepare(app, guard, sight)
    lookout = Lookout()
    nodes = NodePages(sight, lookout)
    app.register_blueprint(make_api(sight, nodes))
    app.register_blueprint(make_pages(sight, nodes, WorkflowPages(sight, lookout)))

    @app.get("/metrics")
    def metrics() -> Response:
        content_type, text = sight.metrics(request.headers.get("Accept", ""))
        return Response(text, content_type=content_type)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        words = _NO_PAGE if error.code == 404 else error.description or error.name  # noqa: PLR2004
        return _trouble(error.name, words, error.code or 500)

    @app.errorhandler(UnknownNodeError)
    def unknown(_error: UnknownNodeError) -> Response:
        return _trouble("Not Found", _NO_PAGE, 404)

    @app.errorhandler(TreeError)
    def unreadable(error: TreeError) -> Response:
        return _trouble(
            "The memory cannot be read", f"{error}. `rote doctor` says how to mend it.", 503
        )

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        logger.error("the page %s failed", request.path, exc_info=error)
        return _trouble("An error within Rote", "This page failed; the log has the details.", 500)

    return app


def _trouble(name: str, words: str, status: int) -> Response:
    if request.path.startswith("/api/"):
        return as_json({"error": words}, status)
    return render("trouble.html", status, title=name, words=words)
