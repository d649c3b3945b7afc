"""The soak bench in short: agents at once, hits, misses, streams and learning; nothing lost, nothing wrong."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_short_soak_loses_nothing_and_answers_nothing_wrong() -> None:
    words = [sys.executable, "scripts/benches/soak.py", "--minutes", "0.25", "--agents", "16"]

    run = subprocess.run(  # noqa: S603 - our own bench
        words,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert "nothing lost, nothing wrong" in run.stdout
