"""Which list calls were made for, and how their arguments follow from its entries."""

from decimal import Decimal
from typing import Any

import msgspec

from tree.derive.program import Source
from tree.derive.reply import Call, Reply
from tree.derive.sources import Sources
from tree.judgement import doubt
from tree.judgement.arm import fit
from tree.judgement.mapping import Over, family, mapped
from tree.judgement.rows import ArmRow, MemoryShelf, Texts, arm_of, arm_row, encode
from tree.reading.item import Item


def told(rows: Any, **more: Any) -> tuple[Item, ...]:
    return (Item("result", "t", "", {"rows": rows, **more}, structured=True, key="r"),)


def reply(*ids: str, tool: str = "get") -> Reply:
    return Reply(tuple(Call(tool, {"id": own}, f'{{"id":"{own}"}}') for own in ids))


def _entries(*ids: str) -> list[dict[str, Any]]:
    return [{"id": own, "state": "open" if own < "k5" else "shut"} for own in ids]


IDS = [("k1047", "k2093"), ("k3318", "k4471", "k9962"), ("k7718",), ("k8801", "k2260")]
FRAMES = [told(_entries(*ids)) for ids in IDS]
REPLIES = [reply(*ids) for ids in IDS]


def test_calls_as_many_as_entries_are_made_for_each_of_them() -> None:
    found = mapped(REPLIES, [Sources(frame) for frame in FRAMES])

    assert found is not None
    assert found.over == Over(Source(0, ("rows",)), 1)


def test_some_entries_are_chosen_by_what_they_have() -> None:
    replies = [reply(*(own for own in ids if own < "k5")) for ids in IDS if ids != ("k7718",)]
    frames = [Sources(frame) for frame, ids in zip(FRAMES, IDS, strict=True) if ids != ("k7718",)]

    found = mapped(replies, frames)

    assert found is not None
    assert (found.over.key, found.over.sought) == ("state", "open")


def test_some_entries_are_chosen_by_what_a_value_elsewhere_says() -> None:
    wishes = ["open", "shut", "open", "shut"]
    frames = [told(_entries(*ids), wish=wish) for ids, wish in zip(IDS, wishes, strict=True)]
    chosen = [
        [own for own in ids if (own < "k5") == (wish == "open")]
        for ids, wish in zip(IDS, wishes, strict=True)
    ]
    kept = [at for at, ids in enumerate(chosen) if ids]

    found = mapped([reply(*chosen[at]) for at in kept], [Sources(frames[at]) for at in kept])

    assert found is not None
    assert (found.over.key, found.over.by) == ("state", Source(0, ("wish",)))


def test_an_arm_answers_lists_of_any_length_and_none_that_is_empty_or_broken() -> None:
    arms, labels = fit(REPLIES, [Sources(frame) for frame in FRAMES])

    assert len(arms) == 1
    assert set(labels) == {0}
    ids = [f"k{at}000" for at in range(1, 8)]
    made = arms[0].reply(told(_entries(*ids)))
    assert made is not None
    assert made.same(reply(*ids))
    assert arms[0].reply(told([])) is None
    assert arms[0].reply(told("none")) is None
    assert arms[0].reply(told([{"id": "k1"}, {"state": "open"}])) is None
    assert arms[0].reply(told(_entries(*(f"k{at}" for at in range(65))))) is None
    assert arms[0].hard == 2
    assert arms[0].read() == {(0, ("rows",))}


def test_two_entries_that_are_one_make_no_calls() -> None:
    arms, _ = fit(REPLIES, [Sources(frame) for frame in FRAMES])

    assert arms[0].reply(told(_entries("k1", "k2"))) is not None
    assert arms[0].reply(told(_entries("k1", "k2", "k1"))) is None


def test_what_refutes_a_program_narrows_the_arm() -> None:
    arms, _ = fit(REPLIES, [Sources(frame) for frame in FRAMES])

    narrowed = arms[0].narrowed(told(_entries("k5555", "k6666")), reply("k5555", "k6666"))

    made = narrowed.reply(told(_entries("k1234")))
    assert made is not None
    assert made.same(reply("k1234"))


def test_an_arm_over_a_list_is_kept_and_read_back() -> None:
    arms, _ = fit(REPLIES, [Sources(frame) for frame in FRAMES])

    texts = Texts(MemoryShelf())
    row = msgspec.msgpack.Decoder(ArmRow).decode(encode(arm_row(arms[0], texts)))

    assert arm_of(row, texts).over == arms[0].over
    assert arm_of(row, texts).shape == arms[0].shape


def test_the_reason_for_no_calls_is_told() -> None:
    arms, _ = fit(REPLIES, [Sources(frame) for frame in FRAMES])

    assert doubt.unmade(arms[0], told([])) == (
        "item 0.rows has no entries to make calls for, or too many"
    )
    assert "`id` cannot be made" in doubt.unmade(arms[0], told([{"state": "x"}]))


def test_calls_that_do_not_depend_on_the_entries_are_made_for_none_of_them() -> None:
    same = [reply(*(["k1"] * len(ids))) for ids in IDS]

    assert mapped(same, [Sources(frame) for frame in FRAMES]) is None


def test_calls_in_another_order_than_the_entries_are_not_understood() -> None:
    turned = [reply(*ids[::-1]) for ids in IDS]

    assert mapped(turned, [Sources(frame) for frame in FRAMES]) is None


def test_one_example_or_single_calls_show_no_list() -> None:
    assert mapped(REPLIES[:1], [Sources(FRAMES[0])]) is None
    single = [Sources(told(_entries(own))) for own in ("k1", "k2")]
    assert mapped([reply("k1"), reply("k2")], single) is None


def test_a_family_is_one_tool_with_arguments_of_one_shape() -> None:
    assert family(reply("a", "b")) is not None
    assert family(Reply((Call("get", {"id": "a"}), Call("put", {"id": "a"})))) is None
    assert family(Reply((Call("get", {"id": "a"}), Call("get", {"no": Decimal(1)})))) is None
    assert family(Reply((), "text")) is None


def test_plain_values_are_entries_too() -> None:
    frames = [told([*ids]) for ids in IDS]

    found = mapped(REPLIES, [Sources(frame) for frame in frames])

    assert found is not None
    assert found.leaves[0][1].value(found.over.frames(told(["k5"]))[0]) == "k5"
