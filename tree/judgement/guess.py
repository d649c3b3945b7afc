"""What a node would answer and how well that is founded; its mistake if something else came; or why it says nothing."""

from msgspec import Struct

from tree.derive.reply import Reply
from tree.judgement.arm import Arm
from tree.judgement.guard import Guard
from tree.judgement.streak import Mistake, Streak

CLASSES = ("seen", "copy", "transform", "hard", "guarded", "free")


class Guess(Struct, frozen=True, gc=False):
    """What a node would answer, and how well that is founded."""

    reply: Reply
    kind: str
    """One of `CLASSES`."""
    streaks: tuple[Streak, ...]
    """What it rests on; the weakest counts."""
    arm: Arm | None = None
    guards: tuple[Guard, ...] = ()
    name: str = ""
    """Of the arm, where its node names arms."""
    way: tuple[str, ...] = ()
    """What the words of the request said on the way to it."""

    @property
    def clean(self) -> int:
        """Clean tests behind it."""
        return min(streak.clean for streak in self.streaks)

    @property
    def failures(self) -> int:
        """Failures that are not made up for."""
        return max(streak.failures for streak in self.streaks)

    @property
    def tested_ns(self) -> int:
        """When it was tested last."""
        return min(streak.tested_ns for streak in self.streaks)

    @property
    def mistake(self) -> Mistake | None:
        """What it got wrong last, and did not make up for."""
        own = (streak.mistake for streak in self.streaks if streak.failures)
        return max(filter(None, own), key=lambda mistake: mistake.at_ns, default=None)

    def against(self, reply: Reply, at_ns: int) -> Mistake | None:
        """The mistake that it is, where `reply` came; None if it is right."""
        return mistaken(self.reply, reply, at_ns)


class Odd(str):
    """Why a node says nothing although it was often right: something is not as it always was."""

    __slots__ = ()


def mistaken(foreseen: Reply, came: Reply, at_ns: int) -> Mistake | None:
    """What was got wrong, if anything."""
    return None if foreseen.same(came) else Mistake(foreseen.brief(), came.brief(), at_ns)
