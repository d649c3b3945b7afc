"""A clock that jumps: numbers order what is remembered, not times."""

from pathlib import Path

from tests.tree.talk import MAP_BYTES, asked, seen
from tree.memory import Hit, Memory, Miss
from tree.upkeep.check import verify

DAY_NS = 86_400_000_000_000
NOW_NS = 1_800_000_000_000_000_000


def test_the_newest_answer_stands_though_the_clock_went_back(memory: Memory) -> None:
    for at_ns, said in ((NOW_NS, "first"), (NOW_NS - 900 * DAY_NS, "second"), (0, "third")):
        memory.record([seen(asked("again"), said, at_ns)])
    memory.learn()

    found = memory.recall(asked("again"), NOW_NS - 1_000 * DAY_NS)

    assert isinstance(found, Hit)
    assert found.answer == seen(asked("again"), "third").answer
    assert list(verify(memory)) == []


def test_what_comes_from_the_future_is_not_too_old(tmp_path: Path) -> None:
    memory = Memory(tmp_path, max_bytes=MAP_BYTES, ttl_ns=DAY_NS)
    memory.record([seen(asked("early"), "x", NOW_NS + 900 * DAY_NS)])
    memory.record([seen(asked("late"), "x", NOW_NS - 2 * DAY_NS)])
    memory.learn()

    early, late = memory.recall(asked("early"), NOW_NS), memory.recall(asked("late"), NOW_NS)
    memory.close()

    assert isinstance(early, Hit)
    assert isinstance(late, Miss)
