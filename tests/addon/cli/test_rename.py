"""`rote rename`: a slot is called what its user calls it, and as before when that is taken back."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.addon.cli.conftest import Rote
from tests.addon.cli.remembered import fill
from tree.sight.template import own_id


@pytest.fixture
def template(rote: Rote, home: Path) -> str:
    """One that reads a reader's name, and then the reader's id."""
    fill(home)
    listed = msgspec.json.decode(rote("show", "--json").output)["templates"]
    found: str = next(
        t["template"] for t in listed if t["view"] == "path" and t["answer"].startswith("lend")
    )
    return found


def slots(rote: Rote, template: str) -> list[dict[str, Any]]:
    shown = msgspec.json.decode(rote("show", template, "--json").output)
    return [slot for said in shown["said"] for slot in said["slots"]]


def names(rote: Rote, template: str) -> list[str]:
    return [slot["name"] for slot in slots(rote, template)]


def test_a_slot_is_renamed_until_that_is_taken_back(rote: Rote, template: str) -> None:
    before = names(rote, template)

    said = rote("rename", own_id(template)[:10], "slot 1", "borrower")
    renamed = names(rote, template)
    rote("rename", own_id(template)[:10], "borrower", "--undo")

    assert (said.exit_code, said.output) == (
        0,
        "“slot 1” is “borrower” now: slot 1 of the user's message.\n",
    )
    assert renamed == ["borrower" if name == "slot 1" else name for name in before]
    assert names(rote, template) == before


def test_the_name_outlives_a_rebuild(rote: Rote, template: str) -> None:
    rote("rename", template, "slot 1", "borrower")

    rote("rebuild")

    assert "borrower" in names(rote, template)


def test_as_json_it_names_the_slot(rote: Rote, template: str) -> None:
    document = msgspec.json.decode(rote("rename", template, "slot 1", "borrower", "--json").output)

    assert (document["template"], document["before"]) == (template, "slot 1")
    assert document["slot"] in slots(rote, template)
    assert document["slot"]["name"] == "borrower"


def test_of_several_slots_of_one_name_one_is_chosen(rote: Rote, template: str) -> None:
    rote("rename", template, "who", "reader")
    unclear = rote("rename", template, "reader", "key")

    rote("rename", template, "reader", "key", "--which", "2")

    assert unclear.exit_code == 1
    assert "--which 1    `who` of the call of `find_reader`" in unclear.stderr
    assert "--which 2    `id` of the result of `find_reader`" in unclear.stderr
    assert [name for name in names(rote, template) if name in ("reader", "key")] == [
        "reader",
        "key",
    ]
    assert rote("rename", template, "key", "id", "--which", "2").exit_code == 1


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["nothing", "borrower"], 1, "There are: “slot 1”"),
        (["slot 1", "two\nlines"], 1, "in one line"),
        (["slot 1", "x" * 61], 1, "up to 60 characters"),
        (["slot 1"], 2, "Say the new NAME"),
        (["slot 1", "borrower", "--undo"], 2, "Say the new NAME"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    rote: Rote, template: str, words: list[str], code: int, why: str
) -> None:
    before = names(rote, template)

    refused = rote("rename", template, *words)

    assert refused.exit_code == code
    assert why in refused.stderr
    assert names(rote, template) == before


def test_only_a_template_has_slots(rote: Rote, template: str) -> None:
    node = msgspec.json.decode(rote("show", template, "--json").output)["nodes"][0]

    refused = rote("rename", node, "slot 1", "borrower")

    assert (refused.exit_code, "only templates have slots" in refused.stderr) == (1, True)
    assert rote("rename", "ffffffff", "slot 1", "borrower").exit_code == 1
