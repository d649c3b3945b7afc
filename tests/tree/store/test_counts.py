"""Counts: rows only where a conversation branches, begins or comes again; all else is added up, and is the same."""

from collections import Counter

from tests.tree.talk import asked, said, seen, talk
from tree.canonical import NodeId, ScopeId, path_of, scope_id
from tree.memory import Memory
from tree.message import Conversation, Message, Observation
from tree.store.counts import Count
from tree.upkeep.check import verify


def turns(words: str) -> list[Observation]:
    """A conversation in which each second one of these words is an answer, recorded turn by turn."""
    messages: list[Message] = []
    found: list[Observation] = []
    for at, word in enumerate(words.split()):
        if at % 2:
            found.append(seen(talk(*messages), word, at_ns=len(found) + 1))
        messages.append(said("assistant" if at % 2 else "user", word))
    return found


def rows(memory: Memory) -> set[bytes]:
    """The places that have a row."""
    counts = memory.store.tables.counts
    assert counts is not None
    with memory.store.read() as txn, txn.cursor(counts) as cursor:
        return {bytes(key) for key in cursor.iternext(keys=True, values=False)}


def counts_of(memory: Memory, conversation: Conversation) -> list[Count]:
    """The counts on the way to where a conversation ends, its scope's first."""
    places: list[NodeId | ScopeId] = [scope_id(conversation.scope), *path_of(conversation)]
    with memory.store.read() as txn:
        return [memory.counts.at(txn, place) for place in places]


def test_nodes_that_follow_each_other_have_no_rows_of_their_own(memory: Memory) -> None:
    conversation = turns("a 1 b 2 c 3")
    memory.record(conversation)
    memory.learn()

    last = conversation[-1].conversation
    assert rows(memory) == {scope_id(last.scope), path_of(last)[0]}
    assert counts_of(memory, last) == [
        Count(3, 3, 0, 3),
        Count(3, 3, 1, 3),
        Count(2, 2, 0, 3),
        Count(2, 2, 1, 3),
        Count(1, 1, 0, 3),
        Count(1, 1, 1, 3),
    ]


def test_a_branch_that_was_alone_gets_a_row_when_another_one_begins(memory: Memory) -> None:
    memory.record(turns("a 1 b 2"))
    memory.learn()
    second = turns("a 1 c 3 d 4")

    memory.record(second[1:])
    memory.learn()

    first, other = (path_of(x.conversation) for x in (turns("a 1 b 2")[-1], second[-1]))
    scope = scope_id(second[0].conversation.scope)
    assert rows(memory) == {scope, first[0], first[1], first[2], other[2]}
    assert [count.observations for count in counts_of(memory, second[-1].conversation)] == [
        4,
        4,
        3,
        2,
        1,
        1,
    ]
    assert list(verify(memory)) == []


def test_what_is_recorded_again_is_counted_though_nothing_new_follows(memory: Memory) -> None:
    conversation = turns("a 1 b 2 c 3")
    memory.record([*conversation, conversation[1], conversation[1]])
    memory.learn()

    found = counts_of(memory, conversation[-1].conversation)
    assert [(one.observations, one.answers, one.here) for one in found] == [
        (5, 3, 0),
        (5, 3, 1),
        (4, 2, 0),
        (4, 2, 3),
        (1, 1, 0),
        (1, 1, 1),
    ]


def test_a_long_conversation_has_a_row_from_time_to_time(memory: Memory) -> None:
    conversation = turns(" ".join(map(str, range(100))))
    memory.record(conversation)
    memory.learn()

    depths = Counter(place in rows(memory) for place in path_of(conversation[-1].conversation))

    assert depths[True] == 1 + 99 // 16
    assert list(verify(memory)) == []


def test_counts_are_the_same_however_many_are_learnt_at_once(memory: Memory) -> None:
    memory.record([*turns("a 1 b 2 c 3"), *turns("a 1 x 2 c 3"), *turns("a 1 b 2 c 3 d 4")])
    memory.record([seen(asked("a"), "2")])
    while memory.learn(1):
        pass
    one_by_one = rows(memory)

    rebuilt = memory.rebuild()

    assert rebuilt.same
    assert rows(memory) == one_by_one
    assert list(verify(memory)) == []
