"""What Rote costs a request that it forwards, beside a mitmdump without any addon.

Nobody can foresee the answers, so nothing is ever served; what one proxy has recorded in its turn is learnt before the
next one's begins, so that none of them pays for another's learning.
"""

import argparse
import itertools
import sys
import time
from collections.abc import Iterator

import page
from addon.cli import probe
from contest import Ring, added, ring, run
from hits import request_body
from model import asked, sought
from sizes import ROTE, measured, print_row, read_arguments, start_rote

BAR_MS = 1.0
SIZES = (2_048, 50_000)


def bodies(size: int, offset: int) -> Iterator[bytes]:
    """Requests that are never the same: each asks for another paper."""
    whole = request_body(size).replace(asked("P-0", "east").encode(), sought("P-0").encode())
    for number in itertools.count(offset):
        yield whole.replace(b"P-0", b"P-%d" % number)


def settle(made: Ring, name: str) -> None:
    """Wait until a proxy has learnt what it recorded."""
    deadline = time.monotonic() + 120
    while name in ROTE and probe.health("127.0.0.1", made.ports[name]).pending:
        if time.monotonic() > deadline:
            sys.exit(f"{name} does not come to an end of learning")
        time.sleep(0.05)


def measure(made: Ring, size: int, connections: int, arguments: argparse.Namespace) -> list[str]:
    """The row of one size and number of connections."""
    targets = {
        name: made.target(name, bodies(size, 10_000_000 * (connections + size)))
        for name in ("plain", *ROTE)
    }
    found = run(
        *(made, targets, connections, arguments.rounds, arguments.seconds),
        lambda name: settle(made, name),
    )
    for name in ROTE:
        if hits := probe.stats("127.0.0.1", made.ports[name]).hits.total:
            sys.exit(f"{name} answered {hits} requests from memory, which are no misses")
    plain, row = found["plain"], [f"{size / 1000:.0f} KB, {connections} at once"]
    for name in ROTE:
        row.append(f"{added(found[name].firsts_ms, plain.firsts_ms):+.2f} ms")
        row.append(f"{added(found[name].middles_ms, plain.middles_ms):+.2f} ms")
    row.append(" / ".join(f"{found[name].cpu_ms:.2f}" for name in ("plain", *ROTE)) + " ms")
    return row


def main() -> int:
    """0: at the bar or below it. 1: above."""
    arguments = read_arguments(__doc__, SIZES)
    header = "request"
    for name in ROTE:
        header += f" | {name}: first byte | whole"
    header += " | processor: plain / mitmdump / rote serve"
    print_row(header.split(" | "))
    with ring() as made:
        start_rote(made)
        made.mitmdump("plain", None)
        rows = measured(made, measure, arguments)
    if arguments.write:
        page.write("misses", header, rows)
    fine = all(float(row[at].removesuffix(" ms")) <= BAR_MS for row in rows[::2] for at in (1, 3))
    print(f"bar: {BAR_MS} ms to the first byte, one at a time: {'held' if fine else 'missed'}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
