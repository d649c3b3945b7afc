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


def _mail(number: int, rest: str) -> str:
    guest = ("Ida Holm", "Bo Ek", "Li Wei", "Ana Cruz", "Kai Berg")[number % 5]
    return f"Mail {number}\nFrom: {guest}\nAbout: {['a', 'b', 'c', 'd', 'e'][number % 5]} {number}\n\n{rest}"


RESTS = [
    "the fern wants water and so do I",
    "who feeds our carps?\nnobody did yesterday",
    "seven lamps went out",
    "thanks\n\nfor the ivy",
]


def _read(*texts: str) -> Library:
    library = Library()
    for text in texts:
        library.learn(text, mail=True)
    return library


def test_texts_that_share_only_what_stands_before_a_blank_line_are_one_template() -> None:
    library = _read(*(_mail(number, rest) for number, rest in enumerate(RESTS)))

    found = library.match(_mail(7, "something else\n\nin two parts"))

    assert found is not None
    assert found[1] == ("7", "Li Wei", "c 7", "something else\n\nin two parts")


def test_two_texts_are_not_enough_to_say_that_anything_may_follow() -> None:
    library = _read(*(_mail(number, rest) for number, rest in enumerate(RESTS[:2])))

    assert library.match(_mail(7, "something else")) is None


def test_what_no_mail_is_has_no_rest() -> None:
    library = _learnt(*(_mail(number, rest) for number, rest in enumerate(RESTS)))

    assert library.match(_mail(7, "something else")) is None


def test_a_single_line_is_no_head() -> None:
    long = "whatever else there is to say about ferns, carps, lamps and what became of them all"
    library = _read(
        *(f"Do it {at}\n\n{long[at * 9 :]} {rest}" for at, rest in enumerate(RESTS[:3]))
    )

    assert library.match("Do it 9\n\nsomething else entirely that nobody wrote before") is None


def test_another_head_is_another_text_whatever_follows() -> None:
    library = _read(*(_mail(number, rest) for number, rest in enumerate(RESTS)))

    assert library.match(_mail(7, RESTS[0]).replace("From:", "To:")) is None
    assert library.match(_mail(7, " \n")) is None
    assert library.match(_mail(7, RESTS[0]).replace("\n\n", "\n")) is None


def test_rests_that_are_alike_become_a_template_of_their_own() -> None:
    library = _read(*(_mail(number, rest) for number, rest in enumerate(RESTS)))

    library.learn(_mail(5, "please send the blue lamp to Oslo"))
    library.learn(_mail(6, "please send the red kettle to Oslo"))
    found = library.match(_mail(8, "please send the old chair to Oslo"))

    assert found is not None
    assert found[1][-1] == "old chair"


@given(st.integers(0, 99), st.text(min_size=1).filter(str.strip))
def test_what_a_template_with_a_rest_reads_makes_the_text_again(number: int, rest: str) -> None:
    library = _read(*(_mail(at, own) for at, own in enumerate(RESTS)))

    found = library.match(text := _mail(number, rest))

    assert found is None or library.entries[found[0]].pattern.fill(found[1]) == text
    assert library.match(_mail(number, "worked example")) is not None
