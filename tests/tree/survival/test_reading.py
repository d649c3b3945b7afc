"""Values out of tables, outlines, pages and fenced code: found by what stands beside them, in any number of rows."""

import html
from collections.abc import Callable, Sequence

import msgspec
import pytest

from tests.tree.survival.world import (
    Model,
    Outcome,
    Watcher,
    call,
    code,
    name,
    result,
    says,
    texts,
    turns,
    watched,
    wish,
)
from tests.tree.talk import asked
from tree.message import Conversation, Json, Message

NAMES = [name(number) for number in range(60)]
CODES = [code(number) for number in range(600)]

type Row = tuple[str, str]


def _table(rows: Sequence[Row]) -> str:
    return "| Name | Order | State |\n|---|---:|---|\n" + "\n".join(
        f"| {who} | {order.replace('|', chr(92) + '|')} | open |" for who, order in rows
    )


def _page(rows: Sequence[Row]) -> str:
    cells = "".join(f"<tr><td>{who}</td><td>{html.escape(order)}</td></tr>" for who, order in rows)
    return f"<html><body><h1>Orders</h1><table><tr><th>name</th><th>order</th></tr>{cells}</table></body></html>"


def _outline(rows: Sequence[Row]) -> str:
    return "page: 1\norders:\n" + "\n".join(
        f"  - name: {who}\n    order: {order}" for who, order in rows
    )


def _csv(rows: Sequence[Row]) -> str:
    return "name,order\n" + "\n".join(f'{who},"{order}"' for who, order in rows)


def _prose(rows: Sequence[Row]) -> str:
    return f"These are open:\n\n{_table(rows)}\n\nAsk for more."


def _fenced(rows: Sequence[Row]) -> str:
    said = msgspec.json.encode([{"name": who, "order": order} for who, order in rows]).decode()
    return f"Found:\n```json\n{said}\n```\nThat is all."


def _literal(rows: Sequence[Row]) -> str:
    return repr([{"name": who, "order": order} for who, order in rows])


WRITERS: dict[str, Callable[[Sequence[Row]], str]] = {
    "table": _table,
    "page": _page,
    "outline": _outline,
    "columns": _csv,
    "table in prose": _prose,
    "fenced": _fenced,
    "literal": _literal,
}


def _rows(at: int) -> list[Row]:
    count = 3 + at % 4
    return [(NAMES[(at * 5 + row) % 60], CODES[(at * 7 + row) % 600]) for row in range(count)]


def _model(rows: Sequence[Row]) -> Model:
    """Show the order of the person asked about, if there is exactly one."""

    def model(conversation: Conversation) -> Message:
        if conversation.messages[-1].role == "user":
            return call("list_orders", state="open")
        who = wish(conversation).removeprefix("Show the order of ")
        orders = [order for own, order in rows if own == who]
        return call("get_order", order=orders[0]) if len(orders) == 1 else says("Which one?")

    return model


class _Known:
    """What is answered to each conversation."""

    def __init__(self) -> None:
        self.replies: dict[str, Message] = {}

    def __call__(self, conversation: Conversation) -> Message:
        return self.replies[texts(conversation.messages[-1]) + wish(conversation)]


def _meeting(writer: str, rows: Sequence[Row], who: str, known: _Known) -> Conversation:
    model = _model(rows)
    told = WRITERS[writer](rows)
    met = turns(asked(f"Show the order of {who}"), model, lambda own: result(own, told))[1]
    known.replies[texts(met.messages[-1]) + wish(met)] = model(met)
    return met


@pytest.fixture(scope="module", params=list(WRITERS))
def learnt(request: pytest.FixtureRequest) -> tuple[str, Watcher]:
    """A learner that saw orders of all sorts of people looked up."""
    known = _Known()
    writer: str = request.param
    met = [_meeting(writer, _rows(at), _rows(at)[at * 3 % (3 + at % 4)][0], known) for at in range(24)]  # fmt: skip
    return writer, watched(known, met)


def _outcome(learnt: tuple[str, Watcher], rows: Sequence[Row], who: str) -> Outcome:
    writer, watcher = learnt
    assert isinstance(watcher.model, _Known)
    return watcher.outcome(_meeting(writer, rows, who, watcher.model))


@pytest.mark.parametrize("count", [2, 4, 9])
def test_a_record_is_found_by_what_stands_beside_it_in_any_number_of_rows(
    learnt: tuple[str, Watcher], count: int
) -> None:
    rows = [(NAMES[30 + row], CODES[500 + row]) for row in range(count)]

    assert learnt[1].wrong == []
    assert _outcome(learnt, rows, rows[-1][0]) is Outcome.RIGHT
    assert _outcome(learnt, rows, rows[0][0]) is Outcome.RIGHT


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([(NAMES[31], CODES[1]), (NAMES[31], CODES[2])], id="twice"),
        pytest.param([(NAMES[32], CODES[1]), (NAMES[33], CODES[2])], id="missing"),
        pytest.param([(NAMES[31].upper(), CODES[1]), (NAMES[31], CODES[2])], id="other case"),
        pytest.param([(f"{NAMES[31]} Jr", CODES[1]), (NAMES[33], CODES[2])], id="longer"),
        pytest.param([(NAMES[31], "a | b"), (NAMES[33], CODES[2])], id="pipe"),
        pytest.param([(NAMES[31], ""), (NAMES[33], CODES[2])], id="empty"),
        pytest.param([(NAMES[31], "<b>7</b>"), (NAMES[33], CODES[2])], id="markup"),
        pytest.param([(NAMES[31], "x: y"), (NAMES[33], CODES[2])], id="colon"),
        pytest.param([(NAMES[31], "1, 2"), (NAMES[33], CODES[2])], id="comma"),
        pytest.param([(NAMES[31], "```"), (NAMES[33], CODES[2])], id="fence"),
        pytest.param([(NAMES[31], "&amp;"), (NAMES[33], CODES[2])], id="entity"),
        pytest.param([(NAMES[31], "7.50"), (NAMES[33], CODES[2])], id="fraction"),
        pytest.param([(NAMES[31], "007"), (NAMES[33], CODES[2])], id="zeros"),
    ],
)
def test_rows_that_are_not_what_they_seem_are_right_or_not_served(
    learnt: tuple[str, Watcher], rows: list[Row]
) -> None:
    assert _outcome(learnt, rows, NAMES[31]) is not Outcome.WRONG


def _passed_on(conversation: Conversation) -> Message:
    """Hand the body of a letter on as it is, whatever it holds."""
    if conversation.messages[-1].role == "user":
        return call("get_letter", letter=wish(conversation).removeprefix("Pass on letter "))
    letter = msgspec.json.decode(texts(conversation.messages[-1]))
    return call("show", body=letter["body"])


def _letter(body: str, at: int) -> Conversation:
    told: Json = {"body": body, "from": NAMES[at]}
    return turns(asked(f"Pass on letter {CODES[at]}"), _passed_on, lambda own: result(own, told))[1]


def test_json_within_json_is_handed_on_as_it_was_spelt() -> None:
    bodies = [f'{{"order":  {CODES[at + 1]}, "note": "{NAMES[at]}"}}' for at in range(14)]

    watcher = watched(_passed_on, [_letter(body, at) for at, body in enumerate(bodies)])

    assert watcher.wrong == []
    assert watcher.outcome(_letter('{"note":"x",  "order":7.50}', 20)) is not Outcome.WRONG
    assert (
        watcher.outcome(_letter(f'{{"order":  9917, "note": "{NAMES[21]}"}}', 21)) is Outcome.RIGHT
    )
    assert watcher.outcome(_letter("[1,  2]", 22)) is not Outcome.WRONG
    assert watcher.outcome(_letter("plain", 23)) is not Outcome.WRONG
