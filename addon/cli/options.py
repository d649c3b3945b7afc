"""Options that several commands have, the same wherever they are."""

from pathlib import Path

import click

store_option = click.option(
    "--store",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the memory.  [default: the user's data folder]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
