"""Memories that are taken back are gone: from answers, from what was learnt, and from the bytes of the file."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.tree.talk import MAP_BYTES, SCOPE, answer, asked, called, result, said, seen
from tests.tree.talk import talk as conversation
from tests.tree.traffic import answer as replied
from tests.tree.traffic import call, talk
from tree.canonical import path_of, scope_id
from tree.control.forgetting import forget, plan
from tree.control.selecting import Selection
from tree.control.steering import Steering
from tree.errors import UnknownNodeError
from tree.explaining.explanation import Aftermath, Decided, Explanation
from tree.memory import Hit, Limits, Memory, Miss, Tally, TallyKey
from tree.message import Conversation, Observation, Scope
from tree.sight.learnt import Learnt
from tree.upkeep.check import verify

ALL = Selection("all")
NAMES = tuple(
    f"{first} {last}"
    for first in ("Ada", "Ben", "Cleo", "Dov")
    for last in ("Quimby", "Rasmussen", "Sato", "Tanaka")
)


def opened(folder: Path) -> Memory:
    return Memory(folder, max_bytes=MAP_BYTES, limits=Limits())


def learn(memory: Memory) -> None:
    while memory.learn(8):
        pass


def lending(names: Sequence[str], start: int = 0) -> list[Observation]:
    """Requests that differ in a name, and their answers."""
    return [
        Observation(
            talk(f"Please lend the big atlas to {name} for a week."),
            replace(replied(call("lend", reader=name, days=7)), envelope={"id": f"id-{name}"}),
            start + at,
            250,
        )
        for at, name in enumerate(names)
    ]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    found = opened(tmp_path / "store")
    yield found
    found.close()


def held(memory: Memory, text: str) -> bool:
    """Whether the store's file holds a text, as it is or in any row that can be unpacked."""
    wanted = text.encode()
    if wanted in (memory.store.folder / "data.mdb").read_bytes():
        return True
    tables = memory.store.tables
    with memory.store.read() as txn:
        for table in (tables.messages, tables.words):
            with txn.cursor(table) as cursor:
                rows = [bytes(row) for row in cursor.iternext(keys=False, values=True)]
            if any(wanted in memory.journal.words.unpack(txn, row) for row in rows):
                return True
    return any(text in str(one) for one in (*memory.decisions(1000), *memory.tallies()))


def test_a_text_is_gone_from_the_bytes_of_the_file(memory: Memory) -> None:
    noise = random.Random(7)  # noqa: S311 - a text that is found in no other
    secret = "".join(noise.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(64))
    ask = asked(f"Remember {secret}.")
    memory.record([*(seen(asked(f"Question {at}?"), f"Answer {at}.") for at in range(80))])
    memory.record([seen(ask, f"I will remember {secret}.")])
    learn(memory)
    assert held(memory, secret)

    effect = forget(memory, Selection("node", path_of(ask)[-1].hex()))

    assert (effect.observations, effect.messages, effect.wiped) == (1, 2, True)
    assert not held(memory, secret)
    memory.rebuild()
    learn(memory)
    assert not held(memory, secret)
    assert list(verify(memory)) == []


def test_what_was_learnt_and_the_lists_of_words_hold_nothing_of_it(memory: Memory) -> None:
    gone = [name for name in NAMES if name.startswith("Ada")]
    memory.record(lending(NAMES))
    memory.record([seen(asked(f"Question {at}?"), f"Answer {at}.") for at in range(60)])
    learn(memory)
    memory.record(lending(NAMES, 100))  # packed with a list that the first ones are in
    learn(memory)
    assert all(held(memory, name) for name in gone)

    for name in gone:
        forget(memory, Selection("subtree", path_of(lending([name])[0].conversation)[-1].hex()))
        learn(memory)

    assert not any(held(memory, name) for name in gone)
    assert all(held(memory, name) for name in NAMES if name not in gone)
    assert list(verify(memory)) == []


def test_what_remains_is_learnt_as_if_the_rest_had_never_been(tmp_path: Path) -> None:
    memory, fresh = opened(tmp_path / "one"), opened(tmp_path / "two")
    poisoned = replace(lending(["Zed"])[0], answer=replied(call("lend", reader="Mallory", days=0)))
    memory.record([*lending(NAMES[:3]), poisoned, *lending(NAMES[3:], 50)])
    fresh.record(lending(NAMES))
    learn(memory)
    learn(fresh)
    new = talk("Please lend the big atlas to Una Voss for a week.")

    forget(memory, Selection("node", path_of(poisoned.conversation)[-1].hex()))
    silent = memory.foresee(new)
    learn(memory)

    assert isinstance(silent, Miss)
    found, other = memory.foresee(new), fresh.foresee(new)
    assert isinstance(found, Hit)
    assert isinstance(other, Hit)
    assert found.answer.message == other.answer.message
    views = [
        [(one.view, one.answer, one.clean, one.failures) for one in Learnt(each).page().templates]
        for each in (memory, fresh)
    ]
    assert sorted(views[0]) == sorted(views[1])
    memory.close()
    fresh.close()


def test_another_process_serves_nothing_of_it_from_the_moment_it_is_forgotten(
    tmp_path: Path,
) -> None:
    proxy, command = opened(tmp_path), Memory(tmp_path / "again", max_bytes=MAP_BYTES)
    command.close()
    proxy.record(lending(NAMES))
    learn(proxy)
    new = talk("Please lend the big atlas to Una Voss for a week.")
    known = lending(NAMES)[0].conversation
    assert isinstance(proxy.recall(known, 1), Hit)
    assert isinstance(proxy.foresee(new), Hit)
    code = (
        "import sys; from pathlib import Path; from tree.memory import Memory;"
        "from tree.control.forgetting import forget; from tree.control.selecting import Selection;"
        f"m = Memory(Path(sys.argv[1]), max_bytes={MAP_BYTES}); print(forget(m, Selection('all')).wiped)"
    )

    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert run.stdout == "True\n"
    assert isinstance(proxy.recall(known, 1), Miss)
    assert isinstance(proxy.foresee(new), Miss)
    assert not any(held(proxy, name) for name in NAMES)
    learn(proxy)
    assert isinstance(proxy.foresee(new), Miss)
    assert not any(held(proxy, name) for name in NAMES)
    proxy.record(lending(NAMES[:1]))
    learn(proxy)
    assert isinstance(proxy.recall(known, 1), Hit)
    proxy.close()


def test_declared_templates_end_with_what_they_were_made_of(memory: Memory) -> None:
    greeting = replace(seen(asked("Greet Mara."), "Hello Mara!"), bindings=(("who", "Mara"),))
    memory.record([greeting])
    learn(memory)
    assert isinstance(memory.declared(asked("Greet Jo."), (("who", "Jo"),), 2), Hit)

    forget(memory, ALL)

    assert isinstance(memory.declared(asked("Greet Jo."), (("who", "Jo"),), 2), Miss)
    learn(memory)
    assert isinstance(memory.declared(asked("Greet Jo."), (("who", "Jo"),), 2), Miss)
    assert not held(memory, "Mara")


def test_decisions_keep_that_they_were_and_lose_what_they_told(memory: Memory) -> None:
    now_ns = time.time_ns()
    decided = Decided(
        now_ns, "miss", "has “peculiar”", "an-api", "llm.example", "model-1", "tenant",
        explanation=Explanation(reasons=("peculiar",)),
    )  # fmt: skip
    memory.record([seen(asked("A peculiar question?"), "Yes.", at_ns=now_ns)])
    number = memory.note_decisions([decided, replace(decided, model="other")])

    forget(memory, ALL)
    memory.note_decisions([decided])  # it was on its way
    memory.amend_decisions([(number, now_ns, Aftermath(verdict="different", instead="peculiar"))])

    late, other, first = memory.decisions(9)
    assert (first.explanation, first.detail, first.verdict) == (None, "forgotten", "different")
    assert (late.explanation, late.detail) == (None, "forgotten")
    assert other.explanation == decided.explanation
    assert "peculiar" not in str((first, late))


def test_counters_go_with_the_last_memory_of_their_model(memory: Memory) -> None:
    other = Scope("tenant", "an-api", "llm.example", "model-2", {})
    for scope in (SCOPE, other):
        memory.record([seen(asked("Who?", scope), "Me.")])
        key = TallyKey("2030-01-01", scope.api, scope.origin, scope.model, "miss")
        memory.count({key: Tally(1)})

    forget(memory, Selection("scope", scope_id(other).hex()))

    assert [key.model for key in memory.tallies()] == ["model-1"]


WEIGHED = conversation(said("user", "Weigh it."), called(0, '{"crate": 7}'), result(0, "40 kg"))
BEGUN = conversation(*WEIGHED.messages[:1])
SHIPPED = conversation(said("user", "Ship it."), called(0, "{}", "ship"), result(0, "done"))
OTHER = Scope("other", "an-api", "llm.example", "model-1", {})
HELLO = asked("Hello.", OTHER)


@pytest.fixture
def varied(memory: Memory) -> Memory:
    memory.record(
        [
            seen(BEGUN, answer("wait"), at_ns=10),
            seen(WEIGHED, "It weighs 40 kg.", at_ns=20),
            seen(SHIPPED, "Shipped.", at_ns=30),
            seen(HELLO, "Hi.", at_ns=40),
        ]
    )
    learn(memory)
    return memory


def known(memory: Memory) -> set[str]:
    names: dict[str, Conversation] = {
        "begun": BEGUN, "weighed": WEIGHED, "shipped": SHIPPED, "hello": HELLO,
    }  # fmt: skip
    return {name for name, one in names.items() if isinstance(memory.recall(one, 50), Hit)}


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (Selection("node", path_of(BEGUN)[-1].hex()), {"weighed", "shipped", "hello"}),
        (Selection("subtree", path_of(BEGUN)[-1].hex()), {"shipped", "hello"}),
        (Selection("scope", scope_id(SCOPE).hex()), {"hello"}),
        (Selection("tenant", "other"), {"begun", "weighed", "shipped"}),
        (Selection("tool", "ship"), {"begun", "weighed", "hello"}),
        (Selection("older", before_ns=25), {"shipped", "hello"}),
        (Selection("all"), set()),
        (Selection("tool", "fly"), {"begun", "weighed", "shipped", "hello"}),
    ],
)
def test_what_is_meant_goes_and_nothing_else(
    varied: Memory, wanted: Selection, left: set[str]
) -> None:
    planned = plan(varied, wanted)
    assert known(varied) == {"begun", "weighed", "shipped", "hello"}

    effect = forget(varied, wanted)

    assert replace(effect, wiped=False) == planned
    assert known(varied) == left
    assert (effect.observations, effect.remaining) == (4 - len(left), len(left))
    assert list(verify(varied)) == []


def test_what_a_template_reads_goes_with_it(memory: Memory) -> None:
    memory.record([*lending(NAMES), seen(asked("Good day."), "Good day.")])
    learn(memory)
    template = next(one for one in Learnt(memory).page().templates if one.view == "path")

    effect = forget(memory, Selection("template", template.template))

    assert (effect.observations, effect.remaining) == (len(NAMES), 1)
    assert not any(held(memory, name) for name in NAMES)


def test_an_older_answer_stands_again_when_the_newer_one_is_forgotten(memory: Memory) -> None:
    memory.record([seen(asked("Who?"), "Old.", at_ns=1), seen(asked("Who?"), "New.", at_ns=9)])
    learn(memory)

    forget(memory, Selection("older", before_ns=5))
    kept = memory.recall(asked("Who?"), 10)

    assert isinstance(kept, Hit)
    assert kept.answer.message == said("assistant", "New.")


def test_pruning_spares_what_was_served_lately_and_what_is_trusted(varied: Memory) -> None:
    served, trusted = path_of(BEGUN)[-1].hex(), path_of(WEIGHED)[-1].hex()
    varied.note_decisions([Decided(90, "hit-literal", "literal", node=served)])
    Steering(varied).trust(trusted)

    forget(varied, Selection("unused", before_ns=50))

    assert known(varied) == {"begun", "weighed"}


def test_a_decision_of_its_user_goes_with_its_node(varied: Memory) -> None:
    node = path_of(HELLO)[-1].hex()
    Steering(varied).distrust(node)

    forget(varied, Selection("node", node))
    varied.record([seen(HELLO, "Hi again.")])
    learn(varied)

    assert "hello" in known(varied)


@pytest.mark.parametrize("what", ["node", "subtree", "scope", "template"])
@pytest.mark.parametrize("name", ["", "nonsense", "00", "00" * 16, "00" * 32])
def test_what_is_not_there_cannot_be_forgotten(varied: Memory, what: str, name: str) -> None:
    wanted = Selection(what, name)  # type: ignore[arg-type] # parametrized

    with pytest.raises(UnknownNodeError):
        forget(varied, wanted)
    with pytest.raises(UnknownNodeError):
        plan(varied, wanted)


def test_a_reader_from_before_is_waited_for_and_then_others_finish(memory: Memory) -> None:
    secret = "kwyjibo" * 4
    memory.record([seen(asked(secret), "Yes.")])
    learn(memory)

    with memory.store.read():
        effect = forget(memory, ALL)
    learn(memory)

    assert not effect.wiped
    assert secret.encode() not in (memory.store.folder / "data.mdb").read_bytes()


def test_damaged_stores_put_aside_go_with_all_and_are_told_of_else(varied: Memory) -> None:
    aside = varied.store.folder / "damaged-1"
    aside.mkdir()
    (aside / "data.mdb").write_bytes(b"It weighs 40 kg.")

    told = forget(varied, Selection("tool", "ship"))
    kept = aside.exists()
    rest = forget(varied, ALL)

    assert (told.aside, kept, rest.aside, aside.exists()) == (1, True, 0, False)
