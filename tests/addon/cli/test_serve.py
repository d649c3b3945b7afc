"""`rote serve`: what it refuses before it begins, and that it serves until it is told to end."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from addon.cli import probe
from addon.cli.proxy import Wish, free_port
from addon.cli.serve import _greet
from tests.addon.cli.conftest import Rote, StandIn


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--hosts", "localhost"], "is not of the form host[:port]=api"),
        (["--hosts", "localhost=telepathy"], "names the API 'telepathy'"),
        (["--set", "rote_ttl"], "is not of the form NAME=VALUE"),
        (["--set", "rote_ttl=soon"], "must be like 90s"),
        (["--set", "rote_tll=7d"], "there is no option rote_tll"),
        (["--set", "anticache=true"], "mitmdump -s addon/main.py --set anticache="),
        (["--set", "http2=maybe"], "http2"),
        (["--mode", "sevre"], "'sevre' is not one of"),
        (["--port", "0"], "0 is not in the range"),
    ],
)
def test_wrong_input_is_refused_before_anything_starts(
    words: list[str], says: str, rote: Rote
) -> None:
    result = rote("serve", *words)

    assert result.exit_code == 2
    assert says in result.stderr


def test_a_port_that_is_taken_is_told(rote: Rote, stand_in: StandIn) -> None:
    result = rote("serve", "--port", str(stand_in.port))

    assert result.exit_code == 1
    assert "runs at port" in result.stderr


def test_a_proxy_of_the_users_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret@corp:3128")

    _greet(Wish("serve", None, (), ()), "127.0.0.1", 8080)

    said = capsys.readouterr().err
    assert "your own proxy http://corp:3128" in said
    assert "secret" not in said


def test_it_greets_with_what_was_set_by_its_own_name(capsys: pytest.CaptureFixture[str]) -> None:
    settings = ("rote_mode=shadow", "rote_store=/elsewhere")

    _greet(Wish("serve", None, (), settings), "127.0.0.1", 8080)

    assert "mode shadow, memory in /elsewhere\n" in capsys.readouterr().err


def test_it_serves_until_it_is_told_to_end(environ: dict[str, str], home: Path) -> None:
    port = free_port("127.0.0.1")
    words = [sys.executable, "-m", "addon.cli.main", "serve", "--port", str(port)]

    with subprocess.Popen(  # noqa: S603  # our own
        words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as proxy:
        assert proxy.stdout
        said = next(line for line in proxy.stdout if "listening" in line)
        health = probe.health("127.0.0.1", port)
        proxy.send_signal(signal.SIGTERM)
        _, greeting = proxy.communicate()

    assert str(port) in said
    assert health.mode == "serve"
    assert proxy.returncode == 0
    assert f"Rote listens on 127.0.0.1:{port}, mode serve, memory in {home}" in greeting
    assert f'eval "$(rote env --port {port})"' in greeting
