"""`rote run`: the command's exit code, signals and surroundings, and what is said at the end."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from addon.cli.run import _run, _stats_once_learnt, summary
from addon.cli.setting import listens
from addon.figures.prices import load
from addon.figures.savings import Savings, savings
from tests.addon.cli.conftest import TALLIES, Rote
from tree.memory import Tally, TallyKey

WAIT = "import os, sys; print(os.environ['HTTPS_PROXY'], flush=True); sys.stdin.read()"
"""A command that says where its proxy is, and waits."""


@pytest.fixture
def waiting(environ: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`rote run` with that command in it."""
    words = [sys.executable, "-m", "addon.cli.main", "run", "--", sys.executable, "-c", WAIT]
    with subprocess.Popen(  # noqa: S603  # our own
        words,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()


def port_of(process: subprocess.Popen[str]) -> int:
    """Where its proxy listens, as soon as the command runs."""
    assert process.stdout
    return int(process.stdout.readline().rpartition(":")[2])


def test_a_command_that_is_missing_is_told_as_shells_do(rote: Rote, home: Path) -> None:
    result = rote("run", "--", "no-such-command", "--flag")

    assert result.exit_code == 127
    assert "there is no command 'no-such-command'" in result.stderr
    assert not home.exists()


def test_a_file_that_is_no_program_is_told_as_shells_do(rote: Rote, tmp_path: Path) -> None:
    file = tmp_path / "agent.py"
    file.write_text("print()")

    result = rote("run", "--", str(file))

    assert result.exit_code == 126
    assert f"chmod +x {file}" in result.stderr


def test_without_a_command_it_says_what_is_missing(rote: Rote) -> None:
    result = rote("run")

    assert result.exit_code == 2
    assert "COMMAND" in result.stderr


def test_a_proxy_that_cannot_start_says_why(rote: Rote, home: Path) -> None:
    result = rote("run", "--set", "rote_ttl=soon", "--", "true")

    assert result.exit_code == 1
    assert (
        "the proxy did not start: Invalid value for --set rote_ttl=soon: rote_ttl must"
        in result.stderr
    )
    assert [*(home / "state").iterdir()] == []


def test_the_command_runs_behind_a_proxy_of_its_own(environ: dict[str, str], home: Path) -> None:
    code = (
        "import os, sys\n"
        "from urllib.parse import urlsplit\n"
        "from addon.cli import probe\n"
        "health = probe.health('127.0.0.1', urlsplit(os.environ['HTTPS_PROXY']).port)\n"
        "print(health.mode, os.environ['SSL_CERT_FILE'], 'HTTP_PROXY' in os.environ, input())\n"
        "sys.exit(7)"
    )
    words = ["run", "--mode", "shadow", "--", sys.executable, "-c", code]

    done = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-m", "addon.cli.main", *words],
        env=environ,
        input="its own input",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == f"shadow {home}/ca/rote-bundle.pem False its own input\n", done.stderr
    assert done.returncode == 7
    assert done.stderr.startswith("rote: no request came through.")
    assert [*(home / "state").iterdir()] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_command_and_then_the_proxy(
    number: signal.Signals, waiting: subprocess.Popen[str]
) -> None:
    port = port_of(waiting)

    waiting.send_signal(number)
    code = waiting.wait()

    # Python turns SIGINT into an exception, and then ends by that signal all the same.
    assert code == 128 + number
    assert not listens("127.0.0.1", port)


def test_the_proxy_does_not_outlive_a_killed_parent(waiting: subprocess.Popen[str]) -> None:
    port = port_of(waiting)

    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        waiting.kill()
        rest = connection.recv(1)

    assert rest == b""


def test_a_command_that_kills_itself_leaves_the_code_that_shells_give() -> None:
    assert _run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], {}) == 137


def test_a_program_that_the_system_refuses_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "agent"
    file.write_bytes(b"\x7fELF and no more")
    file.chmod(0o755)

    code = _run([str(file)], {})

    assert code == 126
    assert f"rote: {file} cannot be run: " in capsys.readouterr().err


def test_what_the_command_changes_in_us_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    _run([sys.executable, "-c", ""], {})

    assert signal.getsignal(signal.SIGTERM) == before


def test_a_proxy_that_is_gone_has_counted_nothing() -> None:
    assert _stats_once_learnt(1) is None


def counted(**outcomes: int) -> Savings:
    """What was counted, with that much more than in `TALLIES`."""
    more = {
        TallyKey("2026-03-11", "openai-chat", "api.openai.com", "gpt-4o", name.replace("_", "-")): (
            Tally(number, 1_000_000 * number, 0, 0, 2_000 * number)
        )
        for name, number in outcomes.items()
    }
    return savings({**TALLIES, **more}, load())


BEFORE = counted()


@pytest.mark.parametrize(
    ("after", "says"),
    [
        (
            counted(hit_literal=2, miss=1, bypass=1),
            "rote: 4 requests: 2 served from memory, 1 forwarded, 1 passed by. Saved 2,000,000 tokens, $5.00 and 4.0 s",
        ),
        (
            counted(miss=1),
            "rote: 1 request: 0 served from memory, 1 forwarded. The next run can be answered from memory.",
        ),
        (counted(hit_template=1), "rote: 1 request: 1 served from memory, 0 forwarded. Saved"),
        (
            BEFORE,
            "rote: no request came through. Does the command take its proxy from HTTPS_PROXY?",
        ),
        (None, "rote: the proxy ended before the command did"),
    ],
)
def test_the_summary_tells_what_this_run_added(after: Savings | None, says: str) -> None:
    assert summary(BEFORE, after).startswith(says)
