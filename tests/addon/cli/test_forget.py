"""`rote forget` and `rote prune`: what goes is said, asked for, and gone, beside a running proxy too."""

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.addon import answers
from tests.addon.cli.conftest import Rote
from tests.addon.cli.remembered import asking, fill, lending, opened
from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import StandIn, plain, stand_in
from tests.tree.traffic import NAMES
from tree.canonical import path_of
from tree.memory import Hit

FIRST = path_of(asking(NAMES[0]))[-1].hex()


@pytest.fixture
def filled(home: Path) -> Path:
    fill(home)
    return home


def remembered(home: Path) -> int:
    """How many of the requests are known."""
    memory = opened(home)
    found = [memory.recall(asking(name), 1) for name in NAMES]
    memory.close()
    return sum(isinstance(one, Hit) for one in found)


def test_it_says_what_will_go_and_asks(rote: Rote, filled: Path) -> None:
    result = rote("forget", FIRST)

    assert result.exit_code == 1
    assert "1 observation will go, with 1 answer" in result.output
    assert "Forget it for good?" in result.stderr
    assert remembered(filled) == len(NAMES)


def test_a_dry_run_changes_nothing(rote: Rote, filled: Path) -> None:
    before = (filled / "data.mdb").read_bytes()

    result = rote("forget", "--all", "--dry-run")

    assert (result.exit_code, "36 observations will go" in result.output) == (0, True)
    assert (filled / "data.mdb").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ((FIRST[:12],), 17),
        ((FIRST[:12], "--below"), 17),
        (("--tool", "lend"), 18),
        (("--tool", "find_reader"), 0),
        (("--older", "1d"), 0),
        (("--tenant", "5f0c"), 0),
        (("--all",), 0),
    ],
)
def test_what_was_meant_is_gone(
    rote: Rote, filled: Path, words: tuple[str, ...], left: int
) -> None:
    result = rote("forget", *words, "--yes")

    assert result.exit_code == 0
    assert "the file holds nothing of it" in result.output
    assert remembered(filled) == left


def test_what_was_forgotten_is_in_no_byte_of_the_file(rote: Rote, filled: Path) -> None:
    assert any(name.encode() in (filled / "data.mdb").read_bytes() for name in NAMES)

    rote("forget", "--all", "--yes")
    rote("rebuild")

    data = (filled / "data.mdb").read_bytes()
    assert not any(name.encode() in data for name in NAMES)


@pytest.mark.usefixtures("filled")
def test_as_json_it_tells_what_went(rote: Rote) -> None:
    planned = msgspec.json.decode(rote("forget", "--all", "--dry-run", "--json").output)
    done = msgspec.json.decode(rote("forget", "--all", "--yes", "--json").output)

    assert (planned["done"], done["done"], done["effect"]["wiped"]) == (False, True, True)
    assert planned["effect"]["observations"] == done["effect"]["observations"] == 36


@pytest.mark.usefixtures("filled")
def test_where_nothing_fits_nothing_is_changed(rote: Rote) -> None:
    for words in (("--tool", "fly"), ("--tenant", "nobody"), ("ffffffff",)):
        assert rote("forget", *words, "--yes").exit_code == 1


@pytest.mark.parametrize("words", [(), ("ab", "--all"), ("--older", "soon"), ("--older", "-1d")])
def test_wrong_usage_is_told(rote: Rote, words: tuple[str, ...]) -> None:
    assert rote("forget", *words).exit_code == 2


def test_pruning_spares_what_is_recent_and_what_is_trusted(rote: Rote, home: Path) -> None:
    fill(home, [*lending(NAMES[:3]), *lending(NAMES[3:5], time.time_ns())])
    rote("trust", FIRST)

    result = rote("prune", "--unused", "30d", "--yes")

    assert result.exit_code == 0
    assert "5 observations will go" in result.output
    assert remembered(home) == 3


QUESTION = "Where does the peculiar heron sleep?"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[StandIn]:
    with stand_in(tmp_path) as server:
        yield server


def ask(proxy: Proxied) -> str:
    messages = [{"role": "user", "content": QUESTION}]
    body = json.dumps({"model": answers.MODEL, "messages": messages}).encode()
    response: http.client.HTTPResponse = proxy.post("/v1/chat/completions", body)
    return response.getheader("cache-status", "").split(";")[1].strip()


def test_beside_a_running_proxy_the_next_request_is_forwarded(
    rote: Rote, home: Path, provider: StandIn
) -> None:
    home.mkdir()
    with proxied(home, provider) as proxy:
        provider.script = plain(answers.CHAT)
        ask(proxy)
        proxy.settle()
        before = ask(proxy)

        result = rote("forget", "--all", "--yes")
        after = ask(proxy)
        proxy.settle()

    assert (before, result.exit_code, after) == ("hit", 0, "fwd=miss")
    assert rote("verify").exit_code == 0
