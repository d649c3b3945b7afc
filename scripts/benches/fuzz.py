"""Feeds every reader with odd inputs for some minutes of the processor each, and asks what a megabyte costs.

An input that does harm, by an error that is not documented or by taking longer than any does, is kept under
`tests/fuzz/corpus/`, where the tests feed it again.
"""

import argparse
import hashlib
import random
import signal
import statistics
import sys
import time
from pathlib import Path
from types import FrameType

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from tests.fuzz.good import CORPUS  # noqa: E402 - the path line comes first
from tests.fuzz.long import CASES  # noqa: E402 - the same
from tests.fuzz.targets import TARGETS, Target  # noqa: E402 - the same

LONGEST_S = 30
"""Of the processor, for one input."""
SIZES = (250_000, 1_000_000)
BAR = 6.0
"""A megabyte costs four quarters of one; noise, and what grows with the logarithm, are allowed for."""


class HangError(Exception):
    """One input took longer than any may."""


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Stop the reader that is at work."""
    raise HangError(f"took more than {LONGEST_S} s of the processor")


def fuzz(name: str, target: Target, seconds: float, seed: int) -> int:
    """Feed one target; returns how many kinds of harm came of it."""
    chance = random.Random(f"{name} {seed}")  # noqa: S311 - any inputs will do
    began, fed, harms = time.process_time(), 0, set[str]()
    while (spent := time.process_time() - began) < seconds:
        content, fed = target.make(chance), fed + 1
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
        try:
            target.feed(content)
        except Exception as error:  # noqa: BLE001 - any error is a finding
            kind = f"{type(error).__name__}: {str(error)[:80]}"
            if kind not in harms:
                harms.add(kind)
                print(f"  {name}: {kind}, kept as {keep(name, content)}", flush=True)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(
        f"{name:28} {fed:9,} inputs in {spent / 60:4.1f} min of the processor  {len(harms)} kinds of harm",
        flush=True,
    )
    return len(harms)


def keep(name: str, content: bytes) -> str:
    """Put an input into the corpus; returns its path in the project."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"found-{hashlib.blake2b(content, digest_size=4).hexdigest()}"
    file.write_bytes(content)
    return str(file.relative_to(PROJECT))


def cost(name: str, size: int) -> float:
    """Seconds of the processor for an input of this size; the median of three."""
    spent = []
    for _ in range(3):
        before = time.process_time()
        CASES[name](size)
        spent.append(time.process_time() - before)
    return max(statistics.median(spent), 0.001)


def measure() -> int:
    """Print what a megabyte costs beside a quarter of one; returns how many cost too much."""
    above = 0
    for name in CASES:
        small, large = (cost(name, size) for size in SIZES)
        above += large / small > BAR
        print(
            f"{name:32} {large * 1000:9.1f} ms for 1 MB, {large / small:5.1f} times 250 KB",
            flush=True,
        )
    return above


def main() -> int:
    """0: no harm, and nothing beyond the bar. 1: some."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--minutes", type=float, default=1.0, help="of the processor, for each target (default 1)"
    )
    parser.add_argument(
        "--only", choices=sorted(TARGETS), action="append", help="this target; may be repeated"
    )
    parser.add_argument(
        "--seed", type=int, default=time.time_ns(), help="for the same inputs again"
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGVTALRM, interrupt)
    print(f"seed {arguments.seed}")
    above = 0 if arguments.only else measure()
    names = arguments.only or list(TARGETS)
    harms = sum(fuzz(name, TARGETS[name], arguments.minutes * 60, arguments.seed) for name in names)
    print(
        f"{harms} kinds of harm; {above} readers take more than {BAR} times as long for four times as much"
    )
    return 1 if harms or above else 0


if __name__ == "__main__":
    sys.exit(main())
