"""What all tests share: golden files, rewritten only on demand, and how hard properties are tried."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

GOLDEN = Path(__file__).parent / "golden"

type Golden = Callable[[str, bytes], None]
"""Called with a file's name under `tests/golden/` and the bytes that should be in it."""

# No deadline: what a test takes on a busy machine says nothing of the code.
settings.register_profile("fast", max_examples=20, deadline=None)
settings.register_profile("long", max_examples=1_000, deadline=None)
settings.load_profile("fast")  # the other one: --hypothesis-profile=long


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`."""
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden files; review the difference before you commit it",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare with a golden file byte for byte, or write it where that was asked for."""

    def compare(name: str, content: bytes) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        assert file.is_file(), f"{file} is missing; --update-golden writes it"
        assert content == file.read_bytes()

    return compare


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Processes that tests start can be interrupted, also where the tests run in the background of a shell."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
