"""`rote tree`, over real stores."""

from pathlib import Path

import msgspec
import pytest

from tests.addon.cli.conftest import Rote
from tests.addon.cli.remembered import SCOPE, asking, fill
from tests.tree.traffic import NAMES
from tree.canonical import path_of, scope_id


@pytest.fixture
def filled(home: Path) -> Path:
    fill(home)
    return home


@pytest.mark.usefixtures("filled")
def test_it_tells_what_was_said_and_what_followed_with_how_often(rote: Rote) -> None:
    result = rote("tree", "--most", "2")

    assert result.exit_code == 0
    assert "model-1 at llm.example  2 tools (find_reader, lend)" in result.output
    assert "system  You keep the books of a village library.  #36" in result.output
    assert "calls  find_reader" in result.output
    assert f"{len(NAMES) - 2} more" in result.output


@pytest.mark.usefixtures("filled")
def test_it_begins_where_it_is_told_to(rote: Rote) -> None:
    node, scope = path_of(asking(NAMES[0]))[-1].hex(), scope_id(SCOPE).hex()

    below, whole = rote("tree", node[:10]), rote("tree", scope[:10])

    assert below.output.startswith(f"user  Please lend the atlas to {NAMES[0]} for a week.")
    assert "Ben Acker" not in below.output
    assert whole.output.startswith("model-1")


@pytest.mark.usefixtures("filled")
def test_as_json_it_is_a_document_of_levels(rote: Rote) -> None:
    (root,) = msgspec.json.decode(rote("tree", "--json", "--depth", "2", "--most", "3").output)

    (top,) = root["below"]["branches"]
    assert root["root"]["observations"] == 2 * len(NAMES)
    assert top["below"]["total"] == len(NAMES)
    assert [one["below"] for one in top["below"]["branches"]] == [None] * 3


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", ["ffffffff", "no id", "0", "../.."])
def test_an_id_that_nothing_has_is_told(rote: Rote, name: str) -> None:
    result = rote("tree", name)

    assert result.exit_code == 1
    assert name in result.stderr


def test_without_a_store_it_says_what_to_do(rote: Rote, home: Path) -> None:
    result = rote("tree")

    assert result.exit_code == 1
    assert "rote run -- python my_agent.py" in result.stderr
    assert not home.exists()
