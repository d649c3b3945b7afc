"""What is the same as lately is neither hashed nor looked at again, and what is found is the same."""

from hypothesis import given
from hypothesis import strategies as st

from tree.judgement.lately import SHORTEST, Lately, frame_digest
from tree.judgement.role import Roles
from tree.reading.item import Item


def told(kind: str, state: str, size: int) -> Item:
    tree = {"state": state, "sizes": [1] * size}
    return Item(kind, "look", f"{state} {size} \ud800", tree, structured=True, key=kind)


ITEMS = [told("result", state, size) for state in ("open", "shut") for size in (1, 2)]
frames = st.lists(st.sampled_from(ITEMS), min_size=SHORTEST, max_size=SHORTEST).map(tuple)
long = st.lists(st.sampled_from(ITEMS), max_size=2 * SHORTEST).map(tuple)


@given(st.lists(st.tuples(st.sampled_from("ab"), long), max_size=12))
def test_a_frame_is_named_alike_whatever_was_asked_before(
    asked: list[tuple[str, tuple[Item, ...]]],
) -> None:
    lately = Lately()

    for node, frame in asked:
        assert lately.digest(node, frame) == frame_digest(frame)


@given(st.lists(st.integers(0, 2 * SHORTEST), min_size=3, max_size=12))
def test_a_conversation_that_parts_from_the_last_one_anywhere_is_named_by_all_of_it(
    parting: list[int],
) -> None:
    lately = Lately()

    for at in parting:
        frame = tuple(ITEMS[number >= at] for number in range(2 * SHORTEST))

        assert lately.digest("a", frame) == frame_digest(frame)


@given(st.lists(frames, min_size=1, max_size=3), st.lists(frames, max_size=8))
def test_what_is_odd_about_a_frame_is_found_whatever_was_sound_before(
    examples: list[tuple[Item, ...]], asked: list[tuple[Item, ...]]
) -> None:
    lately, roles = Lately(), Roles.of(examples, set())

    for frame in [*examples, *asked]:
        lately.digest("a", frame)
        found = roles.outside(frame, lately.new("a", roles, frame))

        assert found == roles.outside(frame)
        if found is None:
            lately.sound("a", roles, frame)


def test_only_what_is_not_the_same_is_new() -> None:
    lately, roles = Lately(), Roles()
    before = (ITEMS[0],) * SHORTEST
    lately.digest("a", before)
    lately.sound("a", roles, before)
    now = (ITEMS[0],) * (SHORTEST - 1) + (ITEMS[1],)
    lately.digest("a", now)

    assert lately.new("a", roles, now) == frozenset({SHORTEST - 1})
    assert lately.new("a", Roles(), now) is None
    assert lately.new("b", roles, now) is None


def test_what_no_longer_stands_where_the_user_s_word_stood_is_found_beside_what_is_the_same() -> (
    None
):
    def parcel(code: str, brought: str) -> tuple[Item, ...]:
        asked = Item("user", "", f"Find {code}", [code], structured=False, key="user #0")
        return (asked, *(ITEMS[0],) * SHORTEST, told("result", brought, 1))

    codes = ["KX-774920", "QT-118263", "ZB-905517", "MW-336048", "HD-520971"]
    lately, roles = Lately(), Roles.of([parcel(code, code) for code in codes[:4]], set())
    sound, odd = parcel(codes[4], codes[4]), parcel(codes[4], codes[0])
    odd = (sound[0], *odd[1:])
    lately.digest("a", sound)
    lately.sound("a", roles, sound)
    lately.digest("a", odd)

    new = lately.new("a", roles, odd)

    assert new == frozenset({len(odd) - 1})
    assert roles.outside(sound) is None
    assert roles.outside(odd, new) == roles.outside(odd) is not None
