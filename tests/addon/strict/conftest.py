"""Fixtures of the strict providers: started once, and a new credential for each test."""

from collections.abc import Iterator

import pytest

from tests.addon.strict.agents import Agent
from tests.addon.strict.lab import Lab, Team, Teams


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp) as made:
        yield made


@pytest.fixture
def teams(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Teams]:
    for name in ("HTTP_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    all_teams: list[Team] = []

    def team(kind: type[Agent]) -> Team:
        made = lab.team(kind)
        all_teams.append(made)
        for name, value in made.proxy.environment.items():
            monkeypatch.setenv(name, value)
        return made

    yield team
    for one in all_teams:
        one.disband()
