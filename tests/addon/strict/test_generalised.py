"""What was never asked before is answered, and the provider goes on from it as if it had said so itself."""

import json

import pytest

from tests.addon.strict import model
from tests.addon.strict.agents import (
    Agent,
    ChainingAgent,
    ChatAgent,
    GeminiAgent,
    MessagesAgent,
    ReferringAgent,
    ResponsesAgent,
)
from tests.addon.strict.lab import PROVIDERS, Team, Teams

HALLS = ("north", "granary", "harbour", "upper mill")
ENOUGH = 4
"""Answers that were never given before and are served, after which the case is made."""


def question(number: int) -> str:
    return f"Please read G-{4000 + 37 * number} in the {HALLS[number % len(HALLS)]} hall."


def go_on(agent: Agent) -> model.Answer:
    """What the provider itself says next."""
    agent.headers = {"cache-control": "no-cache"}
    (turn,) = agent.run("And now?")
    assert not turn.served
    return turn.answer


def served_in_runs(team: Team, *, streamed: bool, runs: int = 40) -> int:
    """Let agents read one gauge after another until enough was served; how many answers that was."""
    served = 0
    for number in range(runs):
        agent = team.agent(streamed=streamed and number % 2 == 0)
        agent.run(question(number))
        assert [turn.answer for turn in agent.turns] == model.whole_run(question(number))
        if any(turn.served for turn in agent.turns):
            served += sum(turn.served for turn in agent.turns)
            assert go_on(agent).text == "Noted: and now?"
        if served >= ENOUGH:
            break
    return served


@pytest.mark.parametrize(
    "kind", [ChatAgent, MessagesAgent, GeminiAgent, ResponsesAgent, ChainingAgent, ReferringAgent]
)
def test_the_provider_goes_on_from_what_it_never_said(teams: Teams, kind: type[Agent]) -> None:
    team = teams(kind)

    served = served_in_runs(team, streamed=True)

    assert served >= ENOUGH
    assert not team.provider.habits.refused


def test_calls_that_have_ids_at_gemini_are_paired_by_them(teams: Teams) -> None:
    team = teams(GeminiAgent)
    team.provider.with_ids = True  # type: ignore[attr-defined]

    served = served_in_runs(team, streamed=False)
    team.provider.with_ids = False  # type: ignore[attr-defined]

    assert served >= ENOUGH
    assert not team.provider.habits.refused


@pytest.mark.parametrize("kind", [ChatAgent, MessagesAgent, GeminiAgent, ResponsesAgent])
def test_where_the_model_signs_what_it_says_nothing_is_served_that_was_never_said(
    teams: Teams, kind: type[Agent]
) -> None:
    team = teams(kind)
    team.provider.habits.seals = "always"
    features = {"thinking": True} if kind is MessagesAgent else {}

    for number in range(8):
        agent = team.agent(**features)
        agent.run(question(number))
        assert not any(turn.served for turn in agent.turns)
    assert not team.provider.habits.refused


@pytest.mark.parametrize("kind", PROVIDERS)
def test_the_provider_goes_on_from_what_a_declaration_made(teams: Teams, kind: type[Agent]) -> None:
    team = teams(kind)

    for number in (1, 2):
        agent = team.agent(streamed=number == 2)
        agent.hear(question(number))
        hall = HALLS[number % len(HALLS)]
        declared = {"gauge": f"G-{4000 + 37 * number}", "hall": hall}
        agent.headers = {"rote-bindings": json.dumps(declared)}
        calls = agent.step()
        agent.headers = {}
        agent.use_tools(calls)
        agent.hear("And now?")
        agent.headers = {"cache-control": "no-cache"}
        agent.step()

        assert agent.turns[0].answer == model.whole_run(question(number))[0]
        assert agent.turns[0].served is (number == 2)
        assert agent.turns[1].answer.text == "Noted: and now?"
    assert not team.provider.habits.refused
