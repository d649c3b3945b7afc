"""Dates as they are told."""

import pytest

from tree.derive.moments import dates_in


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("am 14. März 2025 um drei", (2025, 3, 14)),
        ("am 3. April 2031", (2031, 4, 3)),
        ("le 1er août 2024", (2024, 8, 1)),
        ("el 3 de diciembre de 2026", (2026, 12, 3)),
        ("il 30 giugno 2025", (2025, 6, 30)),
        ("em 5 de março", (None, 3, 5)),
        ("op 2 mei 2025", (2025, 5, 2)),
        ("on 14 March 2025", (2025, 3, 14)),
    ],
)
def test_a_month_is_known_by_its_name_in_several_languages(
    text: str, wanted: tuple[int | None, int, int]
) -> None:
    assert dates_in(text) == (wanted,)


@pytest.mark.parametrize("text", ["version 3. Marsch", "7 maison 2025", "x3 mai 2025"])
def test_a_word_that_begins_like_a_month_is_none(text: str) -> None:
    assert dates_in(text) == ()
