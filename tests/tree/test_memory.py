"""What the facade promises, in one process."""

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given

from tests.tree.talk import (
    KNOWN,
    MAP_BYTES,
    answer,
    asked,
    called,
    observations,
    result,
    said,
    seen,
    talk,
    taught,
    text_of,
)
from tree.canonical import path_of
from tree.errors import DamagedRowError, LayoutError, StoreFullError, StoreUnusableError
from tree.memory import Limits, Memory, Miss, Summary, Tally, TallyKey
from tree.message import Answer, Observation
from tree.store.coding import BUILT_IN
from tree.store.environment import LAYOUT

NOW_NS = 1_000


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


def test_an_answer_and_its_echo_are_stored_once(memory: Memory) -> None:
    history = (said("user", "go"), called(0, "[1]"), result(0, "1"))
    memory.record([seen(talk(*history), Answer(called(0, "[2]"), {}))])
    before = memory.summary().messages

    memory.record([seen(talk(*history, called(1, "[2]")), "done")])

    assert memory.summary().messages == before + 1


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
        txn.put(b"layout", (LAYOUT + 1).to_bytes(4), db=memory.store.tables.meta)
    memory.close()
    before = (tmp_path / "data.mdb").read_bytes()

    for readonly in (True, False):
        with pytest.raises(LayoutError, match=f"layout {LAYOUT + 1}"):
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
