"""Streams of the Responses API, made of a response and the plan of its events.

The last event of a stream carries the whole response, so a stream is remembered as that response and a plan, which
holds no more than what would be sent otherwise without it:

* `top`: kinds of the events of the response itself; the last one ends the stream, the others open it.
* `opening`: what the opening response has otherwise than the derived one, as `set` and `drop`.
* `items`: a lane for each item, or None: kinds of its events, or an event in full where it cannot be derived; one whose
  `output_index` is None is of no item, and only has its place there.
* `more`: members of derived events beyond the known ones, each with the event's kind and coordinates.

Source: OpenAI API reference, "Streaming events" of the Responses API.
"""

from collections import deque
from collections.abc import Iterator

import msgspec

from addon.wire.openai_responses_item import Step, steps_of
from addon.wire.sse import SseEvent, encode_all
from tree.message import Json

type Lane = list[Json]
"""Kinds of events, or events in full, in order of first appearance."""
type _Ranked = tuple[int, Step]
"""An event and its place in a lane."""

_NOT_YET = ("usage", "completed_at", "incomplete_details", "moderation", "content_filters")
_COORDINATES = ("output_index", "content_index", "summary_index", "annotation_index")

_encode = msgspec.json.Encoder().encode


def write_stream(document: Json, plan: Json) -> bytes:
    """The whole body of a stream that tells a response in the events of a plan."""
    more = {tuple(place): members for *place, members in plan.get("more", ())}
    return encode_all(
        SseEvent(
            _encode(
                {**payload, **more.get(place_of(payload), {}), "sequence_number": number}
            ).decode(),
            payload["type"],
        )
        for number, payload in enumerate(_payloads(document, plan))
    )


def usual_top(document: Json) -> Lane:
    """Kinds of the events of a response itself, as OpenAI sends them."""
    end = "incomplete" if document.get("status") == "incomplete" else "completed"
    return ["response.created", "response.in_progress", f"response.{end}"]


def opening_of(document: Json, change: Json) -> dict[str, Json]:
    """The response as it is announced: begun, and empty."""
    opening = {**document, "status": "in_progress", "output": []}
    opening.update({name: None for name in _NOT_YET if name in document})
    opening.update(change.get("set", {}))
    return {name: value for name, value in opening.items() if name not in change.get("drop", ())}


def place_of(payload: Json) -> tuple[Json, ...]:
    """An event's kind and coordinates, by which it is known among those of its stream."""
    places = (payload.get(name) for name in _COORDINATES)
    return (payload["type"], *(place if isinstance(place, int) else None for place in places))


def _payloads(document: Json, plan: Json) -> Iterator[dict[str, Json]]:
    top = plan.get("top") or usual_top(document)
    opening = opening_of(document, plan.get("opening", {}))
    for entry in top[:-1]:
        yield entry if isinstance(entry, dict) else {"type": entry, "response": opening}
    lanes = plan.get("items") or [None] * len(document["output"])
    for index, (item, lane) in enumerate(zip(document["output"], lanes, strict=True)):
        for step in _steps(item, lane):
            yield _told(step, item, index)
    yield {"type": top[-1], "response": document}


def _told(step: Step, item: Json, index: int) -> dict[str, Json]:
    if step.body.get("output_index", index) is None:
        members = {name: value for name, value in step.body.items() if name != "output_index"}
        return {"type": step.kind, **members}
    named = {} if "item" in step.body or "id" not in item else {"item_id": item["id"]}
    return {"type": step.kind, **named, "output_index": index, **step.body}


def _steps(item: Json, lane: Lane | None) -> list[Step]:
    """The events of an item as its lane tells, or as usual where there is none."""
    steps = steps_of(item)
    if lane is None:
        return [step for step in steps if step.usual]
    ranks = {entry: rank for rank, entry in enumerate(lane) if isinstance(entry, str)}
    derived = [(ranks[step.kind], step) for step in steps if step.kind in ranks]
    derivable = {step.kind for step in steps}
    entries = enumerate(map(_entry_step, lane))
    others = [
        (rank, step)
        for rank, step in entries
        if step.kind not in derivable or "output_index" in step.body
    ]
    # An item of several parts repeats its kinds, so it is sorted only where its own order is another one.
    order = list(dict.fromkeys(map(_rank, derived)))
    chosen = (
        _merged(derived, others)
        if order == sorted(order)
        else sorted([*derived, *others], key=_rank)
    )
    return [step for _, step in chosen]


def _merged(derived: list[_Ranked], others: list[_Ranked]) -> list[_Ranked]:
    """Each of the others stands before the first that comes after it in the lane."""
    merged, waiting = list[_Ranked](), deque(others)
    for ranked in derived:
        while waiting and _rank(waiting[0]) < _rank(ranked):
            merged.append(waiting.popleft())
        merged.append(ranked)
    return [*merged, *waiting]


def _entry_step(entry: Json) -> Step:
    """An event as far as its lane holds it."""
    if isinstance(entry, str):
        return Step(entry, {})
    return Step(entry["type"], {name: value for name, value in entry.items() if name != "type"})


def _rank(ranked: _Ranked) -> int:
    return ranked[0]
