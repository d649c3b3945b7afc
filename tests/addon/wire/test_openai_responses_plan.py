"""Plans: what is kept of a stream that its response does not say, and nothing that is usual."""

import pytest

from addon.wire.codec import NotRepeatableError, WireResponse
from addon.wire.sse import SseEvent, encode
from tests.addon.wire.openai_responses_samples import (
    CODEC,
    MESSAGE,
    NAMED,
    SEALED,
    TEXT,
    THOUGHT,
    Events,
    between,
    events_of,
    plain,
    response,
    streamed,
    told,
    written,
)
from tree.message import Json


def replayed(events: Events) -> Events:
    return events_of(written(CODEC.read_answer(streamed(events)), stream=True))


def test_nothing_is_kept_of_a_usual_stream_but_that_it_was_one() -> None:
    answer = CODEC.read_answer(streamed(told(response(MESSAGE))))

    assert answer.envelope["stream"] == {}
    assert written(answer, stream=True) == written(
        CODEC.read_answer(plain(response(MESSAGE))), stream=True
    )


def test_kinds_that_did_not_come_are_not_made_up() -> None:
    events = [event for event in told(response(MESSAGE)) if ".delta" not in event["type"]]

    again = replayed(events)

    assert [event["type"] for event in again] == [event["type"] for event in events]


def test_an_item_that_was_not_closed_stays_open() -> None:
    events = [event for event in told(response(MESSAGE)) if "item.done" not in event["type"]]

    again = replayed(events)

    assert "response.output_item.done" not in [event["type"] for event in again]
    assert len(again[-1]["response"]["output"]) == 1


def test_an_item_that_was_not_told_is_not_told() -> None:
    document = response(MESSAGE)
    events = told(document)
    both = {**document, "output": [*document["output"], SEALED]}

    again = replayed([*events[:-1], {"type": "response.completed", "response": both}])

    assert {event.get("output_index") for event in again} == {None, 0}
    assert again[-1]["response"]["output"][1]["type"] == "reasoning"


def test_another_name_for_the_parts_of_a_reasoning_is_kept() -> None:
    document = response(THOUGHT)
    opened = {**THOUGHT, "content": [], "status": "in_progress"}
    (part,) = THOUGHT["content"]
    at = {"item_id": THOUGHT["id"], "output_index": 0, "content_index": 0}
    events: Events = [
        {"type": "response.created", "response": response(usage=None, status="in_progress")},
        {"type": "response.output_item.added", "output_index": 0, "item": opened},
        {"type": "response.reasoning_part.added", **at, "part": {**part, "text": ""}},
        {"type": "response.reasoning_text.delta", **at, "delta": part["text"]},
        {"type": "response.reasoning_text.done", **at, "text": part["text"]},
        {"type": "response.reasoning_part.done", **at, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": THOUGHT},
        {"type": "response.completed", "response": document},
    ]

    again = replayed(events)

    assert [event["type"] for event in again] == [event["type"] for event in events]
    assert again[5]["part"] == part


def test_an_event_without_data_is_kept_by_its_kind_in_its_place() -> None:
    at = {"item_id": MESSAGE["id"], "output_index": 0}
    events = between(told(response(MESSAGE)), {"type": "response.novelty.looked", **at})

    again = replayed(events)

    assert [event["type"] for event in again][4:7] == [
        "response.output_text.delta",
        "response.novelty.looked",
        "response.output_text.done",
    ]
    assert again[5]["output_index"] == 0


def test_unknown_events_are_kept_in_full_and_their_fragments_joined() -> None:
    at = {"item_id": MESSAGE["id"], "output_index": 0}
    novelty = {"type": "response.novelty.delta", **at, "command_index": 1}
    more = (
        {**novelty, "delta": "a"},
        {**novelty, "delta": "b"},
        {**novelty, "command_index": 2, "delta": "c"},
    )

    again = replayed(between(told(response(MESSAGE)), *more))

    found = [event for event in again if event["type"] == "response.novelty.delta"]
    assert [(event["command_index"], event["delta"]) for event in found] == [(1, "ab"), (2, "c")]
    assert {event["item_id"] for event in found} == {again[2]["item"]["id"]}


def test_an_unknown_event_at_the_end_of_an_item_stays_there() -> None:
    at = {"item_id": MESSAGE["id"], "output_index": 0}
    events = told(response(MESSAGE))
    events.insert(9, {"type": "response.novelty.seen", **at, "value": 1})

    again = replayed(events)

    assert again[-2]["type"] == "response.novelty.seen"


@pytest.mark.parametrize("place", range(1, 10))
def test_an_unknown_event_that_is_of_no_item_comes_back_in_its_place(place: int) -> None:
    events = told(response(MESSAGE))
    events.insert(place, {"type": "response.output_text.limits", "left": 5})

    again = replayed(events)

    kinds = list(dict.fromkeys(event["type"] for event in events))
    assert [event["type"] for event in again] == kinds
    (found,) = (event for event in again if event["type"] == "response.output_text.limits")
    assert found.keys() == {"type", "left", "sequence_number"}


def test_an_event_of_no_item_parts_neither_two_texts_nor_two_items() -> None:
    both = {**MESSAGE, "content": [TEXT, TEXT]}
    usual = events_of(written(CODEC.read_answer(plain(response(both, both))), stream=True))
    last = next(at for at, event in enumerate(usual) if event["type"].endswith("item.done"))
    events = [*usual[:last], {"type": "response.left", "left": 5}, *usual[last:]]

    again = replayed(events)

    assert [event["type"] for event in again] == [event["type"] for event in events]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.turned", "response": response()},
        {"type": "response.seen", "item_id": MESSAGE["id"]},
    ],
    ids=["of the response", "of an item"],
)
def test_what_is_told_amid_an_item_and_has_no_place_there_is_not_remembered(event: Json) -> None:
    with pytest.raises(NotRepeatableError):
        CODEC.read_answer(streamed(between(told(response(MESSAGE)), event)))


def test_events_in_another_order_than_the_usual_come_in_theirs() -> None:
    events = told(response({**MESSAGE, "content": [{**TEXT, "annotations": [NAMED]}]}))
    at = {"item_id": MESSAGE["id"], "output_index": 0, "content_index": 0, "annotation_index": 0}
    events.insert(7, {"type": "response.output_text.annotation.added", **at, "annotation": NAMED})

    again = replayed(events)

    kinds = list(dict.fromkeys(event["type"] for event in events))
    assert [event["type"] for event in again] == kinds


def test_unknown_members_of_an_event_come_back_at_its_place() -> None:
    events = told(response(MESSAGE))
    events[6]["agent"] = {"name": "keeper"}
    events[-1]["agent"] = {"name": "harbour"}

    again = replayed(events)

    agents = {event["type"]: event["agent"] for event in again if "agent" in event}
    assert agents == {
        "response.output_text.done": {"name": "keeper"},
        "response.completed": {"name": "harbour"},
    }


def test_padding_and_keepalives_are_not_kept() -> None:
    events = between(told(response(MESSAGE)), {"type": "keepalive"})

    answer = CODEC.read_answer(streamed(events))

    assert answer.envelope["stream"] == {}


def test_what_rides_on_a_fragment_goes_with_it() -> None:
    events = told(response(MESSAGE))
    events[4]["elapsed_ms"] = 12

    answer = CODEC.read_answer(streamed(events))

    assert answer.envelope["stream"] == {}


def test_an_event_that_is_named_an_error_is_refused_whatever_it_says() -> None:
    answer = streamed(told(response(MESSAGE)))
    body = encode(SseEvent('{"message": "overloaded"}', "error")) + answer.body

    with pytest.raises(NotRepeatableError):
        CODEC.read_answer(WireResponse(answer.headers, body))


def test_what_the_opening_response_had_of_its_own_is_kept() -> None:
    events = told(response(MESSAGE, service_tier="default"))
    for event in events[:2]:
        begun = {name: value for name, value in event["response"].items() if name != "usage"}
        event["response"] = {**begun, "service_tier": "auto"}

    again = replayed(events)

    assert again[0]["response"]["service_tier"] == "auto"
    assert "usage" not in again[0]["response"]
    assert again[-1]["response"]["service_tier"] == "default"


def test_events_of_the_response_itself_are_kept() -> None:
    events = told(response(MESSAGE))
    queued = {"type": "response.queued", "response": events[0]["response"]}
    noted = {"type": "response.noted", "note": "n"}

    again = replayed([events[0], queued, events[1], noted, *events[2:]])

    assert [event["type"] for event in again[:4]] == [
        "response.created",
        "response.queued",
        "response.in_progress",
        "response.noted",
    ]
    assert again[3]["note"] == "n"


def test_the_last_word_on_an_item_is_that_of_the_whole_response() -> None:
    final = {**SEALED, "summary": [], "encrypted_content": "gAAAA-final"}
    events: Events = [
        {"type": "response.created", "response": response(status="in_progress", usage=None)},
        {"type": "response.in_progress", "response": response(status="in_progress", usage=None)},
        {"type": "response.output_item.added", "output_index": 0, "item": SEALED},
        {"type": "response.output_item.done", "output_index": 0, "item": SEALED},
        {"type": "response.completed", "response": response(final)},
    ]

    again = replayed(events)

    assert again[-1]["response"]["output"] == [final] == [again[3]["item"]]
