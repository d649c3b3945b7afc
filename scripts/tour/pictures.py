"""Makes the terminal's pictures of the README out of what the tour and `rote` really print.

Usage: pictures.py FOLDER. It takes two minutes: an agent has to do its job for some depots before it is done for others
without the provider. No picture loads a font or anything else.
"""

import os
import re
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import tour
from rich.console import Console
from rich.terminal_theme import MONOKAI

sys.path.insert(0, str(tour.PROJECT))

from rich._export_format import CONSOLE_SVG_FORMAT

from addon.cli import telling
from tree.explaining.explanation import Decided
from tree.memory import Memory

WIDTH = 104
DEPOTS = (
    *(
        "Airport",
        "Bakery",
        "Canal",
        "Dockyard",
        "Embassy",
        "Foundry",
        "Granary",
        "Hospital",
        "Institute",
    ),
    *(
        "Junction",
        "Kennels",
        "Lighthouse",
        "Market",
        "Nursery",
        "Observatory",
        "Pavilion",
        "Quarry",
    ),
    *("Railway", "Station", "Tannery", "University", "Viaduct", "Windmill", "Yard"),
)
MAP_BYTES = 1 << 30
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def terminal() -> Console:
    """A terminal that remembers what was printed, and shows none of it."""
    return Console(record=True, width=WIDTH, force_terminal=True, highlight=False, quiet=False)


def save(console: Console, file: Path, title: str) -> None:
    """What was printed, as a picture."""
    form = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    form = form.replace("Fira Code", FONT).replace(
        "font-family: " + FONT + ", monospace", "font-family: " + FONT
    )
    svg = console.export_svg(title=title, theme=MONOKAI, code_format=form)
    file.write_text(re.sub(r"[ \t]+\n", "\n", svg), encoding="utf-8")
    print(file)


def learnt(folder: Path) -> Sequence[Decided]:
    """The last answer with several values of its own that was never asked for before."""
    memory = Memory(folder, max_bytes=MAP_BYTES, readonly=True)
    try:
        found = [one for one in memory.decisions(1_000) if one.outcome == "hit-template"]
    finally:
        memory.close()
    telling_most = [one for one in found if one.explanation and len(one.explanation.programs) > 1]
    return (telling_most or found)[:1]


def main() -> None:
    """Make the pictures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    tour.console = shown = terminal()
    tour.main()
    save(shown, folder / "demo.svg", "scripts/demo")
    tour.console = Console()
    os.environ["ROTE_TOUR_PACE"] = "0.5"
    with tour.Scene() as scene:
        provider = scene.start(sys.executable, str(tour.HERE / "provider.py"), str(scene.folder))
        assert provider.stdout is not None  # noqa: S101 - it is a pipe
        provider_port = provider.stdout.readline().strip()
        port = tour.start_proxy(scene, provider_port)
        for number, depot in zip(count(1), DEPOTS, strict=False):
            tour.DEPOT = depot
            print(f"{number}  {depot}")
            tour.run_agent(port, provider_port, scene)
            tour.settle(port)
        told = terminal()
        telling.stories(told, learnt(scene.folder))
        save(told, folder / "explain.svg", "rote explain")


if __name__ == "__main__":
    main()
