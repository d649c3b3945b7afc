"""Agents that mix hits, misses, streams and learning for a long time: nothing lost, nothing wrong, no growth."""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import page
from bursts import Target, connected, post
from contest import Ring, private_mb, ring
from model import asked
from tree.memory import Memory
from tree.message import Text

TRAYS = ("east", "west", "north", "south", "attic", "cellar")
WARM_SHARE = 0.4
"""Of the time, after which memory is expected to have its size."""
TELLING_S = 300
"""In less time than this it has not reached its size."""
GROWTH_SHARE, GROWTH_MB = 0.15, 25.0
"""By which it may differ all the same."""
SYSTEMS = ("You file papers.", "You file papers for an archive. " * 40)

type Json = Any


@dataclass
class Watch:
    """What was seen."""

    latencies_ms: dict[str, list[float]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    stored: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """What was said in requests whose answers Rote said it would remember, and that arrived in full."""
    memory_mb: list[float] = field(default_factory=list)

    def note(self, status: str, seconds: float, wish: "Wish") -> None:
        """Take down one answer."""
        kind = status.rpartition("detail=")[2] if "; hit;" in status else "miss"
        self.outcomes[kind] += 1
        self.stored[wish.system, asked(wish.paper, wish.tray)] += "; stored" in status
        self.latencies_ms.setdefault(kind, []).append(seconds * 1000)


@dataclass(frozen=True)
class Wish:
    """A request, and what must come of it."""

    paper: str
    tray: str
    stream: bool
    system: str

    def body(self) -> bytes:
        """As it is sent."""
        messages = [{"role": "system", "content": self.system}]
        messages.append({"role": "user", "content": asked(self.paper, self.tray)})
        request: dict[str, Json] = {"model": "stand-in-1", "messages": messages}
        return json.dumps(request | ({"stream": True} if self.stream else {})).encode()


class Agent:
    """Asks for papers: mostly some that everybody asks for again and again, else one that nobody ever asked for."""

    def __init__(self, number: int, target: Target, watch: Watch, pause_s: float) -> None:
        self._number, self._target, self._watch = number, target, watch
        self._pause_s = pause_s
        self._source = random.Random(number)  # noqa: S311 - an order, no secret
        self._asked = 0

    async def work(self, ends: float) -> None:
        """Ask until the time is over, over a new connection now and then."""
        await asyncio.sleep(self._source.random() * self._pause_s)  # they do not set out at once
        while time.monotonic() < ends:
            reader, writer = await connected(self._target)
            for _ in range(self._source.randrange(5, 60)):
                await self._ask(reader, writer, self._wish())
                if time.monotonic() >= ends:
                    break
                at_work = (0.5 + self._source.random()) * self._pause_s
                await asyncio.sleep(at_work + self._source.random() * 0.1)
            writer.close()

    def _wish(self) -> Wish:
        draw, self._asked = self._source.random(), self._asked + 1
        new = f"P-{self._number}-{self._asked}"
        paper = new if draw < 0.3 else f"P-{self._source.randrange(40)}"  # noqa: PLR2004
        tray, system = self._source.choice(TRAYS), self._source.choice(SYSTEMS)
        return Wish(paper, tray, self._source.random() < 0.5, system)  # noqa: PLR2004

    async def _ask(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wish: Wish
    ) -> None:
        began = time.perf_counter()
        writer.write(post(self._target.authority, wish.body()))
        head, body = await _response(reader)
        took = time.perf_counter() - began
        status = head.get("cache-status", "no status")
        self._watch.note(status, took, wish)
        said = _arguments(body, stream=wish.stream)
        if said != {"paper": wish.paper, "tray": wish.tray}:
            self._watch.wrong.append(f"{wish.paper}, {wish.tray}: {said} ({status})")


async def _response(reader: asyncio.StreamReader) -> tuple[dict[str, str], bytes]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    if " 200 " not in lines[0]:
        sys.exit(f"no answer: {lines[0]}")
    pairs = (line.partition(":") for line in lines[1:] if line)
    head = {name.lower(): value.strip() for name, _, value in pairs}
    if "content-length" in head:
        return head, await reader.readexactly(int(head["content-length"]))
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return head, body


def _arguments(body: bytes, *, stream: bool) -> Json:
    """The arguments of the only call of an answer."""
    if not stream:
        call = json.loads(body)["choices"][0]["message"]["tool_calls"][0]
        return json.loads(call["function"]["arguments"])
    said = ""
    for line in body.split(b"\n\n"):
        if line.startswith(b"data: {"):
            for choice in json.loads(line[6:])["choices"]:
                for call in choice["delta"].get("tool_calls") or []:
                    said += call["function"].get("arguments") or ""
    return json.loads(said)


async def watched(made: Ring, agents: int, seconds: float, pause_s: float) -> Watch:
    """Let the agents work, and look at the proxy's memory meanwhile."""
    watch, target = Watch(), made.target("rote", [b"{}"])
    began = time.monotonic()
    ends = began + seconds
    working = [Agent(number, target, watch, pause_s).work(ends) for number in range(agents)]
    looking = asyncio.create_task(_look(made, watch, began, seconds))
    await asyncio.gather(*working)
    await looking
    return watch


async def _look(made: Ring, watch: Watch, began: float, seconds: float) -> None:
    while (spent := time.monotonic() - began) < seconds:
        await asyncio.sleep(min(2.0, seconds / 50))
        watch.memory_mb.append(private_mb(made.processes["rote"]))
        if sys.stderr.isatty():
            said = f"{spent:.0f} of {seconds:.0f} s, {watch.outcomes.total():,} answers"
            print(f"\r{said:60}\r", end="", file=sys.stderr, flush=True)


def health(made: Ring) -> Json:
    """What the proxy says of itself once all is taken in."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": f"http://127.0.0.1:{made.ports['rote']}"})
    )
    deadline, said = time.monotonic() + 600, None
    while time.monotonic() < deadline:
        with opener.open("http://rote.internal/api/health", timeout=60) as response:
            said = json.load(response)
        if not said["pending"]:
            return said
        time.sleep(0.2)
    sys.exit(f"what was recorded is not learnt: {said}")


def growth(memory_mb: list[float]) -> tuple[float, float]:
    """The size once warm and at the end, in MB: medians of the fifths of the time that come then."""
    fifth, warm = max(1, len(memory_mb) // 5), int(len(memory_mb) * WARM_SHARE)
    return (
        statistics.median(memory_mb[warm : warm + fifth]),
        statistics.median(memory_mb[-fifth:]),
    )


def remembered(made: Ring) -> Counter[tuple[str, ...]]:
    """What was said in the requests of all observations."""
    memory = Memory(made.folder / "store", max_bytes=4 << 30, readonly=True)
    found: Counter[tuple[str, ...]] = Counter()
    for _, seen in memory.observations():
        parts = (part for message in seen.conversation.messages for part in message.parts)
        found[tuple(part.text for part in parts if isinstance(part, Text))] += 1
    memory.close()
    return found


def troubles(
    watch: Watch, said: Json, observations: Counter[tuple[str, ...]], seconds: float
) -> list[str]:
    """All that is not as it must be."""
    found = [f"wrong: {one}" for one in watch.wrong[:10]]
    lost = (watch.stored - observations).total() - said["shed"]
    if lost > 0:
        found.append(f"{lost} answers are neither remembered nor counted as let go")
    if said["status"] != "ok":
        found.append(f"its health: {said}")
    kinds = {"literal", "template", "miss"}
    if missing := kinds - set(watch.outcomes):
        found.append(f"never happened: {', '.join(sorted(missing))}")
    warm, last = growth(watch.memory_mb)
    if seconds >= TELLING_S and last > warm * (1 + GROWTH_SHARE) + GROWTH_MB:
        found.append(f"memory grew from {warm:.0f} to {last:.0f} MB")
    return found


def row(kind: str, watch: Watch) -> list[str]:
    """The latencies of one kind of answer."""
    times = sorted(watch.latencies_ms.get(kind) or [0.0])
    cuts = [times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.99, 0.999)]
    return [kind, f"{watch.outcomes[kind]:,}", *(f"{cut:.1f} ms" for cut in (*cuts, times[-1]))]


def main() -> int:
    """0: all as it must be. 1: not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60, help="how long (default 60)")
    parser.add_argument("--agents", type=int, default=64, metavar="N", help="default 64")
    parser.add_argument(
        "--pause",
        type=float,
        default=0,
        metavar="SECONDS",
        help="that an agent's tools take between two turns, by and large (default 0)",
    )
    parser.add_argument("--write", action="store_true", help=f"update {page.PAGE.name}")
    arguments = parser.parse_args()
    with ring() as made:
        made.serve("rote", *made.rote_settings("store"))
        seconds = arguments.minutes * 60
        watch = asyncio.run(watched(made, arguments.agents, seconds, arguments.pause))
        said = health(made)
        observations = remembered(made)
    header = "answers | how many | median | 99 % | 99.9 % | longest"
    rows = [row(kind, watch) for kind in ("literal", "template", "miss")]
    for cells in ([name.strip() for name in header.split("|")], *rows):
        print("  ".join(f"{cell:>12}" for cell in cells))
    warm, last = growth(watch.memory_mb)
    note = (
        f"{arguments.agents} agents for {arguments.minutes:g} minutes, {arguments.pause:g} s between the turns of each,"
        f" the provider and all agents on the same machine: {watch.outcomes.total() / seconds:.0f} answers a second,"
        f" {len(watch.wrong)} wrong, {observations.total():,} observations, {said['shed']} let go, learning stood"
        f" back {said['postponed']} times; memory beside the map {warm:.0f} MB when warm, {last:.0f} MB at the end;"
        f" a load of {os.getloadavg()[2]:.0f} on {os.cpu_count()} processors."
    )
    print(note)
    found = troubles(watch, said, observations, seconds)
    print("\n".join(found) or "nothing lost, nothing wrong, nothing grown")
    if arguments.write:
        page.write("soak", header, rows, note)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
