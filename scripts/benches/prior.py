"""The factory prior: the tests that learning passed and failed on recorded runs, by class of evidence.

Every data set is replayed through a learner that starts empty and lends no tests; all that it would serve is audited,
so that each prediction is a test. The tests of all sets make `prior.toml`. Whether they flatter a set by its own tests
is checked by leaving it out: the set is replayed again, as a proxy would, with what the other sets lend.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from learning import COLUMNS, SHARED, Classed, Source, replayed, row, usual
from offline import Bench
from tables import PROJECT, write
from tree.judgement.evidence import SEEN, Count, Stratum
from tree.judgement.prior import FILE, Rows, capped
from tree.judgement.verdict import Limits

OUT = PROJECT / "tree" / "judgement" / FILE
PARTS = ("workbench, gpt-4, one wording",)
"""Sets that are part of others."""
HEAD = """\
# The factory prior: tests that were made before delivery. Written by `scripts/bench prior --write`; see prior.py.
# One class of evidence a key; rows of: failures, number of the bucket of the clean streak, tests, wrong ones.

[measured]
sets = {sets}
turns = {turns}

[tests]
"""

type Counts = Mapping[Stratum, Count]


def sources(folder: Path) -> list[Source]:
    """The sets that are measured."""
    named = [one for one in usual(folder) if one.name not in PARTS]
    known = {one.file for one in named}
    others = ("tau2_course_gemma", "tau_retail_grok3")
    files = [folder / "traces" / f"{name}.jsonl" for name in others]
    return named + [
        Source(file.stem, file) for file in files if file not in known and file.is_file()
    ]


def tested(source: Source) -> tuple[dict[Stratum, Count], int]:
    """The tests of a set, and its turns."""
    audited = Bench(Limits(), audit=1.0, seed=1, show=0, prior={})
    bench = replayed(replace(source, warm_up=0), audited)
    counts = [scope.ledger.counts for scope in bench.learner.scopes.values()]
    return summed(counts), bench.count["turns"]


def summed(many: Iterable[Counts]) -> dict[Stratum, Count]:
    """The tests of several, by stratum; without what was met before, which borrows nothing."""
    total: dict[Stratum, Count] = {}
    for counts in many:
        for where, count in counts.items():
            if where.kind != SEEN:
                total.setdefault(where, Count()).add(count)
    return total


def rows(counts: Counts) -> dict[str, list[tuple[int, int, int, int]]]:
    """The tests as they stand in the file."""
    found: dict[str, list[tuple[int, int, int, int]]] = {}
    for where, count in counts.items():
        entry = (where.failures, where.streak, int(count.tests), int(count.wrong))
        found.setdefault(where.kind, []).append(entry)
    return {kind: sorted(found[kind]) for kind in sorted(found)}


def toml(counts: Counts, sets: int, turns_seen: int) -> str:
    """The file."""
    out = [HEAD.format(sets=sets, turns=turns_seen)]
    for kind, entries in rows(counts).items():
        out += [f"{kind} = [\n", *(f"    {list(entry)},\n" for entry in entries), "]\n"]
    return "".join(out)


def left_out(source: Source, others: Rows) -> str:
    """A line of the table: a set replayed with what the others lend."""
    return row(source, replayed(source, Classed(Limits(), capped(others))), ())


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, measure, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="folder of the sets")
    parser.add_argument("--write", action="store_true", help=f"write {FILE}, and the table")
    parser.add_argument("--no-check", action="store_true", help="do not leave sets out in turn")
    parser.add_argument("--jobs", type=int, default=2, help="sets measured at once")
    given = parser.parse_args(arguments)
    sets = sources(given.data)
    if not sets:
        _tell(f"scripts/bench prior: no recorded runs in {given.data}; name them with --data")
        return 2
    with ProcessPoolExecutor(given.jobs) as pool:
        found = dict(zip((one.name for one in sets), pool.map(tested, sets), strict=True))
        text = toml(
            summed(counts for counts, _ in found.values()),
            len(sets),
            sum(count for _, count in found.values()),
        )
        print(text, flush=True)
        if given.write:
            OUT.write_text(text, "utf-8")
        others = [
            rows(summed(counts for name, (counts, _) in found.items() if name != one.name))
            for one in sets
        ]
        for line in () if given.no_check else pool.map(left_out, sets, others):
            print(line, end="", flush=True)
            if given.write:
                write(line, "prior", COLUMNS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
