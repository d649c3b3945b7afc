"""Tests that are lent to a learner, so that streaks alone decide when it serves.

What is derived, and from how many examples, is one question; whether answers of that class were right often enough is
another one. Tests of the first ask a learner whose classes have long been proven.
"""

from tree.judgement.evidence import MAX_FAILURES, RISK, Count, Prior, Stratum, bucket

MANY = 1_000

PROVEN: Prior = {
    Stratum(kind, failures, streak): Count(MANY, 0)
    for kind in RISK
    for failures in range(MAX_FAILURES + 1)
    for streak in range(bucket(MANY) + 1)
}
