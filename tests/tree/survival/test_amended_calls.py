"""Calls that a tool refuses: what the agent puts right every time is learnt, whatever it was asked for."""

from tests.tree.survival.world import Outcome, code, name, watched, wish
from tests.tree.talk import called, result, said, talk
from tree.message import Conversation, Message

FLOORS = ("groundfloor", "Ground-floor", "floor 0")
REFUSED = "No such floor. Known are: 'ground floor', 'mezzanine'."


def _desk(at: int, floor: str) -> Message:
    arguments = f'{{"desk": "D{code(at)}", "for": "{name(at)}", "floor": "{floor}", "days": 1}}'
    return called(0, arguments, "book_desk")


def _number(conversation: Conversation) -> int:
    return int(wish(conversation).rpartition(" ")[2])


def _amending(conversation: Conversation) -> Message:
    """Put right what was misspelt."""
    return _desk(_number(conversation), "ground floor")


def _guessing(conversation: Conversation) -> Message:
    """Take either of what the tool names."""
    number = _number(conversation)
    return _desk(number, ("ground floor", "mezzanine")[number * number % 7 > 2])


def _refused(at: int) -> Conversation:
    """A desk was refused. Everybody asks for it in other words, so that only the last step is alike."""
    words = " ".join(name(31 * at + number) for number in range(4 + at % 5))
    return _after(f"{words} {at}", _desk(at, FLOORS[at % len(FLOORS)]))


def _after(words: str, wanted: Message) -> Conversation:
    return talk(said("user", words), wanted, result(0, REFUSED))


def test_what_is_always_put_right_alike_is_served_though_it_changes_the_world() -> None:
    watcher = watched(_amending, map(_refused, range(30)))

    assert watcher.wrong == []
    assert watcher.served >= 10
    assert watcher.outcome(_refused(77)) is Outcome.RIGHT


def test_what_is_put_right_in_one_of_two_ways_is_not_served() -> None:
    assert watched(_guessing, map(_refused, range(30))).served == 0


def test_a_misspelling_that_was_never_met_is_not_put_right() -> None:
    watcher = watched(_amending, map(_refused, range(30)))

    assert watcher.outcome(_refused(41)) is Outcome.RIGHT
    assert watcher.answer(_after("Somewhere high 41", _desk(41, "roof terrace"))) is None
