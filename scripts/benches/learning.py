"""What learning serves of recorded runs, and how much of that is wrong, as a table beside two simple caches.

Every data set is replayed in file order by `offline`, with a learner that starts empty; a tool call is right when its
name and its arguments, as JSON, are those that were recorded. The other caches are measured by the replay bench beside
the data. Where either is not there, it is said and left out.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from offline import Bench, load, turns
from tables import PAGE, PROJECT, line, share, tell
from tree.judgement.evidence import Prior
from tree.judgement.verdict import Limits
from tree.message import Answer, Conversation

SHARED = PROJECT.parent / "shared"
CACHES = ("exact", "naive-blind")
SERVED = ("lit.act", "lit.text", "gen.act", "gen.text")
AUDIT = 0.05
STEP = 25
"""Runs between two signs of life."""

COLUMNS = {
    "data": "---",
    "turns": "--:",
    "served": "--:",
    "with tool calls": "--:",
    "literal": "--:",
    "generalised": "--:",
    "wrong": "--:",
    "wrong writes": "--:",
    "by class of evidence": "---",
}
CURVE = (0.005, 0.01, 0.02, 0.05, 0.1)
"""What is tolerated, for the curve."""
ORDERS = {"file order": None, "seed 1": 1, "seed 2": 2, "seed 3": 3}
OTHERS = {"exact": "--:", "naive": "--:"}


@dataclass(frozen=True)
class Source:
    """Some runs of a file."""

    name: str
    file: Path
    where: dict[str, str] = field(default_factory=dict)
    warm_up: int = 0
    """First runs that are learnt from and not counted."""


class Classed(Bench):
    """Counts served tool calls by the class of their evidence, too."""

    def __init__(self, limits: Limits, prior: Prior | None = None) -> None:
        super().__init__(limits, AUDIT, seed=1, show=0, prior=prior)
        self.acts: Counter[tuple[str, bool]] = Counter()

    def restart(self) -> None:
        """The same, classes of evidence included."""
        super().restart()
        self.acts.clear()

    def turn(self, conversation: Conversation, answer: Answer) -> None:
        """The same, and what kind of evidence served it."""
        acts, classes = self.count["gen.act"], Counter(self.classes)
        super().turn(conversation, answer)
        if self.count["gen.act"] > acts:
            for (_, kind, right), number in (self.classes - classes).items():
                self.acts[kind, right] += number


def usual(folder: Path) -> list[Source]:
    """The sets that the bars are set for, as far as they are in a folder."""
    traces, flows = folder / "traces", sorted((folder / "workflows").glob("*.jsonl"))
    gpt = {"model": "=gpt-4"}
    sources = [Source(f"workflows: {file.stem}", file, warm_up=12) for file in flows]
    sources += [
        Source("tau2_mixed, telecom", traces / "tau2_mixed.jsonl", {"task": "telecom"}),
        Source("tau_airline", traces / "tau_airline_gpt4o.jsonl"),
        Source("tau_retail_variants", traces / "tau_retail_variants.jsonl"),
        Source(
            "workbench, gpt-4, one wording", traces / "workbench.jsonl", gpt | {"variant": "=all"}
        ),
        Source("workbench, gpt-4", traces / "workbench.jsonl", gpt),
    ]
    return [source for source in sources if source.file.is_file()]


def asked_for(
    parser: argparse.ArgumentParser, only: str = ""
) -> tuple[argparse.Namespace, list[Source]]:
    """Read the command line of a bench over these sets, and find those that it names; it ends where there are none.

    Args:
        parser: With what the bench itself takes.
        only: An expression for the names of those that are measured where nothing is said.
    """
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="folder of the sets")
    parser.add_argument("--only", default=only, help="sets whose name has this, as an expression")
    parser.add_argument("--write", action="store_true", help=f"update {PAGE.name}")
    arguments = parser.parse_args()
    sources = [one for one in usual(arguments.data) if re.search(arguments.only, one.name)]
    if not sources:
        parser.error(f"no such recorded runs in {arguments.data}; name their folder with --data")
    return arguments, sources


def measured(source: Source, limits: Limits, shuffle: int | None = None) -> Classed:
    """Replay one data set through a new learner."""
    return replayed(source, Classed(limits), shuffle)


def replayed[B: Bench](source: Source, bench: B, shuffle: int | None = None) -> B:
    """Replay one data set, saying on the way how far it is."""
    rows = load(source.file, source.where, shuffle, None)
    for number, row in enumerate(rows):
        if number == source.warm_up:
            bench.restart()
        if not number % STEP:
            _tell(f"{source.name}: {number} of {len(rows)} runs")
        for conversation, answer in turns(row):
            bench.turn(conversation, answer)
    _tell(bench.row(source.name))
    return bench


def row(source: Source, bench: Classed, others: Sequence[str]) -> str:
    """A line of the table."""
    count = bench.count
    kinds = sorted({kind for kind, _ in bench.acts})
    cells = (
        source.name,
        count["turns"],
        share(sum(count[key] for key in SERVED), count["turns"]),
        count["tool"],
        share(count["lit.tool"], count["tool"]),
        share(count["gen.tool"], count["tool"]),
        _wrong(count["gen.act"] - count["gen.act.right"], count["gen.act"]),
        count["gen.writes"],
        ", ".join(_by_class(bench, kind) for kind in kinds) or "-",
        *others,
    )
    return line(cells)


def baselines(source: Source) -> list[str]:
    """What the simple caches serve of the tool calls, and how much of that is wrong."""
    replay = SHARED / "bench" / "replay.py"
    if not replay.is_file():
        return ["-"] * len(CACHES)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [sys.executable, str(replay), "--no-proxy", "--json", str(out)]
        command += ["--data", str(source.file)]
        for key, value in source.where.items():
            own = key in ("model", "task")
            command += [f"--{key}", value] if own else ["--where", f"{key}={value}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own bench
        (caches,) = msgspec.json.decode(out.read_bytes())["data"].values()
    return [_baseline(caches[name]) for name in CACHES]


def _baseline(cache: dict[str, dict[str, int]]) -> str:
    served = [cache["literal"], cache["general"]]
    acts = sum(one["served"] for one in served)
    wrong = acts - sum(one["right"] for one in served)
    part = share(acts, int(str(cache["tool_turns"])))
    return f"{part}, {_wrong(wrong, acts)} wrong" if acts else part


def _by_class(bench: Classed, kind: str) -> str:
    right, wrong = bench.acts[kind, True], bench.acts[kind, False]
    return f"{kind} {right + wrong}" + (f" ({wrong} wrong)" if wrong else "")


def _wrong(wrong: int, served: int) -> str:
    return f"{wrong} ({share(wrong, served)})" if wrong else "0"


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def curve(source: Source) -> str:
    """A line of what is served and wrong, by what is tolerated."""
    return line([source.name, *(_short(measured(source, Limits(max_error=at))) for at in CURVE)])


def orders(source: Source) -> str:
    """A line of what is served and wrong, by the order of the runs."""
    return line([source.name, *(_short(measured(source, Limits(), at)) for at in ORDERS.values())])


def _short(bench: Classed) -> str:
    count = bench.count
    acts = count["gen.act"]
    served = share(count["gen.tool"], count["tool"])
    if not count["tool"]:
        served = share(count["gen.text"], count["turns"])
    return f"{served}, {_wrong(acts - count['gen.act.right'], acts)} wrong"


def usually(source: Source, limits: Limits) -> str:
    """A line of the whole table."""
    return row(source, measured(source, limits), baselines(source))


def main() -> int:
    """Read the command line, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-error", type=float, default=Limits().max_error)
    tables = parser.add_mutually_exclusive_group()
    tables.add_argument("--curve", action="store_true", help="by what is tolerated, instead")
    tables.add_argument("--orders", action="store_true", help="by the order of runs, instead")
    arguments, sources = asked_for(parser)
    if not (SHARED / "bench" / "replay.py").is_file():
        _tell("the replay bench is not there; the table goes without the simple caches")
    limits = Limits(max_error=arguments.max_error)
    measure: Callable[[Source], str] = partial(usually, limits=limits)
    name, columns = "learning", COLUMNS | OTHERS
    if arguments.curve:
        columns = {"data": "---"} | {f"{at:.1%}": "---" for at in CURVE}
        name, measure = "learning --curve", curve
    elif arguments.orders:
        columns = {"data": "---"} | dict.fromkeys(ORDERS, "---")
        name, measure = "learning --orders", orders
    tell(map(measure, sources), name, columns, keep=arguments.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
