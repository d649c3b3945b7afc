"""What the facade promises, in one process."""

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.tree.talk import (
    MAP_BYTES,
    SCOPE,
    answer,
    answers,
    asked,
    called,
    conversations,
    observations,
    result,
    said,
    seen,
    talk,
)
from tree.canonical import path_of, scope_id
from tree.errors import DamagedRowError, LayoutError, StoreFullError, StoreUnusableError
from tree.memory import Hit, Limits, Memory, Miss, Summary, Tally, TallyKey
from tree.message import Answer, Conversation, Message, Observation, Opaque, Scope, Text, Usage
from tree.store.coding import BUILT_IN
from tree.upkeep.check import verify

NOW_NS = 1_000


def taught(memory: Memory, *observations: Observation) -> None:
    """Record and learn."""
    memory.record(observations)
    memory.learn()


def text_of(recalled: Hit | Miss) -> str:
    """What is recalled, or why nothing is."""
    if isinstance(recalled, Miss):
        return recalled.reason
    (part,) = recalled.answer.message.parts
    assert isinstance(part, Text)
    return part.text


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


@given(observations)
def test_any_observation_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, observation: Observation
) -> None:
    memory = Memory(tmp_path_factory.mktemp("any"), max_bytes=MAP_BYTES)
    memory.record([observation])

    read = list(memory.observations())

    memory.close()
    # Equal but for the spelling of a message that stands in it twice.
    assert [path_of(o.conversation) for _, o in read] == [path_of(observation.conversation)]
    assert [(o.answer, o.at_ns, o.latency_ms) for _, o in read] == [
        (observation.answer, observation.at_ns, observation.latency_ms)
    ]


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


def test_an_answer_and_its_echo_are_stored_once(memory: Memory) -> None:
    history = (said("user", "go"), called(0, "[1]"), result(0, "1"))
    memory.record([seen(talk(*history), Answer(called(0, "[2]"), {}))])
    before = memory.summary().messages

    memory.record([seen(talk(*history, called(1, "[2]")), "done")])

    assert memory.summary().messages == before + 1


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


def test_what_is_not_learnt_yet_is_pending_and_unknown(memory: Memory) -> None:
    memory.record([seen(asked("a"), "1"), seen(asked("b"), "2")])

    recalled = memory.recall(asked("a"), NOW_NS)

    node = path_of(asked("a"))[0]
    assert recalled == Miss("all messages known, but no answer after them", 1, node, asked=node)
    assert memory.pending() == 2


def test_learning_goes_on_where_it_stopped(memory: Memory) -> None:
    memory.record([seen(asked(str(at)), "x") for at in range(5)])

    steps = [memory.learn(limit=2) for _ in range(4)]

    assert steps == [2, 2, 1, 0]
    assert memory.pending() == 0


def test_the_tree_does_not_depend_on_when_it_was_learnt(tmp_path: Path) -> None:
    journal = [seen(asked(str(at % 4)), str(at)) for at in range(9)]
    at_once, by_and_by = (Memory(tmp_path / name, max_bytes=MAP_BYTES) for name in "ab")
    at_once.record(journal)
    at_once.learn()

    for observation in journal:
        by_and_by.record([observation])
        by_and_by.learn(limit=1)

    with at_once.store.read() as one, by_and_by.store.read() as other:
        assert at_once.index.digest(one) == by_and_by.index.digest(other)
    at_once.close()
    by_and_by.close()


def test_a_rebuilt_tree_is_the_same_tree(memory: Memory) -> None:
    taught(memory, *(seen(asked(str(at % 3)), str(at)) for at in range(5)))
    memory.record([seen(asked("late"), "x")])

    rebuilt = memory.rebuild()

    assert (rebuilt.observations, rebuilt.same) == (6, True)
    assert [text_of(memory.recall(asked(q), NOW_NS)) for q in ("0", "2", "late")] == ["3", "2", "x"]


def test_rebuilding_mends_a_tree_that_went_wrong(memory: Memory) -> None:
    taught(memory, seen(asked("a"), "1"))
    with memory.store.write() as txn:
        txn.drop(memory.store.tables.answers, delete=False)
        txn.put(bytes(16), bytes(16), db=memory.store.tables.children)

    rebuilt = memory.rebuild()

    assert not rebuilt.same
    assert list(verify(memory)) == []
    assert text_of(memory.recall(asked("a"), NOW_NS)) == "1"


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


OPENING = said("system", "be brief")
KNOWN = (OPENING, said("user", "go"), called(0, "[1]"), result(0, "1"), said("user", "more"))


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


def test_what_is_known_survives_closing(tmp_path: Path) -> None:
    first = Memory(tmp_path, max_bytes=MAP_BYTES)
    taught(first, seen(asked("a"), "1"))
    key = first.tenant_key
    first.close()
    first.close()

    second = Memory(tmp_path, max_bytes=MAP_BYTES)

    assert text_of(second.recall(asked("a"), NOW_NS)) == "1"
    assert second.tenant_key == key
    assert len(key) == 32
    second.close()


def test_two_stores_have_keys_of_their_own(memory: Memory, tmp_path: Path) -> None:
    other = Memory(tmp_path / "other", max_bytes=MAP_BYTES)

    assert other.tenant_key != memory.tenant_key
    other.close()


def test_a_full_store_goes_on_recalling(tmp_path: Path) -> None:
    memory = Memory(tmp_path, max_bytes=1 << 18)
    taught(memory, seen(asked("a"), "1"))
    noise = "".join(chr(0x4E00 + at * 7919 % 20_000) for at in range(200_000))

    with pytest.raises(StoreFullError):
        memory.record([seen(asked("b"), "2"), seen(asked(noise), "3")])

    assert text_of(memory.recall(asked("a"), NOW_NS)) == "1"
    assert isinstance(memory.recall(asked("b"), NOW_NS), Miss)
    assert memory.pending() == 0
    taught(memory, seen(asked("c"), "4"))
    assert text_of(memory.recall(asked("c"), NOW_NS)) == "4"
    memory.close()


def test_lists_of_a_transaction_that_failed_are_not_used_again(tmp_path: Path) -> None:
    memory = Memory(tmp_path, max_bytes=1 << 18)
    noise = "".join(chr(0x4E00 + at * 7919 % 20_000) for at in range(200_000))
    # Packed with one list and unpacked with another, the long name would come out shifted.
    envelopes = [{"a name of a member that is long enough": word} for word in ("x", "y-y-y", "z")]
    with pytest.raises(StoreFullError):
        memory.record([seen(asked("a"), answer("1", envelopes[0])), seen(asked(noise), "2")])
    memory.record([seen(asked("a"), answer("1", envelopes[1]))])
    memory.record([seen(asked("b"), answer("2", envelopes[2]))])
    memory.close()

    again = Memory(tmp_path, max_bytes=1 << 18, readonly=True)

    assert [o.answer.envelope for _, o in again.observations()] == envelopes[1:]
    again.close()


def test_a_reader_recalls_and_cannot_write(tmp_path: Path) -> None:
    writer = Memory(tmp_path, max_bytes=MAP_BYTES)
    taught(writer, seen(asked("a"), "1"))
    writer.record([seen(asked("b"), "2")])
    writer.close()

    reader = Memory(tmp_path, max_bytes=MAP_BYTES, readonly=True)

    assert text_of(reader.recall(asked("a"), NOW_NS)) == "1"
    for change in (
        reader.learn,
        reader.rebuild,
        lambda: reader.record([]),
        lambda: reader.count({}),
    ):
        with pytest.raises(StoreUnusableError, match="opened for reading only"):
            change()
    reader.close()


def test_counters_add_up_and_last(tmp_path: Path) -> None:
    hit = TallyKey("2030-01-02", "an-api", "llm.example", "m" * 2_000, "hit-literal")
    miss = TallyKey("2030-01-01", "an-api", "llm.example", "m", "miss")
    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    memory.count({hit: Tally(1, 10, 5, 3, 250), miss: Tally(1)})
    memory.count({hit: Tally(2, 20, 0, 3, 1)})
    memory.close()

    memory = Memory(tmp_path, max_bytes=MAP_BYTES)

    assert list(memory.tallies().items()) == [(miss, Tally(1)), (hit, Tally(3, 30, 5, 6, 251))]
    memory.close()


def test_the_summary_counts_what_there_is(memory: Memory) -> None:
    taught(memory, seen(talk(*KNOWN), "end"), seen(asked("a"), "1"))
    memory.record([seen(asked("a"), "2")])

    summary = memory.summary()

    sizes = {"used_bytes": summary.used_bytes, "disk_bytes": summary.disk_bytes}
    assert summary == Summary(
        observations=3,
        learnt=2,
        pending=1,
        scopes=1,
        messages=9,
        nodes=6,
        answers=2,
        max_bytes=MAP_BYTES,
        **sizes,
    )
    assert 0 < summary.used_bytes < summary.disk_bytes


def test_observations_are_read_from_a_number_on_across_batches(memory: Memory) -> None:
    memory.record([seen(asked(str(at)), str(at)) for at in range(150)])

    read = list(memory.observations(start=70))

    assert read == [(at, seen(asked(str(at)), str(at))) for at in range(70, 150)]


@pytest.mark.parametrize("table", ["messages", "journal", "nodes", "answers", "words", "scopes"])
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


def test_a_row_that_is_missing_is_damage(memory: Memory) -> None:
    with memory.store.read() as txn, pytest.raises(DamagedRowError, match=r"row 00.* of journal"):
        memory.journal.entry(txn, 0)


def test_a_number_is_never_given_twice(memory: Memory) -> None:
    taught(memory, seen(asked("a"), "1"), seen(asked("b"), "2"))
    with memory.store.write() as txn:
        txn.delete((1).to_bytes(8), db=memory.store.tables.journal)

    taught(memory, seen(asked("c"), "3"))

    assert [seq for seq, _ in memory.observations()] == [0, 2]
    assert text_of(memory.recall(asked("c"), NOW_NS)) == "3"


def test_a_newer_layout_is_left_alone(tmp_path: Path) -> None:
    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    with memory.store.write() as txn:
        txn.put(b"layout", (2).to_bytes(4), db=memory.store.tables.meta)
    memory.close()
    before = (tmp_path / "data.mdb").read_bytes()

    for readonly in (True, False):
        with pytest.raises(LayoutError, match="layout 2"):
            Memory(tmp_path, max_bytes=MAP_BYTES, readonly=readonly)

    assert (tmp_path / "data.mdb").read_bytes() == before


def test_a_message_of_another_shape_is_damage(memory: Memory) -> None:
    taught(memory, seen(asked("a"), "1"))
    with memory.store.write() as txn:
        key = memory.journal.entry(txn, 0).answer
        txn.put(key, BUILT_IN.pack(b'{"parts": 5}'), db=memory.store.tables.messages)

    assert text_of(memory.recall(asked("a"), NOW_NS)) == "what is known cannot be read"


def test_a_damaged_message_hinders_no_new_list(memory: Memory) -> None:
    memory.record([seen(asked(str(at)), "x") for at in range(70)])
    with memory.store.write() as txn:
        key = memory.journal.entry(txn, 0).answer
        txn.put(key, b"junk", db=memory.store.tables.messages)

    taught(memory, seen(asked("a"), "1"))

    assert text_of(memory.recall(asked("a"), NOW_NS)) == "1"


@pytest.mark.parametrize("field", Scope.__struct_fields__)
def test_scopes_never_share(memory: Memory, field: str) -> None:
    taught(memory, seen(asked("a"), "1"))

    recalled = memory.recall(asked("a", replace(SCOPE, **{field: "another"})), NOW_NS)

    assert isinstance(recalled, Miss)


def test_a_damaged_word_list_hinders_no_recording(tmp_path: Path) -> None:
    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    memory.record([seen(asked(str(at)), answer("x", {"id": "y"})) for at in range(70)])
    memory.record([seen(asked("b"), answer("x", {"id": "y"}))])
    with memory.store.write() as txn:
        for number in range(1, 3):
            txn.put(number.to_bytes(2), b"junk", overwrite=True, db=memory.store.tables.words)
    memory.close()
    memory = Memory(tmp_path, max_bytes=MAP_BYTES)

    taught(memory, seen(asked("a"), answer("1", {"id": "z"})))

    assert text_of(memory.recall(asked("a"), NOW_NS)) == "1"
    memory.close()


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


def test_what_was_learnt_counts_among_what_a_store_takes(tmp_path: Path) -> None:
    with closing(Memory(tmp_path, max_bytes=MAP_BYTES, limits=Limits())) as memory:
        memory.record(
            [seen(asked(f"Weigh parcel {at}, please"), f"Parcel {at}.") for at in range(9)]
        )
        memory.learn()
        learning = memory.summary().used_bytes
        rows = memory.store.further_table("learnt")
        with memory.store.read() as txn:
            stat = txn.stat(rows)

    with closing(Memory(tmp_path, max_bytes=MAP_BYTES, readonly=True)) as reader:
        looking = reader.summary().used_bytes

    assert looking == learning
    assert learning > stat["leaf_pages"] * stat["psize"] > 0
