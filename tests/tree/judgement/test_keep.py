"""What is kept of one scope, and what of it makes room for others."""

import pytest

from tree.derive.reply import Call, Reply
from tree.judgement.keep import MAX_FRAMES, Frames
from tree.judgement.rows import LostRowError, MemoryShelf, Texts
from tree.judgement.streak import Streak


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
