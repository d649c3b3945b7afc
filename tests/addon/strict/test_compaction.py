"""What OpenAI compacts is bound to the conversation that it was made of, and is served in no other."""

import json
from typing import Any

import pytest

from tests.addon.strict.agents import (
    MODEL,
    Agent,
    ChainingAgent,
    ReferringAgent,
    ResponsesAgent,
    StoringAgent,
)
from tests.addon.strict.errand import FURTHER, QUESTION, leave_the_path
from tests.addon.strict.lab import Teams

WAYS: dict[str, tuple[type[Agent], dict[str, Any]]] = {
    "sent whole": (ResponsesAgent, {"compacts": True}),
    "sent from there on": (ResponsesAgent, {"compacts": True, "drops": True}),
    "stored": (StoringAgent, {"compacts": True}),
    "stored, sent from there on": (StoringAgent, {"compacts": True, "drops": True}),
    "chained": (ChainingAgent, {"compacts": True}),
    "referred to": (ReferringAgent, {"compacts": True}),
}
"""Kind of agent, and what it asks for."""


@pytest.mark.parametrize("seals", ["never", "later"])
@pytest.mark.parametrize("way", WAYS)
def test_the_provider_goes_on_from_what_it_compacted(teams: Teams, way: str, seals: str) -> None:
    kind, features = WAYS[way]
    team = teams(kind)
    team.provider.habits.seals = seals
    team.agent(**features).run(QUESTION)

    for turns in (1, 2, 3):
        leave_the_path(team.agent(streamed=turns == 2, **features), turns)
    assert not team.provider.habits.refused


def test_what_another_conversation_was_compacted_to_is_not_served_for_this_one(
    teams: Teams,
) -> None:
    team = teams(ResponsesAgent)
    features = {"compacts": True, "drops": True}
    histories = []
    for number in range(4000, 4008):
        agent = team.agent(**features)
        agent.hear(QUESTION.replace("4037", str(number)))
        agent.use_tools(agent.step())
        agent.use_tools(agent.step())
        agent.step()

        assert not any(turn.served for turn in agent.turns[1:]), "its sealed item is its own"
        histories.append(json.dumps(agent.history))

    assert len(set(histories)) == len(histories)
    assert not team.provider.habits.refused


def test_a_compaction_that_the_provider_never_made_is_its_affair(teams: Teams) -> None:
    team = teams(ResponsesAgent)
    agent = team.agent()
    agent.history = [{"id": "cmp_1", "encrypted_content": "EqQB00", "type": "compaction"}]
    agent.hear(FURTHER)
    team.provider.asked.clear()

    for times in (1, 2):
        with pytest.raises(Exception, match="could not be verified"):
            agent.step()
        assert len(team.provider.asked) == times
        assert json.loads(team.provider.asked[-1].body)["input"] == agent.history
        team.proxy.settle()


@pytest.mark.parametrize("kind", [StoringAgent, ChainingAgent, ReferringAgent])
def test_what_was_served_can_be_compacted_on_demand(teams: Teams, kind: type[Agent]) -> None:
    team = teams(kind)
    team.agent().run(QUESTION)
    agent: Any = team.agent()
    agent.run(QUESTION)
    team.provider.asked.clear()
    named = {"previous_response_id": agent.previous} if kind is ChainingAgent else {}

    compacted = agent.client.responses.compact(model=MODEL, input=agent.history, **named)
    team.provider.asked.clear()
    later: Any = team.agent_with([item.model_dump(exclude_none=True) for item in compacted.output])
    (turn,) = later.run(FURTHER)

    assert all(turn.served for turn in agent.turns)
    assert turn.answer.text == f"Noted: {FURTHER.lower()}"
    assert not turn.served
    assert not team.provider.habits.refused


def test_nobody_compacts_what_another_credential_was_served(teams: Teams) -> None:
    team = teams(ChainingAgent)
    team.agent().run(QUESTION)
    mine: Any = team.agent()
    mine.run(QUESTION)
    team.key += "-another"
    theirs: Any = team.agent()

    with pytest.raises(Exception, match="not found"):
        theirs.client.responses.compact(model=MODEL, previous_response_id=mine.previous)

    assert mine.turns[-1].served
    assert b"G-4037" not in team.provider.asked[-1].body
