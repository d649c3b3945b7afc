"""Takes pictures of the page over a parcel desk that has been at work for some weeks.

Usage: page_pictures.py [FOLDER] [--all].

What is shown comes from the tests' made-up desk; only the counters of the days before today are made up here, for no
store grows old in a minute.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from playwright.sync_api import Browser, ViewportSize

from addon.cli.dashboard import Beside
from tests.addon.dashboard import desk
from tests.addon.dashboard.browser import chromium, served
from tree.memory import Memory, Tally, TallyKey
from tree.sight.learnt import Learnt
from tree.sight.outline import Outline
from tree.sight.workflows import Workflows

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
DAYS = 25
RUNS = 70
MODELS = (
    ("openai-chat", "api.openai.com", "gpt-4o-mini", 140),
    ("anthropic-messages", "api.anthropic.com", "claude-sonnet-4-5", 60),
)
WIDE: ViewportSize = {"width": 1160, "height": 860}
NARROW: ViewportSize = {"width": 360, "height": 740}


def history(today: date) -> dict[TallyKey, Tally]:
    """Counters of the weeks before: the more was learnt, the more was served."""
    tallies = {}
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        weekend = day.weekday() > 4  # noqa: PLR2004 - Saturday and Sunday
        for api, origin, model, busy in MODELS:
            asked = (busy + 37 * back % 41) // (4 if weekend else 1)
            share = min(0.82, 0.12 + 0.035 * (DAYS - back) + 0.01 * (back * 7 % 9))
            served = int(asked * share)
            learnt = served * 2 // 3
            for outcome, number in (
                ("hit-literal", served - learnt),
                ("hit-template", learnt),
                ("miss", asked - served),
                ("audit-same", learnt // 9),
            ):
                tokens = Tally(number, 2_140 * number, 900 * number, 95 * number, 1_900 * number)
                tallies[TallyKey(day.isoformat(), api, origin, model, outcome)] = tokens
    return tallies


def fill(folder: Path) -> None:
    """A desk that was busy today, and long before."""
    with desk.desk(folder) as one:
        for number in range(RUNS):
            one.run(desk.question(number), number)
            if number % 6 == 5:  # noqa: PLR2004 - now and then somebody asks again
                one.run(desk.question(number - 3), number - 3)
        one.run("Tell me something about parcels", 1)
        one.run(desk.question(RUNS), RUNS)
        one.run(desk.question(RUNS - 4), RUNS - 4)
    memory = Memory(folder, max_bytes=64 << 20)
    memory.count(history(datetime.now(UTC).date()))
    memory.close()


def views(memory: Memory) -> dict[str, str]:
    """What is shown, by the name of its picture."""
    root = Outline(memory).roots()[0]
    log = memory.decisions(1_000)
    hit = next(
        one
        for one in log
        if one.outcome == "hit-template" and one.explanation and "book" in one.explanation.answer
    )
    lines = Learnt(memory).page(scope=root.scope).templates
    best = max(lines, key=lambda one: (one.ways, one.view == "path", one.hits))
    return {
        "overview": "/",
        "workflow": f"/workflows/{root.scope}",
        "node": f"/nodes/{best.template}",
        "decision": f"/decisions/{hit.number}",
    }


def more_views(memory: Memory) -> dict[str, str]:
    """The other ones."""
    root = Outline(memory).roots()[0]
    followed = Workflows(memory)
    followed.advance(10)
    stage = followed.outline(followed.root(root.scope), 9)[2].stage
    log = memory.decisions(1_000)
    place = next(one.node for one in log if one.outcome == "hit-literal")
    miss = next(one.number for one in log if one.explanation and one.explanation.nearest)
    template = views(memory)["node"]
    return {
        "workflows": "/workflows",
        "stage": f"/workflows/{root.scope}?stage={stage.number}",
        "place": f"/nodes/{place}",
        "forget": f"/nodes/{Outline(memory).below(root.scope).branches[0].node}/forget",
        "rename": f"{template}/rename?item=1&path=[1]",
        "decisions": "/decisions",
        "miss": f"/decisions/{miss}",
        "shadow": "/shadow",
        "gone": "/nodes/none",
    }


def manners(*, every: bool) -> Iterator[tuple[str, str, ViewportSize, bool]]:
    """Suffix, colour scheme, size, and whether the whole page is taken."""
    yield "", "light", WIDE, every
    if every:
        yield "-dark", "dark", WIDE, True
        yield "-narrow", "light", NARROW, True


def take(browser: Browser, address: str, shown: dict[str, str], into: Path, *, every: bool) -> None:
    """Take the pictures."""
    for suffix, scheme, size, whole in manners(every=every):
        with browser.new_context(viewport=size) as context:
            window = context.new_page()
            window.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            for name, path in shown.items():
                window.goto(address + path)
                file = into / f"{name}{suffix}.png"
                window.screenshot(path=file, full_page=whole)
                print(f"{file}: {file.stat().st_size // 1024} KiB")


def main() -> None:
    """Fill a store, open it, and take pictures of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", nargs="?", type=Path, default=PICTURES)
    parser.add_argument("--all", dest="every", action="store_true", help="every view, in every way")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        beside = Beside(Path(folder))
        memory = beside.memory()
        assert memory is not None  # noqa: S101 - it was just filled
        shown = views(memory) | (more_views(memory) if chosen.every else {})
        with served(beside) as address, chromium() as browser:
            take(browser, address, shown, chosen.folder, every=chosen.every)
        beside.close()


if __name__ == "__main__":
    main()
