"""Which texts become one template, and which stay apart."""

from hypothesis import given
from hypothesis import strategies as st

from tree.reading.tokens import tokens
from tree.template.align import SLOT, align, flat
from tree.template.library import Library


def _learnt(*texts: str) -> Library:
    library = Library()
    for text in texts:
        library.learn(text)
    return library


def test_two_wordings_that_differ_in_a_value_become_one_template() -> None:
    library = _learnt("please water the tall fern today", "please water the old ivy today")

    found = library.match("please water the small lemon tree today")

    assert found == (0, ("small lemon tree",))


def test_a_static_word_replaced_is_another_text() -> None:
    library = _learnt("please water the fern today", "please water the ivy today")

    assert library.match("please sell the fern today") is None


def test_texts_that_differ_in_typed_values_only_are_one_template() -> None:
    library = _learnt("done 2031-01-02 11:12:13", "done 2031-02-03 14:15:16")

    found = library.match("done 2032-03-04 17:18:19")

    assert found is not None
    assert found[0] == 0


def test_a_text_with_one_more_line_is_another_template() -> None:
    first, second = "rows\nx: 1 left\n2 in all", "rows\nx: 1 left\ny: 4 left\n6 in all"

    library = _learnt(first, second)

    assert library.learn(first)[0] != library.learn(second)[0]


def test_unrelated_texts_stay_apart() -> None:
    library = _learnt("please water the fern", "which trains run tonight?")

    assert len(library.entries) == 2


def test_texts_with_the_same_words_are_one_however_many_values_stand_between() -> None:
    left = [SLOT, ":", SLOT, ":", " ", "assert", " ", SLOT, "==", "3"]
    right = [SLOT, ":", SLOT, ":", " ", "assert", " ", SLOT, "==", SLOT]

    assert align(left, right) == ("", ":", ": assert ", "==", "")
    assert align(left, [part if part != "assert" else "raise" for part in right]) is None


def test_slots_that_only_blanks_keep_apart_are_one() -> None:
    statics = align(tokens("guest Ida May Holm, seat 4"), tokens("guest Bo Ek, seat 7"))

    assert statics == ("guest ", ", seat ", "")


def test_a_template_aligned_with_a_further_text_keeps_its_slots() -> None:
    first = align(tokens("guest Ida Holm, seat 4 please"), tokens("guest Bo Ek, seat 7 please"))
    assert first is not None

    second = align(flat(first), tokens("guest Li, seat 9 thanks"))

    assert second == ("guest ", ", seat ", "")


names = st.sampled_from(["Ida Holm", "Bo", "Li Wei", "Ana de la Cruz", "O'Neil", "x-1", "7"])


@given(st.lists(names, min_size=2, max_size=6, unique=True))
def test_a_library_matches_everything_that_it_was_made_from(guests: list[str]) -> None:
    texts = [f"Reserve the corner table for {name} tonight" for name in guests]

    library = _learnt(*texts)

    assert all(library.match(text) is not None for text in texts)
