"""A proxy that is killed at any instant loses nothing that it acknowledged, and starts again.

Acknowledged is what passed before `/api/health` said that nothing is pending. `ROTE_KILLS` says how often to kill;
`scripts/bench kills` does so 200 times.
"""

import http.client
import json
import os
import random
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from tests.addon import answers
from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import Script, plain, stand_in
from tree.check import verify
from tree.memory import Memory
from tree.message import Observation, Text

KILLS = int(os.environ.get("ROTE_KILLS", "6"))
LONGEST_S = 1.5
"""After so long at most the proxy is killed: it is recording and learning all that time."""
PATIENCE_S = 60
"""How long it may take the agent to have something acknowledged, and to kill the proxy then."""
CHAT = "/v1/chat/completions"
MAP_BYTES = 1 << 28


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
                body = {
                    "model": answers.MODEL,
                    "messages": [{"role": "user", "content": question(self.passed)}],
                }
                # Never from memory, so that each is an observation of its own.
                self.proxy.post(CHAT, json.dumps(body).encode(), cache_control="no-cache")
                self.passed += 1
                before = self.passed
                if not self.proxy.own("/api/health")["pending"]:
                    self.acknowledged.update(range(self.first, before))
                    if self.kills is not None and len(self.acknowledged) >= self.kills:
                        self.proxy.process.kill()


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
