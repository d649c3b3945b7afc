"""Who may ask the page for what: only this machine, only by its own names, and changes only from its own forms.

A page on the web can make a browser send requests here, or have its own name point here (DNS rebinding). It cannot
choose the `Host` that its requests carry, it cannot make `Origin` or `Sec-Fetch-Site` lie, and it cannot read an
answer from here, so it never learns the token that each form carries.

Source: RFC 6454 (origins), W3C Fetch Metadata Request Headers, W3C Content Security Policy Level 3.
"""

import hashlib
import hmac
import ipaddress
import secrets

from flask import Flask, Response, abort, request

from addon.hosts import OWN_HOST

OPEN = frozenset(["/api/health", "/metrics"])
"""Counters alone, for whoever watches over a proxy from elsewhere."""
MAX_FORM_BYTES = 64 << 10
TOKEN = "token"  # noqa: S105 - the name of a field

_NAMES = frozenset([OWN_HOST, "localhost", "127.0.0.1", "[::1]"])
_READING = frozenset(["GET", "HEAD", "OPTIONS"])
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    # `no-referrer` would make the origin of our own forms "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Refuses what must not be asked, and puts the headers on what is answered.

    Args:
        app: The application to guard.
    """

    def __init__(self, app: Flask) -> None:
        self._key = secrets.token_bytes(32)
        app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
        app.before_request(self.check)
        app.after_request(_guarded)

    def token(self, path: str) -> str:
        """What a form that posts to `path` has to carry; holds until the process ends."""
        return hmac.new(self._key, path.encode(), hashlib.sha256).hexdigest()

    def check(self) -> None:
        """Abort with 403 where the request may not be answered, saying why."""
        if not _is_loopback(request.remote_addr or "") and request.path not in OPEN:
            abort(
                403,
                "This page is for the machine that the proxy runs on; you asked from another one.",
            )
        if _name(request.host) not in _NAMES:
            abort(
                403,
                f"This page is at http://{OWN_HOST}/ or at a loopback address, and nowhere else.",
            )
        if _crosses_sites():
            abort(403, "Another site's page asked for this. Nothing was shown or changed.")
        if request.method not in _READING and not self._is_own_form():
            abort(
                403,
                "This form is not from this page as it is now, so nothing was changed. If the proxy was restarted "
                "since the form was opened, go back, reload the page and try again.",
            )

    def _is_own_form(self) -> bool:
        given = request.form.get(TOKEN, "")
        return hmac.compare_digest(
            given.encode("utf-8", "replace"), self.token(request.path).encode()
        )


def _guarded(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def _name(host: str) -> str:
    """A host without its port."""
    return host.lower() if host.endswith("]") else host.lower().rpartition(":")[0] or host.lower()


def _crosses_sites() -> bool:
    """Whether a browser says that the request is another site's; going there by a link is allowed."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"{request.scheme}://{request.host}".lower():
        return True
    if request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none"):
        return False
    by_link = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.method in _READING
    return not (by_link and request.headers.get("Sec-Fetch-Dest") == "document")
