"""What a client declared, through the facade: kept in the journal, served while it is young, and only where allowed."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.tree.talk import MAP_BYTES, answer, asked, said, seen, taught
from tree.declared.hinting import Declared
from tree.memory import Hit, Limits, Memory, Miss
from tree.message import Bindings

MARA: Bindings = (("who", "Mara"),)
JO: Bindings = (("who", "Jo"),)
GREETING = replace(
    seen(asked("Greet Mara."), answer("Hello Mara!", {"id": "x1"}), at_ns=100), bindings=MARA
)


def opened(folder: Path, *, max_error: float = 0.02, ttl_ns: int | None = None) -> Memory:
    limits = Limits(max_error=max_error)
    return Memory(folder, max_bytes=MAP_BYTES, ttl_ns=ttl_ns, limits=limits)


def test_a_declared_answer_keeps_the_envelope_and_says_what_it_rests_on(tmp_path: Path) -> None:
    memory = opened(tmp_path)
    taught(memory, GREETING)

    found = memory.declared(asked("Greet Jo."), JO, 101)

    assert isinstance(found, Hit)
    assert (found.detail, found.sealed, found.at_ns) == ("template", False, 100)
    assert found.declared == Declared(said("assistant", "Hello Jo!"), 0, JO)
    assert found.answer == answer("Hello Jo!", {"id": "x1"})
    memory.close()


def test_declarations_are_in_the_journal(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.record([GREETING])
    first.close()
    second = opened(tmp_path)

    assert [one for _, one in second.observations()] == [GREETING]
    while second.learn():
        pass
    assert isinstance(second.declared(asked("Greet Jo."), JO, 101), Hit)
    second.close()


@pytest.mark.parametrize(("now_ns", "served"), [(150, True), (151, False)])
def test_what_is_declared_is_served_while_it_is_young(
    tmp_path: Path, now_ns: int, *, served: bool
) -> None:
    memory = opened(tmp_path, ttl_ns=50)
    taught(memory, GREETING)

    found = memory.declared(asked("Greet Jo."), JO, now_ns)

    assert isinstance(found, Hit) is served
    memory.close()


def test_a_later_equal_answer_makes_it_young_again(tmp_path: Path) -> None:
    memory = opened(tmp_path, ttl_ns=50)
    later = replace(seen(asked("Greet Ada."), "Hello Ada!", at_ns=140), bindings=(("who", "Ada"),))
    taught(memory, GREETING, later)

    assert isinstance(memory.declared(asked("Greet Jo."), JO, 160), Hit)
    memory.close()


def test_where_nothing_but_repeats_is_wanted_nothing_declared_is_served(tmp_path: Path) -> None:
    memory = opened(tmp_path, max_error=0)
    taught(memory, GREETING)

    found = memory.declared(asked("Greet Jo."), JO, 101)

    assert isinstance(found, Miss)
    assert found.reason == "nothing but repeats is served"
    memory.close()


def test_an_observation_without_a_declaration_makes_no_declared_template(tmp_path: Path) -> None:
    memory = opened(tmp_path)
    taught(memory, replace(GREETING, bindings=()))

    assert isinstance(memory.declared(asked("Greet Jo."), JO, 101), Miss)
    memory.close()
