"""The time to find what follows a novel request, within the addon, by the number of learnt templates."""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import growth
import page
from contest import private_mb
from tree.memory import Hit, Memory

SIZES = (1_000, 10_000, 100_000, 1_000_000)
BAR_RATIO = 1.5
BAR_MS = 1.0
BAR_P99_MS = 10.0
BAR_OPEN_S = 1.0
BAR_MB = 300.0


def opened(place: Path) -> Memory:
    """A store, as the proxy opens it."""
    return Memory(place, max_bytes=growth.MAX_BYTES, limits=growth.LIMITS)


def ask(memory: Memory, number: int, box: int) -> float:
    """The seconds that one novel request takes; it must be answered rightly."""
    asked = growth.asked(growth.word(number) if number else growth.FIRST, box)
    began = time.perf_counter()
    found = memory.recall(asked, 0)
    found = found if isinstance(found, Hit) else memory.foresee(asked)
    took = time.perf_counter() - began
    if not isinstance(found, Hit) or found.answer.message != growth.answered(box).message:
        sys.exit(f"not answered rightly: {found}")
    return took


def alone(place: Path, templates: int, requests: int) -> None:
    """In a process of its own: how long opening takes, and what memory is taken after some requests."""
    began = time.perf_counter()
    memory = opened(place)
    took = time.perf_counter() - began
    source = random.Random(7)  # noqa: S311 - an order, no secret
    for box in range(requests):
        ask(memory, source.randrange(templates), 30_000 + box)
    print(took, private_mb(os.getpid()))


def measured(folder: Path, sizes: list[int], requests: int) -> list[list[str]]:
    """A row for each size; requests go to the stores in turns."""
    places = {size: growth.kept(folder, size) for size in sizes}
    memories = {size: opened(place) for size, place in places.items()}
    times: dict[int, list[float]] = {size: [] for size in sizes}
    source = random.Random(1)  # noqa: S311 - an order, no secret
    for box in range(requests):
        for size, memory in memories.items():
            times[size].append(ask(memory, source.randrange(size), 50_000 + box % 49_000))
    for memory in memories.values():
        memory.close()
    least = statistics.median(times[sizes[0]])
    rows = []
    for size, place in places.items():
        words = [sys.executable, __file__, "--alone", str(place), str(size), "--requests", "3000"]
        run = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 - this very bench
        open_s, megabytes = map(float, run.stdout.split())
        middle = statistics.median(times[size])
        row = [f"{size:,}", f"{middle * 1000:.2f} ms", f"{middle / least:.2f}"]
        row += [f"{sorted(times[size])[int(0.99 * requests)] * 1000:.1f} ms", f"{open_s:.2f} s"]
        row += [
            f"{megabytes:.0f} MB",
            f"{(place / 'data.mdb').stat().st_size / size / 1000:.1f} KB",
        ]
        print("  ".join(row), flush=True)
        rows.append(row)
    return rows


def main() -> int:
    """0: at the bars or below them. 1: above."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--templates",
        type=int,
        nargs="+",
        default=SIZES,
        metavar="N",
        help=f"sizes, smallest first (default {' '.join(map(str, SIZES))}; a million take a quarter of an hour)",
    )
    parser.add_argument(
        "--requests", type=int, default=3000, metavar="N", help="to each store (default 3000)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        help="folder of the stores, kept for the next time; what was broken off goes on",
    )
    parser.add_argument("--write", action="store_true", help=f"update {page.PAGE.name}")
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        alone(Path(arguments.alone[0]), int(arguments.alone[1]), arguments.requests)
        return 0
    header = "templates | median | beside the smallest | p99 | opening | memory beside the map | disk a template"
    print(header.replace(" | ", "  "))
    with tempfile.TemporaryDirectory(prefix="rote-bench-") as temporary:
        folder = arguments.keep or Path(temporary)
        rows = measured(folder, list(arguments.templates), arguments.requests)
    if arguments.write:
        page.write("recall", header, rows, "Every template is asked for as likely as any other.")
    bars = (BAR_MS, BAR_RATIO, BAR_P99_MS, BAR_OPEN_S, BAR_MB)
    fine = all(
        float(cell.split()[0]) <= bar
        for row in rows
        for cell, bar in zip(row[1:], bars, strict=False)
    )
    print(
        f"bars: median {BAR_MS} ms, {BAR_RATIO} times the smallest, p99 {BAR_P99_MS} ms, opening {BAR_OPEN_S} s,"
        f" {BAR_MB} MB: {'held' if fine else 'missed'}"
    )
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
