"""Fresh ids look like the recorded ones, and are others."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.wire.mint import Mint, looks_unique

UNIQUE = {
    "a prefix and letters with digits": ("call_9aB3dE5fG7hJ", "call_"),
    "two prefixes": ("chatcmpl-tool-0a1b2c3d4e5f", "chatcmpl-tool-"),
    "a UUID": ("3f2b1c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d", ""),
    "no prefix": ("k3j9x2m4q", ""),
    "letters of both cases, without a digit": ("call_QwErTyUiOpAs", "call_"),
    "base64url, whose first groups are no words": ("aBcDe_FG_hIjKlMn_op5Qr", "aBcDe_FG_"),
    "a time and a lot": ("gen-1700000001-aB3dE5fG", "gen-"),
}
PLAIN = [
    "",
    "0",
    "functions.read:0",
    "call_1",
    "chatcmpl-378",
    "call_lookup",
    "call_read_file",
    "--------",
]


def mint(seed: int = 1, *, sealed: bool = False) -> Mint:
    source = random.Random(seed)  # noqa: S311 - ids need be new, not secret
    return Mint(source, 1_700_000_000.0, sealed=sealed)


def shape(text: str) -> str:
    return re.sub(r"\d", "0", re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", text)))


@pytest.mark.parametrize(("recorded", "prefix"), UNIQUE.values(), ids=UNIQUE.keys())
def test_a_unique_id_is_renewed_behind_its_prefix(recorded: str, prefix: str) -> None:
    fresh = mint().id(recorded)

    assert looks_unique(recorded)
    assert fresh != recorded
    assert fresh.startswith(prefix)
    assert fresh.removeprefix(prefix)[:8] != recorded.removeprefix(prefix)[:8]
    assert len(fresh) == len(recorded)


@pytest.mark.parametrize("recorded", PLAIN)
def test_an_id_that_was_never_unique_stays(recorded: str) -> None:
    assert not looks_unique(recorded)
    assert mint().id(recorded) == recorded


def test_hex_stays_hex_and_its_dashes_stay_in_place() -> None:
    fresh = mint().id("3f2b1c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d")

    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", fresh)


def test_the_same_id_becomes_the_same_fresh_one_within_a_response_and_another_in_the_next() -> None:
    one, other = mint(1), mint(2)

    assert one.id("call_9aB3dE5fG7hJ") == one.id("call_9aB3dE5fG7hJ")
    assert one.id("call_9aB3dE5fG7hJ") != other.id("call_9aB3dE5fG7hJ")


def test_a_sealed_conversation_keeps_the_ids_of_its_calls_alone() -> None:
    sealed = mint(sealed=True)

    assert sealed.call_id("call_9aB3dE5fG7hJ") == "call_9aB3dE5fG7hJ"
    assert sealed.id("resp_9aB3dE5fG7hJ") != "resp_9aB3dE5fG7hJ"
    assert mint().call_id("call_9aB3dE5fG7hJ") != "call_9aB3dE5fG7hJ"


@given(st.text(st.sampled_from("abzABZ0189_-.:é"), max_size=24))
def test_a_fresh_id_has_the_length_and_the_alphabet_of_the_recorded_one(recorded: str) -> None:
    fresh = mint().id(recorded)

    if re.search(r"[A-Z]", fresh):  # hex letters and digits may take each other's place
        assert shape(fresh) == shape(recorded)
    assert re.sub(r"[a-zA-Z0-9]", "x", fresh) == re.sub(r"[a-zA-Z0-9]", "x", recorded)


@pytest.mark.parametrize(
    ("recorded", "fresh"),
    [
        ("functions.weigh:0", "functions.weigh:2"),
        ("0", "1"),
        ("weigh", "weigh_1"),
        ("", ""),
    ],
)
def test_a_call_of_a_conversation_gets_no_id_that_another_one_has(
    recorded: str, fresh: str
) -> None:
    taken = ("functions.weigh:0", "functions.weigh:1", "0", "weigh", "")

    minted = Mint(random.Random(1), 0, taken=taken)  # noqa: S311 - ids need be new, not secret

    assert minted.call_id(recorded) == fresh
    assert minted.call_id(recorded) == fresh, "the same one each time"
