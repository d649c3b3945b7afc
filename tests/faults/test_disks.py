"""A store that has no room, no permission or no sense: the proxy goes on, and says so once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lmdb
import pytest

from tests.addon import answers
from tests.addon.answers import asking
from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import StandIn, plain, stand_in
from tests.faults.rooms import fill, needs_mount, on_readonly_disk, on_small_disk, seen_by
from tree.memory import Memory
from tree.upkeep.check import verify

CHAT = "/v1/chat/completions"
MAP_BYTES = 1 << 28


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[StandIn]:
    with stand_in(tmp_path) as server:
        server.script = plain(answers.CHAT)
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """An empty folder for one."""
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def status(proxy: Proxied, question: str) -> str:
    """What the proxy decides about a question; the client gets an answer in any case."""
    response = proxy.post(CHAT, asking(question))
    assert response.status == 200
    assert json.loads(response.body)["choices"]  # type: ignore[attr-defined]
    return response.headers["cache-status"]


def healthy(proxy: Proxied) -> str:
    """What the proxy says of its store, once all that passed is dealt with."""
    proxy.settle()
    return str(proxy.own("/api/health")["store"]["state"])


def in_trouble(proxy: Proxied) -> str:
    """The same, as soon as it says anything but that all is well."""
    while (state := proxy.own("/api/health")["store"]["state"]) == "open":
        assert proxy.process.poll() is None
    return str(state)


@needs_mount
def test_a_full_disk_costs_memory_and_no_request(provider: StandIn, store: Path) -> None:
    small = on_small_disk(store, "4m")
    with proxied(store.parent, provider, f"rote_store={store}", prefix=small) as proxy:
        status(proxy, "with room")
        healthy(proxy)

        filler = fill(seen_by(proxy.process.pid, store))
        status(proxy, "without room")
        without_room = in_trouble(proxy)
        still_known = status(proxy, "with room")
        filler.unlink()
        status(proxy, "with room again")
        room_again = healthy(proxy)
        known = [status(proxy, question) for question in ("with room again", "without room")]

    assert "the disk is full" in without_room
    assert "; hit;" in still_known
    assert room_again == "open"
    assert "; hit;" in known[0]
    assert "fwd=miss" in known[1]
    assert "Traceback" not in proxy.log
    assert "the disk is full" in proxy.log


@needs_mount
def test_a_disk_that_is_full_from_the_first_leaves_a_plain_proxy(
    provider: StandIn, store: Path
) -> None:
    full = list(on_small_disk(store, "1m"))
    script = full.index("-c") + 1
    full[script] = full[script].replace(
        " && exec", ' && { head -c 2m /dev/zero >"$0/filler" 2>/dev/null || true; } && exec'
    )
    with proxied(store.parent, provider, f"rote_store={store}", prefix=full) as proxy:
        decided = status(proxy, "no room")
        state = healthy(proxy)

    assert "the store cannot be used" in decided
    assert "the disk is full" in state


@needs_mount
def test_a_store_that_cannot_be_written_leaves_a_plain_proxy(
    provider: StandIn, store: Path
) -> None:
    Memory(store, max_bytes=MAP_BYTES).close()
    readonly = on_readonly_disk(store)
    with proxied(store.parent, provider, f"rote_store={store}", prefix=readonly) as proxy:
        decided = status(proxy, "read only")
        state = healthy(proxy)

    assert "the store cannot be used" in decided
    assert "the disk cannot be written to" in state


def test_a_full_map_serves_on_and_learns_nothing_more(provider: StandIn, tmp_path: Path) -> None:
    said = json.loads(answers.CHAT)

    def long_answer(_body: bytes) -> object:
        said["choices"][0]["message"] = {"role": "assistant", "content": os.urandom(100_000).hex()}
        return plain(json.dumps(said).encode())

    with proxied(tmp_path, provider, "rote_max_mib=1") as proxy:
        status(proxy, "first")
        healthy(proxy)
        provider.script = long_answer  # type: ignore[assignment]
        for number in range(12):
            status(proxy, f"long {number}")
        full = in_trouble(proxy)
        first = status(proxy, "first")

    memory = Memory(tmp_path, max_bytes=1 << 20)
    findings = list(verify(memory))
    memory.close()
    assert "is full" in full
    assert "; hit;" in first
    assert "Traceback" not in proxy.log
    assert 1 <= proxy.log.count("is full") <= 2
    assert findings == []


def test_a_store_of_a_newer_layout_is_left_as_it_is(provider: StandIn, tmp_path: Path) -> None:
    Memory(tmp_path, max_bytes=MAP_BYTES).close()
    with lmdb.open(str(tmp_path), max_dbs=32) as env:
        meta = env.open_db(b"meta")
        with env.begin(write=True) as txn:
            txn.put(b"layout", (1_000).to_bytes(4), db=meta)
    content = (tmp_path / "data.mdb").read_bytes()

    with proxied(tmp_path, provider) as proxy:
        decided = status(proxy, "newer")
        state = healthy(proxy)

    assert "the store cannot be used" in decided
    assert "has layout 1000; this version knows up to" in state
    assert (tmp_path / "data.mdb").read_bytes() == content
    assert not list(tmp_path.glob("damaged-*"))


def test_a_damaged_store_is_put_aside_by_the_proxy_which_begins_a_new_one(
    provider: StandIn, tmp_path: Path
) -> None:
    with proxied(tmp_path, provider) as proxy:
        status(proxy, "before the damage")
        healthy(proxy)
    content = bytearray((tmp_path / "data.mdb").read_bytes())
    # A page that is all zeros ends the process that reads it: no error, nothing to catch.
    content[4 * 4096 :: 1] = bytes(len(content) - 4 * 4096)
    (tmp_path / "data.mdb").write_bytes(content)

    with proxied(tmp_path, provider) as proxy:
        lost = status(proxy, "before the damage")
        healthy(proxy)
        learnt_anew = status(proxy, "before the damage")

    assert "fwd=miss" in lost
    assert "; hit;" in learnt_anew
    assert f"It is now in {tmp_path / 'damaged-1'}" in proxy.log
    assert (tmp_path / "damaged-1" / "data.mdb").read_bytes() == content


def test_a_store_cut_short_under_the_proxy_leaves_a_plain_one_until_it_is_started_again(
    provider: StandIn, tmp_path: Path
) -> None:
    with proxied(tmp_path, provider) as proxy:
        status(proxy, "before the cut")
        healthy(proxy)
        status(proxy, "before the cut")
        content = (tmp_path / "data.mdb").read_bytes()[: 4 * 4096]

        os.truncate(tmp_path / "data.mdb", len(content))
        state = in_trouble(proxy)
        passed = [status(proxy, question) for question in ("before the cut", "after it")]

    with proxied(tmp_path, provider) as again:
        lost = status(again, "before the cut")
        healthy(again)
        learnt_anew = status(again, "before the cut")

    assert "another program cut its file short" in state
    assert all("fwd=bypass" in decided and "the store failed" in decided for decided in passed)
    assert "Traceback" not in proxy.log
    assert "fwd=miss" in lost
    assert "; hit;" in learnt_anew
    assert (tmp_path / "damaged-1" / "data.mdb").read_bytes() == content


def test_two_proxies_and_a_command_use_one_store(provider: StandIn, tmp_path: Path) -> None:
    rebuild = [str(Path(sys.executable).with_name("rote")), "rebuild", "--store", str(tmp_path)]
    environment = os.environ | {"ROTE_HOME": str(tmp_path)}
    with proxied(tmp_path, provider) as one, proxied(tmp_path, provider) as other:
        for number in range(10):
            status((one, other)[number % 2], f"shared {number}")
        command = subprocess.Popen(rebuild, env=environment)  # noqa: S603 - our own command
        for number in range(10, 20):
            status((one, other)[number % 2], f"shared {number}")
        ended = command.wait(60)
        healthy(one)
        healthy(other)
        crosswise = [status((other, one)[number % 2], f"shared {number}") for number in range(20)]

    memory = Memory(tmp_path, max_bytes=MAP_BYTES)
    findings = list(verify(memory))
    memory.close()
    assert ended == 0
    assert all("; hit;" in decided for decided in crosswise)
    assert findings == []
