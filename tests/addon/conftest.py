"""What tests of the proxy share: a provider that says what it is told to."""

from collections.abc import Iterator

import pytest

from tests.addon.stand_in import StandIn, stand_in


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """One for all tests of a module."""
    with stand_in(tmp_path_factory.mktemp("provider")) as server:
        yield server
