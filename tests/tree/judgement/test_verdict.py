"""How much evidence is asked for: more where a tool changes the world, and where a view hears and reads less."""

import pytest

from tests.tree.talk import called, said, seen, talk
from tree.derive.reply import Reply
from tree.judgement.guess import Guess
from tree.judgement.rows import MemoryShelf
from tree.judgement.streak import Streak
from tree.judgement.verdict import STREAKS, Limits, changes_the_world, ripe
from tree.learning import Learner, Prediction
from tree.message import Answer, Conversation
from tree.template.view import View

NAMED = Limits(careful_tools=frozenset({"read_gauge"}))


@pytest.mark.parametrize(
    ("tool", "limits", "expected"),
    [
        ("read_gauge", Limits(), False),
        ("gauges.readGauge", Limits(), False),
        ("reset_gauge", Limits(), True),
        ("readiness_drill", Limits(), True),
        ("read_gauge", NAMED, True),
        ("list_gauges", NAMED, False),
    ],
)
def test_a_tool_is_harmless_only_if_its_name_says_so_and_the_user_does_not_object(
    tool: str, limits: Limits, *, expected: bool
) -> None:
    assert changes_the_world(tool, limits) is expected


def gauge(number: int) -> tuple[Conversation, Answer]:
    code = f"G-{4000 + 37 * number}"
    call = called(0, f'{{"gauge": "{code}"}}', "read_gauge")
    return talk(said("user", f"Please read gauge {code} now.")), Answer(call, None)


def needed_by(limits: Limits) -> set[int]:
    """The streaks that were asked for while one tool was learnt."""
    learner, needed = Learner(MemoryShelf(), limits), set()
    for number in range(6):
        conversation, reply = gauge(number)
        found = learner.predict(conversation)
        votes = (found.by,) if isinstance(found, Prediction) else found.votes
        needed |= {
            vote.standing.needed for vote in votes if vote.standing.needed and vote.view == "path"
        }
        learner.observe(seen(conversation, reply))
    return needed


def test_a_tool_that_the_user_names_needs_twice_the_evidence() -> None:
    assert needed_by(NAMED) == {2 * streak for streak in needed_by(Limits())}
    assert needed_by(Limits())


@pytest.mark.parametrize("kind", STREAKS)
def test_who_does_not_hear_what_the_user_said_before_asks_for_more(kind: str) -> None:
    guess = Guess(Reply((), ""), kind, (Streak(),))

    heard, deaf = (ripe(View("round", (), b"", deaf=deaf), guess) for deaf in (False, True))

    assert deaf > heard == STREAKS[kind]


def test_who_neither_hears_nor_knows_what_varies_asks_for_much_more() -> None:
    deaf = View("round", (), b"", deaf=True)
    known, free = (ripe(deaf, Guess(Reply((), ""), kind, (Streak(),))) for kind in ("copy", "free"))

    assert free >= 20 > known
