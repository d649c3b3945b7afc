"""What a miss is compared with."""

import pytest

from tests.tree.talk import SCOPE, asked, called, result, said, seen, talk
from tree.canonical import path_of
from tree.explaining.nearest import plain
from tree.memory import Hit, Memory, Nearest
from tree.message import Conversation, Media, Message, Opaque, Scope, Text

A, B = "a" * 30, "b" * 30
OPENING = (said("user", "go"), called(0, "[1]"))


def nearest(memory: Memory, conversation: Conversation) -> Nearest | None:
    """What a conversation that is not known comes nearest to."""
    miss = memory.recall(conversation, 0)
    assert not isinstance(miss, Hit)
    return memory.nearest(conversation, miss)


def test_the_most_alike_branch_is_named_with_the_span_that_differs(memory: Memory) -> None:
    texts = ("weight: 50 kg", "weight: 51 kg, dented", "no such thing")
    branches = [talk(*OPENING, result(0, text)) for text in texts]
    memory.record([seen(branch, "x") for branch in branches])
    memory.learn()
    ours = talk(*OPENING, result(0, "weight: 57 kg, dented"), said("user", "thanks"))

    found = nearest(memory, ours)

    assert found is not None
    assert (found.where, found.ours, found.theirs) == (
        "message 3 (tool)",
        "weight: 57 kg, dented",
        "weight: 51 kg, dented",
    )
    assert found.node == path_of(branches[1])[-1]
    assert (found.our_message, found.their_message) == (ours.messages[2], branches[1].messages[2])
    assert 0.9 < found.likeness < 1


def test_a_branch_of_the_same_role_goes_first(memory: Memory) -> None:
    memory.record([seen(talk(said("tool", "hello")), "x"), seen(talk(said("user", "bye")), "x")])
    memory.learn()

    found = nearest(memory, asked("hello"))

    assert found is not None
    assert found.their_message == said("user", "bye")


@pytest.mark.parametrize(
    ("ours", "theirs", "spans"),
    [
        (f"{A * 3}X{B * 3}", f"{A * 3}{B * 3}", (f"…{A}X{B}…", f"…{A}{B}…")),
        (A * 3, A * 4, (f"…{A}", f"…{A}{A}")),
        ("X" * 500, "", ("X" * 200 + "…", "")),
        ("aXa", "aa", ("aXa", "aa")),
    ],
)  # fmt: skip
def test_a_span_is_shown_with_a_little_around_it(
    memory: Memory, ours: str, theirs: str, spans: tuple[str, str]
) -> None:
    memory.record([seen(asked(theirs), "x")])
    memory.learn()

    found = nearest(memory, asked(ours))

    assert found is not None
    assert (found.ours, found.theirs) == spans


def test_where_the_branch_goes_on_there_is_nothing_of_ours(memory: Memory) -> None:
    memory.record([seen(talk(*OPENING, result(0, "5")), "x")])
    memory.learn()

    found = nearest(memory, talk(*OPENING))

    assert found is not None
    assert (found.where, found.ours, found.theirs) == ("message 3 (tool)", "", "5")
    assert (found.our_message, found.their_message) == (None, result(0, "5"))


def test_where_the_branch_ends_there_is_nothing_of_theirs(memory: Memory) -> None:
    memory.record([seen(talk(*OPENING), "x")])
    memory.learn()

    found = nearest(memory, talk(*OPENING, result(0, "5")))

    assert found is not None
    assert (found.where, found.ours, found.theirs) == ("message 3 (tool)", "5", "")
    assert (found.node, found.their_message) == (path_of(talk(*OPENING))[-1], None)


def test_nothing_is_near_in_an_empty_memory(memory: Memory) -> None:
    assert nearest(memory, asked("a")) is None


def test_nothing_goes_on_behind_the_end(memory: Memory) -> None:
    memory.record([seen(asked("a"), "x")])

    assert nearest(memory, asked("a")) is None


@pytest.mark.parametrize(
    ("change", "where", "ours", "theirs"),
    [
        ({"model": "model-2"}, "model", '"model-2"', '"model-1"'),
        ({"origin": "other"}, "origin", '"other"', '"llm.example"'),
        ({"settings": {"tools": [{"name": "sell"}]}}, "settings.tools[0].name", '"sell"', '"weigh"'),
        ({"settings": {"tools": []}}, "settings.tools", "[]", '[{"name":"weigh"}]'),
        ({"settings": {"tools": [{"name": "weigh"}], "top": 1}}, "settings.top", "1", ""),
        ({"settings": None}, "settings", "", '{"tools":[{"name":"weigh"}]}'),
        ({"api": "b", "origin": "c", "model": "d", "settings": 1}, "api, origin, model", '"b"', '"an-api"'),
    ],
)  # fmt: skip
def test_in_a_new_scope_the_settings_that_differ_are_named(
    memory: Memory, change: dict[str, str], where: str, ours: str, theirs: str
) -> None:
    memory.record([seen(asked("a"), "x")])
    fields = {name: getattr(SCOPE, name) for name in Scope.__struct_fields__}

    found = nearest(memory, asked("a", Scope(**fields | change)))

    assert found is not None
    assert (found.where, found.ours, found.theirs) == (where, ours, theirs)
    assert found.node is None


def test_the_nearest_of_several_scopes_is_named(memory: Memory) -> None:
    others = [
        Scope("tenant", "x", "y", "z", None),
        Scope("tenant", "an-api", "llm.example", "m", 1),
    ]
    memory.record([seen(asked("a", scope), "x") for scope in others])

    found = nearest(memory, asked("a", Scope("tenant", "an-api", "llm.example", "m", 2)))

    assert found is not None
    assert (found.where, found.likeness) == ("settings", 0.5)


def test_nobody_is_shown_another_tenants_scopes(memory: Memory) -> None:
    memory.record([seen(asked("a"), "x")])

    assert nearest(memory, asked("a", Scope("another", "an-api", "llm.example", "m", None))) is None


def test_what_cannot_be_read_is_passed_over(memory: Memory) -> None:
    memory.record([seen(asked("a"), "x")])
    memory.learn()
    tables = memory.store.tables
    with memory.store.write() as txn:
        txn.put(path_of(asked("a"))[0], b"junk", db=tables.nodes)

    assert nearest(memory, asked("b")) == Nearest(
        "message 1 (user)", "b", "", 0.0, None, said("user", "b"), None
    )


def test_every_kind_of_part_can_be_read_by_a_person() -> None:
    message = Message(
        "user",
        (
            Text("see"),
            *called(0, "[1]").parts,
            *result(0, "5").parts,
            Media("image/png", "00ff", 12),
            Opaque("thinking", {"b": 1, "a": 2}),
        ),
    )

    assert plain(message) == (
        'see\nweigh([1])\n5\n[image/png, 12 bytes, 00ff]\n[thinking] {"a":2,"b":1}'
    )
