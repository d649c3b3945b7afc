"""How long each view of the page takes over a large store: the bar is 200 ms over 10,000 trajectories.

    scripts/bench dashboard                    10,000 trajectories
    scripts/bench dashboard --trajectories 500

The store is filled with the parcel desk of the tests, straight into the journal; of what it learns, the beginning
only, for learning is measured elsewhere. Each view is asked for several times, the first time with nothing at hand;
beside it stands what a bare page of the same server takes. It ends with 1 where a view misses the bar.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from flask.testing import FlaskClient

from addon.cli.dashboard import Beside, page
from tests.addon.dashboard import desk
from tree.judgement.verdict import Limits
from tree.memory import Memory
from tree.message import (
    Answer,
    Conversation,
    Message,
    Observation,
    Scope,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)
from tree.sight.learnt import Learnt
from tree.sight.outline import Outline
from tree.sight.workflows import Workflows

BAR_MS = 200
MAP_BYTES = 4 << 30
LEARNT = 400
BATCH = 1_000
TIMES = 7
SETTINGS = {"body": {"tools": desk.TOOLS}, "path": "/v1/chat/completions"}


def trajectory(number: int, scope: Scope) -> Iterator[Observation]:
    """One run of the desk's agent."""
    messages = [
        {"role": "system", "content": desk.SYSTEM},
        {"role": "user", "content": desk.question(number)},
    ]
    said = [Message(one["role"], (Text(one["content"]),)) for one in messages]
    for turn in range(10):
        step = desk.next_step(messages)
        at_ns = time.time_ns()
        if isinstance(step, str):
            last = Message("assistant", (Text(step),))
            yield Observation(Conversation(scope, tuple(said)), answer(last), at_ns, 900)
            return
        name, arguments = step
        written, given = desk.dumped(arguments), desk.dumped(desk.tool(name, arguments, number))
        call = Message("assistant", (ToolCall(0, name, written),))
        yield Observation(Conversation(scope, tuple(said)), answer(call), at_ns, 900)
        said += [call.renumbered(turn), Message("tool", (ToolResult(turn, (Text(given),)),))]
        messages.append({"role": "tool", "content": given})


def answer(message: Message) -> Answer:
    """An answer with what a provider would count."""
    return Answer(message, {"document": {"model": desk.MODEL}}, Usage(812, 0, 46))


def fill(folder: Path, trajectories: int) -> None:
    """A store of so many trajectories, with a log of decisions in it."""
    desk.fill(folder, 240)
    memory = Memory(folder, max_bytes=MAP_BYTES)
    (root,) = (one for one in Outline(memory).roots() if one.observations > 1)
    scope = Scope(root.tenant, root.api, root.origin, root.model, SETTINGS)
    batch: list[Observation] = []
    for number in range(trajectories):
        batch += trajectory(number + 1_000, scope)
        if len(batch) >= BATCH:
            memory.record(batch)
            batch.clear()
        if sys.stderr.isatty():
            print(f"\r{number + 1:,} trajectories recorded", end="", file=sys.stderr)
    memory.record(batch)
    while memory.learn(BATCH):
        pass
    memory.close()
    learning = Memory(folder, max_bytes=MAP_BYTES, limits=Limits())
    for _ in range(LEARNT // 16):
        learning.learn(16)
    learning.close()


def views(memory: Memory) -> dict[str, str]:
    """What is asked for, by name."""
    root = Outline(memory).roots()[0]
    begin = Outline(memory).below(root.scope).branches[0]
    followed = Workflows(memory)
    followed.advance(1)
    stage = followed.root(root.scope).below[0]
    log = memory.decisions(1_000)
    hit = next(one for one in log if one.outcome == "hit-template")
    miss = next(one for one in log if one.explanation and one.explanation.nearest)
    repeat = next(one for one in log if one.outcome == "hit-literal")
    template = Learnt(memory).page().templates[0].template
    return {
        "overview": "/",
        "workflows": "/workflows",
        "one workflow": f"/workflows/{root.scope}",
        "a stage of it": f"/workflows/{root.scope}?stage={stage.number}",
        "a node with all below it": f"/nodes/{begin.node}",
        "a node": f"/nodes/{repeat.node}",
        "a template": f"/nodes/{template}",
        "forget a node?": f"/nodes/{begin.node}/forget",
        "forget a template?": f"/nodes/{template}/forget",
        "decisions": "/decisions",
        "decisions, filtered": "/decisions?words=nobody+says+this",
        "a hit": f"/decisions/{hit.number}",
        "a miss": f"/decisions/{miss.number}",
        "shadow report": "/shadow",
        "api: a node": f"/api/nodes/{begin.node}",
    }


def asked_ms(client: FlaskClient, path: str) -> tuple[float, float]:
    """How long one answer takes, by the clock and of the processor's time."""
    began, worked = time.perf_counter(), time.process_time()
    answered = client.get(path)
    took = (time.perf_counter() - began) * 1_000, (time.process_time() - worked) * 1_000
    if answered.status_code != 200:  # noqa: PLR2004
        print(f"{path} answers {answered.status_code}", file=sys.stderr)
    return took


def main() -> int:
    """Fill, ask, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--trajectories", type=int, default=10_000)
    parser.add_argument(
        "--store", type=Path, help="a store that is filled already, or is to be kept"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.store or Path(temporary) / "store"
        if not (folder / "data.mdb").exists():
            fill(folder, chosen.trajectories)
        return measure(folder)


def measure(folder: Path) -> int:
    """Ask for every view of a store."""
    beside = Beside(folder)
    memory = beside.memory()
    assert memory is not None  # noqa: S101 - it was just filled
    wanted = views(memory)
    client = page(beside).test_client()
    bare = statistics.median(asked_ms(client, "/api/health")[0] for _ in range(TIMES))
    print(f"\n{memory.summary().observations:,} exchanges, {memory.summary().nodes:,} nodes")
    print(f"{'view':<28}{'first':>9}{'median':>9}{'worst':>9}{'processor':>11}  ms, of {TIMES}")
    slow = 0
    for name, path in wanted.items():
        first, *rest = (asked_ms(client, path) for _ in range(TIMES))
        median, worst = statistics.median(ms for ms, _ in rest), max(ms for ms, _ in rest)
        worked = statistics.median(ms for _, ms in rest)
        late = max(first[0], median) > BAR_MS
        slow += late
        print(
            f"{name:<28}{first[0]:9.0f}{median:9.0f}{worst:9.0f}{worked:11.0f}{'  over the bar' * late}"
        )
    print(f"{'(a bare answer)':<28}{'':>9}{bare:9.0f}")
    beside.close()
    print(f"{'all' if not slow else len(wanted) - slow} views within {BAR_MS} ms")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
