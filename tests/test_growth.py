"""The stores that recall is measured with hold what learning makes."""

from tests.benches import ran


def test_copied_templates_are_what_learning_makes() -> None:
    run = ran("growth")

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout == "copies are what learning makes\n"
