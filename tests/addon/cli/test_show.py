"""`rote show`, over real stores."""

from pathlib import Path

import msgspec
import pytest

from tests.addon.cli.conftest import Rote
from tests.addon.cli.remembered import SCOPE, asking, fill
from tests.tree.traffic import NAMES
from tree.canonical import path_of, scope_id
from tree.sight.template import own_id

FIRST = path_of(asking(NAMES[0]))[-1].hex()


@pytest.fixture(autouse=True)
def filled(home: Path) -> Path:
    fill(home)
    return home


def test_a_node_is_told_with_its_way_and_its_answer(rote: Rote) -> None:
    result = rote("show", FIRST)

    assert result.exit_code == 0
    assert "message 2, said by the user" in result.output
    assert 'find_reader({"who":"Ida Holm"})' in result.output
    assert "400 tokens in and 20 out" in result.output


def test_templates_are_listed_and_each_is_told_in_full(rote: Rote) -> None:
    listed = msgspec.json.decode(rote("show", "--json").output)["templates"]
    one = next(t for t in listed if t["view"] == "path" and t["answer"].startswith("find_reader"))

    told = rote("show", own_id(one["template"])[:12])

    assert own_id(one["template"])[:10] in rote("show").output
    assert "Please lend the atlas to {who} for a week." in told.output
    assert "`who` = slot 1 of the user's message" in told.output
    assert "it serves: " in told.output


def test_a_scope_is_told_with_the_hash_that_names_its_credential(rote: Rote) -> None:
    result = rote("show", scope_id(SCOPE).hex()[:12])

    assert "model-1 at llm.example (openai-chat)" in result.output
    assert "5f0c" in result.output


def test_as_json_a_node_is_a_document(rote: Rote) -> None:
    document = msgspec.json.decode(rote("show", FIRST[:8], "--json").output)

    assert document["node"] == FIRST
    assert document["answers"][0]["usage"]["input_tokens"] == 400
    assert [one["role"] for one in document["path"]] == ["system", "user"]


def test_an_id_that_nothing_has_is_told(rote: Rote) -> None:
    result = rote("show", "ffffffff")

    assert (result.exit_code, "ffffffff" in result.stderr) == (1, True)
