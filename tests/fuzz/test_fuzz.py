"""Readers fed with what nobody means well: each gives a value or the one error that it documents.

`scripts/bench fuzz` goes on for minutes; what it finds is kept under `corpus/` and fed again here.
"""

import random
import resource
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.addon.proxied import PROJECT
from tests.fuzz.good import corpus
from tests.fuzz.long import CASES
from tests.fuzz.targets import TARGETS

KEPT = [(name, content) for name in TARGETS for content in corpus(name)]
EXAMPLES = 80
LONG = 1_000_000
CPU_S = 120
"""A quadratic one would take hours; all of them together take seconds."""


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_read_or_refused(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=EXAMPLES, derandomize=True)
    @given(st.integers(0, 2**32))
    def fed(seed: int) -> None:
        target.feed(target.make(random.Random(seed)))  # noqa: S311 - the same inputs for the same seed

    fed()


@pytest.mark.parametrize(
    ("name", "content"), KEPT, ids=[f"{n}-{i}" for i, (n, _) in enumerate(KEPT)]
)
def test_what_is_kept_does_no_harm_any_more(name: str, content: bytes) -> None:
    TARGETS[name].feed(content)


def test_texts_are_kept_for_all_that_read_any() -> None:
    for name in ("reading", "templates", "learning", "slots"):
        for content in corpus("texts"):
            TARGETS[name].feed(content)


def test_a_megabyte_costs_what_a_megabyte_costs() -> None:
    script = f"from tests.fuzz.long import CASES\nfor case in CASES.values(): case({LONG})"

    # Counted in seconds of the processor, which a slow or busy machine has as many of.
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", script],
        cwd=PROJECT,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S)),
    )

    assert CASES
    assert done.returncode == 0
