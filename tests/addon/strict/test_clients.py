"""What clients do to their histories: matched where it says the same, forwarded where not, and never mis-served.

Each team knows one conversation; whatever is asked after that, the answer is what the model itself would say.
"""

import copy
from typing import Any

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
from tests.addon.strict.errand import QUESTION
from tests.addon.strict.lab import Team, Teams

SENDING_ALL = [ChatAgent, MessagesAgent, GeminiAgent, ResponsesAgent]


@pytest.fixture(params=SENDING_ALL, ids=lambda kind: kind.__name__)
def team(request: pytest.FixtureRequest, teams: Teams) -> Team:
    """One that knows a conversation."""
    made = teams(request.param)
    made.agent().run(QUESTION, "Well done.")
    made.provider.asked.clear()
    return made


def reported(agent: Agent) -> str:
    """What is said in the end, once the calls at hand are answered."""
    while calls := agent.step():
        agent.use_tools(calls)
    return agent.turns[-1].answer.text


def test_results_in_another_order_are_answered_in_that_order(team: Team) -> None:
    agent = team.agent()
    agent.hear(QUESTION)
    agent.use_tools(agent.step()[::-1])

    calls = agent.step()

    first, second = (call.arguments["gauge"] for _, call in calls)
    in_order = (first, second) == ("G-4037", "G-4100")
    # In the Chat and Gemini APIs the model reads the results as they come; what it says follows that order.
    assert not in_order
    assert not agent.turns[-1].served
    assert not team.provider.habits.refused


def test_results_under_each_others_calls_are_another_conversation(team: Team) -> None:
    agent = team.agent()
    agent.hear(QUESTION)
    (one, read_one), (other, read_other) = agent.step()

    # The words come in the order that is known; whose they are has changed.
    agent.give([(other, model.run_tool(read_one)), (one, model.run_tool(read_other))])
    agent.step()

    # Gemini's calls have no ids: the first result of a name belongs to its first call, so nothing has changed.
    assert agent.turns[-1].served is isinstance(agent, GeminiAgent)
    assert not team.provider.habits.refused


def test_an_edited_question_is_another_conversation(team: Team) -> None:
    agent = team.agent()

    agent.run(QUESTION.replace("4037", "4038"))

    assert agent.turns[-1].answer == model.whole_run(QUESTION.replace("4037", "4038"))[-1]
    assert not agent.turns[0].served
    assert not team.provider.habits.refused


def test_an_edited_result_is_another_conversation(team: Team) -> None:
    agent = team.agent()
    agent.hear(QUESTION)
    calls = agent.step()
    agent.give([(call, f"{told.arguments['gauge']} shows 3 bar") for call, told in calls])

    assert reported(agent) == "I logged 3 bar for G-4037 and 3 bar for G-4100."
    assert [turn.served for turn in agent.turns] == [True, False, False]
    assert not team.provider.habits.refused


def test_an_edited_answer_is_another_conversation(team: Team) -> None:
    agent = team.agent()
    agent.run(QUESTION)
    _reword(agent.history[-1])
    agent.hear("Well done.")
    agent.step()

    assert not agent.turns[-1].served
    assert agent.turns[-1].answer.text == "Noted: well done."
    assert not team.provider.habits.refused


def test_the_same_conversation_sent_again_is_served_again(team: Team) -> None:
    agent = team.agent()
    agent.run(QUESTION)
    history = copy.deepcopy(agent.history)

    (turn,) = agent.run("Well done.")
    (again,) = team.agent_with(history).run("Well done.")

    assert turn.served
    assert again.served
    assert turn.answer == again.answer == model.Answer("Noted: well done.")


def test_a_changed_tail_is_forwarded_and_the_old_one_still_served(team: Team) -> None:
    agent = team.agent()
    agent.run(QUESTION)
    before = copy.deepcopy(agent.history)

    (other,) = agent.run("Badly done.")
    (known,) = team.agent_with(before).run("Well done.")

    assert (other.answer.text, other.served) == ("Noted: badly done.", False)
    assert (known.answer.text, known.served) == ("Noted: well done.", True)
    assert not team.provider.habits.refused


def test_a_compacted_history_is_another_conversation(team: Team) -> None:
    whole = team.agent()
    whole.run(QUESTION)
    agent = team.agent()

    # What was said is told in a sentence instead, as clients do that run out of context.
    turns = agent.run("So far: two gauges were read and logged.", "Well done.")

    assert [turn.served for turn in turns] == [False, False]
    assert [turn.answer.text for turn in turns][-1] == "Noted: well done."
    assert not team.provider.habits.refused


def test_a_history_without_its_beginning_is_another_conversation(team: Team) -> None:
    agent = team.agent()
    agent.run(QUESTION)
    agent.history = agent.history[-1:]
    if isinstance(agent, MessagesAgent | GeminiAgent):
        agent.history = []
    agent.hear("Well done.")
    agent.step()

    assert not agent.turns[-1].served
    assert agent.turns[-1].answer.text == "Noted: well done."


@pytest.mark.parametrize("kind", [ChainingAgent, ReferringAgent])
def test_a_client_may_branch_off_from_any_answer_that_is_held(
    teams: Teams, kind: type[Agent]
) -> None:
    team = teams(kind)
    team.agent().run(QUESTION, "Well done.")
    trunk: Any = team.agent()
    trunk.run(QUESTION)
    branches = [team.agent(), team.agent()]
    for branch in branches:
        branch.history = copy.deepcopy(trunk.history)
        if isinstance(branch, ChainingAgent):
            branch.previous = trunk.previous

    (known,) = branches[0].run("Well done.")
    (other,) = branches[1].run("Badly done.")

    assert (known.answer.text, known.served) == ("Noted: well done.", True)
    assert (other.answer.text, other.served) == ("Noted: badly done.", False)
    assert not team.provider.habits.refused


def _reword(said: Any) -> None:
    """Change the words of an answer, wherever its SDK keeps them."""
    if hasattr(said, "parts"):
        said.parts[0].text = "I logged nothing."
    elif isinstance(said["content"], str):
        said["content"] = "I logged nothing."
    else:
        said["content"][0]["text"] = "I logged nothing."
