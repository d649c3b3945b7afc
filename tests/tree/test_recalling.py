"""What is recalled of what was recorded, as it was and nothing else; and why nothing is."""

from pathlib import Path

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.tree.talk import (
    KNOWN,
    MAP_BYTES,
    OPENING,
    SCOPE,
    answer,
    answers,
    asked,
    called,
    conversations,
    result,
    said,
    seen,
    talk,
    taught,
    text_of,
)
from tree.canonical import path_of, scope_id
from tree.memory import Hit, Limits, Memory, Miss
from tree.message import Answer, Conversation, Message, Observation, Opaque, Scope, Usage

NOW_NS = 1_000


def test_what_was_seen_once_is_recalled_as_it_was(memory: Memory) -> None:
    reply = Answer(
        said("assistant", "4 kg"),
        {"id": "x1", "logprobs": None, "big": 2**70},
        Usage(30, 20, 10),
        literal_only="log-probabilities",
    )
    taught(memory, Observation(asked("how heavy?"), reply, at_ns=17, latency_ms=250))

    recalled = memory.recall(asked("how heavy?"), NOW_NS)

    node = path_of(asked("how heavy?"))[-1]
    assert recalled == Hit(reply, node, "literal", sealed=False, at_ns=17, latency_ms=250)


@given(conversations, answers)
def test_anything_that_was_recorded_is_recalled(
    tmp_path_factory: pytest.TempPathFactory, conversation: Conversation, reply: Answer
) -> None:
    memory = Memory(tmp_path_factory.mktemp("any"), max_bytes=MAP_BYTES)
    taught(memory, seen(conversation, reply))

    recalled = memory.recall(conversation, NOW_NS)

    memory.close()
    assert isinstance(recalled, Hit)
    assert recalled.answer == reply
    assert recalled.sealed == (conversation.signed or reply.message.signed)


def test_a_conversation_without_messages_has_an_answer_too(memory: Memory) -> None:
    taught(memory, seen(talk(), "hello"))

    assert text_of(memory.recall(talk(), NOW_NS)) == "hello"
    assert [o for _, o in memory.observations()] == [seen(talk(), "hello")]


def test_a_client_may_spell_arguments_and_call_ids_anew(memory: Memory) -> None:
    before = (said("user", "a and b"), called(0, '{"x": 1, "y": 2}'), result(0, "5"))
    taught(memory, seen(talk(*before), "done"))

    echoed = talk(before[0], called(0, '{"y":2,"x":1}'), before[2])

    assert text_of(memory.recall(echoed, NOW_NS)) == "done"


def test_an_answers_calls_count_from_0_wherever_it_stands(memory: Memory) -> None:
    history = (said("user", "go"), called(0, "[1]"), result(0, "1"))
    reply = Answer(called(0, "[2]"), {})
    taught(memory, seen(talk(*history), reply))

    recalled = memory.recall(talk(*history), NOW_NS)

    assert isinstance(recalled, Hit)
    assert recalled.answer == reply


@pytest.mark.parametrize(
    ("conversation", "reply"),
    [
        (talk(Message("assistant", (Opaque("thinking", "s", signed=True),))), answer("a")),
        (asked("q"), Answer(Message("assistant", (Opaque("thinking", "s", signed=True),)), None)),
    ],
)
def test_a_signature_on_either_side_seals(
    memory: Memory, conversation: Conversation, reply: Answer
) -> None:
    taught(memory, seen(conversation, reply))

    recalled = memory.recall(conversation, NOW_NS)

    assert isinstance(recalled, Hit)
    assert recalled.sealed


def test_the_newest_observation_of_a_context_is_the_one_recalled(memory: Memory) -> None:
    taught(memory, seen(asked("time?"), "nine"))

    taught(memory, seen(asked("time?"), "ten"), seen(asked("time?"), "eleven"))

    assert text_of(memory.recall(asked("time?"), NOW_NS)) == "eleven"
    assert len(list(memory.observations())) == 3


@pytest.mark.parametrize(
    ("age_ns", "told"),
    [(100, "nine"), (3 * 86_400 * 10**9, "3 d old, and no more than 0 s is served")],
)
def test_what_is_older_than_the_limit_is_a_miss(tmp_path: Path, age_ns: int, told: str) -> None:
    memory = Memory(tmp_path, max_bytes=MAP_BYTES, ttl_ns=100)
    taught(memory, seen(asked("time?"), "nine", at_ns=5_000))

    recalled = memory.recall(asked("time?"), 5_000 + age_ns)

    memory.close()
    assert told in text_of(recalled)


def test_what_was_learnt_too_long_ago_is_not_served(tmp_path: Path) -> None:
    minute_ns = 60 * 10**9
    memory = Memory(tmp_path, max_bytes=MAP_BYTES, ttl_ns=10 * minute_ns, limits=Limits())
    for crate in range(1700, 1724):
        call = Answer(called(0, f'{{"crate": "C{crate}"}}'), None)
        memory.record([seen(asked(f"Please weigh crate C{crate}."), call, at_ns=minute_ns)])
    memory.learn(1_000)

    young, old = (
        memory.foresee(asked("Please weigh crate C2048."), age * minute_ns) for age in (11, 12)
    )
    memory.close()

    assert isinstance(young, Hit)
    assert isinstance(old, Miss)
    assert old.reason == "what is known is 11 min old, and no more than 10 min is served"


@pytest.mark.parametrize(
    ("conversation", "reason", "known"),
    [
        (
            talk(*KNOWN, scope=Scope("t2", "", "", "", 0)),
            "never asked before: new model, tools or settings",
            0,
        ),
        (
            talk(said("system", "be long"), *KNOWN[1:]),
            "no conversation with this system prompt yet",
            0,
        ),
        (talk(said("developer", "x")), "no conversation with this system prompt yet", 0),
        (talk(said("user", "x")), "no conversation with this first message yet", 0),
        (talk(said("odd", "x")), "no conversation with this odd yet", 0),
        (
            talk(*KNOWN[:3], result(0, "2"), KNOWN[4]),
            "message 4 of 5 (tool) differs from what is known",
            3,
        ),
        (
            talk(OPENING, said("user", "stop")),
            "message 2 of 2 (user) differs from what is known",
            1,
        ),
        (talk(*KNOWN, said("user", "x")), "message 6 of 6 (user) goes beyond what is known", 5),
        (talk(*KNOWN[:4]), "all messages known, but no answer after them", 4),
        (talk(), "all messages known, but no answer after them", 0),
    ],
)
def test_a_miss_says_where_the_known_path_was_left(
    memory: Memory, conversation: Conversation, reason: str, known: int
) -> None:
    taught(memory, seen(talk(*KNOWN), "end"))

    recalled = memory.recall(conversation, NOW_NS)

    path = path_of(conversation)
    node = path[known - 1] if known else None
    end = path[-1] if path else scope_id(conversation.scope)
    assert recalled == Miss(reason, known, node, asked=end)


@pytest.mark.parametrize("table", ["messages", "journal", "nodes", "words", "scopes"])
@pytest.mark.parametrize(
    "garbage", [b"", b"\x01", b"\x07xx", b"\x01\x00\x00junk", b"\x01\x01\x00junk"]
)
def test_a_row_that_cannot_be_read_is_no_exception_for_who_recalls(
    tmp_path: Path, table: str, garbage: bytes
) -> None:
    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    taught(memory, seen(asked("a"), answer("1", {"id": "an-id-of-some-length", "n": [1, 2]})))
    taught(memory, seen(asked("b"), answer("2", {"id": "an-id-of-other-length", "n": [1, 2]})))
    with memory.store.write() as txn:
        place = getattr(memory.store.tables, table)
        with txn.cursor(place) as cursor:
            keys = list(cursor.iternext(keys=True, values=False))
        if table == "nodes":  # what stands there is read before what stands beside it
            keys = list(memory.journal.nodes.beginning(txn, b""))
        for key in keys:
            txn.put(key, garbage, db=place)
    memory.close()
    memory = Memory(tmp_path, max_bytes=MAP_BYTES)

    recalled = memory.recall(asked("a"), NOW_NS)
    left = list(memory.observations())

    served = table in {"nodes", "scopes"}
    assert text_of(recalled) == ("1" if served else "what is known cannot be read")
    assert left == ([] if table != "answers" else left[:2])
    assert memory.rebuild().observations == 2
    memory.close()


@pytest.mark.parametrize("field", Scope.__struct_fields__)
def test_scopes_never_share(memory: Memory, field: str) -> None:
    taught(memory, seen(asked("a"), "1"))

    recalled = memory.recall(asked("a", replace(SCOPE, **{field: "another"})), NOW_NS)

    assert isinstance(recalled, Miss)


SIGNED = Message("assistant", (Opaque("thinking", "s", signed=True),))


def spelt(conversation: Conversation, *ids: str) -> Conversation:
    return Conversation(conversation.scope, conversation.messages, ids)


def test_what_is_signed_is_recalled_only_as_it_was_spelt(memory: Memory) -> None:
    history = talk(*KNOWN[:4])
    taught(memory, seen(spelt(history, "call_a", "call_b"), Answer(SIGNED, None)))

    same = memory.recall(spelt(history, "call_a", "call_b"), NOW_NS)
    other = memory.recall(spelt(history, "call_a", "call_c"), NOW_NS)

    assert isinstance(same, Hit)
    assert text_of(other) == "what is known is signed under other ids"


def test_where_answers_come_to_be_signed_ids_are_kept_from_the_first_one_on(
    memory: Memory,
) -> None:
    taught(memory, seen(asked("a"), "1"))
    before = memory.recall(asked("a"), NOW_NS)

    taught(memory, seen(asked("b"), Answer(SIGNED, None)))
    after = memory.recall(asked("a"), NOW_NS)
    rebuilt = memory.rebuild()

    assert isinstance(before, Hit)
    assert isinstance(after, Hit)
    assert (before.sealed, after.sealed) == (False, True)
    assert rebuilt.same
    assert memory.recall(asked("a"), NOW_NS) == after
