"""How a proxy is started: its arguments, and a port that is free."""

import socket
from pathlib import Path

import click
import pytest

from addon.authority import Authority
from addon.cli.proxy import SCRIPT, Wish, arguments, check_port, free_port, proxy_beyond
from tests.addon.cli.conftest import StandIn

WISH = Wish(mode="serve", store=Path("/memory"), hosts=(), settings=())


def settings(words: list[str]) -> dict[str, str]:
    """The options among the arguments."""
    given = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
    return dict(text.split("=", 1) for text in given)


def test_mitmproxy_is_told_where_to_listen(authority: Authority) -> None:
    words = arguments(WISH, "127.0.0.1", 8080, authority, {})

    assert SCRIPT.exists()
    assert words[:4] == ["--listen-host", "127.0.0.1", "--listen-port", "8080"]
    assert settings(words) == {"rote_mode": "serve", "rote_store": "/memory"}


def test_what_the_user_sets_by_its_own_name_is_set_once_and_last(authority: Authority) -> None:
    wish = Wish("replay", None, ("a.example=openai-chat",), ("rote_ttl=7d", "rote_mode=off"))

    words = arguments(wish, "127.0.0.1", 8080, authority, {})

    assert "rote_hosts=a.example=openai-chat" in words
    assert settings(words)["rote_ttl"] == "7d"
    assert settings(words)["rote_mode"] == "off"


@pytest.mark.parametrize(
    ("environ", "beyond"),
    [
        ({}, ""),
        ({"HTTPS_PROXY": ""}, ""),
        ({"HTTPS_PROXY": "http://corp:3128"}, "http://corp:3128"),
        ({"https_proxy": "corp:3128"}, "http://corp:3128"),
        ({"https_proxy": "http://small", "HTTPS_PROXY": "http://BIG"}, "http://small"),
        ({"https_proxy": "http://r:1", "ROTE_PROXY": "http://r:1"}, ""),
        ({"https_proxy": "http://r:2", "ROTE_PROXY": "http://r:1"}, "http://r:2"),
    ],
)
def test_a_proxy_of_the_users_is_told_from_rotes_own(environ: dict[str, str], beyond: str) -> None:
    assert proxy_beyond(environ) == beyond


def test_what_is_not_known_goes_on_through_the_users_proxy(authority: Authority) -> None:
    environ = {"HTTPS_PROXY": "http://me:p%40ss@corp:3128"}

    found = settings(arguments(WISH, "127.0.0.1", 8080, authority, environ))

    assert found["mode"] == "upstream:http://corp:3128"
    assert found["upstream_auth"] == "me:p@ss"


@pytest.mark.parametrize("url", ["socks5://corp:1080", "ftp://corp"])
def test_a_proxy_that_mitmproxy_cannot_speak_to_is_left_out(url: str, authority: Authority) -> None:
    words = arguments(WISH, "127.0.0.1", 8080, authority, {"HTTPS_PROXY": url})

    assert "mode" not in settings(words)


def test_the_users_own_mode_wins(authority: Authority) -> None:
    wish = Wish("serve", None, (), ("mode=reverse:https://api.openai.com",))

    words = arguments(wish, "127.0.0.1", 8080, authority, {"HTTPS_PROXY": "http://corp:3128"})

    assert [word for word in words if word.startswith("mode=")] == [
        "mode=reverse:https://api.openai.com"
    ]


def test_a_companys_roots_are_trusted_upstream_too(authority: Authority, tmp_path: Path) -> None:
    company = tmp_path / "company.pem"
    company.write_bytes(b"-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n")

    words = arguments(WISH, "127.0.0.1", 8080, authority, {"SSL_CERT_FILE": str(company)})

    assert settings(words)["ssl_verify_upstream_trusted_ca"] == str(authority.bundle_file)


def test_a_free_port_can_be_listened_at() -> None:
    check_port("127.0.0.1", free_port("127.0.0.1"))


def test_a_port_that_rote_listens_at_already_is_no_accident(stand_in: StandIn) -> None:
    with pytest.raises(
        click.ClickException, match=r"Rote 1\.2\.3 runs at port \d+ already: use it"
    ):
        check_port("127.0.0.1", stand_in.port)


def test_a_port_that_is_taken_leads_to_the_next(stand_in: StandIn) -> None:
    stand_in.health = "hello"

    with pytest.raises(click.ClickException, match=f"rote serve --port {stand_in.port + 1}"):
        check_port("127.0.0.1", stand_in.port)


def test_a_host_that_is_not_here_is_refused() -> None:
    with pytest.raises(click.ClickException, match=r"nobody can listen on 192\.0\.2\.1:8080"):
        check_port("192.0.2.1", 8080)


def test_a_name_that_leads_nowhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_args: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)

    with pytest.raises(click.ClickException, match="nobody can listen on nowhere:8080"):
        check_port("nowhere", 8080)
