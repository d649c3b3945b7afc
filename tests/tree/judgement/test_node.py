"""Nodes: what one kind of context was followed by, and what of it is forgotten."""

from tests.tree.survival.world import call, code, questions, says, watched
from tree.judgement.node import OUTLIVED
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

    watcher = watched(lambda asked: _answer(asked, poison), early)
    served_early = watcher.served
    watcher.watch(late)

    assert (served_early, watcher.wrong) == (0, [])
    assert watcher.served > OUTLIVED // 4


def test_a_rare_kind_of_answer_that_came_twice_is_never_forgotten() -> None:
    odd = {code(0), code(9)}
    known = questions(TEMPLATE, map(code, range(2 * OUTLIVED)))

    def model(asked: Conversation) -> Message:
        text = str(getattr(asked.messages[-1].parts[0], "text", ""))
        return _answer(asked, next((parcel for parcel in odd if parcel in text), ""))

    assert watched(model, known).served == 0
