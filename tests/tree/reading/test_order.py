"""The order of items agrees with what readers make of a conversation."""

from hypothesis import given

from tests.tree.talk import called, conversations, result, said, talk
from tree.message import Conversation, Message, Text, ToolCall, ToolResult
from tree.reading.order import Spot, by_call, spots
from tree.template.reader import Reader
from tree.template.view import views


@given(conversations)
def test_there_is_a_spot_for_each_item_of_a_view_of_everything(conversation: Conversation) -> None:
    items = Reader().read(conversation, learn=True)
    frame = next((view.frame for view in views(items) if view.kind == "path"), ())

    found = spots(conversation.messages)

    assert len(found) == len(frame)
    for spot, item in zip(found, frame, strict=True):
        message = conversation.messages[spot.message]
        match message.parts[spot.part]:
            case Text(text):
                assert (item.kind, item.text) == (message.role, text)
            case ToolCall(_, name, arguments):
                assert (item.kind, item.name, item.text) == ("call", name, arguments)
            case ToolResult():
                assert item.kind in ("result", "error")


def test_instructions_come_first_and_prose_beside_calls_is_none() -> None:
    acting = Message("assistant", (Text("Let me see."), *called(0, "{}").parts))

    found = spots(
        talk(said("user", "Hi"), said("system", "Weigh."), acting, result(0, "3")).messages
    )

    assert found == [Spot(1, 0), Spot(0, 0), Spot(2, 1), Spot(3, 0)]


def test_results_have_the_order_of_their_calls_whichever_was_done_first() -> None:
    calls = Message("assistant", (*called(0, "{}").parts, *called(1, "{}").parts))
    late = talk(said("user", "Hi"), calls, result(1, "5"), result(0, "3"), said("user", "So?"))
    later = (*late.messages, called(2, "{}"), result(2, "7"))

    found = spots(later)

    assert found[3:5] == [Spot(3, 0), Spot(2, 0)]
    assert [item.text for item in Reader().read(late, learn=True)][3:5] == ["3", "5"]


def test_results_of_different_steps_stay_apart() -> None:
    assert by_call(["a", "b", "c", "d", "e"], [2, 1, None, 3, 0]) == ["b", "a", "c", "e", "d"]
