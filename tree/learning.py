"""The facade of learning: what would be answered to a conversation, and what is learnt from an observation.

Pure and deterministic: no clock, no randomness, no input or output. The same observations in the same order give
the same learner. `predict` only reads; `observe` first tests what would have been predicted, then learns.
"""

from collections import OrderedDict
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from tree.canonical import ScopeId, path_of, scope_id
from tree.derive.reply import Reply, message_of, read_reply, used_by
from tree.judgement.alarm import Watch, opening, subtree
from tree.judgement.doubt import SEEN_ONCE
from tree.judgement.evidence import Prior, Standing
from tree.judgement.guess import Guess
from tree.judgement.keep import Keeper
from tree.judgement.node import Node
from tree.judgement.prior import factory
from tree.judgement.rows import Shelf
from tree.judgement.steered import Steered
from tree.judgement.streak import Mistake
from tree.judgement.trial import results, surest, trial
from tree.judgement.turn import turns
from tree.judgement.verdict import Limits, Vote, judged, verdict
from tree.message import Conversation, Message, Observation
from tree.reading.item import Item
from tree.template.reader import Reader
from tree.template.view import View, views

AUDITED = 20
"""Hits of an arm after which half of the further ones are audited."""


SILENCED = "an alarm silences what follows this opening"
MAX_NODES = 2_000
"""Nodes kept in memory; beyond, they are read from the shelf again."""
MAX_SCOPES = 64
"""And scopes."""
_HIT = 256
"""Nodes of which it waits to be written that they answered."""


class Prediction(Struct, frozen=True):
    """What would be answered, and why."""

    message: Message
    reply: Reply
    by: Vote
    votes: tuple[Vote, ...]
    view: View


class Abstention(Struct, frozen=True):
    """No answer, and why."""

    reason: str
    votes: tuple[Vote, ...] = ()


class Scope:
    """What was learnt for one scope; nothing of it is ever seen by another."""

    def __init__(self, shelf: Shelf, scope: ScopeId, prior: Prior) -> None:
        self.reader = Reader()
        self.keeper = Keeper(shelf, scope, self.reader)
        self.ledger = self.keeper.load_ledger(prior)
        self._nodes = OrderedDict[bytes, Node]()
        self._watches: dict[bytes, Watch] = {}

    def node(self, view: View) -> Node | None:
        """The node of a view; one with a single example is made anew, which takes as long as to learn from it."""
        if not view.key:
            return None
        return self.grown(view) or self.keeper.once(view.key)

    def grown(self, view: View) -> Node | None:
        """The node of a view if it has several examples, from memory or from the shelf."""
        node = self._nodes.get(view.key)
        if node is None and view.key and (node := self.keeper.load(view.key)) is not None:
            self.enter(view.key, node)
        return node

    def made(self, view: View) -> Node:
        """The node of a view, a new one where there was none."""
        node = self.node(view)
        return self.keeper.fresh(view.kind, view.key) if node is None else node

    def enter(self, key: bytes, node: Node) -> None:
        """Keep a node in memory; not one with a single example, so that it is always made anew of what is known now."""
        if node.taken <= 1 or key in self._nodes:
            return
        if len(self._nodes) >= MAX_NODES:
            self._nodes.popitem(last=False)
        self._nodes[key] = node

    def watch(self, name: bytes) -> Watch:
        """The watch over a subtree."""
        if name not in self._watches:
            if len(self._watches) >= MAX_NODES:
                self._watches.clear()
            self._watches[name] = self.keeper.load_watch(name)
        return self._watches[name]

    def note(self, items: Sequence[Item], mistake: Mistake | None, at_ns: int) -> None:
        """Note how serving fares in the subtree of a conversation."""
        name = subtree(items)
        watch = self.watch(name)
        watch.note(mistake, at_ns, opening(items))
        self.keeper.save_watch(name, watch)

    def watches(self) -> list[Watch]:
        """The watches in memory."""
        return list(self._watches.values())

    def nodes(self) -> list[Node]:
        """The nodes in memory."""
        return list(self._nodes.values())


class Learner:
    """Learns from observations and predicts answers.

    Args:
        shelf: Where what is learnt is kept; a learner made anew on the same shelf goes on where the last one stopped.
        limits: What the user tolerates.
        prior: Tests that are lent to every scope; those made before delivery, if None.
    """

    def __init__(
        self, shelf: Shelf, limits: Limits | None = None, prior: Prior | None = None
    ) -> None:
        self.limits = limits or Limits()
        self._prior = factory(self.limits.max_error) if prior is None else prior
        self._shelf = shelf
        self.scopes: dict[ScopeId, Scope] = {}
        self.steered = Steered()
        """What the user decided; it changes what is served, never what is learnt."""
        self._hit: dict[tuple[Keeper, bytes], Node] = {}
        """What answered since it was written."""

    def scope(self, conversation: Conversation) -> Scope:
        """What was learnt for the scope of a conversation."""
        name = scope_id(conversation.scope)
        if name not in self.scopes:
            if len(self.scopes) >= MAX_SCOPES:
                del self.scopes[next(iter(self.scopes))]
            self.scopes[name] = Scope(self._shelf, name, self._prior)
        return self.scopes[name]

    def predict(self, conversation: Conversation, now_ns: int = 0) -> Prediction | Abstention:
        """The generalised answer to what was asked at `now_ns`, or the reason for none."""
        if conversation.signed:
            return Abstention("the conversation is signed")
        scope = self.scope(conversation)
        items = scope.reader.read(conversation, learn=False)
        seen = views(items)
        name = scope_id(conversation.scope)
        trusts = any(name + view.key in self.steered.trusted for view in seen)
        votes = tuple(self._vote(scope, view, now_ns, brief=not trusts) for view in seen)
        if refusal := self.steered.refusal(name, [view.key for view in seen]):
            return Abstention(refusal, votes)
        alarm = scope.watch(subtree(items)).alarm
        if alarm is not None and any(isinstance(vote.guess, Guess) for vote in votes):
            return Abstention(f"{SILENCED}: {alarm.brief()}", votes)
        votes = tuple(self._believed(name, *one) for one in zip(seen, votes, strict=True))
        chosen = verdict(votes)
        if isinstance(chosen, Vote) and any(vote.guess == SEEN_ONCE for vote in votes):
            # What was seen once never serves. But it may speak against what does.
            votes = tuple(
                self._vote(scope, view, now_ns) if vote.guess == SEEN_ONCE else vote
                for view, vote in zip(seen, votes, strict=True)
            )
            chosen = verdict(votes)
        if isinstance(chosen, str):
            return Abstention(_left(items) or chosen, votes)
        view = next(view for view in seen if view.kind == chosen.view)
        if view.deaf and (order := _unheard(items, view)) is not None:
            return Abstention(order, votes)
        assert isinstance(chosen.guess, Guess)  # noqa: S101 - a servable vote has one
        reply = chosen.guess.reply
        return Prediction(message_of(reply), reply, chosen, votes, view)

    def _vote(self, scope: Scope, view: View, now_ns: int, *, brief: bool = False) -> Vote:
        """What a view says; in brief, of what was seen once only that it was."""
        node = scope.grown(view) if brief else scope.node(view)
        if node is None and brief and scope.keeper.met_once(view.key):
            return Vote(view.kind, SEEN_ONCE, frame=view.frame)
        if node is None:
            return Vote(view.kind, "", frame=view.frame)
        guess = node.guess(view.frame)
        if isinstance(guess, str):
            return Vote(view.kind, guess, standing=Standing(mistake=node.mistake), frame=view.frame)
        return judged(view, guess, scope.ledger, self.limits, now_ns)

    def _believed(self, name: ScopeId, view: View, vote: Vote) -> Vote:
        """A vote as its user would have it: what is trusted needs no further evidence as long as it does not err."""
        if name + view.key not in self.steered.trusted or isinstance(vote.guess, str):
            return vote
        able = self.limits.max_error > 0 and not vote.guess.failures
        return replace(vote, servable=vote.servable or able)

    def served(self, conversation: Conversation, prediction: Prediction) -> None:
        """Note that a prediction was served: what was served often and audited well is audited less."""
        scope = self.scope(conversation)
        node = scope.node(prediction.view)
        if node is not None and isinstance(prediction.by.guess, Guess):
            node.note_hit(prediction.by.guess)
            self._hit[scope.keeper, prediction.view.key] = node
        if len(self._hit) > _HIT:
            self._save_hit()

    def _save_hit(self) -> None:
        """Write what only hits have changed: before the next lesson, for a client waits while a hit is noted."""
        for (keeper, key), node in self._hit.items():
            keeper.save(key, node)
        self._hit.clear()

    def audit_share(self, prediction: Prediction, least: float) -> float:
        """With which probability a served prediction is to be asked upstream too, after the client has its answer.

        The first time always: a view that was right ten times in shadow may still be wrong where nobody looks, and
        unaudited it would stay wrong. Measured on recorded support agents, one arm gave six wrong answers in a row.
        """
        streaks = prediction.by.guess.streaks if isinstance(prediction.by.guess, Guess) else ()
        hits = min((streak.hits for streak in streaks), default=0)
        return max(least, 1 / (1 + hits / AUDITED))

    def observe(
        self, observation: Observation, *, novel: bool = True, seq: int | None = None
    ) -> None:
        """Test what the views would have said, then learn.

        Args:
            observation: What a provider answered.
            novel: Whether its context was never sent before; a repeat is no test.
            seq: Its number in the journal; None where there is no journal.
        """
        conversation = observation.conversation
        reply = read_reply(observation.answer)
        if (
            reply is None
            or observation.answer.literal_only
            or conversation.signed
            or not conversation.messages
        ):
            return
        self._save_hit()
        seq = self._shelf.keep(observation, seq)
        scope = self.scope(conversation)
        path = path_of(conversation)
        items = scope.reader.read(conversation, learn=True, used=used_by(reply))
        trials = [trial(view, scope.made(view)) for view in views(items)]
        if novel and (guess := surest(trials)) and not guess.reply.reworded(reply):
            scope.note(items, guess.against(reply, observation.at_ns), observation.at_ns)
        counted = [own for own in trials if own.learn(reply, path, observation.at_ns, seq)]
        if novel:
            for where, right in results(counted, reply).items():
                scope.ledger.note(where, right=right)
        for own in trials:
            scope.enter(own.view.key, own.node)
            scope.keeper.save(own.view.key, own.node)
        scope.keeper.save_libraries(seq)
        scope.keeper.save_ledger(scope.ledger)


def _unheard(items: Sequence[Item], view: View) -> str | None:
    """What the user said earlier that is like nothing read before, and may take back what is asked now."""
    for at, item in enumerate(items):
        unknown = item.kind == "user" and not item.key and item not in view.frame
        if unknown and (said := turns(item.text)):
            return f"item {at} (user ) says “{min(said)}”, and is like none seen before"
    return None


def _left(items: list[Item]) -> str | None:
    """Which message left the known paths."""
    at = next((at for at, item in enumerate(items) if not item.key), None)
    return (
        None
        if at is None
        else f"item {at} ({items[at].kind} {items[at].name}) is like none seen before"
    )
