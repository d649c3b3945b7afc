"""What is kept of one scope, and what of it makes room for others."""

import gc

import pytest

from tests.tree.traffic import NAMES, answer, call, talk
from tree.canonical import scope_id
from tree.derive.reply import Call, Reply
from tree.judgement.keep import MAX_FRAMES, Frames, Keeper
from tree.judgement.rows import LostRowError, MemoryShelf, Texts
from tree.judgement.streak import Streak
from tree.learning import Learner
from tree.message import Observation
from tree.template.reader import Reader


def digest(number: int) -> bytes:
    return number.to_bytes(2) + number.to_bytes(14)


def frames() -> tuple[Frames, MemoryShelf]:
    shelf = MemoryShelf()
    return Frames(shelf, b"w", Texts(shelf)), shelf


def test_a_node_keeps_no_more_frames_than_it_has_places_for() -> None:
    own, shelf = frames()

    for number in range(2 * MAX_FRAMES):
        own.put(digest(number), Reply((), str(number)), Streak(1))

    assert len(shelf) == MAX_FRAMES
    assert own.get(digest(2 * MAX_FRAMES - 1)) == (
        Reply((), str(2 * MAX_FRAMES - 1)),
        Streak(1),
    )
    assert own.get(digest(0)) is None


def test_a_frame_that_came_again_keeps_its_place_for_as_long_as_it_was_met() -> None:
    own, _ = frames()
    for clean in (1, 2, 3):
        own.put(digest(5), Reply((), "often"), Streak(clean))

    for rival in (1, 2):
        own.put(digest(5 + rival * MAX_FRAMES), Reply((), "once"), Streak(1))
    stayed = own.get(digest(5))
    own.put(digest(5 + 3 * MAX_FRAMES), Reply((), "once"), Streak(1))

    assert stayed == (Reply((), "often"), Streak(3))
    assert own.get(digest(5)) is None
    assert own.get(digest(5 + 3 * MAX_FRAMES)) is not None


def test_a_long_answer_is_kept_once_for_all_frames_that_it_followed() -> None:
    own, shelf = frames()
    long = Reply(
        (Call("write_file", {"text": "abc" * 40}, f'{{"text":"{"abc" * 40}"}}'),), "so " * 40
    )

    for number in range(5):
        own.put(digest(number), long, Streak(1))

    assert sum(b"abcabc" in row for row in shelf.values()) == 1
    assert sum(b"so so " in row for row in shelf.values()) == 1
    assert own.get(digest(3)) == (long, Streak(1))


def test_an_answer_whose_text_is_lost_is_an_error_that_names_it() -> None:
    own, shelf = frames()
    own.put(digest(1), Reply((), "so " * 40), Streak(1))
    (lost,) = [key for key in shelf if key.startswith(b"x")]
    del shelf[lost]

    with pytest.raises(LostRowError, match=lost[1:].hex()):
        own.get(digest(1))


def test_nodes_in_memory_are_hardly_any_work_for_the_garbage_collector() -> None:
    shelf = MemoryShelf()
    learner = Learner(shelf)
    for name in NAMES:
        said = answer(call("find_loans", reader=name))
        learner.observe(Observation(talk(f"Which books has {name} borrowed?"), said, 1))
    scope = scope_id(talk("").scope)
    key, _ = next(iter(shelf.scan(b"n" + scope)))
    keeper = Keeper(shelf, scope, Reader())
    gc.collect()
    before = len(gc.get_objects())

    nodes = [keeper.load(key.removeprefix(b"n" + scope)) for _ in range(100)]

    gc.collect()
    assert all(node and node.arms for node in nodes)
    assert len(gc.get_objects()) - before < 20 * len(nodes)
