"""Words put into the model's mouth: Anthropic goes on from them, or refuses; memory does the one as it was told to."""

import json

import pytest

from tests.addon.strict.agents import MessagesAgent
from tests.addon.strict.lab import Team, Teams

QUESTION = "Say how the gauges are."
WORDS = "The gauges are"


@pytest.fixture
def team(teams: Teams) -> Team:
    """One that knows how the model goes on from a few words."""
    made = teams(MessagesAgent)
    prefilled(made, WORDS).step()
    made.provider.asked.clear()
    return made


def prefilled(team: Team, words: str, *, thinking: bool = False) -> MessagesAgent:
    agent = team.agent(thinking=thinking)
    assert isinstance(agent, MessagesAgent)
    agent.hear(QUESTION)
    agent.history.append({"role": "assistant", "content": words})
    return agent


@pytest.mark.parametrize("merges", [True, False], ids=["as one", "as two"])
def test_the_provider_goes_on_from_words_that_were_served_a_continuation(
    team: Team,
    merges: bool,  # noqa: FBT001
) -> None:
    agent = prefilled(team, WORDS)
    agent.step()
    if merges:
        said = agent.history.pop()["content"][0]["text"]
        agent.history[-1]["content"] += said
    agent.hear("And now?")
    agent.step()

    assert [turn.served for turn in agent.turns] == [True, False]
    assert [turn.answer.text for turn in agent.turns] == ["…and so on.", "Noted: and now?"]
    assert not team.provider.habits.refused


def test_without_these_words_nothing_is_known(team: Team) -> None:
    bare = team.agent()
    bare.hear(QUESTION)
    bare.step()
    spoken = team.agent()
    spoken.hear(QUESTION)
    spoken.hear(WORDS)
    spoken.step()
    other = prefilled(team, "The halls are")
    other.step()

    assert not any(agent.turns[-1].served for agent in (bare, spoken, other))
    assert bare.turns[-1].answer.text == f"Noted: {QUESTION.lower()}"


@pytest.mark.parametrize(
    ("words", "thinking", "why"),
    [(f"{WORDS} ", False, "trailing whitespace"), (WORDS, True, "does not support assistant")],
    ids=["blank at the end", "with thinking"],
)
def test_words_that_the_provider_refuses_are_its_affair(
    team: Team,
    words: str,
    thinking: bool,  # noqa: FBT001
    why: str,
) -> None:
    agent = prefilled(team, words, thinking=thinking)

    for times in (1, 2):
        with pytest.raises(Exception, match=why):
            agent.step()
        assert len(team.provider.asked) == times
        assert json.loads(team.provider.asked[-1].body)["messages"] == agent.history
        team.proxy.settle()
