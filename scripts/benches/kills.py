"""Kills a proxy at random instants while it records and learns, and looks what is left of its memory each time."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def main() -> int:
    """0: every kill was survived and nothing acknowledged was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--kills", type=int, default=200, metavar="N", help="how often (default 200)"
    )
    kills = parser.parse_args().kills
    command = [sys.executable, "-m", "pytest", "-q", "-s", "tests/faults/test_kills.py"]
    return subprocess.run(  # noqa: S603 - our own command
        command, cwd=PROJECT, env=os.environ | {"ROTE_KILLS": str(kills)}, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
