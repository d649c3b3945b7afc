"""Trials: what each view of a context foresees, fixed before the answer is seen, and how it fares."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from tree.canonical import NodeId
from tree.derive.reply import Reply
from tree.judgement.evidence import Stratum, stratum
from tree.judgement.guess import Guess
from tree.judgement.node import Node
from tree.judgement.verdict import objects, ripe
from tree.template.view import ROOTLESS, View


class Trial(Struct, frozen=True):
    """What one view foresees."""

    view: View
    node: Node
    guess: Guess | str
    where: Stratum | None
    """Of the guess, as it was foreseen: learning moves it on."""

    def learn(self, reply: Reply, path: Sequence[NodeId], at_ns: int, seq: int) -> bool:
        """Have the node learn what came; returns whether that was a test of its own."""
        counts = path if self.view.kind in ROOTLESS else path[-1:]
        return self.node.learn(self.view.frame, reply, self.guess, counts, at_ns, seq)


def trial(view: View, node: Node) -> Trial:
    """What a view foresees now."""
    guess = node.guess(view.frame)
    where = None
    if isinstance(guess, Guess):
        where = stratum(view.kind, guess.kind, guess.failures, guess.clean)
    return Trial(view, node, guess, where)


def results(trials: Iterable[Trial], reply: Reply) -> dict[Stratum, bool]:
    """Whether each stratum was right in this turn, which is one test of it, however many views it holds.

    An answer in other words than foreseen proves nothing, and is none; the arm that met it begins anew.
    """
    found: dict[Stratum, bool] = {}
    for own in trials:
        if own.where is None or not isinstance(own.guess, Guess) or own.guess.reply.reworded(reply):
            continue
        found[own.where] = found.get(own.where, True) and own.guess.reply.same(reply)
    return found


def surest(trials: Iterable[Trial]) -> Guess | None:
    """What would be served by streaks alone: the first guess that has its own, and that no other speaks against."""
    guesses = [(own.view, own.guess) for own in trials if isinstance(own.guess, Guess)]
    chosen = next((guess for view, guess in guesses if guess.clean >= ripe(view, guess)), None)
    if chosen and any(objects(view.kind, guess, chosen.reply) for view, guess in guesses):
        return None
    return chosen
