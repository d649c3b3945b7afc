"""What memory said can be explained afterwards: path, values, programs and evidence, or what was lacking."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.tree.talk import MAP_BYTES, called, result, said, seen, talk
from tree.derive.reply import Reply
from tree.explaining.explanation import Binding, Derivation, Evidence, Explanation
from tree.explaining.telling import abstained, explained_hit, explained_miss
from tree.judgement.guess import Guess
from tree.judgement.streak import Streak
from tree.judgement.verdict import Vote
from tree.memory import Hit, Limits, Memory, Miss, Unforeseen
from tree.message import Answer, Conversation, Message, ToolCall
from tree.upkeep.relearning import relearn

CRATES = range(1700, 1724)


def weighing(crate: int) -> Conversation:
    return talk(said("system", "You weigh."), said("user", f"Please weigh crate C{crate} for me."))


def weighed(crate: int) -> Conversation:
    first = weighing(crate).messages
    return talk(*first, called(0, f'{{"crate": "C{crate}"}}'), result(0, f'{{"kg": {crate % 7}}}'))


@pytest.fixture
def taught(tmp_path: Path) -> Iterator[Memory]:
    """A memory that was shown how crates are weighed."""
    memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits())
    for crate in CRATES:
        call = Answer(called(0, f'{{"crate": "C{crate}", "unit": "kg"}}'), None)
        memory.record([seen(weighing(crate), call)])
    memory.learn(1_000)
    yield memory
    memory.close()


def missed(memory: Memory, conversation: Conversation) -> Miss:
    """What is said of a conversation that nothing answers, by both sides of memory."""
    known, found = memory.recall(conversation, 0), memory.foresee(conversation)
    assert isinstance(known, Miss)
    assert isinstance(found, Miss)
    return msgspec.structs.replace(known, unforeseen=found.unforeseen)


def test_a_foreseen_answer_tells_its_values_programs_and_evidence(taught: Memory) -> None:
    conversation = weighing(2048)
    known, hit = taught.recall(conversation, 0), taught.foresee(conversation)
    assert isinstance(known, Miss)
    assert isinstance(hit, Hit)

    why = explained_hit(hit, known, len(conversation.messages))

    assert (why.known, why.messages) == (1, 2)
    assert why.bindings == (Binding("slot 1 of the user's message", "C2048", item=1),)
    crate, unit = why.programs
    assert (crate.leaf, crate.value) == ("`crate`", "C2048")
    assert "slot 1 of the user's message" in crate.program
    assert unit == Derivation("`unit`", "kg", "always “kg”")
    assert why.evidence is not None
    assert why.evidence.view == "path"
    assert why.evidence.clean >= why.evidence.needed > 0
    assert why.answer == 'weigh({"crate": "C2048", "unit": "kg"})'
    assert why.opinions[0].says == "would answer weigh(crate=“C2048”, unit=“kg”)"


def test_evidence_is_told_as_it_stood_when_the_answer_was_given(taught: Memory) -> None:
    hit = taught.foresee(weighing(2048))
    assert isinstance(hit, Hit)
    before = explained_hit(hit, None, 2).evidence

    wrong = Answer(called(0, '{"crate": "all", "unit": "lb"}'), None)
    taught.record([seen(weighing(2049), wrong)])
    taught.learn(1_000)

    assert isinstance(before, Evidence)
    assert explained_hit(hit, None, 2).evidence == before


def test_a_value_that_nothing_reads_is_told_to_be_idle(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits())
    for crate in CRATES:
        stamp = f"Session {crate * 104729 % 99991:05} of today."
        conversation = talk(said("system", stamp), *weighing(crate).messages[1:])
        call = Answer(called(0, f'{{"crate": "C{crate}"}}'), None)
        memory.record([seen(conversation, call)])
    memory.learn(1_000)

    hit = memory.foresee(
        talk(said("system", "Session 54321 of today."), weighing(2048).messages[1])
    )
    memory.close()

    assert isinstance(hit, Hit)
    assert explained_hit(hit, None, 2).bindings == (
        Binding("slot 1 of the user's message", "C2048", item=1),
        Binding("slot 1 of the system prompt", "54321", idle=True, item=0),
    )


def test_declared_values_are_told_to_be_the_clients(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits())
    call = Answer(called(0, '{"crate": "C1700"}'), None)
    observed = msgspec.structs.replace(seen(weighing(1700), call), bindings=(("crate", "C1700"),))
    memory.record([observed])
    memory.learn()

    hit = memory.declared(weighing(1999), (("crate", "C1999"),), 0)
    memory.close()

    assert isinstance(hit, Hit)
    why = explained_hit(hit, None, 2)
    assert why.bindings == (Binding("`crate`", "C1999"),)
    assert "the client declared" in why.guards[0]
    assert why.answer == 'weigh({"crate": "C1999"})'


def test_a_repeat_is_known_all_the_way(taught: Memory) -> None:
    hit = taught.recall(weighing(1700), 0)
    assert isinstance(hit, Hit)

    why = explained_hit(hit, None, 2)

    assert (why.known, why.messages, why.node) == (2, 2, hit.node.hex())
    assert (why.recorded_at_ns, why.recorded_ms) == (hit.at_ns, hit.latency_ms)
    assert not why.programs


def test_a_miss_names_the_message_and_the_span_that_differ(taught: Memory) -> None:
    conversation = talk(said("system", "You weigh."), said("user", "Sing of crate C1701 instead."))
    miss = missed(taught, conversation)

    why = explained_miss(miss, 2, taught.nearest(conversation, miss))

    assert why.reasons == (
        "message 2 of 2 (user) differs from what is known",
        "the user's message is like none seen before",
    )
    assert why.nearest is not None
    assert why.nearest.where == "message 2 (user)"
    assert "Sing of" in why.nearest.ours
    assert "weigh" in why.nearest.theirs
    assert why.opinions[0].says == (
        "the user's message is like none seen before: “Sing of crate C1701 instead.”"
    )


def test_too_little_evidence_says_how_much_there_is(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "young", max_bytes=MAP_BYTES, limits=Limits())
    for crate in CRATES[:4]:
        call = Answer(called(0, f'{{"crate": "C{crate}"}}'), None)
        memory.record([seen(weighing(crate), call)])
    memory.learn(1_000)

    why = explained_miss(missed(memory, weighing(3000)), 2, None)
    memory.close()

    assert "too little evidence" in why.reasons[1]
    assert " clean tests of " in why.reasons[1]
    assert "(values that are copied" in why.reasons[1]
    evidence = next(one.evidence for one in why.opinions if one.evidence)
    assert evidence.clean < evidence.needed


def test_a_value_without_an_origin_is_named(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits())
    for crate in CRATES:
        code = f"{crate * 7919 % 99991:05}Q{crate * 104729 % 9973:04}"
        memory.record([seen(weighing(crate), Answer(called(0, f'{{"code": "{code}"}}'), None))])
    memory.learn(1_000)

    why = explained_miss(missed(memory, weighing(3000)), 2, None)
    memory.close()

    assert "the value of `code` has no origin in the context" in why.reasons[1]


def test_without_learning_only_the_path_is_told() -> None:
    miss = Miss("no conversation with this first message yet", 0, None)

    why = explained_miss(miss, 1, None)

    assert why == Explanation(messages=1, reasons=("no conversation with this first message yet",))
    assert abstained(Unforeseen("nothing was seen of this scope")) == (
        "nothing was seen of this scope"
    )


def test_an_explanation_is_json_and_holds_no_more_than_short_values(taught: Memory) -> None:
    long = talk(said("system", "You weigh."), said("user", "Please weigh crate " + "x" * 5_000))
    miss = missed(taught, long)

    why = explained_miss(miss, 2, taught.nearest(long, miss))

    payload = msgspec.json.encode(why)
    assert msgspec.json.decode(payload, type=Explanation) == why
    assert b"x" * 201 not in payload


def test_learning_anew_twice_says_the_same(taught: Memory) -> None:
    told: list[int] = []

    found = relearn(taught, Limits(), told.append)

    assert found.same
    assert found.observations == len(CRATES)
    assert 0 < found.foreseen < len(CRATES)
    assert told == list(range(1, len(CRATES) + 1))


def test_a_turn_after_a_result_names_the_result(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits())
    for crate in CRATES:
        memory.record([seen(weighed(crate), f"Crate C{crate} has {crate % 7} kg in all.")])
    memory.learn(1_000)

    hit = memory.foresee(weighed(4003))
    memory.close()

    assert isinstance(hit, Hit)
    why = explained_hit(hit, None, 4)
    assert why.answer == f"Crate C4003 has {4003 % 7} kg in all."
    assert any(one.place == "`kg` of the result of `weigh`" for one in why.bindings)
    assert "`kg` of the result of `weigh`" in why.programs[0].program


def test_views_that_disagree_are_told_with_what_each_would_answer() -> None:
    votes = tuple(
        Vote(view, Guess(Reply((), reply), "copy", (Streak(3, 0),)))
        for view, reply in (("path", "yes"), ("step", "no"))
    )

    said = abstained(Unforeseen("views of the context disagree", votes))

    assert said == (
        "views of the context disagree: seen in the whole conversation, “yes” follows; "
        "seen in the last step alone, “no” follows"
    )


def test_calls_for_the_entries_of_a_list_are_told_one_by_one(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "store", max_bytes=MAP_BYTES, limits=Limits())

    def listed(start: int, number: int) -> Conversation:
        rows = ", ".join(f'"C{start + at * 7}"' for at in range(number))
        heads = talk(said("system", "You weigh."), said("user", "All crates, please.")).messages
        return talk(*heads, called(0, "{}", "list_crates"), result(0, f'{{"crates": [{rows}]}}'))

    for at in range(24):
        start, number = 1700 + at * 31, 2 + at % 3
        calls = tuple(
            ToolCall(call, "weigh", f'{{"crate": "C{start + call * 7}"}}') for call in range(number)
        )
        memory.record([seen(listed(start, number), Answer(Message("assistant", calls), None))])
    memory.learn(1_000)
    hit = memory.foresee(listed(5000, 3))
    memory.close()

    assert isinstance(hit, Hit)
    why = explained_hit(hit, None, 4)
    assert "one call for each entry of `crates` of the result of `list_crates`" in why.guards
    assert [(one.leaf, one.value, one.program) for one in why.programs] == [
        (f"`crate` of call {at + 1} (`weigh`)", f"C{5000 + at * 7}", "the entry") for at in range(3)
    ]
