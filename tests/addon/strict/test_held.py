"""What OpenAI would hold for a client and was served from memory: by whom, how long and where it is known."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import NotFoundError, OpenAI

from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import running
from tests.addon.strict.agents import Agent, ChainingAgent, ReferringAgent, StoringAgent
from tests.addon.strict.errand import FURTHER, QUESTION, leave_the_path
from tests.addon.strict.lab import Lab, Teams
from tests.addon.strict.responses import StrictResponses


def taught(teams: Teams, kind: type[Agent] = ChainingAgent) -> Any:
    """A team that knows the answers to a question."""
    team = teams(kind)
    team.agent().run(QUESTION)
    team.provider.asked.clear()
    return team


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[StrictResponses]:
    with running(StrictResponses(tmp_path)) as server:
        yield server


def trusting(monkeypatch: pytest.MonkeyPatch, proxy: Proxied) -> None:
    for name, value in proxy.environment.items():
        monkeypatch.setenv(name, value)


def test_it_outlives_the_proxy_and_is_known_to_every_proxy_on_the_store(
    provider: StrictResponses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chain(proxy: Proxied, previous: str | None = None) -> ChainingAgent:
        trusting(monkeypatch, proxy)
        agent = ChainingAgent(proxy, provider, "sk-test", streamed=False)
        agent.previous = previous
        return agent

    with proxied(tmp_path, provider) as one:
        first = chain(one)
        first.run(QUESTION)
        served = chain(one)
        served.run(QUESTION)
        for agent in (first, served):
            agent.client.close()

    with proxied(tmp_path, provider) as again, proxied(tmp_path, provider) as beside:
        later = [chain(proxy, served.previous) for proxy in (again, beside)]
        turns = [agent.run(f"{FURTHER} {at}") for at, agent in enumerate(later)]
        for agent in later:
            agent.client.close()

    assert [turn.served for turn in served.turns] == [True, True, True]
    assert [len(said) for said in turns] == [1, 1]
    assert [said[0].answer.text for said in turns] == [
        f"Noted: {FURTHER.lower()} {at}" for at in (0, 1)
    ]
    arrived = json.loads(provider.asked[-1].body)
    assert "previous_response_id" not in arrived
    assert len(arrived["input"]) == 1 + 2 * (2 + 2) + 1 + 1, "the whole conversation"
    assert not provider.habits.refused


def test_what_the_provider_holds_is_known_again_to_the_next_proxy_once_it_is_served(
    provider: StrictResponses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.habits.seals = "always"  # so that all is served under the provider's own ids
    runs = []
    for _ in range(2):
        with proxied(tmp_path, provider, "rote_audit=0") as proxy:
            trusting(monkeypatch, proxy)
            agent = ChainingAgent(proxy, provider, "sk-test", streamed=False)
            agent.run(QUESTION)
            agent.client.close()
            runs.append(agent)

    first, second = ([turn.served for turn in agent.turns] for agent in runs)
    assert (first, second) == ([False] * 3, [True] * 3)
    assert runs[1].previous == runs[0].previous
    assert not provider.habits.refused


@pytest.mark.parametrize("seals", ["always", "later"])
@pytest.mark.parametrize("kind", [StoringAgent, ChainingAgent, ReferringAgent])
def test_reasoning_that_the_provider_holds_is_served_under_its_own_ids(
    teams: Teams, kind: type[Agent], seals: str
) -> None:
    team = teams(kind)
    team.provider.habits.seals = seals
    team.agent().run(QUESTION)

    for turns in (1, 2, 3):
        leave_the_path(team.agent(streamed=turns == 2), turns)
    assert not team.provider.habits.refused


def test_nobody_goes_on_from_what_another_credential_was_served(teams: Teams) -> None:
    team = taught(teams)
    mine = team.agent()
    mine.run(QUESTION)
    team.key = "sk-another"
    theirs = team.agent()
    theirs.previous = mine.previous

    with pytest.raises(Exception, match="not found"):
        theirs.run(FURTHER)

    assert mine.turns[-1].served
    assert b"G-4037" not in team.provider.asked[-1].body


def test_a_stored_answer_of_the_providers_own_is_gone_on_from_as_its_client_asked(
    teams: Teams,
) -> None:
    team: Any = teams(ChainingAgent)
    agent = team.agent()
    agent.run(QUESTION)
    previous = agent.previous

    agent.run(FURTHER)

    assert previous in team.provider.stored
    assert json.loads(team.provider.asked[-1].body)["previous_response_id"] == previous


def test_it_can_be_fetched_and_deleted_and_what_else_is_asked_gets_a_404_that_names_rote(
    teams: Teams,
) -> None:
    team = taught(teams)
    agent = team.agent()
    agent.run(QUESTION)
    client: OpenAI = agent.client

    fetched = client.responses.retrieve(agent.previous)
    with pytest.raises(NotFoundError, match="Rote served it from memory"):
        client.responses.input_items.list(agent.previous)
    with pytest.raises(NotFoundError, match="Rote served it from memory"):
        client.responses.cancel(agent.previous)
    client.responses.delete(agent.previous)
    unheard = len(team.provider.asked)
    with pytest.raises(NotFoundError):
        client.responses.retrieve(agent.previous)

    assert fetched.id == agent.previous
    assert fetched.output_text == agent.turns[-1].answer.text
    assert unheard == 0, "none of that reached the provider"
    assert len(team.provider.asked) == 1, "what is gone is nobody's any more"


def test_where_it_cannot_be_kept_it_is_not_served(teams: Teams) -> None:
    team = teams(StoringAgent)
    team.provider.asked.clear()
    asked = json.dumps({"model": "m", "input": [{"role": "user", "content": "x", "\x00": 1}]})
    key = f"Bearer {team.key}"
    team.proxy.post("/v1/responses", asked.encode(), authorization=key)
    team.proxy.settle()

    again = team.proxy.post("/v1/responses", asked.encode(), authorization=key)

    assert "fwd=miss" in again.headers["cache-status"]
    assert len(team.provider.asked) == 2


def test_turned_off_it_still_hands_over_what_it_served_before(
    teams: Teams, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = taught(teams)
    agent = team.agent()
    agent.run(QUESTION)

    with proxied(team.proxy.home, team.provider, "rote_mode=off") as proxy:
        trusting(monkeypatch, proxy)
        later = ChainingAgent(proxy, team.provider, team.key, streamed=False)
        later.previous = agent.previous
        later.run(FURTHER)
        fetched = later.client.responses.retrieve(agent.previous or "")
        later.client.close()

    assert agent.turns[-1].served
    assert fetched.id == agent.previous
    assert not team.provider.habits.refused


def test_names_that_nobody_made_here_are_the_providers_affair(lab: Lab, teams: Teams) -> None:
    team: Any = teams(ChainingAgent)
    agent = team.agent()
    agent.previous = "resp_" + 48 * "0"

    with pytest.raises(Exception, match="Previous response with id"):
        agent.run(FURTHER)

    assert lab.pair(ChainingAgent)[0] is team.provider
