"""Every strict provider behind a proxy of its own, started when it is first wanted."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import running
from tests.addon.strict.agents import (
    Agent,
    ChainingAgent,
    ChatAgent,
    GeminiAgent,
    MessagesAgent,
    ReferringAgent,
    ResponsesAgent,
    StoringAgent,
)
from tests.addon.strict.chat import StrictChat
from tests.addon.strict.gemini import StrictGemini
from tests.addon.strict.messages import StrictMessages
from tests.addon.strict.provider import Habits, Provider
from tests.addon.strict.responses import StrictResponses

PROVIDERS: dict[type[Agent], type[Provider]] = {
    ChatAgent: StrictChat,
    MessagesAgent: StrictMessages,
    GeminiAgent: StrictGemini,
    ResponsesAgent: StrictResponses,
    StoringAgent: StrictResponses,
    ChainingAgent: StrictResponses,
    ReferringAgent: StrictResponses,
}
"""Every kind of agent, and whom it talks to."""


class Lab:
    """Starts what is asked for, and ends it all.

    Args:
        folder: Gives a new folder for a name.
    """

    def __init__(self, folder: Callable[[str], Path]) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._pairs: dict[type[Provider], tuple[Provider, Proxied]] = {}
        self._keys = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def pair(self, kind: type[Agent]) -> tuple[Provider, Proxied]:
        """The provider for a kind of agent, with new habits, and the proxy in front of it."""
        strict = PROVIDERS[kind]
        if strict not in self._pairs:
            home = self._folder(strict.__name__)
            provider = self._stack.enter_context(running(strict(home)))
            proxy = self._stack.enter_context(proxied(home, provider, "rote_audit=0"))
            self._pairs[strict] = provider, proxy
        provider, proxy = self._pairs[strict]
        provider.habits = Habits()
        return provider, proxy

    def team(self, kind: type[Agent]) -> "Team":
        """Agents of one kind and one credential, which nobody else has."""
        self._keys += 1
        return Team(kind, *self.pair(kind), f"sk-team-{self._keys}")


class Team:
    """Agents that share a memory, which holds nothing at first."""

    def __init__(self, kind: type[Agent], provider: Provider, proxy: Proxied, key: str) -> None:
        self.kind, self.provider, self.proxy, self.key = kind, provider, proxy, key
        self._agents: list[Agent] = []

    def agent(self, *, streamed: bool = False, **features: Any) -> Agent:
        """A new conversation."""
        agent = self.kind(self.proxy, self.provider, self.key, streamed=streamed)
        for name, value in features.items():
            assert hasattr(agent, name)
            setattr(agent, name, value)
        self._agents.append(agent)
        return agent

    def agent_with(self, history: list[Any]) -> Agent:
        """One that takes up a conversation."""
        agent = self.agent()
        agent.history = history
        return agent

    def disband(self) -> None:
        """Hang up."""
        for agent in self._agents:
            agent.client.close()


type Teams = Callable[[type[Agent]], Team]
"""Makes a team, and sets the two variables that its users would set."""
