"""`rote shadow report`, over real stores."""

from pathlib import Path

import msgspec
import pytest

from tests.addon.cli.conftest import Rote
from tests.addon.cli.remembered import fill, opened
from tree.explaining.explanation import Decided, Explanation
from tree.memory import Tally, TallyKey

COUNTED = {"miss": 600, "shadow-right": 400, "shadow-wrong": 3, "shadow-unknown": 9}


@pytest.fixture
def watched(home: Path) -> Path:
    fill(home)
    memory = opened(home)
    would = Explanation(answer="lend(reader=“R-9”)")
    memory.note_decisions(
        [
            Decided(1, "miss", "in shadow", verdict="same", explanation=would),
            Decided(2, "miss", "in shadow", model="m", verdict="different", explanation=would,
                    instead="lend(reader=“R-4”)"),
        ]
    )  # fmt: skip
    day = ("2030-01-01", "a", "o", "m")
    memory.count({TallyKey(*day, word): Tally(count) for word, count in COUNTED.items()})
    memory.close()
    return home


@pytest.mark.usefixtures("watched")
def test_it_says_how_many_would_have_been_served_and_which_were_wrong(rote: Rote) -> None:
    result = rote("shadow", "report")

    assert result.exit_code == 0
    assert "In shadow since Tuesday, 01 January: 412 of 600 requests" in result.output
    assert "3 of them wrong, 400 right, 9 in other words" in result.output
    assert "lend(reader=“R-9”)" in result.output
    assert "lend(reader=“R-4”)" in result.output


@pytest.mark.usefixtures("watched")
def test_as_json_it_is_a_document(rote: Rote) -> None:
    document = msgspec.json.decode(rote("shadow", "report", "--json").output)

    assert (document["total"]["would_serve"], document["total"]["wrong"]) == (412, 3)
    assert [one["number"] for one in document["mistakes"]] == [2]


def test_where_nothing_was_in_shadow_it_says_how_to_begin(rote: Rote, home: Path) -> None:
    fill(home)

    assert "rote serve --mode shadow" in rote("shadow", "report").output
