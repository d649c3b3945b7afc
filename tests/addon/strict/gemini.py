"""Gemini's generateContent, strict about the order of turns, responses, signatures and cached contents.

Source: ai.google.dev, "Function calling" and "Thought signatures" (in the current turn, the first call of each step
has to bring its signature); errors as quoted in gemini-cli#3814 (number of responses), dify-official-plugins#2088
(a missing signature); Gemini API reference, "Caching".
"""

import json
import re
from typing import Any

from tests.addon.stand_in import Asked, Script, plain, stream
from tests.addon.strict import model
from tests.addon.strict.provider import Provider, Refusal, fresh, seal, unless

_PATH = re.compile(r"/v1(beta)?/models/[^/:]+:(generateContent|streamGenerateContent)(\?alt=sse)?")
_USAGE = {"promptTokenCount": 31, "candidatesTokenCount": 9, "totalTokenCount": 40}


class StrictGemini(Provider):
    """See the module."""

    with_ids = False
    """Whether calls have ids, as on Vertex AI and for newer models."""
    cached = frozenset[str]()
    """Names of the cached contents that there are."""

    def serve(self, asked: Asked, body: Any) -> Script:
        """Answer a request."""
        unless(_PATH.fullmatch(asked.path), f"{asked.path} is not found", status=404)
        cache = body.get("cachedContent")
        missing = "CachedContent not found (or permission denied)"
        unless(cache is None or cache in self.cached, missing, status=403)
        contents = body["contents"]
        history = self._history(contents)
        said = model.answer(history)
        number = sum(isinstance(step, model.Answer) for step in history)
        parts: list[Any] = [{"text": self.habits.words or said.text}]
        if said.calls and not self.habits.words:
            parts = [self._call(call) for call in said.calls]
        if self.habits.seals_answer(number):
            parts[0]["thoughtSignature"] = seal(contents)
        rest = {"modelVersion": "stand-in", "responseId": fresh("r"), "usageMetadata": _USAGE}
        if "streamGenerateContent" not in asked.path:
            return plain(json.dumps(_candidate(parts, finishReason="STOP") | rest).encode())
        chunks = [_candidate([part]) | rest for part in parts]
        chunks[-1]["candidates"][0]["finishReason"] = "STOP"
        return stream(*(b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n" for chunk in chunks))

    def refusal(self, refusal: Refusal) -> Script:
        """The error in Google's form."""
        status = {403: "PERMISSION_DENIED", 404: "NOT_FOUND"}.get(
            refusal.status, "INVALID_ARGUMENT"
        )
        error = {"code": refusal.status, "message": refusal.message, "status": status}
        document = json.dumps({"error": error}).encode()
        return Script([document], refusal.status, {"content-type": "application/json"})

    def _call(self, call: model.Call) -> Any:
        named = {"name": call.name, "args": call.arguments}
        return {"functionCall": named | ({"id": fresh("call_")} if self.with_ids else {})}

    def _history(self, contents: list[Any]) -> list[model.Step]:
        history: list[model.Step] = []
        asked_in = max(at for at, content in enumerate(contents) if _is_question(content))
        unless(contents[-1].get("role") != "model" or not _calls(contents[-1]), _UNEVEN)
        for at, content in enumerate(contents):
            calls, responses = _calls(content), _responses(content)
            before = _calls(contents[at - 1]) if at else []
            unless(not calls or (at and contents[at - 1]["role"] != "model"), _ORDER)
            unless(len(responses) == len(before), _UNEVEN)
            unless(
                sorted(r["name"] for r in responses) == sorted(c["name"] for c in before), _NAMES
            )
            ids = [
                sorted(one["id"] for one in group if "id" in one) for group in (responses, before)
            ]
            unless(ids[0] == ids[1], "Function response id does not match any function call id.")
            self._check_signatures(contents, at, current=at > asked_in)
            history += _steps(content)
        made = [call["id"] for content in contents for call in _calls(content) if "id" in call]
        unless(len(set(made)) == len(made), "Function call ids are not unique.")
        return history

    def _check_signatures(self, contents: list[Any], at: int, *, current: bool) -> None:
        for part in contents[at]["parts"]:
            if signature := part.get("thoughtSignature"):
                unless(signature == seal(contents[:at]), "Thought signature is not valid.")
        first = next((part for part in contents[at]["parts"] if "functionCall" in part), None)
        if first and current and self.habits.seals == "always":
            name = first["functionCall"]["name"]
            unless(
                "thoughtSignature" in first, f"{_MISSING} function call `{name}`, position {at}."
            )


_ORDER = "Please ensure that function call turn comes immediately after a user turn or after a function response turn."
_UNEVEN = (
    "Please ensure that the number of function response parts is equal to the number of function call parts of the "
    "function call turn."
)
_NAMES = "Function response name does not match any function call name."
_MISSING = (
    "Function call is missing a thought_signature in functionCall parts. This is required for tools to work "
    "correctly, and missing thought_signature may lead to degraded model performance. Additional data,"
)


def _is_question(content: Any) -> bool:
    return content.get("role") != "model" and not _responses(content)


def _calls(content: Any) -> list[Any]:
    return [part["functionCall"] for part in content["parts"] if "functionCall" in part]


def _responses(content: Any) -> list[Any]:
    return [part["functionResponse"] for part in content["parts"] if "functionResponse" in part]


def _steps(content: Any) -> list[model.Step]:
    text = "".join(part.get("text", "") for part in content["parts"])
    if content.get("role") == "model":
        calls = tuple(model.Call(call["name"], call["args"]) for call in _calls(content))
        return [model.Answer(text, calls)]
    results = tuple(model.Result(r["name"], r["response"]["result"]) for r in _responses(content))
    return [*([results] if results else []), *([text] if text else [])]


def _candidate(parts: list[Any], **more: Any) -> Any:
    return {"candidates": [{"content": {"parts": parts, "role": "model"}, "index": 0} | more]}
