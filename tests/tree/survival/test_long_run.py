"""A long run against an adversary: some two thousand turns in which the world turns on the learner again and again.

An audit is made as often as the learner asks for it; they are spread evenly over the hits of each strand, for drawn
by lot they would make the outcome a matter of the seed.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, zip_longest

from msgspec import Struct

from tests.tree.survival.world import (
    Outcome,
    Watcher,
    call,
    code,
    find,
    heard,
    name,
    questions,
    result,
    results,
    says,
    turns,
    wish,
)
from tests.tree.talk import asked
from tree.judgement.audits import Audits
from tree.judgement.prior import factory
from tree.learning import Prediction
from tree.message import Conversation, Message, ToolCall

LIMIT = 0.02
LEAST_AUDITED = 0.05


class Turn(Struct, frozen=True):
    """What is asked, and what is answered to it at that time."""

    strand: str
    """Turns of one strand are answered by one arm, as long as it lasts."""
    asks: Conversation
    truth: Message


class Met(Struct, frozen=True):
    """How a turn went."""

    turn: Turn
    outcome: Outcome
    taught: bool


class Proxy(Watcher):
    """A watcher that audits a share of what it serves."""

    def __init__(self) -> None:
        super().__init__(lambda conversation: says(heard(conversation)), prior=factory(LIMIT))
        self._audits = Audits()

    def pass_on(self, turn: Turn) -> Met:
        """Serve or forward one turn."""
        self.model = lambda _: turn.truth
        found = self.learner.predict(turn.asks)
        self.audited = isinstance(found, Prediction) and self._asks_again(
            turn.asks, found, turn.strand
        )
        outcome = self.meet(turn.asks)
        return Met(turn, outcome, self.audited or outcome is Outcome.SILENT)

    def _asks_again(self, asks: Conversation, prediction: Prediction, strand: str) -> bool:
        share = self.learner.audit_share(prediction, LEAST_AUDITED)
        self.learner.served(asks, prediction)
        return self._audits.due(strand.encode(), share)


def _clean() -> Iterator[Turn]:
    """An order is looked up, then its parcel; nothing ever goes wrong."""

    def model(conversation: Conversation) -> Message:
        found = results(conversation)
        order = wish(conversation).removeprefix("Where is order ")
        return call("get_parcel", of=found[0]["parcel"]) if found else call("get_order", of=order)

    for at in range(330):
        record = {"parcel": code(at + 400), "state": "sent"}

        def tools(call: ToolCall, record: dict[str, str] = record) -> Message:
            return result(call, record)

        first, second, *_ = turns(asked(f"Where is order {code(at)}"), model, tools)
        yield Turn("clean, first step", first, model(first))
        yield Turn("clean, second step", second, model(second))


def _flipping() -> Iterator[Turn]:
    """Amounts are low for long; then some are high, and another one approves."""
    for at in range(200):
        amount = 11 + at * 137 % 480 if at < 60 or at % 3 else 520 + at * 91 % 400
        asks = asked(f"Who approves {amount} credits for {code(at)}?")
        yield Turn(
            "flipping", asks, call("list_clerks" if amount < 500 else "list_heads", of=code(at))
        )


def _poisoned() -> Iterator[Turn]:
    """The first answer was wrong."""
    for at, asks in enumerate(questions("Read page * of the manual.", map(code, range(150)))):
        yield Turn("poisoned", asks, call("read_page", page=code(at) if at else "000000"))


def _repeated() -> Iterator[Turn]:
    """One value for a thousand times, then others."""
    for at in range(1060):
        title = name(7 if at < 1000 else at)
        asks = asked(f"Who holds the key to {title} tonight?")
        yield Turn("repeated", asks, call("find_key", to=title))


def _late() -> Iterator[Turn]:
    """A category that comes after two hundred clean runs, and is treated in another way."""
    for at in range(260):
        kind = "rare" if at >= 200 and at % 4 == 0 else ("tall", "flat")[at % 2]
        asks = asked(f"What does a {kind} box cost as {code(at)}")
        tool = "get_fee" if kind != "rare" else "get_offer"
        yield Turn("late", asks, call(tool, code=code(at)))


def _drifting() -> Iterator[Turn]:
    """The world changes: one tool is replaced by another."""
    for at, asks in enumerate(find(*map(name, range(260)))):
        yield Turn("drifting", asks, call("find_item" if at < 160 else "search", item=name(at)))


STRANDS: list[Callable[[], Iterator[Turn]]] = [
    _clean, _flipping, _poisoned, _repeated, _late, _drifting,
]  # fmt: skip


@cache
def _met() -> tuple[Met, ...]:
    """All strands, interleaved."""
    proxy = Proxy()
    ranks = zip_longest(*(strand() for strand in STRANDS))
    stream = (turn for turn in chain.from_iterable(ranks) if turn is not None)
    return tuple(map(proxy.pass_on, stream))


def test_wrong_answers_stay_within_the_limit_over_two_thousand_turns() -> None:
    outcomes = Counter(met.outcome for met in _met())

    served = outcomes[Outcome.RIGHT] + outcomes[Outcome.WRONG]
    assert len(_met()) > 2000
    assert served > 800
    assert outcomes[Outcome.WRONG] <= LIMIT * served


def test_the_adversary_did_make_the_learner_err() -> None:
    assert any(met.outcome is Outcome.WRONG for met in _met())


def test_what_was_wrong_and_audited_is_not_served_again_at_once() -> None:
    for at, met in enumerate(_met()):
        if met.outcome is not Outcome.WRONG or not met.taught:
            continue
        later = [own for own in _met()[at + 1 :] if own.turn.strand == met.turn.strand]
        assert [own.outcome for own in later[:3]] == [Outcome.SILENT] * len(later[:3])


def test_a_clean_workflow_is_served_throughout() -> None:
    clean = [met for met in _met() if met.turn.strand.startswith("clean")]

    right = sum(met.outcome is Outcome.RIGHT for met in clean)

    assert right > 0.9 * len(clean)


def test_a_world_that_changed_is_never_again_answered_in_the_old_way_and_in_time_in_the_new_one() -> (
    None
):
    drifting = [met for met in _met() if met.turn.strand == "drifting"]

    noticed = next(
        at for at, met in enumerate(drifting) if met.outcome is Outcome.WRONG and met.taught
    )

    assert drifting[159].outcome is Outcome.RIGHT
    assert Outcome.WRONG not in {met.outcome for met in drifting[noticed + 1 :]}
    assert drifting[-1].outcome is Outcome.RIGHT


def test_a_value_that_comes_after_a_thousand_others_is_not_answered_like_them() -> None:
    repeated = [met for met in _met() if met.turn.strand == "repeated"]

    assert Outcome.WRONG not in {met.outcome for met in repeated}
    assert repeated[1000].outcome is Outcome.SILENT
    assert repeated[-1].outcome is Outcome.RIGHT
