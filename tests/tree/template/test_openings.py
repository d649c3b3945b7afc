"""What was read lately is read as if for the first time, only sooner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tree.talk import called, result, said, talk
from tree.message import Conversation, Message, Opaque, Text, ToolCall, ToolResult
from tree.template.openings import SHORTEST
from tree.template.reader import Reader


def carried(value: float) -> Message:
    return Message("user", (Opaque("form", {"value": value}),))


def results(*calls: int) -> Message:
    return Message("tool", tuple(ToolResult(call, (Text(f"{call} g"),)) for call in calls))


BEGINNING = tuple(said("user", f"Parcel {at} has come.") for at in range(SHORTEST))
CALLS = Message("assistant", tuple(ToolCall(at, "weigh", f'{{"parcel": {at}}}') for at in range(3)))

messages = st.sampled_from(
    [
        *(said("user", f"Please weigh the parcel of {who} for me.") for who in ("Erik", "Ada")),
        said("system", "Be brief."),
        said("assistant", "Nobody ever said this."),
        Message("assistant", ()),
        called(0, '{"parcel": 9}', "open"),
        CALLS,
        *(result(call, f"It weighs {call} grams.") for call in range(3)),
        results(2, 0),
        carried(1),
        carried(1.0),
    ]
)
talks = st.builds(
    lambda known, new: talk(*BEGINNING[:known], *new),
    st.integers(SHORTEST - 2, SHORTEST),
    st.lists(messages, max_size=12),
)


def untouched(reader: Reader) -> Reader:
    """One that has the same templates, and has read nothing."""
    fresh = Reader()
    fresh.new_library = lambda family: reader.library(*family)
    return fresh


@given(st.lists(st.tuples(talks, st.booleans()), min_size=2, max_size=8))
def test_a_conversation_is_read_alike_whatever_was_read_before(
    turns: list[tuple[Conversation, bool]],
) -> None:
    reader = Reader()

    for conversation, learn in turns:
        if learn:
            reader.read(conversation, learn=True)

        found = reader.read(conversation, learn=False)

        assert found == untouched(reader).read(conversation, learn=False)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ((CALLS, result(2, "7 g")), (CALLS, result(2, "7 g"), result(0, "9 g"))),
        ((CALLS, results(2, 1)), (CALLS, results(2, 1), result(0, "9 g"))),
        (
            (CALLS, result(2, "7 g"), Message("assistant", ())),
            (CALLS, result(2, "7 g"), Message("assistant", ()), result(0, "9 g")),
        ),
        ((carried(1),), (carried(1.0), said("user", "And now?"))),
        ((called(0, "{}", "open"),), (called(0, "{}", "close"), result(0, "Done."))),
    ],
)
def test_what_only_seems_to_go_on_from_what_was_read_is_read_anew(
    first: tuple[Message, ...], then: tuple[Message, ...]
) -> None:
    reader = Reader()
    reader.read(talk(*BEGINNING, *first), learn=False)
    longer = talk(*BEGINNING, *then)

    found = reader.read(longer, learn=False)

    assert found == untouched(reader).read(longer, learn=False)


def test_an_opening_is_read_anew_once_a_template_has_changed() -> None:
    reader = Reader()
    told = talk(*BEGINNING, said("user", "Please weigh the parcel of Erik for me."))
    reader.read(told, learn=False)

    reader.read(told, learn=True)

    assert all(item.key for item in reader.read(told, learn=False))


def test_what_was_read_lately_is_the_very_same_item() -> None:
    reader = Reader()
    told = talk(*BEGINNING)
    first = reader.read(told, learn=False)

    again = reader.read(talk(*BEGINNING, said("user", "And now?")), learn=False)

    assert all(own is other for own, other in zip(again, first, strict=False))
    assert not any(item.key for item in first)  # such an item is kept in no other way
