"""A real Chromium, the system's own, and the page in it: what it asked for, and what it complained of."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from addon.cli.dashboard import Beside, page, serving

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "chromium"
EVIL = "evil.example"
"""A name of somebody else's that leads to this machine."""
_CANNOT_BE_HAD = 3


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; the test is skipped where there is none and none can be installed, and fails where that fails."""
    done = subprocess.run([SCRIPT], capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode == _CANNOT_BE_HAD:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, f"Chromium could not be installed:\n{done.stderr}"
    # A proxy of this machine's would be asked for names that only the flag below knows.
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    flags = ["--no-sandbox", f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=done.stdout.strip(), args=flags, env=dict(environment)
        )
        yield browser
        browser.close()


@contextmanager
def served(beside: Beside) -> Iterator[str]:
    """The page at a port of its own; its address, without a slash behind it."""
    with serving(page(beside), 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Watched:
    """A page in a browser, watched.

    Args:
        shown: The page.
    """

    def __init__(self, shown: Page) -> None:
        self.shown = shown
        self.complaints: list[str] = []
        """What the console said, and what went wrong."""
        self.asked: set[str] = set()
        """The origins of all that was asked for."""
        shown.on("console", lambda message: self.complaints.append(message.text))
        shown.on("pageerror", lambda error: self.complaints.append(str(error)))
        shown.on("dialog", self._dismiss)
        shown.on("requestfailed", lambda request: self.complaints.append(request.url))
        shown.on("request", lambda request: self.asked.add(_origin(request.url)))

    def _dismiss(self, dialog: Any) -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def sticks_out(self) -> int:
        """By how many pixels the page is wider than its window."""
        root = "document.documentElement"
        return int(self.shown.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
