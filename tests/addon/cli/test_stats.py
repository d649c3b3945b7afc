"""`rote stats`, over real stores."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from addon.words import wording
from tests.addon.cli.conftest import TALLIES, Rote
from tests.tree.silence import OPENING, silence
from tests.tree.talk import SCOPE, asked, seen
from tree.memory import Limits, Memory, Tally, TallyKey


@pytest.fixture
def filled(home: Path) -> Path:
    memory = Memory(home, max_bytes=1 << 24)
    memory.count(TALLIES)
    memory.close()
    return home


def test_without_a_store_it_says_how_to_begin(rote: Rote, home: Path) -> None:
    result = rote("stats")

    assert result.exit_code == 0
    assert "Nothing has passed through Rote yet." in result.output
    assert "rote run -- python my_agent.py" in result.output
    assert not home.exists()


@pytest.mark.usefixtures("filled")
def test_it_shows_what_was_saved_by_model(rote: Rote) -> None:
    output = rote("stats").output

    assert "6 requests since 2026-03-09: 4 served from memory (67%), 2 forwarded" in output
    assert "Saved 1,100,050 tokens, $3.50 and 4.0 s of waiting." in output
    assert "gpt-4o" in output
    assert "No price is known for [mystery]: counted in tokens alone." in output


@pytest.mark.usefixtures("filled")
def test_the_last_days_may_hold_nothing(rote: Rote) -> None:
    assert "in the last 2 days yet" in rote("stats", "--days", "2").output
    assert "in the last 1 day yet" in rote("stats", "--days", "1").output


@pytest.mark.usefixtures("filled")
def test_as_json_it_is_the_document_of_the_api(rote: Rote) -> None:
    document = msgspec.json.decode(rote("stats", "--json").output)

    assert document["requests"] == 6
    assert document["hits"] == {"literal": 4, "template": 0}
    assert document["tokens_saved"]["input"] == 1_000_050
    assert [model["model"] for model in document["models"]] == ["gpt-4o", "[mystery]"]


def test_what_was_silenced_and_how_versions_changed_is_told(rote: Rote, home: Path) -> None:
    memory = Memory(home, max_bytes=1 << 24, limits=Limits())
    memory.record([seen(asked("hello"), "hi")])
    memory.learn()
    silence(memory, SCOPE)
    versions = {
        TallyKey(day, "an-api", SCOPE.origin, SCOPE.model, f"version {version}"): Tally(3)
        for day, version in (("2026-03-09", "m-1"), ("2026-03-10", "m-2"))
    }
    memory.count(versions | TALLIES)
    memory.close()

    output = rote("stats").output
    document = msgspec.json.decode(rote("stats", "--json").output)

    assert f"Silenced ({SCOPE.model}): {OPENING}" in output
    assert "3 of 29; last red 28 was foreseen, and blue 28 came" in output
    assert f"{SCOPE.model} was m-2: 2026-03-10, 3 answers." in output
    assert document["alarms"][0]["wrong"] == 3
    assert [one["version"] for one in document["versions"]] == ["m-2", "m-1"]


def test_a_store_elsewhere_can_be_named(rote: Rote, filled: Path, tmp_path: Path) -> None:
    result = rote("stats", "--store", str(filled), ROTE_HOME=str(tmp_path / "other"))

    assert "6 requests" in result.output


def test_it_reads_beside_a_writer(environ: dict[str, str], filled: Path) -> None:
    memory = Memory(filled, max_bytes=1 << 24)

    done = subprocess.run(  # our own
        [sys.executable, "-m", "addon.cli.main", "stats"],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )

    memory.close()
    assert "6 requests" in done.stdout


def test_a_store_that_cannot_be_read_is_named(rote: Rote, home: Path) -> None:
    home.mkdir()
    (home / "data.mdb").write_bytes(b"no database" * 1000)

    result = rote("stats")

    assert result.exit_code == 1
    assert f"{home} cannot be used" in result.stderr
    assert "rote doctor" in result.stderr


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (90, "2 min"),
        (3569, "59 min"),
        (3580, "1 h 0 min"),
        (9000, "2 h 30 min"),
    ],
)
def test_waiting_is_told_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (None, "?"),
        (0, "$0"),
        (0.00123, "$0.0012"),
        (0.5, "$0.5000"),
        (1234.5, "$1,234.50"),
        (-0.5, "-$0.5000"),
        (-1234.5, "-$1,234.50"),
    ],
)
def test_money_is_told_to_a_digit_that_matters(usd: float | None, text: str) -> None:
    assert wording.money(usd) == text
