"""Drift: the world changes, or nobody looked for long. What turned bad is silenced, what is stale is tested first."""

from pathlib import Path

import pytest

from tests.tree.proven import PROVEN
from tests.tree.survival.world import call, code, result, turns, wish
from tests.tree.talk import MAP_BYTES, asked
from tree.canonical import scope_id
from tree.judgement.alarm import LIFTED, Alarm
from tree.judgement.rows import MemoryShelf
from tree.judgement.verdict import Limits
from tree.learning import SILENCED, Abstention, Learner, Prediction
from tree.memory import Memory
from tree.message import Answer, Conversation, Message, Observation, ToolCall
from tree.upkeep.relearning import relearn

STEPS = ("find_guest", "find_room", "find_key", "find_bill")
DAY_NS = 24 * 3600 * 10**9
type Turn = tuple[Conversation, Message]


def stay(number: int, *, changed: bool = False) -> list[Turn]:
    """A guest is seen off, in steps; once the world has changed, other words are right in each."""

    def model(conversation: Conversation, word: str = "of") -> Message:
        guest = wish(conversation).removeprefix("See guest ").removesuffix(" off.")
        done = sum(message.role == "tool" for message in conversation.messages)
        return call(STEPS[done], **{word: guest}) if done < len(STEPS) else call("rest")

    def tools(call: ToolCall) -> Message:
        return result(call, {"done": call.name})

    asks = turns(asked(f"See guest {code(number)} off."), model, tools)[: len(STEPS)]
    return [(own, model(own, "ref" if changed else "of")) for own in asks]


def lookup(number: int) -> Turn:
    """Another opening in the same scope."""
    return asked(f"Which shelf holds {code(number)}?"), call("find_shelf", of=code(number))


class World:
    """A learner, and the journal's clock."""

    def __init__(self) -> None:
        self.shelf = MemoryShelf()
        self.learner = Learner(self.shelf, Limits(), PROVEN)
        self.now_ns = 0

    def teach(self, *taught: Turn) -> None:
        for conversation, reply in taught:
            self.now_ns += 1
            self.learner.observe(Observation(conversation, Answer(reply, None), self.now_ns))

    def says(self, turn: Turn) -> Message | str:
        """What is served, or the reason for nothing."""
        found = self.learner.predict(turn[0], self.now_ns)
        return found.message if isinstance(found, Prediction) else found.reason

    def alarms(self) -> list[Alarm]:
        watches = (watch for scope in self.learner.scopes.values() for watch in scope.watches())
        return [watch.alarm for watch in watches if watch.alarm]


@pytest.fixture
def world() -> World:
    """One that has served long and well."""
    own = World()
    for number in range(60):
        own.teach(*stay(number), lookup(number))
    return own


def test_when_several_arms_went_wrong_all_that_follows_their_opening_is_silenced(
    world: World,
) -> None:
    *wrong, last = stay(90, changed=True)
    before = world.says(stay(91)[3])

    world.teach(*wrong)

    assert before == stay(91)[3][1]
    assert str(world.says(last)).startswith(SILENCED)
    assert world.says(lookup(91)) == lookup(91)[1]


def test_an_alarm_is_kept_with_what_happened_and_when(world: World) -> None:
    assert world.alarms() == []

    world.teach(*stay(90, changed=True)[:3])

    (alarm,) = world.alarms()
    assert alarm.at_ns == world.now_ns
    assert alarm.opening == f"See guest {code(90)} off."
    assert alarm.wrong == 3
    assert f'find_key({{"of":"{code(90)}"}})' in alarm.mistakes[-1].foreseen
    assert f'find_key({{"ref":"{code(90)}"}})' in alarm.mistakes[-1].came


def test_an_alarm_outlives_a_restart(world: World) -> None:
    world.teach(*stay(90, changed=True)[:3])
    said = world.says(stay(91)[3])

    world.learner = Learner(world.shelf, Limits(), PROVEN)

    assert world.says(stay(91)[3]) == said
    assert str(said).startswith(SILENCED)


def test_a_silenced_opening_serves_again_once_its_answers_were_right_for_long(world: World) -> None:
    world.teach(*stay(90, changed=True)[:3])

    for number in range(200, 200 + LIFTED):
        world.teach(stay(number)[3])
    served = world.says(stay(300)[3])

    assert world.alarms() == []
    assert served == stay(300)[3][1]


def test_one_wrong_answer_demotes_its_arm_alone_and_it_says_what_it_got_wrong(world: World) -> None:
    world.teach(stay(90, changed=True)[1])

    found = world.learner.predict(stay(91)[1][0])

    assert isinstance(found, Abstention)
    mistake = next(vote.standing.mistake for vote in found.votes if vote.standing.mistake)
    assert mistake.foreseen == f'find_room({{"of":"{code(90)}"}})'
    assert mistake.came == f'find_room({{"ref":"{code(90)}"}})'
    assert world.says(stay(91)[2]) == stay(91)[2][1]


@pytest.mark.parametrize(("days", "served"), [(6, True), (8, False)])
def test_what_was_not_tested_for_a_week_is_tested_before_it_serves(
    world: World, days: int, *, served: bool
) -> None:
    turn = lookup(70)

    world.now_ns += days * DAY_NS
    first = world.says(turn)
    world.teach(lookup(71))
    second = world.says(turn)

    assert (first == turn[1]) is served
    assert served or str(first).startswith("not tested lately: 8 days ago")
    assert second == turn[1]


def test_time_that_nobody_tells_makes_nothing_stale(world: World) -> None:
    assert isinstance(world.learner.predict(lookup(70)[0]), Prediction)


def test_a_memory_tells_its_alarms_and_the_next_one_on_its_store_does_too(tmp_path: Path) -> None:
    taught = [turn for number in range(20) for turn in stay(number)]
    wrong = stay(90, changed=True)[:3]
    journal = [
        Observation(asks, Answer(reply, None), at_ns)
        for at_ns, (asks, reply) in enumerate([*taught, *wrong], 1)
    ]

    alarms = []
    for learns in (True, False):
        memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits())
        if learns:
            memory.record(journal)
        while memory.pending():
            memory.learn()
        alarms.append(memory.alarms())
        memory.close()

    ((scope, alarm),) = alarms[0]
    assert scope == scope_id(wrong[0][0].scope)
    assert (alarm.at_ns, alarm.wrong) == (len(journal), 3)
    assert alarms[1] == alarms[0]


def test_what_is_stale_or_silenced_depends_on_the_journal_alone(tmp_path: Path) -> None:
    week = [
        Observation(asks, Answer(reply, None), 1 + day * 5 * DAY_NS)
        for day, number in enumerate(range(24))
        for asks, reply in stay(number, changed=number in (15, 16))
    ]
    memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits(max_error=0.5))
    memory.record(week)

    found = relearn(memory, Limits(max_error=0.5), lambda _: None)
    memory.close()

    assert found.same
    assert 0 < found.foreseen < len(week)
