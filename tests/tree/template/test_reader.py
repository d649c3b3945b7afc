"""Readers: items that come back from rows, and what is learnt of texts, whoever asks in between."""

import msgspec
import pytest

from tests.tree.survival.world import name
from tests.tree.talk import SCOPE, asked, called, result, said, talk
from tree.message import Conversation
from tree.reading.item import Item
from tree.template.library import KEPT
from tree.template.reader import NO_TEMPLATE, Reader, template_of


def test_an_item_that_no_template_covered_comes_back_as_it_was() -> None:
    item = Item("user", "", "", [], structured=False, key="")

    assert template_of(item) == NO_TEMPLATE
    assert Reader().placed(item, NO_TEMPLATE, 0) == item


def test_a_text_comes_back_with_its_slots_as_long_as_its_template_is_the_same() -> None:
    reader = Reader()
    reader.read(asked("Please send the box of parts to Erik today"), learn=True)
    sent = asked("Please send the box of parts to Ada today")
    (item,) = reader.read(sent, learn=True)
    (bare,) = reader.bare(sent)

    back = reader.placed(bare, template_of(item), item.version)

    assert (bare.key, bare.tree) == ("", [])
    assert back == item
    assert back.tree == ["Ada"]


def test_a_text_whose_template_has_become_another_comes_back_under_its_key_alone() -> None:
    reader = Reader()
    sent = asked("Please send the box of parts to Erik today")
    (first,) = reader.read(sent, learn=True)
    reader.read(asked("Please send the box of parts to Ada today"), learn=True)
    (bare,) = reader.bare(sent)

    back = reader.placed(bare, template_of(first), first.version)

    assert (back.key, back.version) == (first.key, first.version)
    assert not back.tree


def _templates(reader: Reader) -> list[bytes]:
    families = [("user", ""), ("result", "weigh")]
    filings = [reader.library(*family).entries for family in families]
    return [msgspec.json.encode([own[at] for at in range(len(own))]) for own in filings]


def _weighed(number: int) -> Conversation:
    """A step into a conversation: what was asked first is older than the last answer."""
    return talk(
        said("user", f"Please weigh the parcel of {name(number)} for me."),
        called(0, "{}"),
        result(0, f"It weighs {number * 7} grams on scale {name(number + 50)}."),
        scope=SCOPE,
    )


def _traffic() -> list[Conversation]:
    openings = [talk(_weighed(at).messages[0]) for at in range(2 * KEPT)]
    pairs = zip(openings, map(_weighed, range(2 * KEPT)), strict=True)
    return [own for pair in pairs for own in pair]


@pytest.mark.parametrize("often", [1, 2])
def test_asking_before_learning_changes_nothing_of_what_is_learnt(often: int) -> None:
    asking, silent = Reader(), Reader()

    for conversation in _traffic():
        for _ in range(often):
            asking.read(conversation, learn=False)
        asking.read(conversation, learn=True)
        silent.read(conversation, learn=True)

    assert _templates(asking) == _templates(silent)


def test_asking_in_between_reads_like_asking_for_the_first_time() -> None:
    asking, silent = Reader(), Reader()
    known = _traffic()[:5]

    for conversation in _traffic():
        asking.read(conversation, learn=True)
        silent.read(conversation, learn=True)
        for own in known:
            asking.read(own, learn=False)

    assert [asking.read(own, learn=False) for own in known] == [
        silent.read(own, learn=False) for own in known
    ]


def test_the_newest_instances_of_a_template_are_kept_though_they_match() -> None:
    reader = Reader()

    for number in range(2 * KEPT):
        reader.read(asked(f"Please weigh the parcel of {name(number)} for me."), learn=True)

    texts = reader.library("user", "").entries[0].texts
    assert texts == [
        f"Please weigh the parcel of {name(number)} for me." for number in range(KEPT, 2 * KEPT)
    ]


def test_what_was_said_before_the_last_answer_is_no_further_instance() -> None:
    reader = Reader()
    for number in range(2 * KEPT):
        reader.read(talk(_weighed(number).messages[0]), learn=True)
    before = _templates(reader)[0]

    for number in range(KEPT // 2):
        reader.read(_weighed(number), learn=True)

    assert _templates(reader)[0] == before
