"""Workflows: conversations that are alike are one, with how often each way was gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tree.talk import MAP_BYTES, SCOPE, answer, called, result, said, seen, talk
from tree.canonical import scope_id
from tree.errors import UnknownNodeError
from tree.memory import Memory
from tree.message import Answer, Observation
from tree.sight import workflows
from tree.sight.workflows import Workflows

ROOT = scope_id(SCOPE).hex()


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path, max_bytes=MAP_BYTES)
    yield opened
    opened.close()


def run(number: int, weight: str) -> list[Observation]:
    """An agent that weighs a parcel, and says so or calls for help."""
    ask = said("user", f"please weigh parcel {number} now")
    call = called(0, f'{{"parcel": {number}}}')
    given = result(0, f'{{"weight": "{weight}"}}')
    last = (
        answer(f"it weighs {weight}")
        if weight != "heavy"
        else Answer(called(0, "{}", "help"), None)
    )
    return [seen(talk(ask), Answer(call, None)), seen(talk(ask, call, given), last)]


def lines(found: Workflows, rows: int = 50) -> list[str]:
    """An outline, a stage a line."""
    return [
        f"{row.indent} {row.stage.times} times {row.stage.words}{f' +{row.hidden}' * bool(row.hidden)}"
        for row in found.outline(found.root(ROOT), rows)
    ]


def test_runs_that_are_alike_are_one_workflow_that_branches_where_they_part(memory: Memory) -> None:
    for number, weight in enumerate(("light", "heavy", "light", "fair")):
        memory.record(run(number, weight))

    found = Workflows(memory)
    left = found.advance(10)

    assert left == 0
    assert lines(found) == [
        "0 4 times please weigh parcel … now",
        "0 4 times weigh",
        "0 4 times weigh: weight",
        "1 3 times it weighs …",
        "1 1 times help",
    ]


def test_what_is_met_most_is_shown_first_and_the_rest_is_counted(memory: Memory) -> None:
    for number in range(3):
        memory.record(run(number, "light"))
    memory.record([seen(talk(said("user", "good morning")), "hello")])

    found = Workflows(memory)
    found.advance(10)

    assert lines(found, rows=2) == ["0 3 times please weigh parcel … now", "0 3 times weigh +1"]


def test_it_goes_on_where_it_stopped(memory: Memory) -> None:
    found = Workflows(memory)
    found.advance(10)
    for number in range(40):
        memory.record(run(number, "light"))

    first = found.advance(0)
    while found.advance(0):
        pass
    at_once = Workflows(memory)
    at_once.advance(10)

    assert 0 < first < 80
    assert lines(found) == lines(at_once)
    assert lines(found)[0].startswith("0 40 times")


def test_the_same_journal_gives_the_same_numbers(memory: Memory) -> None:
    for number, weight in enumerate(("light", "heavy")):
        memory.record(run(number, weight))
    one, other = Workflows(memory), Workflows(memory)
    one.advance(10)
    other.advance(10)

    for row in one.outline(one.root(ROOT), 50):
        twin = other.stage(ROOT, row.stage.number)
        assert [at.words for at in twin.way()] == [at.words for at in row.stage.way()]
        assert list(twin.nodes) == list(row.stage.nodes)


def test_a_stage_knows_the_way_to_it_and_how_often_the_provider_was_asked(memory: Memory) -> None:
    for number in range(3):
        memory.record(run(number, "light"))
    found = Workflows(memory)
    found.advance(10)

    last = found.outline(found.root(ROOT), 50)[2].stage

    assert [at.words for at in last.way()] == [
        "please weigh parcel … now",
        "weigh",
        "weigh: weight",
    ]
    assert (last.asked, len(last.nodes)) == (3, 3)


def test_texts_without_likeness_are_taken_together_when_there_are_too_many(memory: Memory) -> None:
    texts = [f"{number} {number * 7}" for number in range(workflows.MAX_KINDS + 5)]
    memory.record([seen(talk(said("user", text)), "no") for text in texts])
    found = Workflows(memory)
    found.advance(10)

    top = found.root(ROOT)

    assert len(top.below) == workflows.MAX_KINDS
    assert (top.below[-1].times, top.below[-1].words) == (6, "…")


@pytest.mark.parametrize("scope", ["", "zz", "0" * 32])
def test_a_scope_that_nothing_is_known_of_is_none(memory: Memory, scope: str) -> None:
    with pytest.raises(UnknownNodeError):
        Workflows(memory).root(scope)


def test_a_stage_is_found_in_its_own_scope_alone(memory: Memory) -> None:
    memory.record([seen(talk(said("user", "hello")), "hi")])
    found = Workflows(memory)
    found.advance(10)

    for number in (-1, 99):
        with pytest.raises(UnknownNodeError):
            found.stage(ROOT, number)
    with pytest.raises(UnknownNodeError):
        found.stage("0" * 32, 0)
