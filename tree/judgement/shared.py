"""What was found out last is at hand for whoever asks it of the very same things: views that see the same do.

A result follows from values that never change, so whether it is at hand changes nothing but the time.
"""

from collections.abc import Callable
from operator import is_

from tree.derive.sources import Sources
from tree.judgement.arm import Arm
from tree.judgement.role import Roles
from tree.reading.held import by_frame
from tree.reading.item import Item


class Shared[Found]:
    """A function that remembers what it gave last.

    Args:
        find: The function, of values that never change.
    """

    __slots__ = ("_find", "_last")

    def __init__(self, find: Callable[..., Found]) -> None:
        self._find = find
        self._last: tuple[tuple[object, ...], Found] | None = None

    def __call__(self, *given: object) -> Found:
        """What the function gives; from any thread."""
        last = self._last
        if last is not None and all(map(is_, last[0], given)):
            return last[1]
        found = self._find(*given)
        self._last = given, found
        return found


@by_frame
def sources_of(frame: tuple[Item, ...]) -> Sources:
    """What values of a frame there are to make answers of."""
    return Sources(frame)


outside = Shared(Roles.outside)
"""Why a frame is none of those that roles were found in; None if it is."""
reply_in = Shared(Arm.reply)
"""The answer of an arm in a frame."""
shape_of = Shared(lambda arm: str(arm.shape))
"""The shape of an arm's replies."""
