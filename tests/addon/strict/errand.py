"""The errand that agents run in most of these tests, and how they leave its path half way."""

from tests.addon.strict import model
from tests.addon.strict.agents import Agent

QUESTION = "Please read G-4037 and G-4100 in the north hall."
FURTHER = "Now tell me of something else."


def leave_the_path(agent: Agent, turns: int) -> None:
    """Run the known errand for some turns, then have a tool say, and ask, what nobody met before.

    All but the last turn must come from memory and be right; the last one is the provider's.
    """
    agent.hear(QUESTION)
    for _ in range(turns - 1):
        agent.use_tools(agent.step())
    agent.give([(call, f"G-{turns} shows {turns} bar") for call, _ in agent.step()])
    agent.hear(FURTHER)
    agent.step()

    assert [turn.answer for turn in agent.turns[:-1]] == model.whole_run(QUESTION)[:turns]
    assert [turn.served for turn in agent.turns] == [True] * turns + [False]
