"""The stores that recall is measured with hold what learning makes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_copied_templates_are_what_learning_makes() -> None:
    words = [sys.executable, "scripts/benches/growth.py"]

    run = subprocess.run(  # noqa: S603 - our own bench
        words,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout == "copies are what learning makes\n"
