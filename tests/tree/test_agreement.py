"""When two answers are the same answer."""

import pytest

from tree.agreement import Agreement, agreement
from tree.derive.reply import Call, Reply, read_reply
from tree.message import Answer, Message, Part, Text, ToolCall

CALL = ToolCall(0, "fetch", '{"page": 1, "of": "a"}')


def answer(*parts: Part) -> Message:
    return Message("assistant", parts)


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ((Text("a  b\n"),), (Text("a b"),), Agreement.SAME),
        ((Text("ab"),), (Text("a"), Text("b")), Agreement.SAME),
        ((Text("e\u0301"),), (Text("é"),), Agreement.SAME),
        ((Text("It rains."),), (Text("Rain falls."),), Agreement.UNKNOWN),
        ((), (), Agreement.SAME),
        ((CALL,), (ToolCall(3, "fetch", '{"of":"a","page":1}'),), Agreement.SAME),
        ((Text("Let me look."), CALL), (CALL,), Agreement.SAME),
        ((CALL,), (ToolCall(0, "fetch", '{"page": "1", "of": "a"}'),), Agreement.DIFFERENT),
        ((CALL,), (ToolCall(0, "store", CALL.arguments),), Agreement.DIFFERENT),
        ((CALL,), (CALL, CALL), Agreement.DIFFERENT),
        ((CALL,), (Text("Here it is."),), Agreement.DIFFERENT),
        ((CALL,), (ToolCall(0, "fetch", '{"page": 1.0, "of": "a"}'),), Agreement.SAME),
        ((CALL,), (ToolCall(0, "fetch", '{"page": true, "of": "a"}'),), Agreement.DIFFERENT),
        ((CALL,), (ToolCall(0, "fetch", '{"page": 1, "of'),), Agreement.DIFFERENT),
        (
            (ToolCall(0, "fetch", "{"),),
            (ToolCall(1, "fetch", "{"),),
            Agreement.SAME,
        ),
        (
            (ToolCall(0, "fetch", "[9007199254740993]"),),
            (ToolCall(0, "fetch", "[9007199254740992]"),),
            Agreement.DIFFERENT,
        ),
        ((CALL, CALL), (CALL, ToolCall(1, "store", "{}")), Agreement.DIFFERENT),
        (
            (CALL, ToolCall(1, "store", "{}")),
            (ToolCall(0, "store", "{}"), CALL),
            Agreement.SAME,
        ),
    ],
)
def test_answers_agree_by_what_they_do_and_else_by_what_they_say(
    one: tuple[Part, ...], other: tuple[Part, ...], wanted: Agreement
) -> None:
    assert agreement(answer(*one), answer(*other)) is wanted
    assert agreement(answer(*other), answer(*one)) is wanted


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"page": 41}', '{"page": 41.0}'),
        ('{"page": 41}', '{"page": "41"}'),
        ('{"of": "a", "page": 1}', '{"page": 1, "of": "a"}'),
        ('{"of": null}', "{}"),
    ],
)
def test_what_is_evidence_agrees_with_what_an_audit_says(one: str, other: str) -> None:
    left, right = (answer(ToolCall(0, "fetch", said)) for said in (one, other))
    replies = [read_reply(Answer(message, None)) for message in (left, right)]

    assert replies[0] is not None
    assert replies[1] is not None
    same = agreement(left, right) is Agreement.SAME
    assert replies[0].same(replies[1]) is same


def test_calls_made_in_parallel_are_put_in_the_order_of_those_foreseen() -> None:
    calls = (Call("fetch", {"page": 1}), Call("fetch", {"page": 2}), Call("store", {}))
    seen, foreseen = Reply((calls[2], calls[0], calls[1])), Reply(calls)

    assert foreseen.same(seen)
    assert seen.ordered_as(foreseen) == foreseen
    assert not foreseen.same(Reply((calls[2], calls[0], calls[0])))


def test_texts_that_differ_are_reworded_and_calls_never_are() -> None:
    text, other, calls = Reply((), "It rains."), Reply((), "Rain falls."), Reply((Call("f", {}),))

    assert text.reworded(other)
    assert not text.reworded(Reply((), "It  rains.\n"))
    assert not text.reworded(calls)
