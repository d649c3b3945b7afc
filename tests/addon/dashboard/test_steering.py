"""What may be done to a node: asked first, then done, and only by the page's own form."""

import html
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from addon.cli.dashboard import Beside, page
from tests.addon.dashboard.desk import fill
from tree.memory import Memory
from tree.sight.learnt import Learnt
from tree.sight.place import read_place


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    """A filled store that these tests may change."""
    folder = tmp_path_factory.mktemp("steered") / "store"
    fill(folder, 16)
    beside = Beside(folder)
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


@pytest.mark.parametrize("deed", ["trust", "distrust", "undecide", "rename"])
def test_without_the_forms_token_nothing_is_done(
    client: FlaskClient, memory: Memory, place: str, deed: str
) -> None:
    assert client.post(f"/nodes/{place}/{deed}").status_code == 403
    assert read_place(memory, place).choice is None


def test_what_nobody_can_do_is_not_there(client: FlaskClient, place: str) -> None:
    assert client.get(f"/nodes/{place}/eat").status_code == 404
