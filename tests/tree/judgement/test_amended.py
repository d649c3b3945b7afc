"""What counts as the last call put right, and what such an answer is spared."""

import msgspec
import pytest

from tests.tree.talk import called
from tree.derive.reply import Reply, read_reply
from tree.judgement.amended import amends, given_up
from tree.judgement.guess import Guess
from tree.judgement.streak import Streak
from tree.judgement.verdict import Limits, needed
from tree.message import Answer, Json
from tree.reading.item import Frame, Item
from tree.template.view import View

DESK: dict[str, Json] = {"desk": "D-4417", "day": "2031-05-06", "floor": "groundfloor"}
REFUSED = "There is no such floor. Known are: 'ground floor', 'mezzanine'."


def _frame(arguments: Json = DESK, answer: str = REFUSED) -> tuple[Item, Item]:
    return (
        Item("call", "book_desk", "", arguments, structured=True, key="call"),
        Item("result", "book_desk", answer, [], structured=False, key="result"),
    )


def _reply(tool: str = "book_desk", **changed: Json) -> Reply:
    arguments = msgspec.json.encode(DESK | changed).decode()
    reply = read_reply(Answer(called(0, arguments, tool), None))
    assert reply is not None
    return reply


def test_what_the_tool_names_is_an_amendment() -> None:
    assert amends(_frame(), _reply(floor="ground floor")) == {(0, ("floor",))}


@pytest.mark.parametrize(
    ("frame", "reply"),
    [
        (_frame(), _reply("book_room", floor="ground floor")),
        (_frame(), _reply(floor="first floor")),
        (_frame(), _reply(floor="ground floor", day="mezzanine")),
        (_frame(), _reply(floor="ground floor", again="mezzanine")),
        (_frame(), _reply()),
        (_frame(DESK | {"sure": False}, "Are you sure? true or false"), _reply(sure=True)),
        (_frame()[1:], _reply(floor="ground floor")),
        ((*_frame(), _frame()[1]), _reply(floor="ground floor")),
        (_frame(), Reply((), "ground floor")),
    ],
    ids=[
        "another tool",
        "a word of its own",
        "as much changed as kept",
        "an argument more",
        "nothing changed",
        "a consent",
        "no call before",
        "several results",
        "only said",
    ],
)
def test_anything_else_is_none(frame: Frame, reply: Reply) -> None:
    assert not amends(frame, reply)


def test_only_what_all_examples_amend_is_given_up() -> None:
    one, other = (_frame(), _reply(floor="ground floor")), (_frame(), _reply(floor="first floor"))

    assert given_up([one, one]) == {(0, ("floor",))}
    assert not given_up([one, other])
    assert not given_up([])


def test_an_amended_call_is_spared_the_tests_for_side_effects_unless_the_user_named_its_tool() -> (
    None
):
    view = View("step", _frame(), b"", deaf=True)
    amended, other = (
        Guess(_reply(floor=floor), "copy", (Streak(),)) for floor in ("mezzanine", "first floor")
    )
    named = Limits(careful_tools=frozenset({"book_desk"}))

    assert 2 * needed(view, amended, Limits()) == needed(view, other, Limits())
    assert needed(view, amended, named) == needed(view, other, named)
