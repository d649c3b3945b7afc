"""Numbers and dates: no digit is lost, no spelling is guessed, and what could be read in two ways is not."""

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import msgspec
import pytest

from tests.tree.survival.world import (
    Model,
    Outcome,
    call,
    code,
    listens,
    questions,
    result,
    says,
    texts,
    turns,
    under,
    watched,
    wish,
)
from tests.tree.talk import asked, called
from tree.message import Conversation, Message

CODES = [code(number) for number in range(24)]


def _paid(conversation: Conversation) -> Message:
    """Show the amount of a bill with all its digits, as the tool spelt it."""
    if len(conversation.messages) == 1:
        return call("get_bill", bill=wish(conversation).removeprefix("Show bill "))
    raw = msgspec.json.decode(texts(conversation.messages[-1]), type=dict[str, msgspec.Raw])
    return called(0, '{"amount":' + bytes(raw["amount"]).decode() + "}", "show")


def _bill(amount: str, at: int = 12) -> Conversation:
    """The conversation after a bill was looked up, its amount as spelt."""
    text = f'{{"amount": {amount}, "bill": "{CODES[at]}"}}'
    return turns(asked(f"Show bill {CODES[at]}"), _paid, lambda call: result(call, text))[1]


BILLS = [_bill(f"{12 + 7 * at}.{37 + at}", at) for at in range(9)]


@pytest.mark.parametrize(
    "amount",
    [
        pytest.param("10", id="10"),
        pytest.param("10.0", id="10.0"),
        pytest.param("1e1", id="1e1"),
        pytest.param("-0.0", id="minus nothing"),
        pytest.param("9007199254740993", id="beyond 2^53"),
        pytest.param("123456789012345678901234567890", id="thirty digits"),
        pytest.param("0.1000000000000000055511151231257827", id="more than a float"),
        pytest.param("1E+3", id="exponent"),
    ],
)
def test_a_number_is_the_same_number_however_it_is_spelt(amount: str) -> None:
    watcher = watched(_paid, BILLS)

    assert watcher.wrong == []
    assert watcher.outcome(_bill("88.15")) is Outcome.RIGHT
    assert watcher.outcome(_bill(amount)) is not Outcome.WRONG


def test_integers_beyond_a_floats_precision_keep_their_last_digit() -> None:
    watcher = watched(_paid, [_bill(str(2**53 + 10_001 * at + 1), at) for at in range(10)])

    assert watcher.wrong == []
    assert watcher.outcome(_bill(str(2**56 + 1))) is Outcome.RIGHT


def _number(spelling: str) -> Message:
    return call("get_rate", amount=int(spelling.replace(",", "").replace(".", "")))


THOUSANDS = listens(r"What is the rate for ([\d.,]+) credits\?", _number)


@pytest.mark.parametrize("mark", [",", "."], ids=["1,234", "1.234"])
def test_a_mark_between_thousands_is_never_taken_for_a_decimal_one(mark: str) -> None:
    asks = [f"{1 + at}{mark}{137 + 61 * at}" for at in range(14)]

    watcher = watched(THOUSANDS, questions("What is the rate for * credits?", asks))

    assert watcher.wrong == []
    for other in (f"23{mark}500", f"4{mark}000", "17", f"5{mark}100{mark}200"):
        assert watcher.outcome(asked(f"What is the rate for {other} credits?")) is not Outcome.WRONG


@pytest.mark.parametrize(
    ("spelling", "fair"),
    [("1,234.5", "1234.5"), ("1.234", "1.234"), ("1.234,5", None), ("1.234.567", None)],
)
def test_another_countrys_spelling_of_a_number_is_not_guessed(
    spelling: str, fair: str | None
) -> None:
    asks = [f"{1 + at},{137 + 61 * at}" for at in range(14)]

    watcher = watched(THOUSANDS, questions("What is the rate for * credits?", asks))

    answer = watcher.answer(asked(f"What is the rate for {spelling} credits?"))
    assert answer in (None, called(0, f'{{"amount":{fair}}}', "get_rate"))


def test_thousands_are_served_once_learnt() -> None:
    asks = [f"{1 + at},{137 + 61 * at}" for at in range(14)]

    watcher = watched(THOUSANDS, questions("What is the rate for * credits?", asks))

    assert watcher.outcome(asked("What is the rate for 23,518 credits?")) is Outcome.RIGHT


def test_leading_zeros_are_kept_in_texts() -> None:
    model = listens(r"Is part (\d+) in store\?", lambda part: call("get_part", part=part))

    watcher = watched(model, questions("Is part * in store?", CODES[:8]))

    assert watcher.wrong == []
    assert watcher.outcome(asked("Is part 007100 in store?")) is Outcome.RIGHT
    assert watcher.outcome(asked("Is part 000 in store?")) is not Outcome.WRONG


def test_leading_zeros_are_dropped_in_numbers_only() -> None:
    model = listens(r"Is part (\d+) in store\?", lambda part: call("get_part", part=int(part)))

    watcher = watched(model, questions("Is part * in store?", CODES[:12]))

    assert watcher.wrong == []
    assert watcher.outcome(asked("Is part 718293 in store?")) is Outcome.RIGHT
    assert watcher.outcome(asked("Is part 007100 in store?")) is not Outcome.WRONG


def _on(day: date) -> str:
    return f"What is on at {day:%d/%m/%Y}?"


def _read(spelling: str, form: str) -> Message:
    first, second, year = map(int, spelling.split("/"))
    if form == "day first":
        first, second = second, first
    return call("get_events", day=f"{year:04}-{first:02}-{second:02}")


DAY_FIRST = listens(r"What is on at ([\d/]+)\?", lambda day: _read(day, "day first"))
MONTH_FIRST = listens(r"What is on at ([\d/]+)\?", lambda day: _read(day, "month first"))


@pytest.mark.parametrize("model", [DAY_FIRST, MONTH_FIRST], ids=["day first", "month first"])
def test_a_date_that_can_be_read_in_two_ways_is_served_in_the_right_one_or_not(
    model: Model,
) -> None:
    late = [f"{13 + at}/{1 + at % 12:02}/2031" for at in range(14)]
    if model is MONTH_FIRST:
        late = [f"{b}/{a}/{c}" for a, b, c in (own.split("/") for own in late)]

    watcher = watched(model, questions("What is on at *?", late))

    assert watcher.wrong == []
    assert watcher.outcome(asked("What is on at 03/04/2031?")) is not Outcome.WRONG
    assert watcher.outcome(questions("What is on at *?", late)[3]) is not Outcome.WRONG


def test_dates_whose_day_cannot_be_a_month_are_served() -> None:
    days = [date(2031, 1 + at % 12, 13 + at) for at in range(14)]

    watcher = watched(DAY_FIRST, [asked(_on(day)) for day in days])

    assert watcher.wrong == []
    assert watcher.outcome(asked(_on(date(2032, 5, 28)))) is Outcome.RIGHT


def _tomorrow(conversation: Conversation) -> Message:
    today = date.fromisoformat(texts(conversation.messages[0]).removeprefix("Today is "))
    return call("get_menu", day=str(today + timedelta(days=1)))


@pytest.mark.parametrize(
    "day",
    [
        pytest.param("2032-02-28", id="before a leap day"),
        pytest.param("2032-02-29", id="leap day"),
        pytest.param("2031-02-28", id="end of February"),
        pytest.param("2031-04-30", id="month end"),
        pytest.param("2031-12-31", id="year end"),
    ],
)
def test_the_next_day_is_right_over_leap_days_and_the_ends_of_months(day: str) -> None:
    ask = asked("What is for lunch tomorrow?")
    days = [str(date(2031, 3, 3) + timedelta(days=19 * at)) for at in range(14)]

    watcher = watched(_tomorrow, [under(f"Today is {own}", ask) for own in days])

    assert watcher.wrong == []
    assert watcher.outcome(under(f"Today is {day}", ask)) is Outcome.RIGHT


def _next_month(conversation: Conversation) -> Message:
    """The same day of the next month, or its last one."""
    day = date.fromisoformat(wish(conversation).removeprefix("Renew what ends on "))
    first = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return call("get_quote", until=str(first.replace(day=min(day.day, last.day))))


@pytest.mark.parametrize("day", ["2031-01-31", "2031-03-31", "2032-01-30", "2031-12-31"])
def test_a_month_later_is_never_wrong_at_the_end_of_a_month(day: str) -> None:
    days = [str(date(2031, 1 + at % 12, 2 + at)) for at in range(14)]

    watcher = watched(_next_month, questions("Renew what ends on *", days))

    assert watcher.wrong == []
    assert watcher.outcome(asked("Renew what ends on 2031-05-07")) is Outcome.RIGHT
    assert watcher.outcome(asked(f"Renew what ends on {day}")) is not Outcome.WRONG


def _shifted(conversation: Conversation) -> Message:
    """The moment without its zone where it is the home zone's; else it is asked about."""
    moment = wish(conversation).removeprefix("Book the room at ")
    if moment.endswith("Z"):
        return call("get_room", at=moment.removesuffix("Z"))
    return says("Which time zone do you mean?")


@pytest.mark.parametrize("zone", ["+02:00", "-11:30", "", "+00:00"])
def test_a_moment_in_another_time_zone_is_not_taken_for_one_at_home(zone: str) -> None:
    moments = [
        f"2031-{1 + at % 12:02}-{2 + at:02}T{8 + at % 9:02}:{3 * at:02}:00" for at in range(14)
    ]

    watcher = watched(_shifted, [asked(f"Book the room at {own}Z") for own in moments])

    assert watcher.wrong == []
    assert watcher.outcome(asked("Book the room at 2032-06-21T09:41:00Z")) is Outcome.RIGHT
    assert (
        watcher.outcome(asked(f"Book the room at 2032-06-21T09:41:00{zone}")) is not Outcome.WRONG
    )


def _rounding(mode: str) -> Model:
    def model(conversation: Conversation) -> Message:
        amount = Decimal(wish(conversation).removeprefix("Round it off: "))
        return called(0, f'{{"amount":{amount.quantize(Decimal("0.1"), mode)}}}', "get_total")

    return model


AMOUNTS = [f"{11 + 3 * at}.{1 + at * 37 % 8}{(1, 8, 3, 6, 9)[at % 5]}" for at in range(14)]


@pytest.mark.parametrize("mode", [ROUND_HALF_UP, ROUND_HALF_EVEN])
@pytest.mark.parametrize("amount", ["17.25", "17.35", "0.15", "99.45"])
def test_halves_are_rounded_the_way_examples_showed_or_not_at_all(mode: str, amount: str) -> None:
    watcher = watched(_rounding(mode), questions("Round it off: *", AMOUNTS))

    assert watcher.wrong == []
    assert watcher.outcome(asked(f"Round it off: {amount}")) is not Outcome.WRONG


def test_ordinary_amounts_are_rounded() -> None:
    watcher = watched(_rounding(ROUND_HALF_UP), questions("Round it off: *", AMOUNTS))

    assert watcher.outcome(asked("Round it off: 78.62")) is Outcome.RIGHT
    assert watcher.outcome(asked("Round it off: 78.67")) is Outcome.RIGHT


@pytest.mark.parametrize("mode", [ROUND_HALF_UP, ROUND_HALF_EVEN])
def test_halves_are_rounded_once_examples_showed_how(mode: str) -> None:
    halves = [f"{31 + 7 * at}.{2 + at * 2 % 6}5" for at in range(6)]

    watcher = watched(_rounding(mode), questions("Round it off: *", [*AMOUNTS[:3], *halves]))

    assert watcher.wrong == []
    assert watcher.outcome(asked("Round it off: 17.25")) is Outcome.RIGHT
