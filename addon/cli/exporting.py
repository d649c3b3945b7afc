"""`rote export`: memory as a file, without loss."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from addon.cli.asking import looked_into, progress
from addon.cli.options import store_option
from addon.files import open_private
from addon.words import wording
from tree.carrying.exporting import choices, exported
from tree.carrying.texting import written
from tree.memory import Memory


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
@click.option(
    "--text", is_flag=True, help="As text: like talks once, with names where they differ."
)
@store_option
def export(*, file: Path | None, force: bool, text: bool, store: Path | None) -> None:
    """Write all that is remembered to FILE, or to the output: lines of JSON, each text once.

    \b
    rote export memory.jsonl
    rote export | gzip > memory.jsonl.gz
    rote export --text memory.txt     for people, and for git: a pattern once, then its values

    It holds what agents and models said to each other and what you decided (trust, distrust, names of slots), and no
    credential; the first form also holds the counters of `rote stats`. The same memory gives the same file, so it can
    be kept in git; `rote import` reads either.
    Exit codes: 0 written; 1 there is no memory, or the file cannot be written; 2 wrong usage.
    """  # noqa: D301  # click wants the control character itself
    if file is not None and file.exists() and not force:
        raise click.ClickException(f"{file} is there already; --force replaces it.")
    with looked_into(store) as memory, progress("writing", shown=file is not None) as told:
        lines = _text(memory) if text else exported(memory, told)
        if file is None:
            for line in lines:
                sys.stdout.buffer.write(line)
            return
        part = file.with_name(file.name + ".part")
        try:
            with open_private(part) as out:
                out.writelines(lines)
            part.replace(file)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
        count = memory.summary().observations
    click.echo(f"{wording.count(count, 'observation')} written to {file}.")


def _text(memory: Memory) -> Iterator[bytes]:
    observations = [one for _, one in memory.observations()]
    with memory.store.read() as txn:
        chosen = list(choices(memory, txn))
    yield from (line.encode() + b"\n" for line in written(observations, chosen))


exporting = export
