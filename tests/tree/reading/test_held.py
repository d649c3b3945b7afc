"""What was made lately is made once, and what is held has room."""

from collections.abc import Callable

from tree.reading.held import by_text, held

MOST = 10_000


def asking(made: list[str]) -> Callable[[str], str]:
    """A function that notes what it is made to make."""

    def size(text: str) -> int:
        return len(text)

    def make(text: str) -> str:
        made.append(text)
        return text.upper()

    return held(make, size, MOST)


def test_what_was_made_lately_is_not_made_again() -> None:
    made: list[str] = []
    ask = asking(made)

    answers = [ask(text) for text in ("one", "two", "one", "two")]

    assert answers == ["ONE", "TWO", "ONE", "TWO"]
    assert made == ["one", "two"]


def test_a_large_text_is_not_held_and_drives_out_no_other() -> None:
    made: list[str] = []
    ask = asking(made)
    large = "x" * (MOST // 2)

    for text in ("one", large, large, "one"):
        ask(text)

    assert made == ["one", large, large]


def test_texts_are_let_go_when_they_are_too_much_together() -> None:
    made: list[str] = []
    ask = asking(made)

    for round_of in range(2):
        for number in range(MOST // 1_000):
            ask(f"{number}" * 1_000)
        assert len(made) == (round_of + 1) * (MOST // 1_000)


def test_ever_so_many_short_texts_are_let_go_too() -> None:
    made: list[str] = []
    ask = asking(made)

    for number in [*range(MOST), 0]:
        ask(str(number))

    assert made[-1] == "0"


def test_a_function_that_fails_is_asked_again() -> None:
    made: list[str] = []

    @by_text
    def read(text: str) -> int:
        made.append(text)
        return int(text)

    for _ in range(2):
        try:
            read("no number")
        except ValueError:
            continue

    assert made == ["no number"] * 2
