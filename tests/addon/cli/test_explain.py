"""`rote explain`, over real stores."""

from pathlib import Path

import msgspec
import pytest

from tests.addon.cli.conftest import Rote
from tree.explaining.explanation import (
    Binding,
    Decided,
    Derivation,
    Difference,
    Evidence,
    Explanation,
    Opinion,
)
from tree.memory import Memory

AT_NS = 1_700_000_000_000_000_000
EVIDENCE = Evidence("path", "copy", 7, 2, 1)
MISS = Explanation(
    messages=4,
    known=2,
    node="ab" * 16,
    reasons=(
        "message 3 of 4 (tool) differs from what is known",
        "the value of `code` has no origin in the context",
    ),
    opinions=(Opinion("path", "nothing"), Opinion("step", "would answer “x”", EVIDENCE)),
    nearest=Difference("message 3 (tool)", "[odd] now", "[b]then[/b]", 0.93, "cd" * 16),
)
HIT = Explanation(
    messages=2,
    known=1,
    answer="weigh(…)",
    bindings=(
        Binding("slot 1 of the user's message", "Ada [x]"),
        Binding("`n`", 7),
        *(Binding(f"idle {at}", at, idle=True) for at in range(5)),
    ),
    programs=(Derivation("`name`", "Ada [x]", "slot 1 of the user's message", 1),),
    guards=("slot 1 is “a”; “a” decide",),
    evidence=EVIDENCE,
    opinions=(Opinion("path", "would answer weigh(…)", EVIDENCE),),
    recorded_at_ns=AT_NS,
    recorded_ms=1_500,
)
DECISIONS = (
    Decided(AT_NS, "bypass", "rote_mode is off", "openai-chat", "llm.example"),
    Decided(AT_NS, "miss", "all", "openai-chat", "llm.example", "m-1", explanation=MISS),
    Decided(
        AT_NS, "hit-template", "template", "openai-chat", "llm.example", "m-1", "t", "ef" * 16, 3.25, "p", HIT
    ),
)  # fmt: skip


@pytest.fixture
def filled(home: Path) -> Path:
    memory = Memory(home, max_bytes=1 << 24)
    memory.note_decisions(DECISIONS)
    memory.close()
    return home


def flat(text: str) -> str:
    """Without what depends on the width of a terminal."""
    return " ".join(text.split())


def test_without_a_store_it_says_how_to_begin(rote: Rote, home: Path) -> None:
    result = rote("explain")

    assert result.exit_code == 0
    assert "Nothing was decided yet" in result.output
    assert not home.exists()


@pytest.mark.usefixtures("filled")
def test_the_last_decision_is_told_in_words(rote: Rote) -> None:
    told = flat(rote("explain").output)

    assert told.startswith("3 answered from what was learnt")
    for words in (
        "m-1 · at llm.example · openai-chat · decided in 3.2 ms",
        "1 of 2 messages known",
        "when the provider took 1.5 s",
        "slot 1 of the user's message “Ada [x]”",
        "`n` 7",
        "idle 2 2 and 2 more that nothing reads",
        "`name` = “Ada [x]”: slot 1 of the user's message (1 other program agrees)",
        "Conditions slot 1 is “a”",
        "7 clean tests, 2 needed, after 1 failure: values that are copied, seen in the whole",
    ):
        assert words in told


@pytest.mark.usefixtures("filled")
def test_a_miss_names_what_differs_and_what_is_lacking(rote: Rote) -> None:
    told = flat(rote("explain", "2").output)

    assert told.startswith("2 sent to the provider")
    for words in (
        "Message 3 of 4 (tool) differs from what is known.",
        "The value of `code` has no origin in the context.",
        "2 of 4 messages known (node abababababab)",
        "the nearest known branch (node cdcdcdcdcdcd) is 93% alike and differs in message 3 (tool)",
        "now [odd] now recorded [b]then[/b]",
        "the last step alone would answer “x” (7 clean tests, 2 needed)",
    ):
        assert words in told


@pytest.mark.usefixtures("filled")
def test_what_has_no_explanation_is_told_by_its_reason(rote: Rote) -> None:
    assert "rote_mode is off." in rote("explain", "1").output


@pytest.mark.usefixtures("filled")
def test_a_list_shows_one_in_a_line_newest_last(rote: Rote) -> None:
    lines = rote("explain", "--list").output.splitlines()

    assert [line.split()[0] for line in lines[1:4]] == ["1", "2", "3"]
    assert "learnt" in lines[3]
    assert "the value of `code` has no origin in the context" in lines[2]
    assert "`rote explain NUMBER`" in lines[4]
    assert len(rote("explain", "--list", "--last", "2").output.splitlines()) == 4


@pytest.mark.usefixtures("filled")
def test_the_last_ones_are_told_newest_last(rote: Rote) -> None:
    told = rote("explain", "--last", "2").output

    assert 0 <= told.index("sent to the provider") < told.index("answered from what was learnt")
    assert "passed by" not in told


@pytest.mark.usefixtures("filled")
def test_as_json_nothing_is_left_out(rote: Rote) -> None:
    one = msgspec.json.decode(rote("explain", "3", "--json").output)
    several = msgspec.json.decode(rote("explain", "--list", "--json").output)

    assert (one["number"], one["time"]) == (3, "2023-11-14T22:13:20.000Z")
    assert msgspec.convert(one["explanation"], Explanation) == HIT
    assert [each["number"] for each in several] == [1, 2, 3]


def test_as_json_an_empty_log_is_null_or_empty(rote: Rote) -> None:
    assert msgspec.json.decode(rote("explain", "--json").output) is None
    assert msgspec.json.decode(rote("explain", "--list", "--json").output) == []


@pytest.mark.usefixtures("filled")
def test_a_number_that_is_not_there_is_refused_with_what_is(rote: Rote) -> None:
    result = rote("explain", "41")

    assert result.exit_code == 1
    assert "Decision 41 is not in the log: the newest is 3" in result.stderr


def test_a_number_of_an_empty_log_is_refused(rote: Rote) -> None:
    assert "it is empty" in rote("explain", "1").stderr


def test_a_number_and_a_list_do_not_go_together(rote: Rote) -> None:
    assert rote("explain", "1", "--list").exit_code == 2


def test_it_reads_beside_a_writer(rote: Rote, filled: Path) -> None:
    before = (filled / "data.mdb").read_bytes()

    rote("explain")

    assert (filled / "data.mdb").read_bytes() == before


def test_a_store_that_cannot_be_read_is_named(rote: Rote, home: Path) -> None:
    home.mkdir()
    (home / "data.mdb").write_bytes(b"no database" * 1000)

    result = rote("explain")

    assert result.exit_code == 1
    assert "rote doctor" in result.stderr


@pytest.mark.usefixtures("filled")
def test_decisions_can_be_asked_for_by_how_they_ended_and_by_model(rote: Rote) -> None:
    every = msgspec.json.decode(rote("explain", "--list", "--json").output)

    missed = msgspec.json.decode(rote("explain", "--list", "--only", "miss", "--json").output)
    none = rote("explain", "--only", "wrong")
    other = msgspec.json.decode(rote("explain", "--list", "--model", "M-1", "--json").output)

    assert {one["outcome"] for one in missed} == {"miss"}
    assert 0 < len(missed) < len(every)
    assert "None of the last thousand decisions is so" in none.output
    assert [one["number"] for one in other] == [
        one["number"] for one in every if one.get("model") == "m-1"
    ]
    assert rote("explain", "1", "--only", "miss").exit_code == 2
