"""The rate of literal hits through mitmdump and `rote serve`, beside an addon which answers a constant."""

import argparse
import http.client
import json
import statistics
import sys
import time
from typing import Any

import page
from contest import HOST, Ring, Standing, added, ratio, ring, run
from model import asked
from sizes import ROTE, Measure, measured, print_row, read_arguments, start_rote

BAR = 0.85
BAR_SERVE = 1.5
BAR_ADDED_MS = 4.0
SIZES = (2_048, 50_000, 500_000)
VARIANTS = 4
"""Different requests of each size, sent in turns: the next turns of one conversation."""
HEADER = " | ".join(
    (
        "request | constant, a second",
        *(f"{name}: rate | added" for name in ROTE),
        f"processor: constant / {' / '.join(ROTE)}",
    )
)


def request_body(size: int, variant: int = 0) -> bytes:
    """A chat request of about `size` bytes: a history, and what is asked now."""
    turns: list[dict[str, Any]] = [{"role": "system", "content": "You sort letters into trays."}]
    filler = "The letter of this morning goes to the tray by the window. "
    length = 120
    while length < size - 200:
        role = "user" if len(turns) % 2 else "assistant"
        text = f"{len(turns)}: " + filler * min(8, max(1, (size - length) // 60))
        turns.append({"role": role, "content": text})
        length += len(text) + 35
    for number in range(variant):
        turns.append({"role": "user", "content": asked(f"P-{number}", "east")})
        turns.append({"role": "assistant", "content": "Filed."})
    turns.append({"role": "user", "content": asked(f"P-{variant}", "east")})
    return json.dumps({"model": "stand-in-1", "messages": turns, "temperature": 0}).encode()


def prime(made: Ring, name: str, body: bytes) -> bytes:
    """Send the request again and again until memory answers literally; returns the answer's body."""
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-bench"}
    deadline, status = time.monotonic() + 60, ""
    while time.monotonic() < deadline:
        connection = http.client.HTTPSConnection(
            "127.0.0.1", made.ports[name], context=made.tls, timeout=30
        )
        connection.set_tunnel(HOST, made.provider_port)
        connection.request("POST", "/v1/chat/completions", body, headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        status = response.headers.get("cache-status", "")
        if status.endswith("detail=literal"):
            return answer
        time.sleep(0.1)
    sys.exit(f"the request was never served from memory: {status}")


def measure(made: Ring, size: int, connections: int, arguments: argparse.Namespace) -> list[str]:
    """The row of one size and number of connections."""
    bodies = [request_body(size, variant) for variant in range(VARIANTS)]
    targets = {name: made.target(name, bodies) for name in ("constant", *ROTE)}
    for name in ROTE:
        for body in bodies:
            prime(made, name, body)
    found = run(made, targets, connections, arguments.rounds, arguments.seconds)
    return beside(found, f"{len(bodies[0]) / 1000:.0f} KB, {connections} at once")


def beside(found: dict[str, Standing], what: str) -> list[str]:
    """A row: how both ways to run Rote did beside the constant."""
    constant = found["constant"]
    row = [what, f"{statistics.median(constant.rates):.0f}"]
    for name in ROTE:
        row.append(f"{ratio(found[name].rates, constant.rates):.2f}")
        row.append(f"{added(found[name].middles_ms, constant.middles_ms):+.2f} ms")
    row.append(" / ".join(f"{found[name].cpu_ms:.2f}" for name in ("constant", *ROTE)) + " ms")
    return row


def against_constant(measure: Measure, arguments: argparse.Namespace) -> list[list[str]]:
    """All rows, measured in a ring of Rote, both ways, and the constant."""
    with ring() as made:
        start_rote(made)
        (made.folder / "answer").write_bytes(prime(made, "mitmdump", request_body(500)))
        answer = str(made.folder / "answer")
        made.mitmdump("constant", "scripts/benches/constant.py", CONSTANT_ANSWER=answer)
        return measured(made, measure, arguments)


def main() -> int:
    """0: at the bars or above them. 1: below."""
    arguments = read_arguments(__doc__, SIZES)
    print_row(HEADER.split(" | "))
    rows = against_constant(measure, arguments)
    if arguments.write:
        page.write("hits", HEADER, rows)
    singles = rows[::2]
    fine = [float(singles[0][2]) >= BAR, float(singles[0][4]) >= BAR_SERVE]
    fine += [float(row[at].removesuffix(" ms")) <= BAR_ADDED_MS for row in singles for at in (3, 5)]
    print(
        f"bars: {BAR} of the constant addon's rate in mitmdump, {BAR_SERVE} in rote serve, at most {BAR_ADDED_MS} ms"
        f" added: {'held' if all(fine) else 'missed'}"
    )
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
