"""Whatever is changed behind the memory's back is found."""

import pytest

from tests.tree.talk import answer, asked, called, result, said, seen, talk
from tree.canonical import path_of
from tree.control.steering import Steering
from tree.explaining.explanation import Decided
from tree.memory import Memory, Tally, TallyKey
from tree.store.rows import encode_step
from tree.store.tables import Tables
from tree.upkeep.check import Finding, verify


@pytest.fixture
def filled(memory: Memory) -> Memory:
    """A memory with a row in each table, one observation not learnt yet."""
    memory.record([seen(talk(said("user", "go"), called(0, "[1]"), result(0, "1")), "done")])
    memory.record([seen(asked("a"), answer("1", {"id": "x"})), seen(talk(), "hello")])
    memory.count({TallyKey("2030-01-01", "a", "o", "m", "miss"): Tally(1)})
    memory.note_decisions([Decided(1, "miss", "never asked before")])
    node = path_of(asked("a"))[0].hex()
    memory.note_decisions([Decided(2, "hit-literal", "literal", node=node)])
    Steering(memory).trust(node)
    memory.learn()
    memory.record([seen(asked("later"), "2")])
    return memory


def found(memory: Memory) -> set[str]:
    """The tables with findings."""
    return {finding.where for finding in verify(memory)}


def test_a_sound_store_has_no_findings(filled: Memory) -> None:
    assert list(verify(filled)) == []


def test_an_empty_store_has_no_findings(memory: Memory) -> None:
    assert list(verify(memory)) == []


@pytest.mark.parametrize("table", [name for name in Tables.__struct_fields__ if name != "meta"])
def test_garbage_in_any_table_is_found(filled: Memory, table: str) -> None:
    place = getattr(filled.store.tables, table)
    with filled.store.write() as txn:
        with txn.cursor(place) as cursor:
            cursor.first()
            key = cursor.key() or bytes(16)
        txn.put(key, b"\x07 sixteen bytes 2", db=place)
    filled.journal.words.drop_ready()

    assert {"words": "makes", "steps": "nodes"}.get(table, table) in found(filled)


@pytest.mark.parametrize("table", ["scopes", "messages", "makes"])
def test_a_row_under_another_key_is_found(filled: Memory, table: str) -> None:
    place = getattr(filled.store.tables, table)
    with filled.store.write() as txn:
        with txn.cursor(place) as cursor:
            cursor.last()
            row = cursor.value()
        txn.put(bytes(16), row, db=place)

    findings = list(verify(filled))

    assert [(finding.where, finding.key) for finding in findings] == [(table, bytes(16).hex())]
    assert "another" in findings[0].what


def test_a_node_under_another_key_is_found(filled: Memory) -> None:
    nodes = filled.store.tables.nodes
    with filled.store.write() as txn:
        one = next(filled.journal.nodes.beginning(txn, b""))
        row = encode_step(filled.journal.step(txn, one))
        txn.put(bytes(16), row, db=nodes)

    assert list(verify(filled)) == [
        Finding("nodes", bytes(16).hex(), "its parent and message make another id")
    ]


def test_a_node_that_hangs_below_nothing_is_found(filled: Memory) -> None:
    with filled.store.write() as txn:
        txn.drop(filled.store.tables.scopes, delete=False)

    assert "what it hangs below is not there" in {finding.what for finding in verify(filled)}


def test_a_number_that_would_be_given_again_is_found(filled: Memory) -> None:
    tables = filled.store.tables
    with filled.store.write() as txn:
        txn.put(
            (99).to_bytes(8), txn.get((0).to_bytes(8), b"", db=tables.journal), db=tables.journal
        )

    assert list(verify(filled)) == [
        Finding("journal", (99).to_bytes(8).hex(), "its number will be given again")
    ]


@pytest.mark.parametrize("table", ["index", "digests"])
def test_a_row_that_was_never_derived_is_found(filled: Memory, table: str) -> None:
    with filled.store.write() as txn:
        txn.put(b"C", bytes(11), db=getattr(filled.store.tables, table))

    assert list(verify(filled)) == [Finding(table, b"C".hex(), "the journal does not say so")]


@pytest.mark.parametrize("table", ["index", "digests"])
def test_a_derived_row_that_is_missing_is_found(filled: Memory, table: str) -> None:
    with filled.store.write() as txn:
        txn.drop(getattr(filled.store.tables, table), delete=False)

    assert {(finding.where, finding.what) for finding in verify(filled)} == {
        (table, "missing, though it is learnt")
    }
