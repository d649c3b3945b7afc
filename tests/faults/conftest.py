"""What the tests of faults share."""

from tests.tree.conftest import memory

__all__ = ["memory"]
