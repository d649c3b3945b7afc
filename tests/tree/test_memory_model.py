"""A dict is the specification of the memory, whatever is done to it in whatever order."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from tests.tree.talk import MAP_BYTES, SCOPE, answers, messages
from tree.canonical import NodeId, path_of, scope_id
from tree.memory import Hit, Memory
from tree.message import Answer, Conversation, Message, Observation, Scope
from tree.upkeep.check import verify

SCOPES = (SCOPE, Scope("tenant", "an-api", "llm.example", "model-2", None))


class MemoryMatchesModel(RuleBasedStateMachine):
    """Contexts seen, each with its newest answer; and the journal as a list."""

    contexts = Bundle[Conversation]("contexts")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.memory = Memory(self.folder, max_bytes=MAP_BYTES)
        self.journal: list[Observation] = []
        self.learnt = 0

    def teardown(self) -> None:
        self.memory.close()
        shutil.rmtree(self.folder)

    @initialize(target=contexts, scope=st.sampled_from(SCOPES))
    def begin(self, scope: Scope) -> Conversation:
        return Conversation(scope, ())

    @rule(target=contexts, before=contexts, message=messages)
    def go_on(self, before: Conversation, message: Message) -> Conversation:
        return Conversation(before.scope, (*before.messages, message))

    @rule(seen=st.lists(st.tuples(contexts, answers), max_size=3))
    def record(self, seen: list[tuple[Conversation, Answer]]) -> None:
        observations = [Observation(*pair, at_ns=len(self.journal)) for pair in seen]
        self.memory.record(observations)
        self.journal += observations

    @rule(limit=st.integers(1, 3))
    def learn(self, limit: int) -> None:
        taken = self.memory.learn(limit)
        self.learnt += taken
        assert taken == min(limit, len(self.journal) - self.learnt + taken)

    @rule()
    def rebuild(self) -> None:
        assert self.memory.rebuild().same
        self.learnt = len(self.journal)

    @rule()
    def reopen(self) -> None:
        self.memory.close()
        self.memory = Memory(self.folder, max_bytes=MAP_BYTES)

    @rule(context=contexts)
    def recall(self, context: Conversation) -> None:
        recalled = self.memory.recall(context, now_ns=0)

        known = self.answers()
        node = name(context)
        if node in known:
            assert isinstance(recalled, Hit)
            assert (recalled.answer, recalled.at_ns) == known[node]
        else:
            assert not isinstance(recalled, Hit)
            assert recalled.known == self.known(context)

    @rule()
    def verify(self) -> None:
        assert list(verify(self.memory)) == []

    @invariant()
    def the_journal_is_the_journal(self) -> None:
        read = [o for _, o in self.memory.observations()]
        assert [(name(o.conversation), o.answer, o.at_ns) for o in read] == [
            (name(o.conversation), o.answer, o.at_ns) for o in self.journal
        ]
        assert self.memory.pending() == len(self.journal) - self.learnt

    def answers(self) -> dict[NodeId, tuple[Answer, int]]:
        """The specification: what was learnt last in each context."""
        learnt = self.journal[: self.learnt]
        return {name(o.conversation): (o.answer, o.at_ns) for o in learnt}

    def known(self, context: Conversation) -> int:
        """How much of a context is the beginning of a recorded one."""
        nodes = {node for o in self.journal for node in path_of(o.conversation)}
        return sum(node in nodes for node in path_of(context))


def name(conversation: Conversation) -> NodeId:
    """Where a conversation ends in the tree."""
    return NodeId([scope_id(conversation.scope), *path_of(conversation)][-1])


TestMemoryMatchesModel = MemoryMatchesModel.TestCase
TestMemoryMatchesModel.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
