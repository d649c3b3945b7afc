"""What a client has the provider hold for it, and what the provider does not know: neither is for memory to answer."""

import json
from typing import Any

import pytest

from tests.addon.strict.agents import Agent, GeminiAgent, MessagesAgent, ResponsesAgent
from tests.addon.strict.lab import Team, Teams

QUESTION = "How are the gauges?"
PATHS: dict[type[Agent], str] = {
    ResponsesAgent: "/v1/responses",
    MessagesAgent: "/v1/messages",
    GeminiAgent: "/v1beta/models/stand-in-1:generateContent",
}
_MESSAGES: Any = {"model": "stand-in-1", "max_tokens": 100}
_SAID = {"role": "user", "content": QUESTION}


def _responses(**more: Any) -> Any:
    return {"model": "stand-in-1", "input": [_SAID]} | more


def _with_file(file: str) -> Any:
    parts = [{"type": "input_text", "text": QUESTION}, {"type": "input_file", "file_id": file}]
    return _responses(input=[{"role": "user", "content": parts}])


def _interpreting(container: str) -> Any:
    return _responses(tools=[{"type": "code_interpreter", "container": container}])


def _with_document(file: str) -> Any:
    document = {"type": "document", "source": {"type": "file", "file_id": file}}
    content = [{"type": "text", "text": QUESTION}, document]
    return _MESSAGES | {"messages": [{"role": "user", "content": content}]}


def _cached(name: str) -> Any:
    return {"contents": [{"role": "user", "parts": [{"text": QUESTION}]}], "cachedContent": name}


NAMING: dict[str, tuple[type[Agent], str, Any, Any, str]] = {
    "conversation": (
        ResponsesAgent,
        "conversations",
        lambda name: _responses(conversation=name),
        {"type": "invalid_request_error", "code": None},
        "bypass",
    ),
    "container": (
        ResponsesAgent,
        "containers",
        _interpreting,
        {"type": "invalid_request_error", "code": None},
        "",
    ),
    "file": (
        ResponsesAgent,
        "files",
        _with_file,
        {"type": "invalid_request_error", "code": None},
        "",
    ),
    "Anthropic's container": (
        MessagesAgent,
        "containers",
        lambda name: _MESSAGES | {"messages": [_SAID], "container": name},
        {"type": "not_found_error"},
        "bypass",
    ),
    "Anthropic's file": (
        MessagesAgent,
        "files",
        _with_document,
        {"type": "not_found_error"},
        "",
    ),
    "cached content": (
        GeminiAgent,
        "cached",
        _cached,
        {"code": 403, "status": "PERMISSION_DENIED"},
        "",
    ),
}
"""Who asks, where the provider keeps the names it knows, a request that has one, how it refuses one that it does not
know, and how Rote forwards it where that is settled by the request alone."""


def ask(team: Team, body: bytes) -> Any:
    response = team.proxy.post(PATHS[team.kind], body, authorization=f"Bearer {team.key}")
    team.proxy.settle()
    return response


@pytest.mark.parametrize("what", NAMING)
def test_a_name_that_the_provider_does_not_know_is_refused_by_it_each_time(
    teams: Teams, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, known, makes, error, _ = NAMING[what]
    team = teams(kind)
    monkeypatch.setattr(team.provider, known, {"there_is"})
    assert ask(team, json.dumps(makes("there_is")).encode()).status == 200
    body = json.dumps(makes("there_is_not")).encode()

    refused = [ask(team, body) for _ in range(2)]

    assert [one.body for one in team.provider.asked[-2:]] == [body] * 2
    for one in refused:
        document = json.loads(one.body)
        assert "fwd=" in one.headers["cache-status"]
        assert document["error"].items() >= error.items()
        assert document["error"]["message"] == team.provider.habits.refused[-1]


@pytest.mark.parametrize("what", [what for what in NAMING if NAMING[what][-1]])
def test_what_adds_to_state_at_the_provider_is_never_served(
    teams: Teams, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, known, makes, _, forwarded = NAMING[what]
    team = teams(kind)
    monkeypatch.setattr(team.provider, known, {"there_is"})
    team.provider.asked.clear()
    body = json.dumps(makes("there_is")).encode()

    answered = [ask(team, body) for _ in range(3)]

    assert [one.status for one in answered] == [200] * 3
    assert all(f"fwd={forwarded}" in one.headers["cache-status"] for one in answered)
    assert [one.body for one in team.provider.asked] == [body] * 3


@pytest.mark.parametrize("what", [what for what in NAMING if NAMING[what][-1]])
def test_what_is_known_without_a_name_is_not_served_for_one(
    teams: Teams, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, known, makes, _, _ = NAMING[what]
    team = teams(kind)
    monkeypatch.setattr(team.provider, known, {"there_is"})
    named = makes("there_is")
    bare = {
        name: value for name, value in named.items() if name not in ("container", "conversation")
    }
    ask(team, json.dumps(bare).encode())

    repeated = ask(team, json.dumps(bare).encode())
    under_a_name = ask(team, json.dumps(named).encode())

    assert "; hit" in repeated.headers["cache-status"]
    assert "; hit" not in under_a_name.headers["cache-status"]


def test_a_cached_content_that_there_is_reaches_the_provider_with_the_next_turn(
    teams: Teams, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = teams(GeminiAgent)
    monkeypatch.setattr(team.provider, "cached", {"cachedContents/1"})
    features: dict[str, Any] = {"cached_content": "cachedContents/1"}
    team.agent(**features).run(QUESTION)
    agent = team.agent(**features)

    agent.run(QUESTION, "And now?")

    assert [turn.served for turn in agent.turns] == [True, False]
    assert json.loads(team.provider.asked[-1].body)["cachedContent"] == "cachedContents/1"
    assert not team.provider.habits.refused
