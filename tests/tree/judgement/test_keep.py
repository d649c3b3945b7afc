"""What is kept of one scope, and what of it makes room for others."""

from tree.derive.reply import Reply
from tree.judgement.keep import MAX_FRAMES, Frames
from tree.judgement.rows import MemoryShelf
from tree.judgement.streak import Streak


def digest(number: int) -> bytes:
    return number.to_bytes(2) + number.to_bytes(14)


def frames() -> tuple[Frames, MemoryShelf]:
    shelf = MemoryShelf()
    return Frames(shelf, b"w"), shelf


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
