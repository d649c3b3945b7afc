"""Nodes: what one kind of context was followed by, and what of it is forgotten."""

from collections.abc import Iterable

from tests.tree.survival.world import Outcome, Watcher, call, code, questions, says, watched
from tests.tree.talk import asked
from tree.judgement.node import OUTLIVED
from tree.learning import Prediction
from tree.message import Conversation, Message

TEMPLATE = "Please look up the parcel * and say where it is."


def _answer(conversation: Conversation, poison: str) -> Message:
    """Looks the parcel up, but for one that it has an opinion about."""
    said = conversation.messages[-1].parts[0]
    parcel = str(getattr(said, "text", "")).split()[5]
    return says("Ask me tomorrow.") if parcel == poison else call("find_parcel", parcel=parcel)


def test_one_answer_of_another_kind_silences_a_node_for_long_but_not_for_good() -> None:
    poison = code(0)
    early = questions(TEMPLATE, map(code, range(OUTLIVED // 2)))
    late = questions(TEMPLATE, map(code, range(OUTLIVED // 2, 2 * OUTLIVED)))

    watcher = watched(lambda told: _answer(told, poison), early)
    served_early = watcher.served
    watcher.watch(late)

    assert (served_early, watcher.wrong) == (0, [])
    assert watcher.served > OUTLIVED // 4


def test_a_rare_kind_of_answer_that_came_twice_is_never_forgotten() -> None:
    odd = {code(0), code(9)}
    known = questions(TEMPLATE, map(code, range(2 * OUTLIVED)))

    def model(told: Conversation) -> Message:
        text = str(getattr(told.messages[-1].parts[0], "text", ""))
        return _answer(told, next((parcel for parcel in odd if parcel in text), ""))

    assert watched(model, known).served == 0


def test_a_way_to_go_on_lives_on_no_other_ones_tests() -> None:
    def model(told: Conversation) -> Message:
        words = str(getattr(told.messages[-1].parts[0], "text", "")).split()
        return call("send_parcel", parcel=words[3], by=words[-1])

    common = [asked(f"Send the parcel {code(at)} please by ship") for at in range(40)]
    fresh = [asked(f"Send the parcel {code(at)} please by rail") for at in range(40, 43)]

    watcher = watched(model, [*common, *fresh])
    found = watcher.learner.predict(asked(f"Send the parcel {code(50)} please by rail"))

    assert watcher.wrong == []
    assert watcher.served > 0
    assert not isinstance(found, Prediction)


def test_what_stood_at_a_limit_is_remembered_however_much_comes_after() -> None:
    def model(told: Conversation) -> Message:
        amount = int(str(getattr(told.messages[-1].parts[0], "text", "")).split()[2])
        return call("ask_for" if amount > 100 else "pay_out", amount=amount)

    def wishes(amounts: Iterable[int]) -> list[Conversation]:
        return [asked(f"Please pay {amount} to her") for amount in amounts]

    early = wishes([12, 480, 99, 104, 37, 512, 44, 633, 18, 720, 51, 817])
    late = wishes(at + (560 if at % 2 else 0) for at in range(1, 90))

    watcher = Watcher(model, audited=True).watch([*early, *late])

    assert watcher.wrong == []
    assert watcher.outcome(wishes([97])[0]) is Outcome.RIGHT
    assert watcher.outcome(wishes([102])[0]) is Outcome.SILENT
