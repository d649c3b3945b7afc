"""The memory for commands that look into it, beside whatever proxy uses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tree.errors import TreeError
from tree.memory import Limits, Memory

MAP_BYTES = 4096 << 20
"""Address space, as the proxy's default is; a reader's map grows with the file anyway."""


@contextmanager
def opened(
    folder: Path, *, readonly: bool = True, limits: Limits | None = None
) -> Iterator[Memory | None]:
    """The memory in a folder, closed again behind the context; None if there is none yet.

    Args:
        folder: Where it is.
        readonly: Only look.
        limits: What is tolerated, where what was learnt is to be asked or its alarms are to be seen.

    Raises:
        click.ClickException: It cannot be opened.
    """
    if not (folder / "data.mdb").exists():
        yield None
        return
    try:
        memory = Memory(folder, max_bytes=MAP_BYTES, readonly=readonly, limits=limits)
    except TreeError as error:
        raise click.ClickException(f"{error}. `rote doctor` says how to mend it.") from error
    try:
        yield memory
    finally:
        memory.close()
