"""`rote verify`, over real stores."""

from pathlib import Path

import msgspec
import pytest

from tests.addon.cli.conftest import Rote
from tests.addon.cli.remembered import fill, opened


@pytest.fixture(autouse=True)
def filled(home: Path) -> Path:
    fill(home)
    return home


def test_a_sound_store_is_told_so(rote: Rote) -> None:
    result = rote("verify")

    assert result.exit_code == 0
    assert result.output.startswith("sound  36 observations")


def test_a_changed_row_is_found_and_what_to_do_is_told(rote: Rote, filled: Path) -> None:
    memory = opened(filled)
    counts = memory.store.tables.counts
    assert counts is not None
    with memory.store.write() as txn:
        txn.drop(counts, delete=False)
    memory.close()

    found = rote("verify")
    document = msgspec.json.decode(rote("verify", "--json").output)
    mended = rote("rebuild")

    assert found.exit_code == 1
    assert "`rote rebuild` mends it" in found.output
    assert document["sound"] is False
    assert {one["where"] for one in document["findings"]} == {"counts"}
    assert mended.exit_code == 1
    assert rote("verify").exit_code == 0


def test_damage_to_what_was_recorded_is_told_apart(rote: Rote, filled: Path) -> None:
    memory = opened(filled)
    with memory.store.write() as txn:
        with txn.cursor(memory.store.tables.messages) as cursor:
            cursor.first()
            key = cursor.key()
        txn.put(key, b"junk", db=memory.store.tables.messages)
    memory.close()

    result = rote("verify")

    assert result.exit_code == 1
    assert "What cannot be read is not served" in result.output


def test_damage_to_what_was_learnt_is_found_and_mended(rote: Rote, filled: Path) -> None:
    memory = opened(filled)
    table = memory.store.further_table("learnt")
    assert table is not None
    with memory.store.write() as txn:
        txn.put(b"n" + bytes(32), b"junk", db=table)
    memory.close()

    found, mended, after = rote("verify"), rote("rebuild"), rote("verify")

    assert (found.exit_code, mended.exit_code, after.exit_code) == (1, 1, 0)
    assert "`rote rebuild` mends it" in found.output
