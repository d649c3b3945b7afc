"""Lists of words: when they are made, what they hold, and that they pay."""

import pytest
from hypothesis import given

from tests.strategies import json_values
from tests.tree.talk import answer, asked, seen
from tree.memory import Memory
from tree.message import Json
from tree.store import words
from tree.store.words import make_id, outline

FULL = "the parcel number {} was left with the neighbour in the second house behind the mill"


def lists(memory: Memory) -> int:
    """How many lists the store holds."""
    with memory.store.read() as txn:
        return int(txn.stat(memory.store.tables.words)["entries"])


def sizes(memory: Memory) -> dict[bytes, int]:
    """What the row of each message takes."""
    with memory.store.read() as txn, txn.cursor(memory.store.tables.messages) as cursor:
        rows = list(map(bytes, cursor.iternext(keys=False, values=True)))
        return {memory.journal.words.unpack(txn, row): len(row) for row in rows}


def test_a_list_is_made_of_messages_and_halves_them_and_the_next(memory: Memory) -> None:
    memory.record([seen(asked(FULL.format(at)), "x") for at in range(words._DUE[0])])
    early = max(sizes(memory).values())

    memory.record([seen(asked(FULL.format("first")), "x")])

    assert max(sizes(memory).values()) < early / 2


def test_few_messages_make_no_list(memory: Memory) -> None:
    memory.record([seen(asked("a"), "x")])
    before = lists(memory)

    memory.record([seen(asked("b"), "x")])

    assert lists(memory) == before


def test_lists_are_made_at_growing_numbers_of_messages(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_DUE", (2, 4))

    made = []
    for at in range(6):
        memory.record([seen(asked(str(at)), "x")])
        with memory.store.read() as txn:
            made.append(max(memory.journal.words.numbers(txn)))

    # The first list is that of the envelopes. Messages: 2, 3, 4, 5 …, looked at before each recording.
    assert made == [1, 2, 2, 3, 3, 3]
    assert [o.conversation for _, o in memory.observations()] == [asked(str(at)) for at in range(6)]


def test_envelopes_of_one_make_share_a_list(memory: Memory) -> None:
    memory.record([seen(asked(str(at)), answer("x", {"id": f"id-{at}"})) for at in range(3)])

    assert lists(memory) == 1


def test_makes_without_end_share_the_built_in_list(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_MAX_MAKES", 3)

    memory.record([seen(asked(str(at)), answer("x", {f"key {at}": at})) for at in range(6)])

    assert lists(memory) == 3
    assert [o.answer.envelope for _, o in memory.observations()] == [
        {f"key {at}": at} for at in range(6)
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"id": "id-1", "said": "two words"}, {"id": "id-1", "said": ""}),
        ({"n": [1, 2], "ok": True}, {"n": [1], "ok": True}),
        ([], []),
        ("x" * 41, ""),
        (None, None),
    ],
)  # fmt: skip
def test_an_outline_keeps_names_and_single_words(value: Json, expected: Json) -> None:
    assert outline(value) == expected


@given(json_values)
def test_an_outline_is_of_its_envelopes_make(value: Json) -> None:
    assert make_id(outline(value)) == make_id(value)


def test_other_members_are_another_make() -> None:
    envelopes: list[Json] = [{"a": 1}, {"b": 1}, {"a": {}}, [{"a": 1}]]

    assert len(set(map(make_id, envelopes))) == 4
    assert make_id({"a": 1}) == make_id({"a": "x"})
