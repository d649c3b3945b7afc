"""The shadow report, over a desk that was watched in shadow."""

import html
import re
from pathlib import Path

from addon.cli.dashboard import Beside, page
from tests.addon.dashboard.desk import Json, desk, question


def wrong(messages: list[Json]) -> Json:
    """A model that does something else than ever before."""
    asked = messages[-1]["role"] == "user"
    return ("open_claim", {"parcel": "another"}) if asked else "Done."


def test_the_report_says_what_would_have_been_served_and_which_of_it_wrong(tmp_path: Path) -> None:
    with desk(tmp_path, "shadow") as one:
        for number in (1, 2, 1, 2):
            one.run(question(number), number)
        one.run(question(1), 1, model=wrong)
    beside = Beside(tmp_path)

    shown = page(beside).test_client().get("/shadow").text
    words = html.unescape(re.sub(r"(<[^>]*>|\s)+", " ", shown))
    beside.close()

    assert re.search(r"\d+ of \d+ requests would have been answered from memory, 1 of them", words)
    assert re.search("In shadow since (today|yesterday)", words)
    assert "These would have been wrong" in words
    assert 'open_claim({"parcel": "another"})' in words
    assert 'find_parcel({"parcel": "HAR-4037"})' in words
