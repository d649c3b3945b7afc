"""What the pages say, asked without a browser."""

import html
import re

import pytest
from flask.testing import FlaskClient

from addon.cli.dashboard import Beside
from addon.dashboard.decisions import PAGE
from tests.addon.dashboard.desk import MODEL
from tree.explaining.explanation import Decided
from tree.sight.outline import Outline


def newest(beside: Beside, outcome: str, words: str = "") -> Decided:
    """The last decision of that outcome whose explanation has those words."""
    memory = beside.memory()
    assert memory is not None
    return next(
        one
        for one in memory.decisions(1_000)
        if one.outcome == outcome and words in str(one.explanation)
    )


def said(client: FlaskClient, path: str, status: int = 200) -> str:
    """The words of a page, without its tags."""
    answer = client.get(path)
    assert answer.status_code == status
    return html.unescape(re.sub(r"(<[^>]*>|\s)+", " ", answer.text))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "rote run -- python my_agent.py"),
        ("/workflows", "rote run -- python my_agent.py"),
        ("/decisions", "There is none yet"),
        ("/shadow", "rote serve --mode shadow"),
        ("/decisions/1", "There is no such page"),
    ],
)
def test_where_nothing_is_remembered_the_page_says_how_to_begin(
    empty: FlaskClient, path: str, words: str
) -> None:
    answer = empty.get(path)

    assert words in html.unescape(answer.text)


def test_the_overview_has_the_figures(client: FlaskClient) -> None:
    words = said(client, "/")

    for figure in ("Tokens saved", "Money saved", "Waiting saved", "Wrong in audits", "Learning"):
        assert figure in words
    assert re.search(r"[1-9]\d% of \d+ requests answered from memory", words)
    assert "with 95 % certainty" in words


def test_a_hit_is_told_with_its_programs_and_evidence(client: FlaskClient, beside: Beside) -> None:
    one = newest(beside, "hit-template", "answer='book_courier")

    words = said(client, f"/decisions/{one.number}")

    assert "Answered from what was learnt" in words
    assert "depot of the result of find_parcel" in words
    assert "clean tests" in words
    assert "Conditions" in words


def test_a_miss_is_told_as_a_difference_to_the_nearest_branch(
    client: FlaskClient, beside: Beside
) -> None:
    one = newest(beside, "miss", "nearest=Difference")
    assert one.explanation is not None

    page = client.get(f"/decisions/{one.number}").text

    assert "Nearest branch" in page


def test_what_was_said_is_text_whatever_it_looks_like(client: FlaskClient, beside: Beside) -> None:
    one = newest(beside, "miss", "<script>")

    pages = [client.get(path).text for path in (f"/decisions/{one.number}", "/decisions")]

    assert not [page for page in pages if "<script>alert" in page]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages[0]
    assert "&lt;script&gt;" in client.get("/decisions?words=%3Cscript%3E").text


def test_the_log_shows_one_tenant_at_a_time(client: FlaskClient, beside: Beside) -> None:
    memory = beside.memory()
    assert memory is not None
    moon = memory.decisions(1_000)[-1].tenant
    mine = newest(beside, "hit-literal").tenant

    assert mine != moon
    assert "find_parcel" in said(client, f"/decisions?of={mine}")
    assert "find_parcel" not in said(client, f"/decisions?of={moon}")
    assert "Choose another" in said(client, "/decisions?of=nobody")


def test_the_log_is_filtered(client: FlaskClient) -> None:
    page = client.get(f"/decisions?kind=repeat&model={MODEL}&words=DONE").text

    rows = re.findall(r'<span class="outcome ([^"]*)">', page)
    assert rows
    assert set(rows) == {"hit-literal"}
    assert "None of the" in said(client, "/decisions?words=unheard+of")


def test_the_log_is_shown_page_by_page(client: FlaskClient) -> None:
    first = client.get("/decisions").text
    older = re.search(r'rel="next" href="([^"]*)"', first)
    assert older

    second = client.get(html.unescape(older[1])).text

    def numbers(page: str) -> list[int]:
        return [int(one) for one in re.findall(r'aria-label="decision (\d+)"', page)]

    assert len(numbers(first)) == PAGE
    assert max(numbers(second)) < min(numbers(first))
    assert "Newest" in second


@pytest.mark.parametrize("path", ["/decisions/99999", "/nodes/zz", "/decisions/x", "/wp-login.php"])
def test_what_is_not_there_is_said_to_be_gone(client: FlaskClient, path: str) -> None:
    assert "There is no such page" in said(client, path, 404)


def test_odd_questions_are_answered_all_the_same(client: FlaskClient) -> None:
    for query in ("before=-1", "before=x", "kind=%00", "words=%F0%9F%9A", "of="):
        assert client.get(f"/decisions?{query}").status_code == 200


def test_the_style_is_the_pages_own(client: FlaskClient) -> None:
    with client.get("/static/rote.css") as style:
        assert style.status_code == 200
        assert style.content_type.startswith("text/css")
        assert b"http" not in style.data


@pytest.fixture
def place(beside: Beside) -> str:
    """A node that answered a repeat."""
    return newest(beside, "hit-literal", "book_courier").node


@pytest.fixture
def template(beside: Beside) -> str:
    """A template that answered, in one of several ways."""
    one = newest(beside, "hit-template", "answer='book_courier")
    assert one.explanation is not None
    return one.explanation.template


def test_a_node_is_shown_with_its_answer_its_path_and_what_was_learnt(
    client: FlaskClient, place: str
) -> None:
    words = said(client, f"/nodes/{place}")

    assert "What was answered" in words
    assert "book_courier" in words
    assert "You are the parcel desk" in words
    assert "the whole conversation" in words
    assert "Recent decisions here" in words


def test_a_template_is_shown_with_slots_roles_programs_conditions_and_evidence(
    client: FlaskClient, template: str
) -> None:
    words = said(client, f"/nodes/{template}")

    assert "Where is parcel parcel for slot 2 ?" in words
    assert "decides how to go on" in words
    assert "depot of the result of find_parcel" in words
    assert "What it answers: 3 ways" in words
    assert re.search(r"\d+ of \d+ needed", words)
    assert "2 % is tolerated" in words
    assert "book_courier" in words.partition("Recent decisions here")[2]


def test_a_decision_leads_to_the_template_that_made_it(
    client: FlaskClient, beside: Beside, template: str
) -> None:
    one = newest(beside, "hit-template", template)

    assert f'href="/nodes/{template}"' in client.get(f"/decisions/{one.number}").text


def test_a_workflow_is_shown_as_what_happens_and_each_of_its_stages_by_itself(
    client: FlaskClient, beside: Beside
) -> None:
    memory = beside.memory()
    assert memory is not None
    root = Outline(memory).roots(newest(beside, "hit-literal").tenant)[0]

    page = client.get(f"/workflows/{root.scope}").text
    stage = re.search(r'href="([^"]*)"><bdi>Where is parcel … for … …<', page)
    assert stage
    words = said(client, stage[1])

    assert re.search(r"call\W+find_parcel", said(client, f"/workflows/{root.scope}"))
    assert "Met 4" in words
    assert "went on to the provider" in words
    assert "What was learnt here" in words
    assert "Where is parcel HAR-" in words
    assert client.get(f"/workflows/{root.scope}?stage=9999").status_code == 404
    assert client.get("/workflows/zz").status_code == 404


def test_the_api_tells_of_nodes_and_templates(
    client: FlaskClient, place: str, template: str
) -> None:
    one = client.get(f"/api/nodes/{place}").get_json()
    other = client.get(f"/api/nodes/{template}").get_json()

    assert (one["node"], one["path"][-1]["node"]) == (place, place)
    assert (other["template"], len(other["ways"])) == (template, 3)
    assert client.get("/api/nodes/zz").status_code == 404
    assert "no such page" in client.get("/api/nodes/" + "0" * 32).get_json()["error"]


@pytest.mark.parametrize("node", ["0" * 32, "0" * 64, "0" * 31, "%00", "x" * 32])
def test_a_node_that_is_not_there_is_said_to_be_gone(client: FlaskClient, node: str) -> None:
    for path in (f"/nodes/{node}", f"/nodes/{node}/trust", f"/nodes/{node}/rename?item=0&path=[0]"):
        assert client.get(path).status_code == 404
