"""Which hits are audited: as many as their share says, spread out, and in step with nothing."""

from itertools import pairwise

import pytest

from tree.judgement.audits import Audits


def audited(arm: bytes, share: float, hits: int) -> list[int]:
    audits = Audits()
    return [hit for hit in range(hits) if audits.due(arm, share)]


@pytest.mark.parametrize("share", [0.05, 0.3, 1.0])
def test_as_many_hits_are_audited_as_the_share_says(share: float) -> None:
    assert len(audited(b"arm", share, 1_000)) == pytest.approx(1_000 * share, rel=0.1)


def test_a_new_arm_is_audited_at_its_first_hit() -> None:
    assert all(audited(bytes([arm]), 1, 1) == [0] for arm in range(50))


def test_no_two_audits_are_farther_apart_than_two_cycles() -> None:
    hits = audited(b"arm", 0.05, 4_000)

    assert max(after - before for before, after in pairwise(hits)) <= 40


@pytest.mark.parametrize("period", [2, 3, 5, 20])
def test_audits_fall_into_step_with_no_period(period: int) -> None:
    hits = audited(b"arm", 0.05, 20 * 60 * period)

    for phase in range(period):
        share = sum(hit % period == phase for hit in hits) / len(hits)
        assert share == pytest.approx(1 / period, abs=0.12)


def test_equal_hits_make_equal_audits_and_arms_are_counted_apart() -> None:
    audits = Audits()

    mixed = [hit for hit in range(400) if (audits.due(b"a", 0.1), audits.due(b"b", 0.1))[0]]

    assert mixed == audited(b"a", 0.1, 400)
    assert audited(b"a", 0.1, 400) != audited(b"b", 0.1, 400)
