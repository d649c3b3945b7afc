"""What the tests of faults share."""

from tests.addon.conftest import provider
from tests.tree.conftest import memory

__all__ = ["memory", "provider"]
