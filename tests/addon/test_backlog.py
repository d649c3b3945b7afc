"""What waits has bounds: learning stands back first, and only then does an answer go unremembered."""

import asyncio
import math
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from addon import backlog
from addon.backlog import Backlog, Pace
from addon.figures.tallies import Account
from addon.recorder import Recorder, read_answer
from addon.twins import Flight
from tests.addon.proxied import PATIENCE_S
from tests.addon.test_recorder import asked, passed
from tree.memory import Hit, Memory
from tree.message import Observation


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path, max_bytes=32 << 20)
    yield opened
    opened.close()


def observed(question: str) -> Observation:
    """What the recorder makes of an answer that passed."""
    one = passed(question)
    return Observation(one.conversation, read_answer(one.codec, one.headers, one.body), one.at_ns)


def test_what_there_is_no_room_for_is_let_go_and_counted() -> None:
    waiting = Backlog[str](threading.Condition(), most=2, most_bytes=100)

    took = [waiting.put(name, 10) for name in "abc"]
    taken = waiting.take()

    assert (took, taken, waiting.shed) == ([True, True, False], ["a", "b"], 1)
    assert waiting.put("d", 10)


def test_one_of_any_size_has_room_where_nothing_waits() -> None:
    waiting = Backlog[str](threading.Condition(), most=2, most_bytes=100)

    assert waiting.put("large", 1000)
    assert not waiting.put("small", 1)
    assert waiting.take() == ["large"]
    assert waiting.put("small", 1)


def test_requests_are_noticed_once() -> None:
    pace = Pace()
    pace.note(0.0)
    pace.note(0.0)

    assert [pace.busy(), pace.busy()] == [True, False]


def test_learning_takes_a_tenth_of_the_time_and_rests_never_long() -> None:
    pace = Pace()
    pace.note(1000.0)  # asked without end, as it were

    before = pace.rests_s(100.0)
    pace.rest(100.03125, 0.03125)
    rests = [pace.rests_s(now_s) for now_s in (100.03125, 100.0625, 101.0)]
    pace.rest(260.0, 60.0)

    assert before == 0.0
    assert rests == [0.28125, 0.25, 0.0]
    assert pace.rests_s(260.0) == backlog.LONGEST_REST_S


def test_learning_rests_no_longer_than_requests_come() -> None:
    pace = Pace()

    pace.note(100.0)
    pace.rest(100.0, 1.0)

    assert pace.rests_s(100.0) == pytest.approx(backlog.QUIET_S)
    assert pace.rests_s(101.0) == 0.0
    pace.note(101.0)
    assert pace.rests_s(101.0) == pytest.approx(backlog.QUIET_S)


def test_requests_that_follow_upon_each_other_make_it_hurry_and_single_ones_do_not() -> None:
    pace = Pace()

    pace.note(100.0)
    alone = pace.hurried(100.0)
    pace.note(100.0 + backlog.GATHER_S / 4)
    together = pace.hurried(100.0 + backlog.GATHER_S / 2)

    assert (alone, together) == (False, True)
    assert not pace.hurried(100.0 + 2 * backlog.GATHER_S)


def test_learning_stands_back_while_many_answers_wait_and_is_made_up_for(memory: Memory) -> None:
    recorder = Recorder(memory, Account())
    questions = [f"question {number}" for number in range(3 * backlog.CROWDED)]
    with memory.store.write():  # the recorder cannot write meanwhile
        for question in questions:
            recorder.expect()
            recorder.submit(passed(question))
            while question == questions[0] and len(recorder._backlog):
                pass  # until it has begun with the first one, and the others are left waiting
    recorder.stop()

    assert recorder.postponed > 0
    assert recorder.shed == 0
    while memory.learn():
        pass
    assert all(isinstance(memory.recall(asked(question), 0), Hit) for question in questions)


def test_while_requests_come_one_thing_is_learnt_and_then_it_is_others_turn(
    memory: Memory,
) -> None:
    recorder = Recorder(memory, Account())
    recorder.stop()  # its turns are taken by hand
    memory.record([observed(f"question {number}") for number in range(4)])
    recorder._pace.note(math.inf)  # asked without end, as it were

    more = recorder._learn_in_turn()
    pending, rests = memory.pending(), recorder._pace._rests_until_s

    assert more
    assert pending == 3
    assert rests > 0


def test_who_waits_for_an_answer_that_there_is_no_room_for_is_let_go(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backlog.__init__, "__defaults__", (1, 1 << 20))

    async def shed() -> Observation | None:
        recorder = Recorder(memory, Account())
        recorder.stop()  # nobody takes what waits
        flights = [Flight(asyncio.get_running_loop()) for _ in range(2)]
        for flight in flights:
            recorder.expect()
            recorder.submit(msgspec.structs.replace(passed("question"), flight=flight))
        return await asyncio.wait_for(flights[1].landed, PATIENCE_S)

    assert asyncio.run(shed()) is None


def test_answers_beyond_all_bounds_are_not_remembered_and_nobody_is_held_up(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backlog.__init__, "__defaults__", (3, 1 << 20))
    recorder = Recorder(memory, Account())
    with memory.store.write():  # the recorder cannot write meanwhile
        for number in range(20):
            recorder.expect()
            recorder.submit(passed(f"question {number}"))
        shed = recorder.shed
    recorder.stop()

    assert shed > 0
    assert memory.summary().observations == 20 - shed
    assert recorder.pending == 0
