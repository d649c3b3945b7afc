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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from offline import Bench, load, turns
from tree.judgement.evidence import Prior
from tree.judgement.verdict import Limits
from tree.message import Answer, Conversation

PROJECT = Path(__file__).resolve().parents[2]
SHARED = PROJECT.parent / "shared"
TABLE = PROJECT / "tree" / "MEASURED.md"
BEGIN, END = "<!-- begin: scripts/bench {} --write -->", "<!-- end -->"
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


def measured(source: Source, limits: Limits) -> Classed:
    """Replay one data set, saying on the way how far it is."""
    bench, rows = Classed(limits), load(source.file, source.where, None, None)
    for number, row in enumerate(rows):
        if number == source.warm_up:
            bench.count.clear()
            bench.acts.clear()
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
        _share(sum(count[key] for key in SERVED), count["turns"]),
        count["tool"],
        _share(count["lit.tool"], count["tool"]),
        _share(count["gen.tool"], count["tool"]),
        _wrong(count["gen.act"] - count["gen.act.right"], count["gen.act"]),
        count["gen.writes"],
        ", ".join(_by_class(bench, kind) for kind in kinds) or "-",
        *others,
    )
    return f"| {' | '.join(map(str, cells))} |\n"


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
    share = _share(acts, int(str(cache["tool_turns"])))
    return f"{share}, {_wrong(wrong, acts)} wrong" if acts else share


def _by_class(bench: Classed, kind: str) -> str:
    right, wrong = bench.acts[kind, True], bench.acts[kind, False]
    return f"{kind} {right + wrong}" + (f" ({wrong} wrong)" if wrong else "")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _wrong(wrong: int, served: int) -> str:
    return f"{wrong} ({_share(wrong, served)})" if wrong else "0"


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def head(columns: Mapping[str, str]) -> str:
    """The first lines of a table."""
    return f"| {' | '.join(columns)} |\n|{'|'.join(columns.values())}|\n"


def written(page: str, rows: Sequence[str], name: str, columns: Mapping[str, str]) -> str:
    """The page with these rows in the table of that name: in the place of older ones of a row's name, or at its end.

    Raises:
        ValueError: It has no marks to write between.
    """
    begin = BEGIN.format(name)
    start = page.find(begin)
    stop = page.find(END, start)
    if not 0 <= start < stop:
        raise ValueError(f"the page has no marks of the table {name} to write between")
    old = [line for line in page[start:stop].splitlines(keepends=True) if line[:2] == "| "][1:]
    table = {_name(line): line for line in (*old, *rows)}
    return f"{page[:start]}{begin}\n\n{head(columns)}{''.join(table.values())}\n{page[stop:]}"


def _name(line: str) -> str:
    return line.split("|")[1].strip()


def main() -> int:
    """Read the command line, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="folder of the sets")
    parser.add_argument("--only", default="", help="sets whose name has this, as an expression")
    parser.add_argument("--max-error", type=float, default=Limits().max_error)
    parser.add_argument("--write", action="store_true", help=f"update {TABLE.name}")
    arguments = parser.parse_args()
    sources = [one for one in usual(arguments.data) if re.search(arguments.only, one.name)]
    if not sources:
        _tell(
            f"scripts/bench learning: no recorded runs in {arguments.data}; name them with --data"
        )
        return 2
    if not (SHARED / "bench" / "replay.py").is_file():
        _tell("the replay bench is not there; the table goes without the simple caches")
    limits = Limits(max_error=arguments.max_error)
    columns = COLUMNS | OTHERS
    print(head(columns), end="")
    for source in sources:
        line = row(source, measured(source, limits), baselines(source))
        print(line, end="", flush=True)
        if arguments.write:
            page = TABLE.read_text("utf-8")
            TABLE.write_text(written(page, [line], "learning", columns), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
