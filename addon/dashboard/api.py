"""The API under `/api/`: JSON for programs. What it says without being asked for a node names nothing that was said."""

import msgspec
from flask import Blueprint, Response, request

from addon.dashboard.node_pages import NodePages
from addon.dashboard.sight import Sight
from tree.message import Json

DECISIONS, MAX_DECISIONS = 100, 1_000
"""How many are shown where none, or too high, a number is asked for."""


def make_api(sight: Sight, nodes: NodePages) -> Blueprint:
    """The routes of the API."""
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.get("/health")
    def health() -> Response:
        return as_json(sight.health())

    @api.get("/stats")
    def stats() -> Response:
        return as_json(sight.stats())

    @api.get("/decisions")
    def decisions() -> Response:
        limit = request.args.get("limit", DECISIONS, type=int)
        return as_json({"decisions": sight.decisions(max(1, min(limit, MAX_DECISIONS)))})

    @api.get("/nodes/<node>")
    def node(node: str) -> Response:
        return as_json(nodes.document(node))

    return api


def as_json(value: Json, status: int = 200) -> Response:
    """A JSON document, for eyes too."""
    body = msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
    return Response(body, status, content_type="application/json")
