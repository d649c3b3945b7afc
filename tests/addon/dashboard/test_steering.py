"""What may be done to a node: asked first, then done, and only by the page's own form."""

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from addon.cli.dashboard import Beside, page
from tree.memory import Memory
from tree.sight.learnt import Learnt
from tree.sight.outline import Outline
from tree.sight.place import read_place


@pytest.fixture
def own(filled: Path, tmp_path: Path) -> Iterator[Beside]:
    """A filled store that a test may change."""
    shutil.copy(filled / "data.mdb", tmp_path)
    beside = Beside(tmp_path)
    yield beside
    beside.close()


@pytest.fixture
def client(own: Beside) -> FlaskClient:
    return page(own).test_client()


@pytest.fixture
def memory(own: Beside) -> Memory:
    found = own.memory()
    assert found is not None
    return found


@pytest.fixture
def place(memory: Memory) -> str:
    return next(one.node for one in memory.decisions(1_000) if one.outcome == "hit-literal")


@pytest.fixture
def template(memory: Memory) -> str:
    found = Learnt(memory).page()
    return next(one.template for one in found.templates if "{parcel}" in one.last)


def submit(client: FlaskClient, path: str, **fields: str) -> str:
    """Open a form, send it as it stands with some fields filled in, and follow to where it leads."""
    form = client.get(path).text
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form))
    action = re.search(r'<form method="post" action="([^"]*)">', form)
    assert action
    hidden = {name: html.unescape(value) for name, value in hidden.items()}
    answer = client.post(action[1], data=hidden | fields, follow_redirects=True)
    return answer.text


@pytest.mark.parametrize("deed", ["trust", "distrust"])
def test_a_place_is_pinned_or_distrusted_and_that_is_taken_back(
    client: FlaskClient, memory: Memory, place: str, deed: str
) -> None:
    shown = submit(client, f"/nodes/{place}/{deed}")
    chosen = read_place(memory, place).choice
    submit(client, f"/nodes/{place}/undecide")

    assert 'class="done"' in shown
    assert chosen is not None
    assert chosen.what == deed
    assert read_place(memory, place).choice is None


@pytest.mark.parametrize("deed", ["trust", "distrust"])
def test_a_template_is_pinned_or_distrusted_and_that_is_taken_back(
    client: FlaskClient, memory: Memory, template: str, deed: str
) -> None:
    shown = submit(client, f"/nodes/{template}/{deed}")
    chosen = Learnt(memory).template(template).choice
    submit(client, f"/nodes/{template}/undecide")

    assert f"You {'pinned' if deed == 'trust' else 'distrust'} it" in shown
    assert chosen == deed
    assert Learnt(memory).template(template).choice == ""


def test_a_slot_is_renamed_and_named_wherever_its_text_is_read(
    client: FlaskClient, template: str
) -> None:
    before = client.get(f"/nodes/{template}").text
    link = re.search(r'href="([^"]*)" aria-label="Rename slot 2"', before)
    assert link

    shown = submit(client, html.unescape(link[1]), name="owner <b>")
    refused = submit(client, html.unescape(link[1]), name="x" * 61)
    submit(client, html.unescape(link[1]), name="")

    assert '<span class="slot">owner &lt;b&gt;</span>' in shown
    assert "up to 60 characters" in refused
    assert client.get(f"/nodes/{template}").text == before


def test_asking_says_what_will_happen_and_changes_nothing(
    client: FlaskClient, memory: Memory, place: str, template: str
) -> None:
    asked = client.get(f"/nodes/{place}/distrust").text
    asked_of_template = client.get(f"/nodes/{template}/distrust").text

    assert "Requests that end here go to the provider" in asked
    assert "It goes on being tested and learnt" in asked_of_template
    assert read_place(memory, place).choice is None


@pytest.mark.parametrize("deed", ["trust", "distrust", "undecide", "rename", "forget"])
def test_without_the_forms_token_nothing_is_done(
    client: FlaskClient, memory: Memory, place: str, deed: str
) -> None:
    assert client.post(f"/nodes/{place}/{deed}").status_code == 403
    assert read_place(memory, place).choice is None


def test_what_nobody_can_do_is_not_there(client: FlaskClient, place: str) -> None:
    assert client.get(f"/nodes/{place}/eat").status_code == 404


def forgotten(client: FlaskClient, memory: Memory, node: str, what: str) -> tuple[int, int]:
    """How many observations there were before and after a node was forgotten."""
    before = memory.summary().observations
    shown = submit(client, f"/nodes/{node}/forget", what=what)
    after = memory.summary().observations
    number = f"{before - after} exchange{'s' if before - after > 1 else ''}"
    assert f"{number} {'were' if before - after > 1 else 'was'} forgotten" in shown
    return before, after


def test_what_was_answered_at_a_place_is_forgotten(
    client: FlaskClient, memory: Memory, place: str
) -> None:
    scope = read_place(memory, place).root.scope
    asked = client.get(f"/nodes/{place}/forget").text

    before, after = forgotten(client, memory, place, "node")

    assert "1 exchange" in asked
    assert before - after == 1
    assert client.get(f"/workflows/{scope}").status_code == 200


def test_what_a_template_reads_is_forgotten(
    client: FlaskClient, memory: Memory, template: str
) -> None:
    before, after = forgotten(client, memory, template, "template")

    assert before - after >= 2
    assert client.get(f"/nodes/{template}").status_code == 404


def test_all_that_goes_through_a_place_is_forgotten(client: FlaskClient, memory: Memory) -> None:
    scope = Outline(memory).roots()[0].scope
    begin = Outline(memory).below(scope).branches[0].node
    asked = client.get(f"/nodes/{begin}/forget").text

    forgotten(client, memory, begin, "subtree")

    assert "all that goes through here" in asked
    assert client.get(f"/nodes/{begin}").status_code == 404
    assert client.get(f"/workflows/{scope}").status_code == 404


def test_what_is_to_be_forgotten_has_to_be_said(client: FlaskClient, memory: Memory) -> None:
    root = Outline(memory).roots()[0]
    begin = Outline(memory).below(root.scope).branches[0].node

    assert "Say what is to be forgotten" in submit(client, f"/nodes/{begin}/forget", what="it")
    assert Outline(memory).roots()[0] == root
