"""What an event stream of Anthropic Messages has and its document has not: its shape.

The shape tells which members came in `message_delta`, what stood in `message_start` before them, and in which kinds
of deltas each block came. `usual_shape` tells it from the document alone, as the API streams today; only where a
recorded stream differs is its own kept. Where one delta ended and the next began is not part of it.

Source: Anthropic API documentation, "Streaming Messages"; anthropic-sdk-python,
`types/beta/beta_raw_message_stream_event.py` and `lib/streaming/_beta_messages.py`.
"""

from typing import NamedTuple

import msgspec

from addon.wire.anthropic_messages_block import encode_text
from tree.message import Json


class Growth(NamedTuple):
    """A kind of delta that adds to a member of its block."""

    payload: str
    """The member of the delta that is added."""
    member: str
    """The member of the block that it is added to."""
    start: Json
    """What that member is in `content_block_start`."""


GROWTHS = {
    "citations_delta": Growth("citation", "citations", []),
    "text_delta": Growth("text", "text", ""),
    "thinking_delta": Growth("thinking", "thinking", ""),
    "signature_delta": Growth("signature", "signature", ""),
    "input_json_delta": Growth("partial_json", "input", {}),
}
"""Any other kind of delta replaces members of its block."""

GROWS_ONCE = "signature_delta"
"""Sent whole: the official client lets each such delta replace the one before."""

USES = ("tool_use", "server_tool_use", "mcp_tool_use")
"""Blocks whose input is streamed."""

NO_INPUT = "{}"

_DELTAS_OF = {
    "text": ("citations_delta", "text_delta"),
    "thinking": ("thinking_delta", "signature_delta"),
    **dict.fromkeys(USES, ("input_json_delta",)),
}
_COMPACTED = ("content", "encrypted_content")
_OUTCOME = ("stop_reason", "stop_sequence")
_LATE_TOTALS = ("output_tokens_details", "server_tool_use", "iterations")
_TOTALS = (
    *("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"),
    *_LATE_TOTALS,
)

type Deltas = dict[str, list[str]]
"""Kinds of deltas in the order of their first, each with the members of the block that it brings."""


def input_text(value: Json) -> str:
    """A tool's input as JSON text; as streamed where that is known."""
    return bytes(value).decode() if isinstance(value, msgspec.Raw) else encode_text(value)


def usual_deltas(block: Json) -> Deltas:
    """The deltas in which the API sends a block."""
    if block["type"] == "compaction":
        brought = [key for key in _COMPACTED if block.get(key) is not None]
        return {"compaction_delta": brought} if brought else {}
    members = {kind: GROWTHS[kind].member for kind in _DELTAS_OF.get(block["type"], ())}
    return {kind: [key] for kind, key in members.items() if is_grown(kind, block.get(key))}


def usual_shape(document: Json) -> dict[str, Json]:
    """The shape in which the API streams a document."""
    usage = document["usage"]
    delta = [key for key in ("stop_details",) if key in document]
    late = [key for key in ("container",) if document.get(key) is not None]
    return {
        "delta": sorted([*_OUTCOME, *delta, *late]),
        "beside": [key for key in ("context_management",) if document.get(key) is not None],
        "before": dict.fromkeys([*_OUTCOME, *delta]),
        "totals": sorted(key for key in _TOTALS if usage.get(key) is not None),
        "totals_before": {"output_tokens": 1},
        "totals_late": sorted(key for key in _LATE_TOTALS if usage.get(key) is not None),
        "deltas": {},
        "hints": {},
    }


def is_grown(kind: str, value: Json) -> bool:
    """Whether a member has something that deltas of its kind can bring."""
    if isinstance(value, msgspec.Raw):
        return input_text(value) != NO_INPUT
    return _is_like(kind, value) and value != GROWTHS[kind].start


def could_grow(kind: str, value: Json) -> bool:
    """Whether deltas of a kind can add to what a member is in `content_block_start`."""
    return value is None or _is_like(kind, value)


def _is_like(kind: str, value: Json) -> bool:
    """Whether a member is of the kind that its deltas make: what they bring to a list are objects."""
    if isinstance(value, list) and not all(isinstance(item, dict) for item in value):
        return False
    return isinstance(value, type(GROWTHS[kind].start))
