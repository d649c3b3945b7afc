"""Exchanges as conversations to read: who said what, and what of it is data."""

import pytest

from addon.shown import transcript
from tests.tree.talk import called, result, said
from tree.explaining.explanation import Binding, Decided, Derivation, Evidence, Explanation
from tree.message import Media, Message, Opaque, Text, ToolCall, ToolResult

HIT = Decided(1, "hit-template", "template", number=7)


def learnt(*bindings: Binding, programs: tuple[Derivation, ...] = ()) -> Decided:
    why = Explanation(
        2, 1, bindings=bindings, programs=programs, evidence=Evidence("path", "copy", 3, 2)
    )
    return Decided(1, "hit-template", "template", number=7, explanation=why)


def test_a_request_is_told_message_by_message() -> None:
    messages = (
        said("system", "You weigh.\nAlways."),
        said("user", "C17?"),
        called(0, '{"crate": "C17", "to": {"hall": 3}, "tags": []}'),
        result(0, '{"kg": 4.50, "rows": [{"id": "a"}]}'),
    )

    assert transcript.request(messages, None) == (
        "system:\n  You weigh.\n  Always.\n\n"
        "user:\n  C17?\n\n"
        "assistant calls weigh:  # call 1\n"
        '  crate: "C17"\n  to:\n    hall: 3\n  tags: []\n\n'
        "result of weigh:  # call 1\n"
        '  kg: 4.50\n  rows:\n    -\n      id: "a"\n'
    )


def test_slots_of_a_text_are_bracketed_in_their_order() -> None:
    decided = learnt(
        Binding("slot 2 of the user's message", "17", item=0, idle=True),
        Binding("slot 1 of the user's message", "C17", item=0),
    )

    text = transcript.request((said("user", "Is C17 of 17 here?"),), decided)

    assert "  Is ⟦C17⟧ of ⟦17⟧ here?\n" in text
    assert "# “C17”: slot 1 of the user's message\n" in text
    assert "# “17”: slot 2 of the user's message, which nothing reads\n" in text


def test_members_of_a_result_are_bracketed_by_their_place_counted_from_either_end() -> None:
    messages = (called(0, "{}"), result(0, '{"rows": [{"id": "a"}, {"id": "b"}]}'))
    decided = learnt(Binding("`rows[last].id` of the result of `weigh`", "b", item=1))

    text = transcript.request(messages, decided)

    assert 'id: "a"\n' in text
    assert 'id: ⟦"b"⟧  # `rows[last].id` of the result of `weigh`\n' in text


def test_values_of_an_answer_are_told_with_their_programs_call_by_call() -> None:
    answer = Message(
        "assistant", (ToolCall(0, "weigh", '{"to": "x"}'), ToolCall(1, "send", '{"to": "y"}'))
    )
    programs = (
        Derivation("`to` of call 1 (`weigh`)", "x", "always “x”"),
        Derivation("`to` of call 2 (`send`)", "y", "slot 1 of\nthe message"),
    )

    text = transcript.answer(answer, learnt(programs=programs))

    assert 'to: ⟦"x"⟧  # always “x”\n' in text
    assert 'to: ⟦"y"⟧  # slot 1 of⏎the message\n' in text


def test_a_text_that_was_made_is_told_with_its_program() -> None:
    programs = (Derivation("the text", "It is 4 kg.", "“It is ” + `kg` + “ kg.”"),)

    text = transcript.answer(said("assistant", "It is 4 kg."), learnt(programs=programs))

    assert "  ⟦It is 4 kg.⟧\n" in text
    assert "the text = “It is ” + `kg` + “ kg.”" in text


def test_the_decision_stands_above_the_request() -> None:
    text = transcript.request((said("user", "Hi"),), learnt())

    assert text.startswith(
        "# Rote: answered from what was learnt (decision 7)\n#   3 clean tests, 2 needed: "
    )


@pytest.mark.parametrize(
    ("part", "line"),
    [
        (Media("image/png", "00", 2048), "  (image/png, 2,048 bytes)"),
        (Opaque("thinking", {"secret": 1}, signed=True), "  (thinking, carried as it is)"),
        (ToolCall(0, "f", "no json"), "  no json"),
        (ToolResult(4, (Text("gone"),), is_error=True), "error of a call:  # call 5\n  gone"),
        (ToolResult(4, (Media("image/png", "00", 1),)), "  (image/png, 1 bytes)"),
        (ToolResult(4, (Text("[]"),)), "  []"),
    ],
)
def test_what_has_no_plain_text_is_named(part: ToolCall | Media, line: str) -> None:
    assert line in transcript.request((Message("assistant", (part,)),), None)


def test_a_binding_of_which_nobody_knows_the_place_is_left_out() -> None:
    decided = learnt(Binding("slot 1 of the user's message", "Hi"), Binding("x", "Hi", item=9))

    assert "⟦" not in transcript.request((said("user", "Hi"),), decided)
