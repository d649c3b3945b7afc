"""Memory as text: whatever was said comes back as it was."""

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.strategies import texts
from tests.tree.talk import answer, asked, called, observations, result, said, seen, talk
from tree.canonical import NodeId, path_of
from tree.carrying.lines import Chosen
from tree.carrying.texting import written
from tree.carrying.untexting import read_text
from tree.message import Observation

TIMES = st.integers(0, 2**62 - 1)
WEIGHED = (called(0, "{}"), result(0, "40 kg"))


def there_and_back(said: list[Observation]) -> list[str]:
    text = "".join(f"{line}\n" for line in written(said))
    return sorted(map(str, read_text(text.split("\n")).observations))


@given(st.lists(observations, max_size=4))
def test_anything_comes_back_as_it_was(said: list[Observation]) -> None:
    assert there_and_back(said) == sorted(map(str, said))


decisions = st.one_of(
    st.builds(Chosen, sort=st.just("node"), what=st.sampled_from(["trust", "distrust"]), at_ns=TIMES),
    st.builds(
        Chosen,
        sort=st.just("slot"),
        what=st.just("name"),
        at_ns=TIMES,
        item=st.integers(0, 99),
        item_key=texts,
        path=st.lists(texts | st.integers(0, 99), max_size=3).map(tuple),
        name=texts,
    ),
)  # fmt: skip


@given(st.lists(observations, min_size=1, max_size=4), st.data())
def test_what_a_user_decided_comes_back_at_its_place(
    said: list[Observation], data: st.DataObject
) -> None:
    nodes = [node for one in said for node in path_of(one.conversation)]
    assume(nodes)
    places = st.sampled_from(nodes)
    decided = data.draw(st.lists(st.tuples(decisions, places), max_size=4))

    lines = written(said, [(chosen, (node,)) for chosen, node in decided])
    found = read_text(lines)

    came = [(str(chosen), path_of(place)[-1]) for chosen, place in found.choices]
    assert sorted(came) == sorted((str(chosen), node) for chosen, node in decided)
    assert sorted(map(str, found.observations)) == sorted(map(str, said))


def test_a_decision_about_nothing_that_is_written_is_left_out() -> None:
    chosen = Chosen(sort="node", what="trust", at_ns=1)

    lines = list(written([seen(asked("a"), "b")], [(chosen, (NodeId(bytes(16)),))]))

    assert not [line for line in lines if line.startswith("trust")]


def test_what_differs_alike_has_one_name() -> None:
    names = ("Ida Holm", "Bo Ekberg", "Li Wei")
    lines = list(
        written(
            [
                seen(
                    talk(said("user", f"Weigh the crate of {name}, please."), *WEIGHED),
                    answer(f"The crate of {name}, as you said, weighs 40 kg."),
                )
                for name in names
            ]
        )
    )  # fmt: skip

    assert "| Weigh the crate of {{value}}, please." in lines
    assert "| The crate of {{value}}, as you said, weighs 40 kg." in lines
    assert sum(line.startswith("with ") for line in lines) == 3
    assert sum(line == "talk" for line in lines) == 1


def test_braces_and_odd_characters_are_no_names() -> None:
    odd = [
        "{{who}}",
        "a{{",
        "{{}}",
        '{{"{{"}}',
        "| a\n= b\n\n",
        "\x00\r\x1b",
        "with {}",
        "\u2028x",
        "",
    ]
    all_odd = [seen(asked(text), text) for text in odd]

    assert there_and_back(all_odd) == sorted(map(str, all_odd))
