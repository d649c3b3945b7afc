"""Recorded streams of the Responses API: the response at their end, and the plan that tells it again.

What rides on a delta beside its fragment (padding, times) goes with the fragment, for the fragments of a replay are
others; every other event keeps all that it has.

Source: OpenAI API reference, "Streaming events" of the Responses API.
"""

from collections.abc import Iterator

from addon.wire.codec import NotRepeatableError, WireError
from addon.wire.openai_responses_item import steps_of
from addon.wire.openai_responses_shape import decoded_object, kind_of, objects
from addon.wire.openai_responses_stream import Lane, opening_of, place_of, usual_top
from addon.wire.sse import decode
from tree.message import Json

_ENDS = ("response.completed", "response.incomplete", "response.failed")
_PLACE = {"type", "sequence_number", "output_index", "item_id", "obfuscation"}
_RENEWED = {"id", "created_at", "status", "output"}


def read_stream(body: bytes) -> tuple[dict[str, Json], dict[str, Json]]:
    """The response that a stream ends with, and the plan of its events.

    Raises:
        WireError: The stream is malformed, or stops before its end.
        NotRepeatableError: It failed, or its events do not fit its response.
    """
    events = list(_events(body))
    if not events or kind_of(events[-1]) not in _ENDS:
        raise WireError("the stream stops before its terminal event")
    if any(kind_of(event) in _ENDS for event in events[:-1]):
        raise WireError("a terminal event before the end of the stream")
    document = events[-1].get("response")
    if not isinstance(document, dict):
        raise WireError("the terminal event holds no response")
    plan = {
        "opening": _opening_change(events[0].get("response"), document),
        **_lanes(events, document),
    }
    return document, {name: value for name, value in plan.items() if value}


def _events(body: bytes) -> Iterator[dict[str, Json]]:
    try:
        raw = decode(body)
    except UnicodeError as exc:
        raise WireError(f"the stream is not UTF-8: {exc}") from exc
    for event in raw:
        if event.data == "[DONE]":  # not of this API, but some hosts end every stream so
            continue
        payload = decoded_object(event.data)
        if "error" in (event.event, kind_of(payload)):
            raise NotRepeatableError("an error in the stream")
        if not kind_of(payload):
            raise WireError("an event without a type")
        if kind_of(payload) != "keepalive":
            yield payload


def _lanes(events: list[dict[str, Json]], document: Json) -> dict[str, Json]:
    output = objects(document.get("output"), "output")
    lanes = [_Lane({step.kind: set(step.body) for step in steps_of(item)}) for item in output]
    top = _Lane({kind_of(event): {"response"} for event in events if "response" in event})
    more: list[Json] = []
    lane: _Lane | None = None
    for event in events:
        index = event.get("output_index")
        if index is None and (lane is None or "response" in event):
            _refuse_late(event, top, begun=lane is not None)
            more += top.add(event)
        elif index is None and lane is not None:
            lane.add_stranger(event)
        elif isinstance(index, int) and 0 <= index < len(output):
            lane = lanes[index]
            more += lane.add(event)
        else:
            raise NotRepeatableError(f"an event of item {index}, which the response does not have")
    unusual = [_unless_usual(lane.events, item) for lane, item in zip(lanes, output, strict=True)]
    return {
        "top": None if top.events == usual_top(document) else top.events,
        "items": None if all(lane is None for lane in unusual) else unusual,
        "more": more,
    }


def _refuse_late(event: dict[str, Json], top: "_Lane", *, begun: bool) -> None:
    """What holds the response as it stands amid its items could only be told as it stood at first."""
    if begun and kind_of(event) not in (*_ENDS, *top.events):
        raise NotRepeatableError(f"{kind_of(event)} amid the items")


class _Lane:
    """Collects the events of one item, or those of the response itself.

    Args:
        derivable: Kinds of events that can be made from the finished item, and their members.
    """

    def __init__(self, derivable: dict[str, set[str]]) -> None:
        self.events: Lane = []
        self._derivable = derivable
        self._kinds: set[str] = set()

    def add(self, event: dict[str, Json]) -> list[Json]:
        """Add an event, by its kind if it can be derived, else in full; return what it has beyond."""
        kind = kind_of(event)
        rest = {name: value for name, value in event.items() if name not in _PLACE}
        if rest and kind not in self._derivable:
            self._append({"type": kind, **rest})
            return []
        if kind not in self._kinds:
            self._kinds.add(kind)
            self.events.append(kind)
        beyond = {name: rest[name] for name in rest if name not in self._derivable[kind]}
        return [[*place_of(event), beyond]] if beyond and not kind.endswith(".delta") else []

    def add_stranger(self, event: dict[str, Json]) -> None:
        """Keep the place, among those of an item, of an event that is of none."""
        if "item_id" in event:
            raise NotRepeatableError("an event of an item that does not tell its place")
        rest = {name: value for name, value in event.items() if name not in _PLACE}
        self._append({"type": kind_of(event), "output_index": None, **rest})

    def _append(self, event: dict[str, Json]) -> None:
        """Add an event in full; deltas that follow one another are one."""
        last = self.events[-1] if self.events and isinstance(self.events[-1], dict) else {}
        fragments = isinstance(event.get("delta"), str) and isinstance(last.get("delta"), str)
        if fragments and {**last, "delta": ""} == {**event, "delta": ""}:
            last["delta"] += event["delta"]
        else:
            self.events.append(event)


def _unless_usual(lane: Lane, item: Json) -> Lane | None:
    usual = dict.fromkeys(step.kind for step in steps_of(item) if step.usual)
    return None if lane == list(usual) else lane


def _opening_change(begun: Json, document: Json) -> Json:
    """What a recorded opening has otherwise than the derived one; None if nothing."""
    if not isinstance(begun, dict):
        return None
    derived = opening_of(document, {})
    other = {
        name: value
        for name, value in begun.items()
        if name not in _RENEWED and (name not in derived or derived[name] != value)
    }
    missing = [name for name in derived if name not in begun and name not in _RENEWED]
    change = {"set": other, "drop": missing}
    return {name: value for name, value in change.items() if value}
