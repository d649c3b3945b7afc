"""What nodes were asked lately: requests that come to one node are mostly long, and alike but for what they end with.

What is the same item in both is the same text, and was seen to be nothing new; so neither is it hashed again, nor
looked at for what never stood there before. Kept of few nodes, for their frames are as long as conversations.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from msgspec import Struct

from tree.reading.item import Frame, Item

SHORTEST = 16
"""Frames of fewer items are looked at as quickly as they are compared."""
_KEPT = 16
"""Nodes."""
_LONGEST = 250_000
"""Characters of a frame; a longer one is not kept."""


class _Asked(Struct):
    frame: tuple[Item, ...]
    upto: int
    """How many of its first items were the first ones of the frame before, too."""
    state: Any
    """The hash of these."""
    roles: object = None
    sound: tuple[Item, ...] = ()
    """The last frame about which nothing was odd, by these roles."""


class Lately:
    """The frames that the nodes of one scope were asked about last."""

    def __init__(self) -> None:
        self._asked = OrderedDict[Hashable, _Asked]()

    def digest(self, node: Hashable, frame: tuple[Item, ...]) -> bytes:
        """What `frame_digest` says."""
        if len(frame) < SHORTEST:
            return frame_digest(frame)
        last = self._asked.pop(node, None)
        shared = _shared(last.frame, frame) if last else 0
        if last is None or last.upto > shared:
            state = hashlib.blake2b(_said(frame[:shared]), digest_size=8)
        else:
            state = last.state.copy()
            state.update(_said(frame[last.upto : shared]))
        hasher = state.copy()
        hasher.update(_said(frame[shared:]))
        if sum([len(item.text) for item in frame]) <= _LONGEST:
            known = (last.roles, last.sound) if last else (None, ())
            self._asked[node] = _Asked(frame, shared, state, *known)
            if len(self._asked) > _KEPT:
                self._asked.popitem(last=False)
        return bytes(hasher.digest())

    def new(self, node: Hashable, roles: object, frame: tuple[Item, ...]) -> frozenset[int] | None:
        """Numbers of the items that were not in the last frame about which nothing was odd; None if there is none.

        Args:
            node: Which was asked.
            roles: By which that was not odd; others may find something.
            frame: What it is asked about now.
        """
        last = self._asked.get(node)
        if last is None or last.roles is not roles or len(last.sound) != len(frame):
            return None
        pairs = enumerate(zip(frame, last.sound, strict=True))
        return frozenset([at for at, (own, other) in pairs if own is not other])

    def sound(self, node: Hashable, roles: object, frame: tuple[Item, ...]) -> None:
        """Nothing was odd about the frame that was hashed last."""
        last = self._asked.get(node)
        if last is not None and last.frame is frame:
            last.roles, last.sound = roles, frame


def frame_digest(frame: Frame) -> bytes:
    """Names a frame by all that was said in it."""
    return hashlib.blake2b(_said(frame), digest_size=8).digest()


def _said(frame: Frame) -> bytes:
    said = [f"{item.key}\x00{len(item.text)}\x00{item.text}" for item in frame]
    return "".join(said).encode("utf-8", "surrogatepass")


def _shared(theirs: Sequence[Item], ours: Sequence[Item]) -> int:
    """How many first items are the same."""
    least = min(len(theirs), len(ours))
    low, high = 0, least
    while low < high:
        # Slices are compared in compiled code; the likeliest case is that all but the last one are the same.
        middle = high - 1 if high == least else (low + high) // 2
        if theirs[low : middle + 1] == ours[low : middle + 1]:
            low = middle + 1
        else:
            high = middle
    return low
