"""Tests that were made before delivery: how many of them count, and for whom."""

import pytest

from tree.judgement.evidence import RISK, Stratum, stratum
from tree.judgement.prior import MOST, STRICT, capped, factory
from tree.judgement.verdict import Limits


def test_of_each_stratum_only_so_many_tests_count_and_the_share_of_wrong_ones_stays() -> None:
    prior = capped({"copy": [(0, 3, 4_000, 40)], "free": [(0, 3, 1_000, 20), (1, 2, 50, 7)]})

    copies, free, few = (
        prior[Stratum(*where)] for where in [("copy", 0, 3), ("free", 0, 3), ("free", 1, 2)]
    )
    assert (copies.tests, copies.wrong) == (400, 4)
    assert (free.tests, free.wrong) == (100, 2)
    assert (few.tests, few.wrong) == (50, 7)


def test_the_riskier_a_class_the_fewer_of_its_tests_count() -> None:
    most = [MOST[kind] for kind in RISK]

    assert most == sorted(most, reverse=True)


def test_what_is_delivered_was_measured_and_lets_no_young_arm_serve() -> None:
    prior = factory(Limits().max_error)

    assert sum(count.tests for count in prior.values()) > 1_000
    assert sum(count.wrong for count in prior.values()) > 0
    assert all(count.wrong <= count.tests <= MOST[where.kind] for where, count in prior.items())
    assert prior[stratum("path", "free", 0, 0)].wrong > 0


@pytest.mark.parametrize("limit", [STRICT, 0.005, 0])
def test_who_tolerates_next_to_nothing_is_lent_nothing(limit: float) -> None:
    assert factory(limit) == {}
    assert factory(2 * STRICT)
