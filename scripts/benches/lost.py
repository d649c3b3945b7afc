"""Where the tool calls of recorded runs are lost: how far the way to an answer went, for each call.

The runs are replayed as by `offline`. Of each turn with tool calls, what counts is the view of its context that got
furthest, in the order in which an answer is found:

* a repeat: served as a literal
* no template: a message is like none seen before
* met once: no two examples of such a context
* other than so far: a place has a value that the examples do not speak for
* several ways: they go on differently, and nothing tells which way now
* no value: an argument has no origin in the context, or programs that agreed so far disagree
* tests: the template can say what comes, and was tested too seldom
* side effects: the same, and only because what it calls may change the world
* bound: tested enough itself, but predictions like it are wrong too often
* contradicted: views of the context disagree
* served

Of those that could be said, how many would have been wrong stands in brackets.
"""

import argparse
import sys
from collections import Counter

from learning import Source, asked_for, replayed
from offline import Bench
from tables import line, share, tell
from tree.canonical import path_of
from tree.derive.reply import Reply, read_reply
from tree.judgement.doubt import SEEN_ONCE
from tree.judgement.guess import Guess
from tree.judgement.verdict import Limits, Vote, ripe
from tree.learning import Prediction
from tree.message import Answer, Conversation
from tree.template.view import View, views

STAGES = (
    "a repeat",
    "no template",
    "met once",
    "other than so far",
    "several ways",
    "no value",
    "tests",
    "side effects",
    "bound",
    "contradicted",
    "served",
)
NAME = "lost"
COLUMNS = {"data": "---", "with tool calls": "--:"} | dict.fromkeys(STAGES, "--:")


class Lost(Bench):
    """Counts the turns with tool calls by how far the way to an answer went."""

    def __init__(self) -> None:
        super().__init__(Limits(), audit=0.05, seed=1, show=0)
        self.stages: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()

    def turn(self, conversation: Conversation, answer: Answer) -> None:
        """The same, and where it was lost."""
        expected = read_reply(answer)
        if expected is not None and conversation.messages and expected.tool:
            if path_of(conversation)[-1] in self.literal:
                self.stages[STAGES[0]] += 1
            else:
                self._note(conversation, expected)
        super().turn(conversation, answer)

    def _note(self, conversation: Conversation, expected: Reply) -> None:
        said = self.learner.predict(conversation)
        scope = self.learner.scope(conversation)
        seen = views(scope.reader.read(conversation, learn=False))
        got = [self._stage(conversation, *one) for one in zip(seen, said.votes, strict=True)]
        stage = max(got, key=STAGES.index)
        guesses = [
            vote.guess
            for own, vote in zip(got, said.votes, strict=True)
            if own == stage and isinstance(vote.guess, Guess)
        ]
        if stage == "contradicted" and isinstance(said, Prediction):
            stage = "served"
        self.stages[stage] += 1
        self.wrong[stage] += bool(guesses) and not guesses[0].reply.same(expected)

    def _stage(self, conversation: Conversation, view: View, vote: Vote) -> str:
        """How far a view got; what may be served is only held back where another view contradicts it."""
        if isinstance(vote.guess, Guess):
            if vote.servable:
                return "contradicted"
            if vote.guess.clean < ripe(view, vote.guess):
                return "tests"
            return "side effects" if vote.guess.clean < vote.standing.needed else "bound"
        return self._unsaid(conversation, view, vote.guess)

    def _unsaid(self, conversation: Conversation, view: View, reason: str) -> str:
        if not view.key:
            return "no template"
        node = self.learner.scope(conversation).grown(view)
        if node is None or reason in ("", SEEN_ONCE):
            return "met once"
        if node.roles_of_places.outside(view.frame) == reason:
            return "other than so far"
        return "several ways" if len(node.arms or ()) > 1 else "no value"


def row(source: Source, bench: Lost) -> str:
    """A line of the table."""
    total = sum(bench.stages.values())
    return line([source.name, total, *(_cell(bench, stage, total) for stage in STAGES)])


def _cell(bench: Lost, stage: str, total: int) -> str:
    count, wrong = bench.stages[stage], bench.wrong[stage]
    part = share(count, total)
    return f"{part} ({wrong / count:.0%})" if wrong else part


def main() -> int:
    """Read the command line, measure, print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    arguments, sources = asked_for(parser, only="workbench|tau")
    rows = (row(source, replayed(source, Lost())) for source in sources)
    tell(rows, NAME, COLUMNS, keep=arguments.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
