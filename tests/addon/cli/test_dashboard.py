"""`rote dashboard`: the page at a loopback port."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from addon.cli.dashboard import PORT, Beside, page, serving
from tests.addon.cli.conftest import Rote
from tests.addon.dashboard.desk import desk, question
from tree.memory import Memory


@pytest.fixture
def running(environ: dict[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command over a store that is not there yet, and the address that it prints."""
    words = ["dashboard", "--no-open", "--store", str(tmp_path / "store")]
    command = [sys.executable, "-m", "addon.cli.main", *words]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, text=True, env=environ | {"PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[0]
        process.kill()


def test_it_prints_its_address_answers_there_and_ends_on_ctrl_c(
    running: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, address = running

    with urlopen(address, timeout=20) as answer:  # noqa: S310 - our own address
        before = answer.read().decode()
    with desk(tmp_path / "store") as one:
        one.run(question(1), 1)
    with urlopen(address, timeout=20) as answer:  # noqa: S310
        after = answer.read().decode()
    process.send_signal(signal.SIGINT)

    assert address.startswith("http://127.0.0.1:")
    assert "Nothing has passed through Rote yet" in before
    assert "answered from memory" in after
    assert process.wait(20) == 0


def test_it_answers_to_no_other_name(running: tuple[subprocess.Popen[str], str]) -> None:
    request = Request(running[1], headers={"Host": "evil.example"})  # noqa: S310

    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=20)  # noqa: S310

    assert refused.value.code == 403
    refused.value.close()


def test_a_port_that_is_taken_is_named(rote: Rote) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = rote("dashboard", "--no-open", "--port", str(taken.getsockname()[1]))

    assert result.exit_code == 1
    assert "is taken" in result.output


def test_where_its_usual_port_is_taken_it_takes_a_free_one(tmp_path: Path) -> None:
    app = page(Beside(tmp_path))

    with serving(app, None) as one, serving(app, None) as other:
        assert one.server_port != other.server_port
        assert other.server_port != PORT


def test_a_store_that_cannot_be_opened_is_told_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "data.mdb").write_bytes(b"no store" * 4096)
    beside = Beside(tmp_path)

    answer = page(beside).test_client().get("/")

    assert answer.status_code == 200
    assert "Nothing is remembered at present" in answer.text
    assert beside.health()["status"] == "degraded"


def test_a_store_is_let_go_of(tmp_path: Path) -> None:
    Memory(tmp_path, max_bytes=1 << 20).close()
    beside = Beside(tmp_path)

    assert beside.memory() is not None
    beside.close()

    Memory(tmp_path, max_bytes=1 << 20).close()
