"""How OpenAI would have streamed an answer that was recorded plain: runs for `openai_chat_unfold.unfold`.

Source: OpenAI API reference, "The chat completion chunk object" and "Streaming".
"""

from addon.wire.document import as_objects
from addon.wire.openai_chat_fold import COUNT
from addon.wire.openai_chat_merge import LITERAL, NAMING, SAME
from tree.message import Json

_EVERY_CHUNK = (
    "id",
    "object",
    "created",
    "model",
    "provider",
    "service_tier",
    "system_fingerprint",
)
_NEEDED = ("id", "object", "created", "model")
_NOT_STREAMED = ("index", "message", "delta", "logprobs", "finish_reason")
_FIRST = ("reasoning", "reasoning_content", "reasoning_details")
"""What a model says before its answer proper."""


def outlined(document: dict[str, Json], *, with_usage: bool) -> Json:
    """The runs of a document; `with_usage`, they end in a chunk with the usage alone, as OpenAI's do."""
    every = {key: SAME for key in _EVERY_CHUNK if key in _NEEDED or document.get(key) is not None}
    announced: dict[str, Json] = {"usage": None} if with_usage else {}
    runs: list[dict[str, Json]] = []
    for choice in document["choices"]:
        index = choice.get("index", 0)
        for outline, count in _choice_outlines(choice):
            runs.append(
                {"choices": [[index, {"index": {LITERAL: index}, **outline}]], **announced, **count}
            )
    rest = [key for key in document if key not in (*every, "choices", "usage") and document[key]]
    runs[-1] |= dict.fromkeys(rest, SAME)
    if with_usage:
        runs.append({"choices": [], "usage": SAME})
    return {"every": every, "runs": runs}


type _Step = tuple[dict[str, Json], dict[str, int]]


def _choice_outlines(choice: dict[str, Json]) -> list[_Step]:
    message, logprobs = choice["message"], choice.get("logprobs")
    plain = {key: SAME for key, value in message.items() if key != "role" and _is_plain(value)}
    opening: dict[str, Json] = {
        "role": SAME if message.get("role") else {LITERAL: "assistant"},
        **plain,
    }
    if not message.get("content"):
        opening["content"] = None if message.get("tool_calls") else {LITERAL: ""}
    elif isinstance(message["content"], str):
        opening["content"] = {LITERAL: ""}
    steps = [_step(opening)]
    for key in sorted(message, key=lambda key: (key not in _FIRST, key == "tool_calls")):
        steps += _member_outlines(key, message[key])
    if logprobs is not None:
        steps.append(({**_step({})[0], "logprobs": SAME}, {}))
    ending = {
        key: SAME for key, value in choice.items() if key not in _NOT_STREAMED and value is not None
    }
    finish = SAME if choice.get("finish_reason") else None
    return [*steps, ({"delta": {}, **ending, "finish_reason": finish}, {})]


def _is_plain(value: Json) -> bool:
    return isinstance(value, bool | int | float)


def _member_outlines(key: str, value: Json) -> list[_Step]:
    """The steps in which one member of a message comes."""
    if not value or key == "role" or _is_plain(value):
        return []
    if key == "tool_calls":
        calls = as_objects(value, key)
        return [step for at, call in enumerate(calls) for step in _call_outlines(at, call)]
    if key == "function_call" and isinstance(value.get("arguments"), str):
        opening = {**dict.fromkeys(value, SAME), "arguments": {LITERAL: ""}}
        return [_step({key: opening}), _step({key: {"arguments": len(value["arguments"])}}, COUNT)]
    if isinstance(value, str) and key not in NAMING:
        return [_step({key: len(value)}, COUNT)]
    # Half a name is another one; and OpenAI's SDK cannot join items of a list without an index.
    return [_step({key: SAME})]


def _call_outlines(at: int, call: dict[str, Json]) -> list[_Step]:
    """First who is called, then with what."""
    function = call.get("function")
    opening: dict[str, Json] = {
        "index": {LITERAL: at},
        **{key: SAME for key in call if key != "index"},
    }
    if not isinstance(function, dict) or not isinstance(function.get("arguments"), str):
        return [_step({"tool_calls": [[at, opening]]})]
    opening["function"] = {**dict.fromkeys(function, SAME), "arguments": {LITERAL: ""}}
    pieces = {"index": {LITERAL: at}, "function": {"arguments": len(function["arguments"])}}
    return [_step({"tool_calls": [[at, opening]]}), _step({"tool_calls": [[at, pieces]]}, COUNT)]


def _step(delta: dict[str, Json], *counted: str) -> _Step:
    return {"delta": delta, "finish_reason": None}, dict.fromkeys(counted, 0)
