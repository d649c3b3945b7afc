"""Runs a bench as its user does."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def ran(bench: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A bench that has ended, with what it printed."""
    return subprocess.run(  # noqa: S603 - our own bench
        [sys.executable, f"scripts/benches/{bench}.py", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
