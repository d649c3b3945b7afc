"""`rote trust` and `rote distrust`: a person's word decides, and can be taken back."""

from pathlib import Path

import msgspec
import pytest

from tests.addon.cli.conftest import Rote
from tests.addon.cli.remembered import asking, fill, lending, opened
from tests.tree.traffic import NAMES
from tree.canonical import path_of
from tree.memory import Hit, Memory, Miss
from tree.message import Conversation

FIRST = path_of(asking(NAMES[0]))[-1].hex()
NEW = asking("Una Lindqvist")


def template(rote: Rote) -> str:
    listed = msgspec.json.decode(rote("show", "--json").output)["templates"]
    found: str = next(
        t["template"] for t in listed if t["view"] == "path" and t["answer"].startswith("find")
    )
    return found


def foreseen(home: Path, asked: Conversation = NEW, *, learn: bool = False) -> Hit | Miss:
    memory = opened(home)
    while learn and memory.learn():
        pass
    found = memory.foresee(asked)
    memory.close()
    return found


@pytest.fixture
def filled(home: Path) -> Path:
    fill(home)
    return home


def recalled(home: Path) -> Hit | Miss:
    memory = opened(home)
    found = memory.recall(asking(NAMES[0]), 1)
    memory.close()
    return found


def test_a_distrusted_node_is_not_answered_until_that_is_taken_back(
    rote: Rote, filled: Path
) -> None:
    said = rote("distrust", FIRST)
    silent = recalled(filled)
    rote("distrust", FIRST, "--undo")

    assert "always sent to the provider" in said.output
    assert isinstance(silent, Miss)
    assert "distrusts" in silent.reason
    assert isinstance(recalled(filled), Hit)


def test_what_was_learnt_does_not_answer_in_the_place_of_a_distrusted_node(
    rote: Rote, filled: Path
) -> None:
    rote("trust", template(rote))
    first = foreseen(filled, asking(NAMES[0]))
    rote("distrust", FIRST)
    then = [foreseen(filled, asking(name)) for name in NAMES[:2]]

    assert [isinstance(one, Hit) for one in (first, *then)] == [True, False, True]


def test_a_distrusted_template_is_silent_after_a_rebuild_too(rote: Rote, filled: Path) -> None:
    assert isinstance(foreseen(filled), Hit)

    rote("distrust", template(rote))
    before = foreseen(filled)
    rote("rebuild")
    after = foreseen(filled, learn=True)
    rote("distrust", template(rote), "--undo")

    for silent in (before, after):
        assert isinstance(silent, Miss)
        assert "distrusts" in silent.reason
    assert isinstance(foreseen(filled), Hit)


def test_a_distrusted_template_is_found_again_where_learning_began_anew(
    rote: Rote, filled: Path
) -> None:
    rote("distrust", template(rote))

    rote("forget", FIRST, "--below", "--yes")
    silent = foreseen(filled, learn=True)

    assert isinstance(silent, Miss)
    assert "distrusts" in silent.reason


def test_a_trusted_template_serves_without_waiting_for_evidence(rote: Rote, home: Path) -> None:
    fill(home, lending(NAMES[:3]))
    assert isinstance(foreseen(home), Miss)

    rote("trust", template(rote))

    assert isinstance(foreseen(home), Hit)


def test_a_trusted_node_is_served_at_any_age(rote: Rote, filled: Path) -> None:
    rote("trust", FIRST)

    memory = Memory(filled, max_bytes=1 << 26, ttl_ns=1)
    known, other = (memory.recall(asking(name), 10**9) for name in NAMES[:2])
    memory.close()

    assert isinstance(known, Hit)
    assert isinstance(other, Miss)


@pytest.mark.usefixtures("filled")
def test_as_json_it_names_what_was_decided(rote: Rote) -> None:
    document = msgspec.json.decode(rote("trust", FIRST[:8], "--json").output)

    assert document == {"sort": "node", "id": FIRST, "choice": "trust"}


@pytest.mark.usefixtures("filled")
def test_nothing_else_can_be_trusted(rote: Rote) -> None:
    assert rote("trust", "ffffffff").exit_code == 1
