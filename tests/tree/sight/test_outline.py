"""The tree as workflows: scopes, levels with counts, and a node in full."""

import pytest

from tests.tree.talk import SCOPE, answer, asked, called, result, said, seen, talk, taught
from tree.canonical import path_of, scope_id
from tree.errors import UnknownNodeError
from tree.explaining.explanation import Decided
from tree.memory import Memory
from tree.message import Scope
from tree.sight.outline import Branch, Outline
from tree.sight.place import read_place

WEIGHED = talk(said("user", "Weigh it."), called(0, '{"crate": 7}'), result(0, "40 kg"))


@pytest.fixture
def filled(memory: Memory) -> Memory:
    """Two conversations that begin alike, a third one, and one of another model."""
    start = talk(*WEIGHED.messages[:1])
    taught(
        memory,
        seen(start, "one moment", at_ns=1),
        seen(WEIGHED, "It weighs 40 kg.", at_ns=2),
        seen(WEIGHED, "40 kg it is.", at_ns=5),
        seen(asked("Good day."), "Good day to you.", at_ns=3),
        seen(asked("Hi.", Scope("tenant", "an-api", "llm.example", "model-2", {})), "Hi!", at_ns=4),
    )
    return memory


def test_roots_are_scopes_most_observed_first(filled: Memory) -> None:
    first, second = Outline(filled).roots()

    assert (first.model, first.children, first.observations, first.answers) == ("model-1", 2, 4, 3)
    assert (first.settings, first.tools) == ("1 tool (weigh)", ("weigh",))
    assert (second.model, second.observations, second.settings) == (
        "model-2",
        1,
        "no tools, and nothing set",
    )


def test_a_root_says_what_sets_it_apart_from_the_usual_one(filled: Memory) -> None:
    more = {"tools": [{"name": "weigh"}, {"name": "ship"}], "temperature": 0.5}
    other = Scope("tenant", "an-api", "llm.example", "model-1", more)
    taught(filled, seen(asked("Good day.", other), "Good day."))

    roots = {root.scope: root.differs for root in Outline(filled).roots()}

    assert roots[scope_id(SCOPE).hex()] == ""
    assert roots[scope_id(other).hex()] == "with ship; temperature 0.5"


def test_a_level_is_sorted_by_what_is_below_it(filled: Memory) -> None:
    level = Outline(filled).below(scope_id(SCOPE).hex())

    assert [(one.summary, one.observations, one.answers) for one in level.branches] == [
        ("Weigh it.", 3, 2),
        ("Good day.", 1, 1),
    ]
    assert level.total == 2
    assert level.next == 0


def test_what_hangs_below_a_node_is_told_in_a_line(filled: Memory) -> None:
    outline = Outline(filled)
    top = outline.below(scope_id(SCOPE).hex()).branches[0]

    (call,) = outline.below(top.node).branches
    (weight,) = outline.below(call.node).branches

    assert (call.kind, call.summary, call.tools) == ("call", 'weigh({"crate": 7})', ("weigh",))
    assert (weight.kind, weight.summary, weight.depth) == ("result", "40 kg", 3)
    assert (call.answered, weight.answered, weight.last_ns) == (False, True, 5)


def test_a_level_comes_in_pages_that_join(memory: Memory) -> None:
    taught(memory, *(seen(asked(f"Question {at}?"), "Yes.") for at in range(7)))
    outline, root = Outline(memory), scope_id(SCOPE).hex()
    whole = outline.below(root).branches

    pages: list[Branch] = []
    start = 0
    while True:
        page = outline.below(root, start, 3)
        pages += page.branches
        start = page.next
        if not start:
            break

    assert len(whole) == 7
    assert tuple(pages) == whole


def test_a_node_in_full_has_its_path_and_all_its_answers(filled: Memory) -> None:
    node = path_of(WEIGHED)[-1].hex()

    place = read_place(filled, node)

    assert [one.role for one in place.path] == ["user", "assistant", "tool"]
    assert place.text == "40 kg"
    assert [(one.text, one.at_ns) for one in place.answers] == [
        ("40 kg it is.", 5),
        ("It weighs 40 kg.", 2),
    ]
    assert (place.further, place.choice, place.root.model) == (0, None, "model-1")


def test_a_hit_counts_as_a_use_of_its_node(filled: Memory) -> None:
    node = path_of(WEIGHED)[-1].hex()

    filled.note_decisions([Decided(9, "hit-literal", "literal", node=node)])
    filled.note_decisions([Decided(8, "miss", "unknown", node=node)])

    use = read_place(filled, node).use
    assert (use.hits, use.last_ns) == (1, 9)


@pytest.mark.parametrize("name", ["", "zz", "00" * 16, "00"])
def test_an_id_that_nothing_has_is_an_error(filled: Memory, name: str) -> None:
    with pytest.raises(UnknownNodeError):
        Outline(filled).below(name)
    with pytest.raises(UnknownNodeError):
        read_place(filled, name)


def test_a_store_is_counted_alike_in_one_go_and_anew(filled: Memory) -> None:
    before = Outline(filled).roots()

    rebuilt = filled.rebuild()

    assert rebuilt.same
    assert Outline(filled).roots() == before


def test_another_answer_to_the_same_is_no_further_answer(memory: Memory) -> None:
    taught(memory, seen(asked("a"), "1"), seen(asked("a"), answer("2")))

    (branch,) = Outline(memory).below(scope_id(SCOPE).hex()).branches

    assert (branch.observations, branch.answers) == (2, 1)
