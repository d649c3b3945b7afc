"""What was learnt, as a person looks at it: templates with slots, programs in words, and evidence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tree.talk import MAP_BYTES
from tests.tree.traffic import NAMES, answer, call, scope, talk
from tree.canonical import NodeId
from tree.control.steering import Steering, SteeringError
from tree.errors import UnknownNodeError
from tree.memory import Limits, Memory
from tree.message import Observation
from tree.sight.learnt import Learnt
from tree.sight.template import Template, TemplateLine

EXCHANGES = tuple(
    Observation(
        talk(f"Please lend the atlas to {name} for a week."),
        answer(call("lend", reader=name, days=7)),
        at,
    )
    for at, name in enumerate(NAMES)
)


@pytest.fixture
def lending(tmp_path: Path) -> Iterator[Memory]:
    """A memory that learnt to lend books."""
    memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits())
    memory.record(EXCHANGES)
    while memory.learn():
        pass
    yield memory
    memory.close()


def only(memory: Memory, view: str = "path") -> Template:
    learnt = Learnt(memory)
    line = next(one for one in learnt.page().templates if one.view == view)
    return learnt.template(line.template)


def test_a_template_shows_its_slot_by_the_name_that_the_answer_gives_it(lending: Memory) -> None:
    template = only(lending)

    said = template.said[-1]
    assert said.pieces == ("Please lend the atlas to ", "reader", " for a week.")
    (slot,) = said.slots
    assert (slot.name, slot.named, slot.role) == ("reader", False, "data")
    assert slot.values[0] == NAMES[-1]


def test_a_template_says_how_each_value_of_its_answer_is_made(lending: Memory) -> None:
    (way,) = only(lending).ways

    assert way.tools == ("lend",)
    assert {value.leaf: value.program for value in way.values} == {
        "`reader`": "slot 1 of the user's message",
        "`days`": "always 7",
    }
    assert way.unexplained == ()


def test_a_template_tells_its_evidence_against_the_limit(lending: Memory) -> None:
    (way,) = only(lending).ways

    assert way.tests.kind == "copy"
    assert way.tests.clean >= way.tests.needed > 0
    assert (way.tests.failures, way.tests.limit, way.tests.serves) == (0, 0.02, True)


def test_a_template_leads_to_the_nodes_it_was_tested_on(lending: Memory) -> None:
    template = only(lending)

    assert template.nodes
    assert all(lending.conversation(NodeId(bytes.fromhex(node))) for node in template.nodes)


def test_templates_come_in_pages_that_join(lending: Memory) -> None:
    learnt = Learnt(lending)
    whole = learnt.page(least=1).templates

    found: list[TemplateLine] = []
    after = ""
    while True:
        page = learnt.page(after, limit=1, least=1)
        found += page.templates
        after = page.next
        if not after:
            break

    assert len(whole) > 1
    assert tuple(found) == whole


def test_a_name_that_a_user_gives_shows_in_every_view_and_outlives_a_rebuild(
    lending: Memory,
) -> None:
    path, round_ = only(lending), only(lending, "round")

    Steering(lending).rename(path.template, len(path.said) - 1, (0,), "borrower")
    lending.rebuild()

    for template in (path, round_):
        slot = Learnt(lending).template(template.template).said[-1].slots[0]
        assert (slot.name, slot.named) == ("borrower", True)


@pytest.mark.parametrize(
    ("item", "name"), [(9, "x"), (0, "x"), (1, " x"), (1, "a\nb"), (1, "n" * 61)]
)
def test_a_slot_or_name_that_is_none_is_refused(lending: Memory, item: int, name: str) -> None:
    with pytest.raises(SteeringError):
        Steering(lending).rename(only(lending).template, item, (0,), name)


def test_a_template_that_is_not_there_is_an_error(lending: Memory) -> None:
    for name in ("", "zz", "00" * 32):
        with pytest.raises(UnknownNodeError):
            Learnt(lending).template(name)


def test_only_the_scope_asked_for_is_listed(lending: Memory) -> None:
    page = Learnt(lending).page(scope="00" * 16)

    assert page.templates == ()
    assert only(lending).scope != "00" * 16
    assert scope().model == "m-1"
