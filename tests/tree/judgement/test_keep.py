"""What is kept of one scope: what was met once as a number in the journal, what came again as a row."""

from tree.canonical import ScopeId, path_of
from tree.derive.reply import Reply
from tree.judgement.keep import Frames, Keeper
from tree.judgement.rows import MemoryShelf
from tree.judgement.streak import Streak, nodes_row
from tree.message import Answer, Conversation, Message, Observation, Scope, Text
from tree.template.reader import Reader
from tree.template.view import view_key


def observation(number: int) -> Observation:
    conversation = Conversation(
        Scope("", "", "", "", {}), (Message("user", (Text(f"Who is {number}?"),)),)
    )
    return Observation(
        conversation, Answer(Message("assistant", (Text(f"It is {number}."),)), {}), 70 + number
    )


def digest(number: int) -> bytes:
    return number.to_bytes(16)


def frames(*numbers: int) -> tuple[Frames, MemoryShelf]:
    shelf = MemoryShelf()
    for number in numbers:
        shelf.keep(observation(number))
    return Frames(shelf, b"node"), shelf


def test_a_frame_that_was_met_once_is_read_from_the_journal() -> None:
    own, shelf = frames(8, 9)

    own.put(
        digest(1),
        Streak(1, where=nodes_row([path_of(observation(9).conversation)[-1]]), tested_ns=79),
        1,
    )

    (key,) = shelf
    assert len(key) == 12
    assert not shelf[key]
    assert own.get(digest(1)) == (
        Reply((), "It is 9."),
        Streak(1, where=nodes_row([path_of(observation(9).conversation)[-1]]), tested_ns=79),
    )
    assert own.get(digest(2)) is None


def test_what_followed_a_frame_the_second_time_stands_and_so_does_its_streak() -> None:
    own, _ = frames(8, 9)
    own.put(digest(1), Streak(1), 0)

    own.put(digest(1), Streak(2), 1)
    followed = own.get(digest(1))
    own.put(digest(1), Streak(2, hits=5))

    assert followed == (Reply((), "It is 9."), Streak(2))
    assert own.get(digest(1)) == (Reply((), "It is 9."), Streak(2, hits=5))


def test_frames_of_another_node_are_other_frames() -> None:
    own, shelf = frames(8)
    own.put(digest(1), Streak(1), 0)

    assert Frames(shelf, b"other").get(digest(1)) is None


def test_nodes_of_views_that_see_the_same_are_read_at_once_and_fare_apart() -> None:
    keeper = Keeper(MemoryShelf(), ScopeId(bytes(16)), Reader())
    keys = [view_key(kind, (), 0) for kind in ("path", "round")]
    made = keeper.fresh("path", keys[0])
    made.taken, made.novel = 2, {"an arm": Streak(3)}
    for key in keys:
        keeper.save(key, made)

    first, second = map(keeper.load, keys)

    assert first is not None
    assert second is not None
    assert first.roles_of_places is second.roles_of_places
    assert (first.view, second.view) == ("path", "round")
    first.novel["an arm"].clean = 4
    assert second.novel == {"an arm": Streak(3)}
