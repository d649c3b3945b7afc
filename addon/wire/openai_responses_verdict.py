"""Whether a response may be given twice, and whether it fits another conversation: judged by its document alone.

Source: OpenAI API reference, "The response object".
"""

from addon.wire.codec import NotRepeatableError, WireError
from addon.wire.document import parsed
from addon.wire.openai_responses_shape import CALLS, is_sealed, kind_of
from addon.wire.withheld import told_of
from tree.message import Json

_FINAL = ("completed", "incomplete")
_CUT = ("max_output_tokens", "max_tool_calls")
"""Reasons for an incomplete answer that lie in the request; others lie in what the provider would not say."""

_CONSTANT = {
    *(
        "id",
        "object",
        "created_at",
        "completed_at",
        "status",
        "background",
        "billing",
        "conversation",
        "error",
    ),
    *(
        "frequency_penalty",
        "incomplete_details",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
    ),
    *(
        "model",
        "output",
        "parallel_tool_calls",
        "presence_penalty",
        "previous_response_id",
        "prompt",
    ),
    *(
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
    ),
    *(
        "service_tier",
        "store",
        "temperature",
        "text",
        "tool_choice",
        "tool_usage",
        "tools",
        "top_logprobs",
    ),
    *("top_p", "truncation", "usage", "user"),
}
"""Members of a response that do not depend on what is said in it."""

_CONSTANT_OF_ITEM = {
    *(
        "id",
        "item_id",
        "type",
        "status",
        "role",
        "content",
        "phase",
        "call_id",
        "name",
        "namespace",
    ),
    *("arguments", "input"),
}
_DIRECT = {"type": "direct"}
"""The caller of a call that the model made itself, and no code that it wrote."""
_CONSTANT_OF_PART = {"type", "text"}


def require_repeatable(document: Json, items: list[dict[str, Json]]) -> None:
    """Accept a final answer.

    Raises:
        NotRepeatableError: It is not final, failed, was filtered or refused, or holds state that expires.
    """
    if document.get("error"):
        raise NotRepeatableError("an error under status 200")
    if (status := document.get("status")) not in _FINAL:
        raise NotRepeatableError(f"status {status}")
    details = document.get("incomplete_details")
    cut = details.get("reason") if isinstance(details, dict) else details
    if cut is not None and cut not in _CUT:
        raise NotRepeatableError(f"incomplete: {cut}")
    if any(part.get("blocked") for part in _objects(document.get("content_filters"))):
        raise NotRepeatableError("a content filter")
    if told_of(document.get("tools")):
        raise NotRepeatableError("it repeats a credential for a tool's server")
    for item in items:
        _require_repeatable_item(item)


def literal_only(document: Json, items: list[dict[str, Json]]) -> str:
    """Why an answer fits no other conversation; empty if it might."""
    if member := _telling(document, _CONSTANT):
        return f"{member} of the response"
    if document.get("status") == "incomplete":
        return "cut off"
    return next((reason for item in items if (reason := _literal_only_item(item))), "")


def _require_repeatable_item(item: dict[str, Json]) -> None:
    if any(kind_of(part) == "refusal" for part in _objects(item.get("content"))):
        raise NotRepeatableError("a refusal")
    cited = [
        note for part in _objects(item.get("content")) for note in _objects(part.get("annotations"))
    ]
    places = [item, *_objects([item.get("environment")]), *cited]
    if any(one.get("container_id") for one in places):
        raise NotRepeatableError("a container at the provider, which expires")
    arguments = item.get("arguments")
    if kind_of(item) == "function_call" and isinstance(arguments, str) and arguments:
        try:
            parsed(arguments)
        except WireError as exc:
            raise NotRepeatableError("arguments that are not JSON") from exc


def _literal_only_item(item: dict[str, Json]) -> str:
    kind = kind_of(item)
    if kind not in ("message", *CALLS):
        return f"{'sealed ' if is_sealed(item) else ''}{kind or 'unknown'} item"
    known = _CONSTANT_OF_ITEM | ({"caller"} if item.get("caller") == _DIRECT else set())
    if member := _telling(item, known):
        return f"{member} of a {kind}"
    for part in _objects(item.get("content")):
        if kind_of(part) != "output_text":
            return f"{kind_of(part) or 'unknown'} part of a {kind}"
        if member := _telling(part, _CONSTANT_OF_PART):
            return f"{member} of a {kind}"
    return ""


def _telling(value: dict[str, Json], constant: set[str]) -> str:
    """The first member that says something and is not among the constant ones."""
    said = (
        name for name in value if name not in constant and value[name] not in (None, "", [], {})
    )
    return next(said, "")


def _objects(value: Json) -> list[dict[str, Json]]:
    """What there is of objects in a list, if it is one."""
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []
