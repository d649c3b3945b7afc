"""`rote rebuild`, over real stores."""

from pathlib import Path

import msgspec
import pytest

from tests.addon.cli.conftest import Rote
from tests.addon.cli.remembered import asking, fill, lending, opened
from tests.tree.talk import asked, seen
from tree.memory import Hit, Limits, Memory


@pytest.fixture
def filled(home: Path) -> Path:
    memory = Memory(home, max_bytes=1 << 24)
    memory.record([seen(asked(f"What is the weight of crate {at}?"), "40 kg") for at in range(5)])
    memory.learn()
    memory.close()
    return home


@pytest.mark.usefixtures("filled")
def test_it_says_how_much_came_out_the_same(rote: Rote) -> None:
    result = rote("rebuild")

    assert result.exit_code == 0
    assert result.output.startswith("5 observations, ")
    assert "the tree came out as it was" in result.output
    assert "twice the same" in result.output


def test_a_tree_that_was_not_as_it_should_be_is_told_and_mended(rote: Rote, filled: Path) -> None:
    memory = Memory(filled, max_bytes=1 << 24)
    index = memory.store.tables.index
    assert index is not None
    with memory.store.write() as txn:
        txn.drop(index, delete=False)
    memory.close()

    first, second = rote("rebuild"), rote("rebuild")

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert "was not as it should be, and is right now" in first.output


@pytest.mark.parametrize("harm", ["a lost row", "a row that says something else", "junk"])
def test_what_was_learnt_is_renewed_where_it_is_damaged(rote: Rote, home: Path, harm: str) -> None:
    fill(home)
    memory = opened(home)
    new = asking("Una Lindqvist")
    foreseen = memory.foresee(new)
    assert isinstance(foreseen, Hit)
    table = memory.store.further_table("learnt")
    assert table is not None
    with memory.store.write() as txn, txn.cursor(table) as cursor:
        keys = [key for key in cursor.iternext(values=False) if key.startswith(b"n")]
        for key in keys:
            if harm == "a lost row":
                txn.delete(key, db=table)
            else:
                row = txn.get(keys[-1], b"", db=table) if "else" in harm else b"\x07junk"
                txn.put(key, row, db=table)
    memory.close()

    first, second = rote("rebuild"), rote("rebuild")

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert "all are made anew" in first.output
    memory = opened(home)
    found = memory.foresee(new)
    memory.close()
    assert isinstance(found, Hit)
    assert found.answer.message == foreseen.answer.message


def test_what_was_served_is_no_difference(rote: Rote, home: Path) -> None:
    fill(home)
    memory = opened(home)
    for name in ("Una Lindqvist", "Ove Lind"):
        found = memory.foresee(asking(name))
        assert isinstance(found, Hit)
        memory.served(asking(name), found, 0.0)
    memory.record(lending(("Una Lindqvist",), 9))
    while memory.learn():
        pass
    memory.close()

    assert rote("rebuild").exit_code == 0


def test_it_judges_with_the_limits_of_the_proxy(rote: Rote, home: Path) -> None:
    memory = Memory(home, max_bytes=1 << 26, limits=Limits(max_error=0.0001))
    memory.record(lending())
    while memory.learn():
        pass
    memory.close()

    document = msgspec.json.decode(rote("rebuild", "--json").output)
    templates = msgspec.json.decode(rote("show", "--json").output)["templates"]

    assert document["learning"]["foreseen"] == 0
    assert templates
    assert not any(one["serves"] for one in templates)


@pytest.mark.usefixtures("filled")
def test_as_json_it_is_a_document(rote: Rote) -> None:
    document = msgspec.json.decode(rote("rebuild", "--json").output)

    assert document["same"] is True
    assert document["tree"] == {"observations": 5, "same": True}
    assert document["learning"]["differing"] == []


def test_without_a_store_there_is_nothing_to_rebuild(rote: Rote, home: Path) -> None:
    result = rote("rebuild")

    assert result.exit_code == 1
    assert "There is no memory" in result.stderr
    assert not home.exists()
