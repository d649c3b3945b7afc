"""`rote import`: memory from a file that `rote export` wrote; nothing in it is trusted."""

from collections.abc import Iterator
from pathlib import Path

import click

from addon.cli.asking import print_json, progress
from addon.cli.opening import MAP_BYTES
from addon.cli.options import json_option, store_option
from addon.places import data_dir
from addon.words import wording
from tree.carrying.importing import MAX_LINE_BYTES, read_export, take_in
from tree.carrying.lines import ImportFileError, Read
from tree.carrying.texting import HEAD
from tree.carrying.untexting import read_text
from tree.errors import TreeError
from tree.memory import Memory

MAX_MIB = 1024


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--tenant",
    metavar="HASH",
    help="Whose memory it becomes: the hash that `rote show SCOPE` tells, or `shared` for rote_share=all.",
)
@click.option(
    "--max-mib",
    type=click.IntRange(1),
    default=MAX_MIB,
    show_default=True,
    help="Largest file that is read.",
)
@json_option
@store_option
def importing(
    *, file: Path, tenant: str | None, max_mib: int, as_json: bool, store: Path | None
) -> None:
    """Read memory from FILE, as `rote export` or `rote export --text` writes it, and learn from it.

    \b
    rote import memory.jsonl
    rote import memory.jsonl --tenant 5f0c…    from another machine: credentials are told apart by hashes that
                                               differ from store to store

    The file is checked as a whole before any of it is recorded. What is there already is left out, so the same file
    may be read twice. A proxy may go on meanwhile, and learns from it.

    Exit codes: 0 done; 1 the file is no memory, or it cannot be recorded; 2 wrong usage.
    """  # noqa: D301  # click wants the control character itself
    size = file.stat().st_size
    if size > max_mib << 20:
        raise click.ClickException(
            f"{file} is of {size >> 20:,} MiB; --max-mib {(size >> 20) + 1} reads it all the same."
        )
    try:
        found = _read(file, tenant)
    except ImportFileError as error:
        raise click.ClickException(f"{file} is no memory: {error}. Nothing was changed.") from error
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from error
    try:
        memory = Memory(store or data_dir(), max_bytes=MAP_BYTES)
        try:
            with progress("recording", shown=not as_json) as told:
                fresh, known = take_in(memory, found, told)
        finally:
            memory.close()
    except TreeError as error:
        raise click.ClickException(f"{error}.") from error
    if as_json:
        print_json({"recorded": fresh, "known": known})
        return
    before = f"; {wording.count(known, 'observation')} were there already" if known else ""
    click.echo(
        f"{wording.count(fresh, 'observation')} recorded{before}. A running proxy learns from them by itself."
    )


def _read(file: Path, tenant: str | None) -> Read:
    with file.open("rb") as source:
        if source.readline(len(HEAD) + 2).rstrip(b"\r\n") != HEAD.encode():
            return read_export(_lines(file), tenant)
    try:
        with file.open(encoding="utf-8", newline="\n") as source:
            return read_text(source, tenant)
    except UnicodeDecodeError as error:
        raise ImportFileError(0, f"it is not in UTF-8 ({error.reason})") from error


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while line := source.readline(MAX_LINE_BYTES + 1):
            yield line
