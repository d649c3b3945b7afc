"""A conversation that was served goes on with the provider at any turn, and the provider has nothing to object to."""

from typing import Any

import pytest

from tests.addon.strict import model
from tests.addon.strict.agents import (
    Agent,
    ChatAgent,
    GeminiAgent,
    MessagesAgent,
    ResponsesAgent,
)
from tests.addon.strict.errand import FURTHER, QUESTION
from tests.addon.strict.lab import PROVIDERS, Teams

TURNS = len(model.whole_run(QUESTION))


SEALED: dict[str, tuple[type[Agent], dict[str, Any], bool]] = {
    "reasoning details": (ChatAgent, {}, False),
    "thinking": (MessagesAgent, {"thinking": True}, False),
    "redacted thinking": (MessagesAgent, {"thinking": True}, True),
    "thought signatures": (GeminiAgent, {}, False),
    "encrypted reasoning": (ResponsesAgent, {}, False),
}
"""Kind of agent, what is asked of it, and whether what is signed is hidden."""


def go_astray(agent: Agent, turns: int) -> None:
    """Be served a run's first turns, then say what was never said before, which has to be forwarded."""
    agent.hear(QUESTION)
    for _ in range(turns - 1):
        agent.use_tools(agent.step())
    calls = agent.step()
    if calls:
        agent.give([(call, f"G-{turns} shows {turns} bar") for call, _ in calls])
    agent.hear(FURTHER)
    agent.step()


def went_well(agent: Agent, turns: int) -> bool:
    """Whether that many turns were served, each as the model would have said it, and the last one was forwarded."""
    said = [turn.answer for turn in agent.turns]
    right = [*model.whole_run(QUESTION)[:turns], model.Answer(f"Noted: {FURTHER.lower()}")]
    return said == right and [turn.served for turn in agent.turns] == [True] * turns + [False]


@pytest.mark.parametrize("served_as_stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("kind", PROVIDERS)
def test_after_any_number_of_literal_turns_the_provider_goes_on(
    teams: Teams,
    kind: type[Agent],
    served_as_stream: bool,  # noqa: FBT001
) -> None:
    team = teams(kind)
    team.agent(streamed=not served_as_stream).run(QUESTION)

    for turns in range(1, TURNS + 1):
        agent = team.agent(streamed=served_as_stream)
        go_astray(agent, turns)
        assert went_well(agent, turns)
    assert not team.provider.habits.refused


@pytest.mark.parametrize("seals", ["always", "later"])
@pytest.mark.parametrize("what", SEALED)
def test_what_is_signed_is_served_in_the_very_history_that_it_was_made_in(
    teams: Teams, what: str, seals: str
) -> None:
    kind, features, hides = SEALED[what]
    team = teams(kind)
    team.provider.habits.seals, team.provider.habits.hides = seals, hides
    team.agent(streamed=True, **features).run(QUESTION)

    for turns in range(1, TURNS + 1):
        agent = team.agent(streamed=turns == 2, **features)
        go_astray(agent, turns)
        assert went_well(agent, turns)
    assert not team.provider.habits.refused


@pytest.mark.parametrize("what", SEALED)
def test_what_is_signed_is_not_served_under_other_ids(teams: Teams, what: str) -> None:
    kind, features, hides = SEALED[what]
    team = teams(kind)
    team.provider.habits.seals, team.provider.habits.hides = "later", hides
    early, late = team.agent(**features), team.agent(**features)
    early.hear(QUESTION)
    early_calls = early.step()
    late.hear(QUESTION)
    late_calls = late.step()  # nothing is signed yet, so its ids are its own
    late.use_tools(late_calls)
    while calls := late.step():
        late.use_tools(calls)

    early.use_tools(early_calls)
    while calls := early.step():
        early.use_tools(calls)
    again = team.agent(**features)
    again.run(QUESTION, FURTHER)

    assert [turn.served for turn in late.turns] == [True, False, False]
    assert [turn.answer for turn in early.turns] == model.whole_run(QUESTION)
    # Gemini's calls have no ids, so the two histories are one.
    assert [turn.served for turn in early.turns] == [False, *[kind is GeminiAgent] * 2]
    assert [turn.answer for turn in again.turns] == model.whole_run(QUESTION, FURTHER)
    assert not team.provider.habits.refused
