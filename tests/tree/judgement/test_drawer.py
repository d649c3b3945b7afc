"""Templates on a shelf are found as those in memory are, however few of them are in memory at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tree.canonical import ScopeId
from tree.judgement.drawer import MAX_FILED, Drawer, LostTemplateError
from tree.judgement.rows import MemoryShelf
from tree.template.library import Library

SCOPE = ScopeId(bytes(range(16)))
FAMILY = ("user", "")

texts = st.builds(
    "{} the {} {} {}".format,
    st.sampled_from(["please water", "which trains reach", "sell", "put down a note for"]),
    st.sampled_from(["fern", "small lemon tree", "harbour", "x-1"]),
    st.sampled_from(["today", "on 2031-02-03", "at once, will you"]),
    st.sampled_from(["", "and say so", "7"]),
)
steps = st.lists(st.tuples(texts, st.booleans()), max_size=25)


@given(steps)
def test_a_library_on_a_shelf_knows_what_one_in_memory_knows(
    taught: list[tuple[str, bool]],
) -> None:
    memory, shelf = Library(), MemoryShelf()
    drawer = Drawer(shelf, SCOPE, FAMILY, kept=2)
    library = Library(drawer)

    for text, begins_anew in taught:
        assert library.match(text) == memory.match(text)
        assert library.learn(text) == memory.learn(text)
        drawer.save()
        if begins_anew:
            drawer = Drawer(shelf, SCOPE, FAMILY, kept=2)
            library = Library(drawer)

    # A skeleton is only asked for when a template is made.
    known = [replace(memory.entries[at], skeleton="") for at in range(len(drawer))]
    assert [replace(library.entries[at], skeleton="") for at in range(len(drawer))] == known


def test_families_and_scopes_do_not_see_each_other() -> None:
    shelf = MemoryShelf()
    own = Drawer(shelf, SCOPE, FAMILY)
    Library(own).learn("please water the fern today")
    own.save()

    strangers = [
        Drawer(shelf, SCOPE, ("user", "other")),
        Drawer(shelf, ScopeId(bytes(16)), FAMILY),
    ]

    assert [len(stranger) for stranger in strangers] == [0, 0]
    assert all(Library(one).match("please water the fern today") is None for one in strangers)


def test_what_very_many_templates_share_is_filed_for_some_of_them_only() -> None:
    drawer = Drawer(MemoryShelf(), SCOPE, FAMILY)
    for number in range(2 * MAX_FILED):
        drawer.file(["g shared", "f shared"], number)

    found = drawer.found(["g shared", "f shared"])

    assert len(found["g shared"]) == MAX_FILED
    assert len(found["f shared"]) == 2 * MAX_FILED


def test_a_template_that_is_not_there_is_an_error_of_its_own() -> None:
    shelf = MemoryShelf()
    drawer = Drawer(shelf, SCOPE, FAMILY)
    Library(drawer).learn("please water the fern today")
    drawer.save()
    for key in [key for key in shelf if key.startswith(b"l")]:
        del shelf[key]

    again = Drawer(shelf, SCOPE, FAMILY)

    with pytest.raises(LostTemplateError, match="no template 0"):
        again[0]
    with pytest.raises(IndexError):
        again[1]


def test_marks_are_brief_rows_in_any_order() -> None:
    shelf = MemoryShelf()
    drawer = Drawer(shelf, SCOPE, FAMILY)
    drawer.file(["gthe", "sbones"], 5)
    drawer.file(["gthe", "fthe"], 3)

    again = Drawer(shelf, SCOPE, FAMILY)

    found = {"gthe": (3, 5), "sbones": (5,), "fthe": (3,)}
    assert drawer.found(["gthe", "sbones", "fthe", "gan"]) == found
    assert again.found(["gthe", "sbones", "fthe", "gan"]) == found
    assert sorted(len(row) for row in shelf.values()) == [0, 0, 0, 0]


def test_marks_of_one_first_word_lie_together_and_those_of_others_elsewhere() -> None:
    shelf = MemoryShelf()
    drawer = Drawer(shelf, SCOPE, FAMILY)

    drawer.file(["gfern", "gfern today", "gharbour"], 0)
    drawer.file(["gfern at once"], 1)

    beginnings = [key[:4] for key in shelf]
    assert len(set(shelf)) == 4
    assert len({*beginnings[:2], beginnings[3]}) == 1
    assert len(set(beginnings)) == 2
    anew = Drawer(shelf, SCOPE, FAMILY)
    assert anew.found(["gfern today", "gfern", "gfern at", "gfern at once", "gquay"]) == {
        "gfern today": (0,),
        "gfern": (0,),
        "gfern at once": (1,),
    }
