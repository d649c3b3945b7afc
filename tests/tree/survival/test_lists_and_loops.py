"""Lists and loops: none, one or one more; again until done; and the cheapest, if there is one cheapest."""

from collections.abc import Sequence

import msgspec
import pytest

from tests.tree.survival.world import (
    Outcome,
    Watcher,
    call,
    code,
    name,
    result,
    results,
    says,
    turns,
    watched,
    wish,
)
from tests.tree.talk import asked, talk
from tree.message import Conversation, Json, Message, ToolCall, ToolResult

NAMES = [name(number) for number in range(40)]
CODES = [code(number) for number in range(240)]


def _first(conversation: Conversation) -> Message:
    """Look a person's orders up, then show the newest, which stands first."""
    found = results(conversation)
    if not found:
        return call("list_orders", person=wish(conversation).removeprefix("Newest order of "))
    return call("get_order", order=found[0][0]["id"]) if found[0] else says("There is none.")


def _orders(count: int, at: int, *, turned: bool = False) -> Conversation:
    """The conversation after so many orders were listed."""
    rows: list[Json] = [
        {"id": CODES[5 * at + place], "by": NAMES[(at + place) % 40]} for place in range(count)
    ]
    told = rows[::-1] if turned else rows
    opening = asked(f"Newest order of {NAMES[at]}")
    return turns(opening, _first, lambda call: result(call, told))[1]


THREES = [_orders(3, at) for at in range(10)]


def test_a_position_in_lists_of_one_length_is_served() -> None:
    watcher = watched(_first, THREES)

    assert watcher.wrong == []
    assert watcher.outcome(_orders(3, 20)) is Outcome.RIGHT


@pytest.mark.parametrize("count", [0, 1, 2, 4, 9])
def test_a_list_with_none_or_one_or_one_more_is_right_or_not_served(count: int) -> None:
    assert watched(_first, THREES).outcome(_orders(count, 20)) is not Outcome.WRONG


def test_lists_of_all_lengths_are_served_once_they_were_seen() -> None:
    watcher = watched(_first, [_orders(at % 4, at) for at in range(40)])

    assert watcher.wrong == []
    assert watcher.outcome(_orders(2, 41 % 40)) is not Outcome.WRONG
    assert watcher.outcome(_orders(7, 21)) is Outcome.RIGHT


def test_the_order_of_a_list_is_not_taken_for_what_it_says() -> None:
    assert watched(_first, THREES).outcome(_orders(3, 20, turned=True)) is not Outcome.WRONG


def test_a_list_of_duplicates_is_right_or_not_served() -> None:
    row: Json = {"id": CODES[200], "by": NAMES[7]}
    opening = asked(f"Newest order of {NAMES[20]}")
    twice = turns(opening, _first, lambda call: result(call, [row, row, row]))[1]

    assert watched(_first, THREES).outcome(twice) is not Outcome.WRONG


def _cheapest(conversation: Conversation) -> Message:
    """List offers, then reserve the cheapest; with a tie, ask."""
    found = results(conversation)
    if not found:
        return call("list_offers", trip=wish(conversation).removeprefix("Cheapest for trip "))
    prices = [row["price"] for row in found[0]]
    if not prices or prices.count(min(prices)) > 1:
        return says("Which of them would you like?")
    best = prices.index(min(prices))
    return call("get_offer", offer=found[0][best]["offer"])


def _offers(prices: Sequence[int], at: int = 30) -> Conversation:
    rows: list[Json] = [
        {"offer": CODES[4 * at + place], "price": price} for place, price in enumerate(prices)
    ]
    opening = asked(f"Cheapest for trip {CODES[200 + at % 40]}")
    return turns(opening, _cheapest, lambda call: result(call, rows))[1]


PRICES = [(71, 32, 55), (28, 64, 47), (93, 84, 61), (52, 31, 77), (44, 98, 79), (66, 83, 42)]
PRICED = [_offers(prices, at) for at, prices in enumerate(PRICES * 2)]


def test_the_cheapest_is_served_wherever_it_stands() -> None:
    watcher = watched(_cheapest, PRICED)

    assert watcher.wrong == []
    assert watcher.outcome(_offers((88, 65, 43))) is Outcome.RIGHT
    assert watcher.outcome(_offers((21, 65, 43))) is Outcome.RIGHT


@pytest.mark.parametrize("prices", [(40, 40, 71), (71, 40, 40), (5, 5, 5)])
def test_of_two_cheapest_none_is_served(prices: tuple[int, ...]) -> None:
    assert watched(_cheapest, PRICED).outcome(_offers(prices)) is not Outcome.WRONG


@pytest.mark.parametrize("prices", [(9, 100, 30), (100, 20), (1000, 999, 99, 998)])
def test_the_cheapest_is_found_among_numbers_not_texts(prices: tuple[int, ...]) -> None:
    assert watched(_cheapest, PRICED).outcome(_offers(prices)) is not Outcome.WRONG


def _pages(conversation: Conversation) -> Message:
    """Read page after page until there is no cursor."""
    found = results(conversation)
    box = wish(conversation).removeprefix("Read all of box ")
    if found and not found[-1]["next"]:
        return says(f"That was all of box {box}.")
    return call("read_page", box=box, cursor=found[-1]["next"] if found else "start")


def _paged(box: int, pages: int) -> list[Conversation]:
    cursors = [f"c-{CODES[(11 * box + page) % 240]}" for page in range(1, pages)]

    def tools(call: ToolCall) -> Message:
        cursor = msgspec.json.decode(call.arguments)["cursor"]
        at = 0 if cursor == "start" else 1 + cursors.index(cursor)
        more = cursors[at] if at < len(cursors) else None
        return result(call, {"rows": [CODES[(box + at) % 240]], "next": more})

    return turns(asked(f"Read all of box {CODES[box]}"), _pages, tools)


def test_pages_are_read_until_there_is_no_cursor() -> None:
    boxes = [turn for at in range(24) for turn in _paged(at, 1 + at % 5)]

    watcher = watched(_pages, boxes)

    assert watcher.wrong == []
    outcomes = [watcher.outcome(turn) for turn in _paged(31, 4)]
    assert Outcome.WRONG not in outcomes
    assert outcomes.count(Outcome.RIGHT) >= 3


def test_more_pages_than_ever_seen_are_never_cut_short() -> None:
    watcher = watched(_pages, [turn for at in range(24) for turn in _paged(at, 1 + at % 4)])

    outcomes = [watcher.outcome(turn) for turn in _paged(31, 12)]

    assert Outcome.WRONG not in outcomes


def _polling(conversation: Conversation) -> Message:
    """Ask for a job's state until it is one to end with."""
    job = wish(conversation).removeprefix("Wait for job ")
    state = results(conversation)[-1]["state"] if results(conversation) else ""
    ended = {"done": f"Job {job} is done.", "failed": "It failed.", "lost": "Nobody knows of it."}
    return says(ended[state]) if state in ended else call("get_state", job=job)


def _polled(job: int, states: Sequence[str]) -> list[Conversation]:
    told = iter(states)

    def tools(call: ToolCall) -> Message:
        return result(call, {"state": next(told), "load": CODES[job][:2]})

    return turns(asked(f"Wait for job {CODES[job]}"), _polling, tools)


def test_polling_goes_on_until_it_is_done() -> None:
    jobs = [turn for at in range(24) for turn in _polled(at, ["busy"] * (at % 4) + ["done"])]

    watcher = watched(_polling, jobs)

    assert watcher.wrong == []
    outcomes = [watcher.outcome(turn) for turn in _polled(50, ["busy", "busy", "done"])]
    assert Outcome.WRONG not in outcomes
    assert Outcome.RIGHT in outcomes


@pytest.mark.parametrize("states", [["busy"] * 15 + ["done"], ["failed"], ["busy", "lost"]])
def test_polling_longer_or_with_another_end_than_seen_is_never_wrong(states: list[str]) -> None:
    watcher = watched(
        _polling,
        [turn for at in range(24) for turn in _polled(at, ["busy"] * (at % 4) + ["done"])],
    )

    outcomes = [watcher.outcome(turn) for turn in _polled(50, states)]

    assert Outcome.WRONG not in outcomes


def _parallel(conversation: Conversation) -> Message:
    """Weigh two items at once, then compare."""
    words = wish(conversation).removeprefix("Compare ").split(" and ")
    if len(conversation.messages) > 1:
        return says("They were compared.")
    calls = (
        ToolCall(at, "get_weight", msgspec.json.encode({"item": item}).decode())
        for at, item in enumerate(words)
    )
    return Message("assistant", tuple(calls))


def _compare(left: str, right: str) -> Conversation:
    return asked(f"Compare {left} and {right}")


def _answered(conversation: Conversation, *, turned: bool) -> Conversation:
    """The conversation after both calls came back, in their order or the other one."""
    reply = _parallel(conversation)
    told = [
        Message("tool", (ToolResult(part.call, result(part, {"g": 7}).parts[0].parts),))  # type: ignore[union-attr]
        for part in reply.parts
        if isinstance(part, ToolCall)
    ]
    return talk(*conversation.messages, reply, *(told[::-1] if turned else told))


def test_parallel_calls_are_served_with_the_values_in_their_places() -> None:
    asks = [_compare(CODES[at], CODES[at + 20]) for at in range(10)]

    watcher = watched(_parallel, asks)

    assert watcher.wrong == []
    assert watcher.outcome(_compare(CODES[50], CODES[60])) is Outcome.RIGHT


def test_parallel_results_that_come_in_another_order_change_nothing() -> None:
    asks = [_compare(CODES[at], CODES[at + 20]) for at in range(20)]

    watcher = watched(
        _parallel, [_answered(ask, turned=at % 2 == 1) for at, ask in enumerate(asks)]
    )

    assert watcher.wrong == []
    assert watcher.outcome(_answered(_compare(CODES[50], CODES[60]), turned=True)) is Outcome.RIGHT


def test_parallel_calls_that_a_model_reorders_are_not_counted_as_wrong() -> None:
    asks = [_compare(CODES[at], CODES[at + 20]) for at in range(12)]
    watcher = Watcher(_parallel, audited=True)

    watcher.watch(asks[:6])
    watcher.model = _turned
    watcher.watch(asks[6:])

    assert watcher.wrong == []


def _turned(conversation: Conversation) -> Message:
    return Message("assistant", _parallel(conversation).parts[::-1])


def _retrying(conversation: Conversation) -> Message:
    """Try again once after an error; then give up."""
    errors = [part for message in conversation.messages for part in message.parts]
    failed = sum(isinstance(part, ToolResult) and part.is_error for part in errors)
    done = sum(isinstance(part, ToolResult) and not part.is_error for part in errors)
    order = wish(conversation).removeprefix("Fetch order ")
    if done:
        return says(f"Order {order} is here.")
    return call("get_order", order=order) if failed < 2 else says("It cannot be had.")


def _tried(order: int, errors: int) -> list[Conversation]:
    left = [errors]

    def tools(call: ToolCall) -> Message:
        left[0] -= 1
        failed = left[0] >= 0
        return result(call, "time out" if failed else {"id": CODES[order]}, is_error=failed)

    return turns(asked(f"Fetch order {CODES[order]}"), _retrying, tools)


def test_a_retry_after_an_error_is_served_and_ends_where_the_model_ends_it() -> None:
    runs = [turn for at in range(30) for turn in _tried(at, at % 3)]

    watcher = watched(_retrying, runs)

    assert watcher.wrong == []
    assert Outcome.RIGHT in [watcher.outcome(turn) for turn in _tried(60, 0)]
    assert Outcome.WRONG not in [watcher.outcome(turn) for turn in _tried(61, 2)]


def test_an_error_never_seen_is_not_answered_like_a_success() -> None:
    runs = [turn for at in range(30) for turn in _tried(at, 0)]

    watcher = watched(_retrying, runs)

    assert watcher.wrong == []
    assert [watcher.outcome(turn) for turn in _tried(60, 1)][1] is Outcome.SILENT


def _working(conversation: Conversation) -> Message:
    """List what is open, close one after the other, then say how many there were."""
    found = results(conversation)
    if not found:
        return call("list_tasks", person=wish(conversation).removeprefix("Close the tasks of "))
    rows = found[0]["tasks"]
    done = len(found) - 1
    if done < len(rows):
        return call("close_task", task=rows[done]["id"])
    return says(f"Closed {len(rows)} tasks.")


def _to_do(count: int, at: int) -> list[Conversation]:
    rows: list[Json] = [{"id": CODES[6 * at + place], "to": NAMES[at]} for place in range(count)]

    def tools(call: ToolCall) -> Message:
        return result(call, {"tasks": rows} if call.name == "list_tasks" else {"closed": True})

    return turns(asked(f"Close the tasks of {NAMES[at]}"), _working, tools)


def test_a_longer_list_than_ever_seen_is_worked_through_to_its_end() -> None:
    watcher = watched(_working, [turn for at in range(30) for turn in _to_do(1 + at % 4, at)])

    outcomes = [watcher.outcome(turn) for turn in _to_do(9, 31)]

    assert watcher.wrong == []
    assert Outcome.WRONG not in outcomes
    assert outcomes.count(Outcome.RIGHT) >= 8


def test_an_empty_list_after_full_ones_is_right_or_not_served() -> None:
    watcher = watched(_working, [turn for at in range(30) for turn in _to_do(1 + at % 4, at)])

    assert Outcome.WRONG not in [watcher.outcome(turn) for turn in _to_do(0, 32)]
