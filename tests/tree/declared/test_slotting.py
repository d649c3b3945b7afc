"""Declared values become slots at the escape level that they stood at, and what is not certain is refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import texts
from tree.declared.slotting import Pieces, UnclearError, cut, filled


def names(pieces: Pieces) -> list[str]:
    """Static text as it is, slots by their names."""
    return [piece if isinstance(piece, str) else f"<{piece.name}>" for piece in pieces]


def refilled(text: str, old: str, new: str) -> str:
    return filled(cut(text, (("x", old),)), {"x": new})


def as_json(text: str) -> str:
    return msgspec.json.encode(text).decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wake Mara at 7.", ["Wake ", "<who>", " at 7."]),
        ("Mara", ["<who>"]),
        ("Mara, Mara!", ["<who>", ", ", "<who>", "!"]),
        ('{"to": "Mara"}', ['{"to": "', "<who>", '"}']),
        ('{"Mara": 1}', ['{"', "<who>", '": 1}']),
        ("mara is another word", ["mara is another word"]),
        ("", []),
        ("https://x.example/%20Mara", ["https://x.example/%20", "<who>"]),
    ],
)
def test_every_occurrence_that_stands_alone_is_a_slot(text: str, expected: list[str]) -> None:
    pieces = cut(text, (("who", "Mara"),))

    assert names(pieces) == expected


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("Wake Mara.", "Mara", 'Jo "J" Li', 'Wake Jo "J" Li.'),
        ('{"to": "Mara"}', "Mara", 'Jo "J" Li', '{"to": "Jo \\"J\\" Li"}'),
        ('{"to":"Ren\\u00e9"}', "René", "Zoë", '{"to":"Zo\\u00eb"}'),
        ('{"to": "René"}', "René", "Zoë", '{"to": "Zoë"}'),
        (
            '{"q": "{\\"to\\": \\"Mara\\"}"}',
            "Mara",
            'a"b',
            '{"q": "{\\"to\\": \\"a\\\\\\"b\\"}"}',
        ),
        (
            "see https://x.example/?q=Mara%20Li now",
            "Mara Li",
            "A&B",
            "see https://x.example/?q=A%26B now",
        ),
        (
            "see https://x.example/?q=Mara+Li",
            "Mara Li",
            "Jo Ann",
            "see https://x.example/?q=Jo+Ann",
        ),
        (
            '{"u": "https://x.example/?q=Mara%20Li"}',
            "Mara Li",
            'J"o',
            '{"u": "https://x.example/?q=J%22o"}',
        ),
        ('say {"to": "a\\"b"} there', 'a"b', 'c"d', 'say {"to": "c\\"d"} there'),
        ('{"n": 42, "m": [42]}', "42", "7", '{"n": 7, "m": [7]}'),
        ("a\r\n\tMara  ", "Mara", "Jo", "a\r\n\tJo  "),
    ],
)
def test_a_new_value_is_spelt_as_the_old_one_was(
    text: str, old: str, new: str, expected: str
) -> None:
    assert refilled(text, old, new) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Mara and Marabel", "Mara"),
        ("for_Mara", "Mara"),
        ("Mara2", "Mara"),
        ("room 7, bed 17", "7"),
        ("costs 7.50", "7"),
        ("costs 1,700", "700"),
        ('{"n": 17}', "7"),
        ('{"n": 7.0}', "7"),
        ("x%20y", "20"),
        ("x%20 y", "20"),
        ("Mara\u0301", "Mara"),
        ("https://x.example/Mara%C3%A9", "Mara"),
        ('{"to": "Mara\\/x Mara"}', "Mara"),
        ('{"to": "\\u004dara"}', "Mara"),
        ("aa a a a", "a a"),
    ],
)
def test_what_may_not_be_the_data_is_refused(text: str, value: str) -> None:
    with pytest.raises(UnclearError):
        cut(text, (("x", value),))


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("https://x.example/?q=Mara", "Mara", "Jo Ann"),
        ('say {"to": "Mara"} there', "Mara", 'J"o'),
        ('{"n": 42}', "42", "many"),
    ],
)
def test_a_value_whose_spelling_was_never_seen_is_not_filled_in(
    text: str, old: str, new: str
) -> None:
    pieces = cut(text, (("x", old),))

    with pytest.raises(UnclearError, match="not certain"):
        filled(pieces, {"x": new})


def test_brackets_without_end_are_text() -> None:
    text = "[" * 100_000

    assert cut(text, (("x", "1"),)) == (text,)


def test_values_that_overlap_are_refused() -> None:
    with pytest.raises(UnclearError, match="overlap"):
        cut("in New York City", (("a", "New York"), ("b", "York City")))


@given(texts, texts.filter(str.strip))
def test_what_was_cut_is_filled_to_the_same_again(text: str, value: str) -> None:
    try:
        pieces = cut(text, (("x", value),))
    except UnclearError:
        return

    assert filled(pieces, {"x": value}) == text


@given(st.text('ab"\\é%+ /\n', max_size=12), st.text('ab"\\é%+ /\n', max_size=12))
def test_a_value_in_json_leaves_json_that_says_the_new_one(old: str, new: str) -> None:
    if not old.strip():
        return
    text = as_json({"k": f"- {old} -"})  # type: ignore[arg-type]
    try:
        made = refilled(text, old, new)
    except UnclearError:
        return

    assert msgspec.json.decode(made) == {"k": f"- {new} -"}
