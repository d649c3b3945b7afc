"""What was said in observations, read back from the journal: rows of what is learnt only tell where it was."""

from tree.derive.reply import Reply, read_reply, used_by
from tree.judgement.drawer import LAST, Spot
from tree.judgement.rows import LostRowError, Shelf
from tree.reading.item import Item
from tree.reading.reading import parts
from tree.template.reader import Reader
from tree.template.view import views

_MAX_KNOWN = 64


class SaidBefore:
    """Reads observations, and keeps some at hand.

    Args:
        shelf: Where they are.
        reader: Of their scope.
    """

    def __init__(self, shelf: Shelf, reader: Reader) -> None:
        self._shelf, self._reader = shelf, reader
        self.now = 0
        """The observation that is being learnt."""
        self._known: dict[int, tuple[list[Item], Reply]] = {}
        self._frames: dict[int, dict[str, tuple[Item, ...]]] = {}

    def frames(self, seq: int) -> dict[str, tuple[Item, ...]]:
        """What each view sees of an observation, its texts not read yet."""
        if seq not in self._frames:
            if len(self._frames) >= _MAX_KNOWN:
                del self._frames[next(iter(self._frames))]
            self._frames[seq] = {own.kind: own.frame for own in views(self._read(seq)[0])}
        return self._frames[seq]

    def reply(self, seq: int) -> Reply:
        """What was answered."""
        return self._read(seq)[1]

    def used(self, seq: int) -> frozenset[str]:
        """Values of the answer."""
        return used_by(self.reply(seq))

    def text(self, family: tuple[str, str], spot: Spot) -> str:
        """What was said somewhere, without the values in it.

        Raises:
            LostRowError: Nothing was said there.
        """
        seq, at = spot
        items = self._read(seq)[0]
        at = _last(items, family) if at == LAST else at
        if not 0 <= at < len(items):
            raise LostRowError(f"item {at} of observation {seq}")
        return _shell(items[at])

    def spot(self, family: tuple[str, str], text: str) -> Spot | None:
        """Where in the observation that is being learnt something was said, as late as possible."""
        items = self._read(self.now)[0]
        for at in range(len(items) - 1, -1, -1):
            own = items[at]
            if _of(own, family) and len(own.text) >= len(text) and _shell(own) == text:
                return self.now, (LAST if at == _last(items, family) else at)
        return None

    def _read(self, seq: int) -> tuple[list[Item], Reply]:
        found = self._known.get(seq)
        if found is None:
            if len(self._known) >= _MAX_KNOWN:
                del self._known[next(iter(self._known))]
            own = self._shelf.observation(seq)
            reply = read_reply(own.answer)
            if reply is None:
                raise LostRowError(f"answer of observation {seq} that could be learnt from")
            found = self._known[seq] = self._reader.bare(own.conversation), reply
        return found


def _of(item: Item, family: tuple[str, str]) -> bool:
    return not item.structured and (item.kind, item.name) == family


def _last(items: list[Item], family: tuple[str, str]) -> int:
    """Which item is the last text of a family; -1 if there is none."""
    return max((at for at, own in enumerate(items) if _of(own, family)), default=-1)


def _shell(item: Item) -> str:
    blocks = parts(item.kind, item.text)
    return item.text if blocks is None else blocks.shell
