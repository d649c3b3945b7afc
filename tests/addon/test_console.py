"""A real mitmproxy console on a terminal of its own: it serves, its prompt knows Rote's commands and completes them."""

import contextlib
import os
import pty
import termios
import threading
import time
from collections.abc import Iterator

import pytest

from tests.addon import answers
from tests.addon.answers import asking
from tests.addon.proxied import START_S, Proxied, proxied
from tests.addon.stand_in import plain, stand_in

CHAT = "/v1/chat/completions"
TAB, ENTER, BACK = "\t", "\r", "q"


class Console:
    """The terminal, read all the time, lest its painter waits."""

    def __init__(self, screen: int) -> None:
        self._screen = screen
        self._painted = bytearray()
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def press(self, keys: str) -> None:
        """Type; what was painted before is forgotten."""
        with self._more:
            self._painted.clear()
        os.write(self._screen, keys.encode())

    def shows(self, words: str) -> bool:
        """Whether these words are painted, now or soon."""
        deadline = time.monotonic() + START_S
        with self._more:
            return self._more.wait_for(
                lambda: words.encode() in self._painted, deadline - time.monotonic()
            )

    def join(self) -> None:
        self._reader.join()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while piece := os.read(self._screen, 65536):
                with self._more:
                    self._painted += piece
                    self._more.notify_all()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Console, Proxied]]:
    home = tmp_path_factory.mktemp("home")
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (40, 120))
    console = Console(screen)
    try:
        with (
            stand_in(home) as provider,
            proxied(home, provider, program="mitmproxy", terminal=terminal) as proxy,
        ):
            provider.script = plain(answers.CHAT)
            yield console, proxy
    finally:
        os.close(terminal)
        console.join()
        os.close(screen)


def test_the_console_program_serves_and_tells_what_it_saved(
    running: tuple[Console, Proxied],
) -> None:
    console, proxy = running
    proxy.post(CHAT, asking("in a terminal"))
    proxy.settle()

    served = proxy.post(CHAT, asking("in a terminal"))
    console.press(f":rote.stats{ENTER}")

    assert "; hit;" in served.headers["cache-status"]
    assert console.shows("money saved")
    console.press(BACK)


def test_a_mode_is_completed_in_the_prompt(running: tuple[Console, Proxied]) -> None:
    console, proxy = running

    console.press(f":rote.mode sh{TAB}{ENTER}")

    deadline = time.monotonic() + START_S
    while proxy.own("/api/health")["mode"] != "shadow":
        assert time.monotonic() < deadline
