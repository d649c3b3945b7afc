"""Answers a flow with a WSGI application, in a thread, so that a slow page delays no request."""

import asyncio

from flask import Flask
from mitmproxy import http
from werkzeug.test import EnvironBuilder, run_wsgi_app

_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length"}


async def answer(app: Flask, flow: http.HTTPFlow) -> None:
    """Set the flow's response to what the application says."""
    request, peer = flow.request, flow.client_conn.peername
    builder = EnvironBuilder(
        path=request.path,
        method=request.method,
        headers=[(name, value) for name, value in request.headers.items()],
        data=request.raw_content or b"",  # no form comes in a coding
        base_url=f"{request.scheme}://{request.host}",
        environ_overrides={"REMOTE_ADDR": peer[0]},
    )
    flow.response = await asyncio.to_thread(_run, app, builder)


def _run(app: Flask, builder: EnvironBuilder) -> http.Response:
    pieces, status, headers = run_wsgi_app(app, builder.get_environ(), buffered=True)
    fields = [(k.encode(), v.encode()) for k, v in headers if k.lower() not in _HOP_BY_HOP]
    return http.Response.make(int(status[:3]), b"".join(pieces), http.Headers(fields))
