"""Properties: what must hold for any value, any other message and any order; each with a worked example beside."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice, zip_longest

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.strategies import lines, texts
from tests.tree.proven import PROVEN
from tests.tree.survival.world import (
    FIND,
    Model,
    Outcome,
    Watcher,
    call,
    code,
    find,
    heard,
    name,
    result,
    results,
    says,
    turns,
    watched,
    wish,
)
from tests.tree.talk import asked, said, talk
from tree.judgement.evidence import Count, Prior, Stratum, stratum
from tree.judgement.guess import Guess
from tree.judgement.prior import factory
from tree.judgement.verdict import Limits
from tree.learning import Prediction
from tree.message import Conversation, Message, ToolCall
from tree.template.library import Library

NAMES = [name(number) for number in range(60)]
LIMIT = Limits().max_error
CODES = [code(number) for number in range(240)]
WORDS = "Please find the item {} for me."

words = st.from_regex(r"[a-zA-Z]{1,12}", fullmatch=True)
values = st.lists(words, min_size=1, max_size=3).map(" ".join)


@given(st.lists(lines, min_size=1, max_size=5), st.lists(texts, min_size=2, max_size=8))
def test_filling_a_template_with_what_it_parsed_gives_the_text(
    frame: list[str], said_so: list[str]
) -> None:
    library = Library()

    for at, value in enumerate(said_so):
        text = value.join(frame) if at % 2 else f"{frame[0]} {value} {frame[-1]}"
        number, found = library.learn(text)

        assert library.entries[number].pattern.fill(found) == text


def test_filling_gives_the_text_in_a_worked_example() -> None:
    library = Library()

    numbers = {library.learn(WORDS.format(own))[0] for own in NAMES[:6]}
    number, found = library.learn(WORDS.format("the last one"))

    assert {number} == numbers
    assert found == ("the last one",)
    assert library.entries[number].pattern.fill(found) == WORDS.format("the last one")


@cache
def _finder() -> Watcher:
    """One that has met many; nothing here teaches it more."""
    return watched(FIND, find(*NAMES[:40]))


@given(texts)
def test_an_unrelated_message_never_creates_a_hit(text: str) -> None:
    assume(not text.startswith("Please find"))

    assert _finder().answer(asked(text)) is None


@given(st.lists(words, min_size=3, max_size=12).map(" ".join))
def test_unrelated_words_never_create_a_hit(text: str) -> None:
    assert _finder().answer(asked(text)) is None


@pytest.mark.parametrize(
    "text",
    ["Hello!", "Please pay the bill for me.", "Find the item.", "for me", "", "{}", "item item"],
)
def test_an_unrelated_message_is_a_miss_in_worked_examples(text: str) -> None:
    assert _finder().outcome(find(NAMES[50])[0]) is Outcome.RIGHT
    assert _finder().answer(asked(text)) is None


@given(values)
def test_a_replaced_value_changes_the_answer_exactly_there(value: str) -> None:
    answer = _finder().answer(find(value)[0])

    assert answer == call(item=value)


def _delivery(conversation: Conversation) -> Message:
    """Look an order up, then say where its parcel is."""
    found = results(conversation)
    order = wish(conversation).removeprefix("Where is order ").removesuffix("?")
    if not found:
        return call("get_order", order=order, depth=3)
    return call("get_parcel", parcel=found[0]["parcel"], of=order, depth=3)


def _parcel(order: str, parcel: str) -> list[Conversation]:
    def tools(call: ToolCall) -> Message:
        return result(call, {"parcel": parcel, "state": "sent"})

    return turns(asked(f"Where is order {order}?"), _delivery, tools)[:2]


@cache
def _deliverer() -> Watcher:
    runs = (_parcel(CODES[at], f"{NAMES[at]} {CODES[at + 90]}") for at in range(30))
    return Watcher(_delivery, audited=True).watch(chain.from_iterable(runs))


@given(st.integers(10**5, 10**6 - 1).map(str), values)
def test_values_replaced_in_question_and_result_change_the_answer_exactly_there(
    order: str, parcel: str
) -> None:
    first, second = (_deliverer().answer(turn) for turn in _parcel(order, parcel))

    assert first in (None, call("get_order", order=order, depth=3))
    assert second in (None, call("get_parcel", parcel=parcel, of=order, depth=3))


def test_values_replaced_in_question_and_result_are_served_in_a_worked_example() -> None:
    watcher = _deliverer()

    answers = [watcher.answer(turn) for turn in _parcel("718293", "Zurda Nukel 445566")]

    assert watcher.wrong == []
    assert answers == [
        call("get_order", order="718293", depth=3),
        call("get_parcel", parcel="Zurda Nukel 445566", of="718293", depth=3),
    ]


STATIC = [at for at, word in enumerate(WORDS.split()) if word != "{}"]


@given(st.sampled_from(STATIC), words)
def test_a_replaced_static_word_makes_it_a_miss(place: int, word: str) -> None:
    parts = WORDS.split()
    assume(parts[place] != word)
    parts[place] = word

    assert _finder().answer(asked(" ".join(parts).format(NAMES[50]))) is None


@pytest.mark.parametrize(
    "text", ["Please find no item {} for me.", "Please find the item {} for us."]
)
def test_a_replaced_static_word_is_a_miss_in_worked_examples(text: str) -> None:
    assert _finder().outcome(asked(WORDS.format(NAMES[50]))) is Outcome.RIGHT
    assert _finder().answer(asked(text.format(NAMES[50]))) is None


def _mixed(conversation: Conversation) -> Message:
    """Several habits in one model."""
    text = heard(conversation)
    if text.startswith("Please find"):
        return FIND(conversation)
    if text.startswith("Who approves"):
        amount = int(text.split()[2])
        return call("list_clerks" if amount < 500 else "list_directors", of=text.split()[-1])
    if text.startswith("What does a"):
        kind = text.split()[3]
        return call("get_fee", code=text.split()[-1]) if kind != "rare" else says("Ask a person.")
    return says(f"I cannot tell {text.split()[-1]}.")


def _journal() -> Iterator[Conversation]:
    kinds = ["tall", "flat", "tall", "flat", "flat", "rare"]
    strands = [
        find(*NAMES[:30]),
        [asked(f"Who approves {37 + at * 211 % 900} credits for {CODES[at]}") for at in range(40)],
        [
            asked(f"What does a {kinds[at * 5 % 6]} box cost as {CODES[60 + at]}")
            for at in range(40)
        ],
        [asked(f"Tell me your opinion of {CODES[120 + at]}") for at in range(20)],
    ]
    for rank in zip_longest(*strands):
        yield from (own for own in rank if own is not None)


JOURNAL = list(_journal())


@given(st.permutations(JOURNAL))
@settings(max_examples=4)
def test_a_journal_replayed_in_any_order_keeps_wrong_answers_within_the_limit(
    journal: list[Conversation],
) -> None:
    watcher = Watcher(_mixed, audited=True).watch(journal)

    assert len(watcher.wrong) <= max(1, 0.02 * watcher.served)


def _moody(conversation: Conversation) -> Message:
    """The same habits, and now and then none: the model is not consistent."""
    text = heard(conversation)
    return (
        call("ask_someone", about=text) if sum(map(ord, text)) % 11 == 0 else _mixed(conversation)
    )


def _by_stratum(
    model: Model, journal: Iterable[Conversation], prior: Prior
) -> dict[Stratum, Count]:
    """What was served, and what of it was wrong, by the stratum that it was served from."""
    watcher, served = Watcher(model, audited=True, prior=prior), dict[Stratum, Count]()
    for conversation in journal:
        found = watcher.learner.predict(conversation)
        outcome = watcher.meet(conversation)
        if isinstance(found, Prediction) and isinstance(guess := found.by.guess, Guess):
            stood = found.by.standing
            where = stratum(found.by.view, guess.kind, stood.failures, stood.streak)
            count = Count(1, outcome is Outcome.WRONG)
            served.setdefault(where, Count()).add(count)
    return served


@given(st.permutations(JOURNAL), st.sampled_from([_mixed, _moody]))
@settings(max_examples=4)
def test_in_any_order_every_stratum_stays_within_the_limit_but_for_the_answer_that_tells(
    journal: list[Conversation], model: Model
) -> None:
    for count in _by_stratum(model, journal, PROVEN).values():
        assert count.wrong <= max(1, LIMIT * count.tests)


def test_strata_are_served_and_stay_within_the_limit_in_a_worked_example() -> None:
    lent = _by_stratum(_mixed, JOURNAL, factory(LIMIT))
    proven = _by_stratum(_mixed, JOURNAL, PROVEN)
    moody = _by_stratum(_moody, JOURNAL, PROVEN)

    served = [sum(count.tests for count in own.values()) for own in (moody, lent, proven)]
    wrong = [sum(count.wrong for count in own.values()) for own in (moody, lent, proven)]
    assert 0 < served[0] < served[1] < served[2]
    assert wrong[1:] == [0, 0]
    assert all(count.wrong <= 1 for count in moody.values())


def test_a_mixed_journal_is_served_in_its_own_order() -> None:
    watcher = Watcher(_mixed, audited=True).watch(JOURNAL)

    assert watcher.wrong == []
    assert watcher.served > len(JOURNAL) // 3


@given(st.permutations(JOURNAL))
@settings(max_examples=4)
def test_the_same_journal_makes_the_same_learner(journal: list[Conversation]) -> None:
    one, other = (watched(_mixed, islice(journal, 40)) for _ in range(2))

    for conversation in journal[40:60]:
        left, right = (own.learner.predict(conversation) for own in (one, other))
        assert type(left) is type(right)
        if isinstance(left, Prediction) and isinstance(right, Prediction):
            assert left.message == right.message
            assert left.reply == right.reply


def test_arguments_are_json_whatever_the_value() -> None:
    message = _finder().answer(find('a "b" \\ c')[0])

    assert message is not None
    (part,) = message.parts
    assert isinstance(part, ToolCall)
    assert msgspec.json.decode(part.arguments) == {"item": 'a "b" \\ c'}
    assert talk(said("user", "x"), message).calls == 1
