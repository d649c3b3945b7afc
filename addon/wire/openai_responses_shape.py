"""What both directions of the Responses API rest on: checked JSON, and which items are what.

Source: OpenAI API reference, "Responses" (the object, its input and output items).
"""

from addon.wire.codec import WireError
from addon.wire.document import parsed
from tree.message import Json

CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
"""Item type -> the member that holds what the model wrote for the tool."""

_SEALS = ("encrypted_content", "signature")


def decoded_object(text: bytes | str) -> dict[str, Json]:
    """The value of a JSON text that is an object.

    Raises:
        WireError: It is not.
    """
    value = parsed(text)
    if not isinstance(value, dict):
        raise WireError(f"not a JSON object but {type(value).__name__}")
    return value


def objects(value: Json, where: str) -> list[dict[str, Json]]:
    """The value, which must be a list of objects.

    Raises:
        WireError: It is something else.
    """
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise WireError(f"{where} is not a list of objects")


def is_sealed(item: Json) -> bool:
    """Whether an item is bound to the history that it was made in."""
    return any(item.get(seal) for seal in _SEALS)


def is_call(item: Json) -> bool:
    """Whether an item asks the client to run a tool of its own, in the way that the tree knows."""
    names = ("name", "call_id", CALLS.get(kind_of(item)))
    return all(isinstance(item.get(name), str) for name in names)


def kind_of(item: Json) -> str:
    """The type of an item or content part; empty where it has none."""
    return _text(item, "type")


def _text(item: Json, key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
