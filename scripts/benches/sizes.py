"""A contest over requests of several sizes: what its command line takes, who takes part, and the rows of its table."""

import argparse
from collections.abc import Callable, Sequence

import page
from contest import Ring

ROTE = ("mitmdump", "rote serve")
"""The two ways to run Rote, as the rows name them."""
AT_ONCE = (1, 16)
"""Numbers of connections."""

type Measure = Callable[[Ring, int, int, argparse.Namespace], list[str]]
"""Makes the row of one size and number of connections."""


def read_arguments(about: str | None, sizes: Sequence[int]) -> argparse.Namespace:
    """The command line: `sizes`, `rounds`, `seconds`, `write`."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument(
        *("--size", "--sizes"),
        dest="sizes",
        type=int,
        nargs="+",
        default=sizes,
        metavar="BYTES",
        help=f"of the requests (default {' '.join(map(str, sizes))})",
    )
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="turns (default 20)")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn (default 0.5)")
    parser.add_argument("--write", action="store_true", help=f"update {page.PAGE.name}")
    return parser.parse_args()


def start_rote(made: Ring) -> None:
    """Start Rote both ways, each with a store of its own."""
    made.mitmdump("mitmdump", "addon/main.py", *made.rote_settings("store-1"))
    made.serve("rote serve", *made.rote_settings("store-2"))


def print_row(row: Sequence[str]) -> None:
    """Show a row as soon as it is known."""
    print("  ".join(row), flush=True)


def measured(made: Ring, measure: Measure, arguments: argparse.Namespace) -> list[list[str]]:
    """All rows: every size with one connection, then with many; printed on the way."""
    rows = []
    for size in arguments.sizes:
        for connections in AT_ONCE:
            rows.append(measure(made, size, connections, arguments))
            print_row(rows[-1])
    return rows
