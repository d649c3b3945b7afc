"""A store that a desk has filled, once for all tests that only look; and the page over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from addon.cli.dashboard import Beside, page
from tests.addon.dashboard.desk import fill


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the store."""
    folder = tmp_path_factory.mktemp("desk") / "store"
    fill(folder)
    return folder


@pytest.fixture(scope="module")
def beside(filled: Path) -> Iterator[Beside]:
    """The filled store, open."""
    opened = Beside(filled)
    yield opened
    opened.close()


@pytest.fixture
def client(beside: Beside) -> FlaskClient:
    """Asks the page over the filled store, from this machine."""
    return page(beside).test_client()


@pytest.fixture
def empty(tmp_path: Path) -> FlaskClient:
    """Asks the page where there is no store yet."""
    return page(Beside(tmp_path / "nowhere")).test_client()
