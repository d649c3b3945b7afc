"""Only this machine, only by the page's own names, and changes only from its own forms."""

import pytest
from flask import Flask, Response, url_for
from flask.testing import FlaskClient

from addon.dashboard.guard import TOKEN, Guard

OWN = "http://rote.internal"


@pytest.fixture
def app() -> Flask:
    """A page with one thing to see and one to change."""
    app = Flask("tests")
    guard = Guard(app)

    @app.get("/thing")
    def see() -> Response:
        return Response(guard.token(url_for("change")))

    @app.post("/thing/change")
    def change() -> Response:
        return Response("changed")

    app.add_url_rule("/api/health", view_func=see)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def token(client: FlaskClient) -> str:
    """What the form carries."""
    return client.get("/thing").text


@pytest.mark.parametrize("host", ["rote.internal", "localhost:8489", "127.0.0.1:80", "[::1]:8080"])
def test_the_page_answers_to_its_own_names(client: FlaskClient, host: str) -> None:
    assert client.get("/thing", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "rote.internal.evil.example", "evil.example:8489", "127.0.0.1.evil"]
)
def test_a_name_that_was_pointed_here_is_refused(client: FlaskClient, host: str) -> None:
    answer = client.get("/thing", headers={"Host": host})

    assert answer.status_code == 403
    assert b"rote.internal" in answer.data


@pytest.mark.parametrize("address", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_may_ask(client: FlaskClient, address: str) -> None:
    assert client.get("/thing", environ_base={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("address", ["192.168.1.7", "::ffff:10.0.0.1", "2001:db8::1", ""])
def test_another_machine_may_ask_for_counters_alone(client: FlaskClient, address: str) -> None:
    base = {"REMOTE_ADDR": address}

    assert client.get("/thing", environ_base=base).status_code == 403
    assert client.get("/api/health", environ_base=base).status_code == 200


def test_a_form_of_the_page_may_change_something(client: FlaskClient, token: str) -> None:
    answer = client.post(
        "/thing/change",
        data={TOKEN: token},
        headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    )

    assert (answer.status_code, answer.text) == (200, "changed")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        },
    ],
)
def test_a_form_of_another_site_changes_nothing_whatever_it_knows(
    client: FlaskClient, token: str, headers: dict[str, str]
) -> None:
    assert client.post("/thing/change", data={TOKEN: token}, headers=headers).status_code == 403


@pytest.mark.parametrize("given", [None, "", "0" * 64, "é"])
def test_a_form_without_the_right_token_changes_nothing(
    client: FlaskClient, given: str | None
) -> None:
    data = {} if given is None else {TOKEN: given}

    assert client.post("/thing/change", data=data).status_code == 403


def test_a_token_holds_for_one_form_of_one_process(client: FlaskClient, token: str) -> None:
    app = Flask("another")
    other = Guard(app)
    app.add_url_rule("/thing/change", view_func=str, methods=["POST"])

    assert other.token("/thing/change") != token
    assert other.token("/thing/change") != other.token("/thing/other")
    assert app.test_client().post("/thing/change", data={TOKEN: token}).status_code == 403
    assert client.post("/thing/change", data={TOKEN: token}).status_code == 200


def test_a_link_from_another_site_leads_here_but_no_frame_or_script_of_it(
    client: FlaskClient,
) -> None:
    def asked(mode: str, dest: str) -> int:
        fetched = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
        return client.get("/thing", headers=fetched).status_code

    assert asked("navigate", "document") == 200
    assert asked("navigate", "iframe") == 403
    assert asked("no-cors", "script") == 403


def test_every_answer_forbids_what_a_page_of_ours_never_does(client: FlaskClient) -> None:
    for answer in (client.get("/thing"), client.get("/thing", headers={"Host": "evil.example"})):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_too_long_is_refused(client: FlaskClient, token: str) -> None:
    data = {TOKEN: token, "name": "x" * (1 << 20)}

    assert client.post("/thing/change", data=data).status_code == 413
