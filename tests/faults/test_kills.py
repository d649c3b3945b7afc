"""A proxy that is killed at any instant loses nothing that it acknowledged, and starts again.

Acknowledged is what passed before `/api/health` said that nothing is pending. `ROTE_KILLS` says how often to kill;
`scripts/bench kills` does so 200 times.
"""

import dataclasses
import http.client
import json
import os
import random
import subprocess
import threading
from contextlib import closing, suppress
from pathlib import Path

import lmdb

from tests.addon import answers
from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import Script, plain, stand_in, stream
from tree.memory import Memory
from tree.message import Observation, Text
from tree.upkeep.check import verify

KILLS = int(os.environ.get("ROTE_KILLS", "6"))
LONGEST_S = 1.5
"""After so long at most the proxy is killed: it is recording and learning all that time."""
PATIENCE_S = 60
"""How long it may take the agent to have something acknowledged, and to kill the proxy then."""
CHAT = "/v1/chat/completions"
MAP_BYTES = 1 << 28
WAITING = 4
"""Answers that wait for the store at once."""
LOOKS = 40
"""How often a proxy is asked whether it holds what it cannot have written: recording is much quicker than one look."""


def question(number: int) -> str:
    """Requests that are alike, so that there is something to learn as well."""
    return f"Which berth has ship {number}? Answer with the number and the berth."


def answering(body: bytes) -> Script:
    """The answer of the stand-in, with the number that was asked for."""
    asked = json.loads(body)["messages"][-1]["content"]
    number = asked.split("ship ")[1].split("?")[0]
    said = json.loads(answers.CHAT)
    said["choices"][0]["message"] = {"role": "assistant", "content": f"Ship {number}: berth 7"}
    return plain(json.dumps(said).encode())


class Agent(threading.Thread):
    """Asks one thing after another until nobody answers, and notes what is acknowledged.

    Args:
        proxy: Whom to ask.
        first: The number of the first thing.
        kills: Acknowledgements after which it kills the proxy itself, at once: nothing may be acknowledged too early.
    """

    def __init__(self, proxy: Proxied, first: int, kills: int | None) -> None:
        super().__init__()
        self.proxy, self.first, self.kills = proxy, first, kills
        self.passed = first
        self.acknowledged: set[int] = set()

    def run(self) -> None:
        with suppress(OSError, http.client.HTTPException, ValueError):
            while True:
                # Never from memory, so that each is an observation of its own.
                self.proxy.post(CHAT, body_of(self.passed), cache_control="no-cache")
                self.passed += 1
                before = self.passed
                if not self.proxy.own("/api/health")["pending"]:
                    self.acknowledged.update(range(self.first, before))
                    if self.kills is not None and len(self.acknowledged) >= self.kills:
                        self.proxy.process.kill()


def body_of(number: int, **more: bool) -> bytes:
    """The request that asks it."""
    messages = [{"role": "user", "content": question(number)}]
    return json.dumps({"model": answers.MODEL, "messages": messages} | more).encode()


def left_in(store: Path) -> list[str]:
    """What was asked in all that a store holds, which is found sound."""
    memory = Memory(store, max_bytes=MAP_BYTES)
    kept = [asked(observation) for _, observation in memory.observations()]
    findings = list(verify(memory))
    memory.close()
    assert not findings
    return kept


def asked(observation: Observation) -> str:
    """What was asked."""
    part = observation.conversation.messages[-1].parts[0]
    assert isinstance(part, Text)
    return part.text


def test_a_proxy_that_is_killed_at_any_instant_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(os.urandom(8))  # noqa: S311 - any instant will do
    acknowledged: set[int] = set()
    first = lost = 0
    with stand_in(tmp_path) as provider:
        provider.script = answering
        for kill in range(KILLS):
            with proxied(tmp_path, provider) as proxy:
                agent = Agent(proxy, first, chance.randint(1, 5) if kill % 2 else None)
                agent.start()
                with suppress(subprocess.TimeoutExpired):
                    proxy.process.wait(PATIENCE_S if kill % 2 else chance.uniform(0, LONGEST_S))
                proxy.process.kill()
                agent.join()
            acknowledged |= agent.acknowledged
            first = agent.passed + 1

            memory = Memory(tmp_path, max_bytes=MAP_BYTES)
            kept = {asked(observation) for _, observation in memory.observations()}
            findings = list(verify(memory))
            memory.close()

            lost += len({question(number) for number in acknowledged} - kept)
            assert not findings, f"after kill {kill + 1}"
            assert not lost, f"after kill {kill + 1}"
    print(f"{KILLS} kills survived, {len(acknowledged)} acknowledged, {lost} lost")  # noqa: T201 - for the bench
    assert acknowledged


def test_what_waits_for_the_store_is_not_acknowledged(tmp_path: Path) -> None:
    with stand_in(tmp_path) as provider, proxied(tmp_path, provider) as proxy:
        provider.script = answering
        proxy.post(CHAT, body_of(0))
        proxy.settle()

        # Somebody else writes, and so whatever the proxy is to remember from here on waits.
        with (
            lmdb.open(str(tmp_path), map_size=MAP_BYTES, create=False) as writer,
            writer.begin(write=True),
        ):
            for number in range(1, WAITING + 1):
                proxy.post(CHAT, body_of(number), cache_control="no-cache")
            told = {proxy.own("/api/health")["pending"] for _ in range(LOOKS)}
            proxy.process.kill()
            proxy.process.wait()

    assert told == {WAITING}
    assert left_in(tmp_path) == [question(0)]


def test_what_is_still_passing_is_not_acknowledged(tmp_path: Path) -> None:
    gone = threading.Event()
    with stand_in(tmp_path) as provider, proxied(tmp_path, provider) as proxy:
        provider.script = answering
        proxy.post(CHAT, body_of(0))
        proxy.settle()

        provider.script = dataclasses.replace(stream(*answers.CHAT_STREAM), gate=gone.wait)
        connection = proxy.connect()
        connection.request("POST", CHAT, body_of(1, stream=True))
        with closing(connection), connection.getresponse() as response:
            response.read1(1)
            pending = proxy.own("/api/health")["pending"]
            proxy.process.kill()
            proxy.process.wait()
        gone.set()

    assert pending == 1
    assert left_in(tmp_path) == [question(0)]
