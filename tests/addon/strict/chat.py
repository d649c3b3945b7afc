"""OpenAI Chat Completions, strict about tool calls and their results, and about signed reasoning where a host has it.

Source: OpenAI API reference, "Create chat completion"; its errors as quoted in OpenManus#744, cai#111 and
agno#3105; OpenRouter, "Reasoning tokens" (`reasoning_details` are to come back unmodified).
"""

import json
import re
from typing import Any

from tests.addon.stand_in import Asked, Script, plain, stream
from tests.addon.strict import model
from tests.addon.strict.provider import Provider, Refusal, fresh, seal, unless

_CALL_ID = re.compile(r"call_[A-Za-z0-9]{8,35}")
_USAGE = {"prompt_tokens": 31, "completion_tokens": 9, "total_tokens": 40}


class StrictChat(Provider):
    """See the module."""

    def serve(self, asked: Asked, body: Any) -> Script:
        """Answer a request."""
        unless(asked.path == "/v1/chat/completions", "Invalid URL", status=404)
        history = self._history(body["messages"])
        said = model.answer(history)
        number = sum(isinstance(step, model.Answer) for step in history)
        message: Any = {"role": "assistant", "content": self.habits.words or said.text or None}
        if said.calls and not self.habits.words:
            message |= {"tool_calls": [_call(call) for call in said.calls]}
        if self.habits.seals_answer(number):
            message["reasoning_details"] = [
                {"type": "reasoning.encrypted", "data": seal(body["messages"]), "index": 0}
            ]
        head = {"id": fresh("chatcmpl-"), "created": 1_700_000_000, "model": body["model"]}
        return _streamed(head, message) if body.get("stream") else _plain(head, message)

    def refusal(self, refusal: Refusal) -> Script:
        """The error in OpenAI's form."""
        error = {"message": refusal.message, "type": "invalid_request_error", "param": "messages"}
        document = json.dumps({"error": error | {"code": None}}).encode()
        return Script([document], refusal.status, {"content-type": "application/json"})

    def _history(self, messages: list[Any]) -> list[model.Step]:
        history: list[model.Step] = []
        names: dict[str, str] = {}
        open_ids: list[str] = []
        results: list[model.Result] = []
        for at, message in enumerate(messages):
            if message["role"] != "tool":
                self._none_open(open_ids)
                if results:
                    history.append(tuple(results))
                    results = []
            if message["role"] == "tool":
                unless(message["tool_call_id"] in open_ids, _ORPHAN)
                open_ids.remove(message["tool_call_id"])
                name = names[message["tool_call_id"]]
                results.append(model.Result(name, message["content"]))
            elif message["role"] == "assistant":
                _check_seals(message, messages[:at])
                calls = [_checked(call, names) for call in message.get("tool_calls") or []]
                open_ids = [call["id"] for call in message.get("tool_calls") or []]
                history.append(model.Answer(message.get("content") or "", tuple(calls)))
            elif message["role"] == "user":
                history.append(message["content"])
        self._none_open(open_ids)
        return [*history, tuple(results)] if results else history

    def _none_open(self, open_ids: list[str]) -> None:
        names = ", ".join(open_ids)
        unless(not open_ids, f"{_UNANSWERED} did not have response messages: {names}")


_ORPHAN = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
_UNANSWERED = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
    "The following tool_call_ids"
)


def _check_seals(message: Any, before: list[Any]) -> None:
    for detail in message.get("reasoning_details") or []:
        unless(
            detail["data"] == seal(before), "reasoning_details were made in another conversation"
        )


def _checked(call: Any, names: dict[str, str]) -> model.Call:
    unless(_CALL_ID.fullmatch(call["id"]), f"Invalid tool call id: {call['id']}")
    unless(call["id"] not in names, f"Duplicate value for 'tool_call_id' of {call['id']}")
    names[call["id"]] = call["function"]["name"]
    return model.Call(call["function"]["name"], json.loads(call["function"]["arguments"]))


def _call(call: model.Call) -> Any:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    return {"id": fresh("call_"), "type": "function", "function": function}


def _reason(message: Any) -> str:
    return "tool_calls" if message.get("tool_calls") else "stop"


def _plain(head: Any, message: Any) -> Script:
    choice = {"index": 0, "message": message, "finish_reason": _reason(message)}
    document = head | {"object": "chat.completion", "choices": [choice], "usage": _USAGE}
    return plain(json.dumps(document).encode())


def _streamed(head: Any, message: Any) -> Script:
    calls = [{"index": at} | call for at, call in enumerate(message.get("tool_calls") or [])]
    deltas: list[Any] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in re.findall(r"\S*\s*", message["content"] or "")]
    deltas += [{"tool_calls": [call]} for call in calls]
    if "reasoning_details" in message:
        deltas.append({"reasoning_details": message["reasoning_details"]})
    choices: list[Any] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": _reason(message)})
    head = head | {"object": "chat.completion.chunk"}
    chunks = [head | {"choices": [choice]} for choice in choices]
    chunks.append(head | {"choices": [], "usage": _USAGE})
    return stream(
        *(b"data: " + json.dumps(c).encode() + b"\n\n" for c in chunks), b"data: [DONE]\n\n"
    )
