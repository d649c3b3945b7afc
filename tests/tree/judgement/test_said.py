"""What templates were made of is read back from the journal."""

import pytest

from tests.tree.talk import SCOPE, said, talk
from tree.canonical import scope_id
from tree.judgement.drawer import LAST
from tree.judgement.keep import Keeper
from tree.judgement.rows import LostRowError, MemoryShelf
from tree.judgement.said import SaidBefore
from tree.message import Answer, Message, Observation, ToolCall
from tree.template.library import Library
from tree.template.reader import Reader

USER = ("user", "")


def observed(*texts: str) -> Observation:
    turns = [said("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)]
    call = ToolCall(0, "send", '{"to":"Erik Berg"}')
    return Observation(talk(*turns, scope=SCOPE), Answer(Message("assistant", (call,)), None), 5)


class Learning:
    """A scope that reads observations, each with a reader that knows only what is on the shelf."""

    def __init__(self) -> None:
        self.shelf = MemoryShelf()

    def library(self) -> tuple[Reader, Keeper]:
        reader = Reader()
        return reader, Keeper(self.shelf, scope_id(SCOPE), reader)

    def learn(self, observation: Observation, *used: str) -> None:
        reader, keeper = self.library()
        seq = self.shelf.keep(observation)
        reader.read(observation.conversation, learn=True, used=frozenset(used))
        keeper.save_libraries(seq)


def known(library: Library) -> list[list[str]]:
    return [list(library.entries[at].texts) for at in range(len(library.entries))]


def test_a_text_that_came_once_is_no_row_but_its_number_and_is_read_as_it_was() -> None:
    learning = Learning()
    text = "Please send the blue box over to Erik Berg before noon"

    learning.learn(observed(text), "Erik Berg")

    assert not [key for key in learning.shelf if key.startswith(b"l")]
    (entry,) = [learning.library()[0].library(*USER).entries[0]]
    assert list(entry.texts) == [text]
    assert entry.pattern.parse(text) == ("Erik Berg",)


def test_texts_of_one_observation_are_told_apart() -> None:
    learning = Learning()

    learning.learn(observed("Who waters the fern?", "Nobody at all.", "Then please do it now!"))

    library = learning.library()[0].library(*USER)
    assert known(library) == [["Who waters the fern?"], ["Then please do it now!"]]
    assert len([key for key in learning.shelf if key.startswith(b"l")]) == 1


def test_no_text_that_is_in_the_journal_is_in_a_row() -> None:
    learning = Learning()
    for who in ("Ada", "Erik", "Ines"):
        learning.learn(observed(f"Please bring the kettle for {who} to the kitchen"))

    library = learning.library()[0].library(*USER)

    texts = [f"Please bring the kettle for {who} to the kitchen" for who in ("Ada", "Erik", "Ines")]
    assert known(library) == [texts]
    assert not [row for row in learning.shelf.values() if b"Ines" in row]


def test_what_is_not_there_is_named() -> None:
    shelf = MemoryShelf()
    seq = shelf.keep(observed("Who waters the fern?"))
    spoken = SaidBefore(shelf, Reader())

    with pytest.raises(LostRowError, match="item -1 of observation 0"):
        spoken.text(("result", "weigh"), (seq, LAST))


def test_a_text_is_found_where_it_was_said_last() -> None:
    shelf = MemoryShelf()
    seq = shelf.keep(observed("Go on.", "Done.", "Go on.", "Done.", "Stop now."))
    spoken = SaidBefore(shelf, Reader())
    spoken.now = seq

    assert spoken.spot(USER, "Go on.") == (seq, 2)
    assert spoken.spot(USER, "Stop now.") == (seq, LAST)
    assert spoken.spot(USER, "Begin.") is None
