"""Which words of two texts differ."""

from hypothesis import given
from hypothesis import strategies as st

from addon.dashboard.difference import compared


def test_the_words_that_differ_stand_out_whole() -> None:
    ours, theirs = compared("parcel HAR-4111 for Ida", "parcel HAR-4222 for Bo")

    assert [piece for piece, same in ours if not same] == ["4111", "Ida"]
    assert [piece for piece, same in theirs if not same] == ["4222", "Bo"]


def test_blanks_are_nothing_in_common() -> None:
    assert compared("tell me now", "where is it") == (
        [("tell me now", False)],
        [("where is it", False)],
    )


@given(st.text(), st.text())
def test_nothing_is_lost_and_what_is_the_same_is_the_same(one: str, other: str) -> None:
    ours, theirs = compared(one, other)

    assert "".join(piece for piece, _ in ours) == one
    assert "".join(piece for piece, _ in theirs) == other
    assert [piece for piece, same in ours if same] == [piece for piece, same in theirs if same]
