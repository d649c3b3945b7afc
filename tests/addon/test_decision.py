"""How a response says what was decided."""

import pytest

from addon.decision import Decision, Outcome


@pytest.mark.parametrize(
    ("decision", "wanted"),
    [
        (
            Decision(Outcome.HIT_LITERAL, "literal", key="ab12"),
            'rote; hit; key="ab12"; detail=literal',
        ),
        (
            Decision(Outcome.MISS, "never asked before", stored=True),
            'rote; fwd=miss; stored; detail="never asked before"',
        ),
        (Decision(Outcome.MISS, "no-store"), 'rote; fwd=miss; detail="no-store"'),
        (Decision(Outcome.BYPASS, "off"), 'rote; fwd=bypass; detail="off"'),
        (
            Decision(Outcome.MISS, 'a "quoted" \\ word\nand ünïcode'),
            'rote; fwd=miss; detail="a \\"quoted\\" \\\\ word?and ?n?code"',
        ),
    ],
)
def test_a_decision_is_a_cache_status_of_rfc_9211(decision: Decision, wanted: str) -> None:
    assert decision.cache_status == wanted


def test_the_comment_of_a_miss_says_why() -> None:
    assert Decision(Outcome.MISS, "message 3 is new").comment == "Rote: miss (message 3 is new)"
