"""`rote export`: memory as a file, without loss."""

import contextlib
import os
import sys
from pathlib import Path

import click

from addon import wording
from addon.cli.asking import looked_into, progress, store_option
from tree.exporting import exported


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@store_option
def export(*, file: Path | None, force: bool, store: Path | None) -> None:
    """Write all that is remembered to FILE, or to the output: lines of JSON, each text once.

    \b
    rote export memory.jsonl
    rote export | gzip > memory.jsonl.gz

    It holds what agents and models said to each other, and what you decided (trust, names); no credential. The same
    memory gives the same file, and what is recorded later is appended, so it can be kept in git. `rote import` reads
    it. Exit codes: 0 written; 1 there is no memory, or the file cannot be written; 2 wrong usage.
    """  # noqa: D301  # click wants the control character itself
    if file is not None and file.exists() and not force:
        raise click.ClickException(f"{file} is there already; --force replaces it.")
    with looked_into(store) as memory, progress("writing", shown=file is not None) as told:
        if file is None:
            for line in exported(memory, told):
                sys.stdout.buffer.write(line)
            return
        part = file.with_name(file.name + ".part")
        try:
            with open(part, "wb", opener=_private) as out:
                out.writelines(exported(memory, told))
            part.replace(file)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
        count = memory.summary().observations
    click.echo(f"{wording.count(count, 'observation')} written to {file}.")


def _private(path: str, flags: int) -> int:
    """For its owner's eyes only: it is what was said."""
    return os.open(path, flags, 0o600)


exporting = export
