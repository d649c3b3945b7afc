"""The rate of hits on requests never sent before, beside an addon which answers a constant.

Each proxy is taught first, one paper after another, until it answers for papers that it never heard of. The share that
it forwards all the same (what is learnt at that moment cannot be asked) and its audits are part of what is measured.
"""

import argparse
import http.client
import itertools
import sys
from collections.abc import Iterator

import msgspec

import page
from addon.cli import probe
from contest import HOST, Ring, run
from hits import HEADER, SIZES, against_constant, beside, request_body
from misses import settle
from model import Json, asked, said
from sizes import ROTE, print_row, read_arguments

_LESSONS = 400
"""Exchanges that a proxy may need until it has learnt; it takes about thirty."""
_ENOUGH = 10
"""Answers in a row that have to come from what was learnt."""
_STEP = 10_000_000
"""Papers kept apart for each row and each proxy."""


def body(size: int, paper: int) -> bytes:
    """A chat request of about `size` bytes about a paper of its own."""
    whole = request_body(size).decode()
    return whole.replace(asked("P-0", "east"), asked(f"P-{paper}", "east")).encode()


def bodies(size: int, first: int) -> Iterator[bytes]:
    """Requests that are never the same."""
    return (body(size, paper) for paper in itertools.count(first))


def teach(made: Ring, name: str, size: int, first: int) -> None:
    """Ask about one paper after another until memory answers, rightly."""
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-bench"}
    served, status = 0, ""
    for paper in range(first, first + _LESSONS):
        connection = http.client.HTTPSConnection(
            "127.0.0.1", made.ports[name], context=made.tls, timeout=30
        )
        connection.set_tunnel(HOST, made.provider_port)
        sent = body(size, paper)
        connection.request("POST", "/v1/chat/completions", sent, headers)
        response = connection.getresponse()
        answer = msgspec.json.decode(response.read())
        connection.close()
        status = response.headers.get("cache-status", "")
        _check(answer, sent)
        served = served + 1 if status.endswith("detail=template") else 0
        if served == _ENOUGH:
            return
        settle(made, name)
    sys.exit(f"{name} has not learnt it after {_LESSONS} lessons: {status}")


def _check(answer: Json, sent: bytes) -> None:
    given = answer["choices"][0]["message"]["tool_calls"][0]["function"]
    meant = said(msgspec.json.decode(sent)["messages"])["tool_calls"][0]["function"]
    if given != meant:
        sys.exit(f"answered {given}, which should be {meant}")


def measure(made: Ring, size: int, connections: int, arguments: argparse.Namespace) -> list[str]:
    """The row of one size and number of connections."""
    first = 10 * _STEP * (1 + SIZES.index(size) if size in SIZES else 9) + _STEP * connections
    own = {name: first + _STEP * at // 4 for at, name in enumerate(("constant", *ROTE))}
    for name in ROTE:
        teach(made, name, size, own[name])
    targets = {name: made.target(name, bodies(size, own[name] + _LESSONS)) for name in own}
    before = {name: _hits(made, name) for name in ROTE}
    found = run(
        *(made, targets, connections, arguments.rounds, arguments.seconds),
        lambda name: settle(made, name),
    )
    row = beside(found, f"{len(body(size, first)) / 1000:.0f} KB, {connections} at once")
    shares = (_share(before[name], _hits(made, name)) for name in ROTE)
    row.append(" / ".join(f"{share:.1%}" for share in shares))
    return row


def _hits(made: Ring, name: str) -> tuple[int, int]:
    """Generalised hits so far, and requests."""
    stats = probe.stats("127.0.0.1", made.ports[name])
    if stats.audits.different:
        sys.exit(f"{name} was wrong {stats.audits.different} times, its audits say")
    return stats.hits.template, stats.requests


def _share(before: tuple[int, int], after: tuple[int, int]) -> float:
    return (after[0] - before[0]) / max(1, after[1] - before[1])


def main() -> int:
    """0: measured. A wrong answer, or one that is never learnt, ends it."""
    arguments = read_arguments(__doc__, SIZES)
    header = f"{HEADER} | served"
    print_row(header.split(" | "))
    rows = against_constant(measure, arguments)
    if arguments.write:
        page.write("generalised", header, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
