"""Turns: the words by which a text says the opposite."""

from typing import Any

import pytest

from tree.judgement.turn import turns


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Please do not cancel it.", {"not"}),
        ("I don't want it", {"not"}),
        ("It doesn\u2019t fit", {"not"}),
        ("All but never the red one, unless free", {"never", "unless"}),
        ("Bitte nicht kündigen", {"nicht"}),
        ("Ne le faites pas", {"pas"}),
        ("Send me a notebook, noted", set()),
        ("not", set()),
        (None, set()),
        ({"a": "not so"}, set()),
    ],
)
def test_words_that_turn_a_text_are_heard_and_no_part_of_others(text: Any, said: set[str]) -> None:
    assert turns(text) == said
