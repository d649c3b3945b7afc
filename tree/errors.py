"""What can go wrong in the tree and is not a bug; no error names an option, a header or a provider."""

from pathlib import Path


class TreeError(Exception):
    """Base of this package's errors. A bug is never a `TreeError`."""


class StoreFullError(TreeError):
    """The map has no room left; the transaction that met it left no trace."""

    def __init__(self, path: Path, map_bytes: int) -> None:
        super().__init__(f"{path} is full: {map_bytes=}")
        self.path = path
        self.map_bytes = map_bytes


class StoreUnusableError(TreeError, OSError):
    """The store cannot be opened, read or written; `reason` is for a person."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be used: {reason}")
        self.path = path
        self.reason = reason


class StoreDamagedError(StoreUnusableError):
    """What is in the store's file is not what was written there."""


class LayoutError(TreeError, ValueError):
    """The store was written by a newer version, in a layout that this one does not know."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(f"{path} has layout {found}; this version knows up to {known}")
        self.path = path
        self.found = found
        self.known = known


class UnknownNodeError(TreeError, LookupError):
    """No node has this id."""

    def __init__(self, node: bytes) -> None:
        super().__init__(f"no node {node.hex()}")
        self.node = node


class DamagedRowError(TreeError, ValueError):
    """A row cannot be read; `where` names its table and `key` the row. All else is still served."""

    def __init__(self, where: str, key: bytes) -> None:
        super().__init__(f"row {key.hex()} of {where} cannot be read")
        self.where = where
        self.key = key
