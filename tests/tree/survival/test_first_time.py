"""What comes for the first time after many clean runs: another kind, another sign; it is forwarded, not guessed."""

import pytest

from tests.tree.survival.world import (
    Outcome,
    Watcher,
    call,
    code,
    listens,
    name,
    result,
    results,
    says,
    turns,
    watched,
    wish,
)
from tests.tree.talk import asked
from tree.message import Conversation, Json, Message, ToolCall

NAMES = [name(number) for number in range(40)]


def _ticket(grade: str, at: int) -> Conversation:
    return asked(f"Incident {code(at)} of grade {grade} came in from {NAMES[at % 40]}.")


GRADES = ("small", "middling", "great")
FILED = listens(
    r"Incident (\d+) of grade (\w+) came in from .+\.",
    lambda incident, grade: (
        call("find_helper", incident=incident)
        if grade == "dreadful"
        else call("find_queue", incident=incident, grade=grade)
    ),
)


def test_a_kind_first_met_late_is_forwarded_though_it_is_only_copied() -> None:
    asks = [_ticket(GRADES[at % 3], at) for at in range(40)]

    watcher = Watcher(FILED, audited=True).watch(asks)

    assert watcher.wrong == []
    assert watcher.outcome(_ticket("great", 41)) is Outcome.RIGHT
    assert watcher.outcome(_ticket("dreadful", 42)) is Outcome.SILENT


def test_a_name_first_met_late_is_served_where_it_is_only_copied() -> None:
    model = listens(r"Who is (.+) in room (\d+)\?", lambda who, _: call("find_person", name=who))

    watcher = watched(model, [asked(f"Who is {own} in room {code(3)}?") for own in NAMES[:20]])

    assert watcher.outcome(asked(f"Who is {NAMES[30]} in room {code(3)}?")) is Outcome.RIGHT


DUE = listens(
    r"The balance of account (\w+) is (-?\d+)\.",
    lambda account, balance: call(
        "find_invoice" if int(balance) > 0 else "get_credit", account=account
    ),
)


def _balance(amount: int, at: int) -> Conversation:
    return asked(f"The balance of account {code(at)} is {amount}.")


@pytest.mark.parametrize("amount", [0, -57])
def test_a_number_of_another_sign_is_forwarded(amount: int) -> None:
    watcher = watched(DUE, [_balance(11 + 37 * at % 880, at) for at in range(30)])

    assert watcher.wrong == []
    assert watcher.outcome(_balance(412, 31)) is Outcome.RIGHT
    assert watcher.outcome(_balance(amount, 32)) is Outcome.SILENT


NOTES = ("thanks!", "please hurry", "it was a gift", "see you", "I love it", "the blue one")
NOTED = listens(
    r"Please cancel order (\d+)\. Note: (.+)",
    lambda order, note: call("check_wish" if "half" in note else "get_order", order=order),
)


def test_words_beside_an_order_that_were_always_the_same_few_are_not_overlooked_when_new() -> None:
    asks = [asked(f"Please cancel order {code(at)}. Note: {NOTES[at * 5 % 6]}") for at in range(30)]

    watcher = Watcher(NOTED, audited=True).watch(asks)

    assert watcher.wrong == []
    assert watcher.outcome(asked(f"Please cancel order {code(31)}. Note: thanks!")) is Outcome.RIGHT
    assert watcher.outcome(asked(f"Please cancel order {code(32)}. Note: only half of it")) is (
        Outcome.SILENT
    )


def _search(conversation: Conversation) -> Message:
    """Turn pages until one has the device, then say whose it is."""
    wanted = wish(conversation).removeprefix("Whose is ")
    pages = results(conversation)
    if not pages:
        return call("list_devices")
    page = pages[-1]
    assert isinstance(page, dict)
    assert isinstance(page["devices"], list)
    known = {str(row["id"]): row["owner"] for row in page["devices"] if isinstance(row, dict)}
    if wanted in known:
        return says(f"{wanted} belongs to {known[wanted]}.")
    return call("list_devices", cursor=page["next"])


def _searched(at: int, page: int) -> list[Conversation]:
    """Look for a device that is on the page of that number."""
    wanted = f"device-{code(at)}"

    def tools(made: ToolCall) -> Message:
        number = 0 if "cursor" not in made.arguments else int(made.arguments.split("-")[1][0])
        ids = [f"device-{code(1000 + at * 50 + number * 7 + row)}" for row in range(3)]
        ids[at % 3] = wanted if number == page else ids[at % 3]
        rows: list[Json] = [{"id": own, "owner": name(at + 9 * row)} for row, own in enumerate(ids)]
        cursor = f"{code(at * 31 + number)}-{number + 1}"
        return result(made, {"devices": rows, "next": cursor})

    return turns(asked(f"Whose is {wanted}"), _search, tools)


def test_what_is_found_earlier_than_ever_ends_the_search() -> None:
    late = [turn for at in range(20) for turn in _searched(at, 2)]

    watcher = Watcher(_search, audited=True).watch(late)
    early = _searched(33, 1)[-1]

    assert watcher.wrong == []
    assert watcher.outcome(_searched(34, 2)[1]) is Outcome.RIGHT
    assert watcher.outcome(early) is not Outcome.WRONG


def test_a_search_is_ended_by_what_is_found() -> None:
    searches = [turn for at in range(40) for turn in _searched(at, at * 7 % 3)]

    watcher = Watcher(_search, audited=True).watch(searches)

    assert watcher.wrong == []
    assert watcher.outcome(_searched(50, 1)[1]) is Outcome.RIGHT
