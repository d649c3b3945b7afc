"""`/api/decisions`: the last ones, as many as are asked for."""

from collections.abc import Callable

import msgspec
import pytest

from addon.dashboard.api import DECISIONS, MAX_DECISIONS
from addon.dashboard.app import make_app
from addon.dashboard.outline import saved
from addon.dashboard.sight import Sight
from tree.message import Json


@pytest.fixture
def ask() -> Callable[[str], Json]:
    """Ask for a page over a log that shows how many it was asked for."""
    sight = Sight(health=dict, stats=lambda: saved({}), decisions=lambda limit: [{"number": limit}])
    client = make_app(sight).test_client()
    return lambda path: msgspec.json.decode(client.get(path).data)


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ("", DECISIONS),
        ("?limit=3", 3),
        ("?limit=0", 1),
        ("?limit=many", DECISIONS),
        ("?limit=99999", MAX_DECISIONS),
    ],
)
def test_as_many_are_shown_as_are_asked_for(
    ask: Callable[[str], Json], query: str, limit: int
) -> None:
    assert ask(f"/api/decisions{query}") == {"decisions": [{"number": limit}]}
