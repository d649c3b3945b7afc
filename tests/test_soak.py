"""The soak bench in short: agents at once, hits, misses, streams and learning; nothing lost, nothing wrong."""

from tests.benches import ran


def test_a_short_soak_loses_nothing_and_answers_nothing_wrong() -> None:
    run = ran("soak", "--minutes", "0.25", "--agents", "16")

    assert run.returncode == 0, run.stdout + run.stderr
    assert "nothing lost, nothing wrong" in run.stdout
