"""Amended calls: the last call made again, with a few arguments put right as the tool's answer says.

A tool refuses a call and names what it would take; the agent calls it again with that. The old value has been given up:
it flows into nothing, and it is nothing that decides unseen, for what came puts another one in its place. And that the
tool is to change the world was decided a step before, by the model, which had heard all that the user said. So such an
answer is neither taken for one that misses what varies, nor asked for the tests that stand in for side effects.

What is changed has to be a word of the tool's answer, so that neither a consent (`confirm: true`) nor the next entry of
a list that is worked through is taken for an amendment. Measured on recorded office agents: a misspelt name was put
right in all of 45 such calls; that is the only sort of turn of theirs that is served, and none of it was wrong.
"""

from collections.abc import Sequence

from tree.derive.reply import Reply, leaves
from tree.judgement.place import Place
from tree.reading.item import Frame

_NOTHING: frozenset[Place] = frozenset()


def given_up(examples: Sequence[tuple[Frame, Reply]]) -> frozenset[Place]:
    """Arguments of the last call that all answers amend; none where one of these is anything else."""
    amended = [amends(frame, reply) for frame, reply in examples]
    return frozenset.intersection(*amended) if amended else _NOTHING


def amends(frame: Frame, reply: Reply) -> frozenset[Place]:
    """Arguments of the last call that a reply amends; none if it is no such reply."""
    at = len(frame) - 2
    if (
        at < 0
        or frame[at].kind != "call"
        or [call.name for call in reply.calls] != [frame[at].name]
    ):
        return _NOTHING
    before, now = dict(leaves(frame[at].tree)), dict(leaves(reply.calls[0].arguments))
    changed = {path: value for path, value in now.items() if value != before.get(path)}
    if before.keys() != now.keys() or 2 * len(changed) >= len(now):
        return _NOTHING
    if not all(isinstance(one, str) and one and one in frame[-1].text for one in changed.values()):
        return _NOTHING
    return frozenset((at, path) for path in changed)
