"""A node: what followed one kind of context, seen through one view; its arms, its guards, and how they have fared.

A node predicts before it learns. Every observation is first a test of what the node would have said, and only then
an example; a prediction outside what the examples cover (another value where all examples had the same one, a
category never seen in a slot that nothing reads) is none. Frames met before are told from new ones: a repeat says
nothing about new values, so each sort has a streak of its own.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Raw, Struct

from tree.canonical import NodeId
from tree.derive.reply import Reply
from tree.judgement import doubt
from tree.judgement.amended import given_up
from tree.judgement.arm import Arm, fit
from tree.judgement.guard import Guard, guards
from tree.judgement.guess import Guess, Odd, mistaken
from tree.judgement.lately import SHORTEST, Lately, frame_digest
from tree.judgement.place import places
from tree.judgement.role import Roles
from tree.judgement.shared import outside, reply_in, shape_of, sources_of
from tree.judgement.streak import Mistake, Streak
from tree.judgement.variety import own_facts
from tree.reading.item import Frame, Item, Path
from tree.template.reader import Reader

KEPT = 16
"""Examples of a node that are kept, newest last."""
OUTLIVED = 64
"""Examples after which an answer of a shape that never came again is forgotten: it is rarer than what is tolerated."""
_PROVEN = 5
"""Clean tests after which it counts that something is odd, whoever else has an answer."""


class Example(Struct, gc=False):
    """One observation as a node sees it."""

    frame: tuple[Item, ...]
    reply: Reply
    digest: bytes
    number: int = 0
    """How many examples the node had taken in before it."""
    seq: int = 0
    """Of the observation in the journal."""


class Met(Protocol):
    """The frames that a node met: what followed each, and how reliably."""

    def get(self, digest: bytes) -> tuple[Reply, Streak] | None:
        """What followed a frame."""
        ...

    def put(self, digest: bytes, streak: Streak, seq: int | None = None) -> None:
        """Keep how reliable it is what followed a frame, and in which observation it followed, if in another one."""
        ...


class Node:
    """What followed contexts of one key."""

    def __init__(
        self, reader: Reader, seen: Met, view: str = "", lately: Lately | None = None
    ) -> None:
        self.view = view
        self._reader, self._lately = reader, lately or Lately()
        self._seen = seen
        self._examples: list[Example] = []
        self._read: Callable[[Raw], list[Example]]
        self.left: Raw | None = None
        """The row of the examples, where nobody has asked for these since they were left on the shelf."""
        self.novel: dict[str, Streak] = {}
        self.arms: list[Arm] | None = None
        self.labels: list[int] = []
        self.guards: list[Guard] = []
        self.roles_of_places = Roles()
        self.versions: tuple[int, ...] = ()
        self.idle = 0
        self.misfits = 0
        self.taken = 0

    @property
    def examples(self) -> list[Example]:
        """What it was made from; read when they are asked for, and guessing hardly ever asks."""
        if self.left is not None:
            # Whoever reads one may come to ask for them.
            row, self.left, self._examples = self.left, None, []
            self._examples = self._read(row)
        return self._examples

    @examples.setter
    def examples(self, examples: list[Example]) -> None:
        self.left, self._examples = None, examples

    def leave(self, row: Raw, read: Callable[[Raw], list[Example]]) -> None:
        """Leave the examples in their row until they are asked for."""
        self.left, self._read = row, read

    def begin(self, example: Example) -> None:
        """Be the node that was made of one example."""
        self.examples, self.taken, self.misfits = [example], 1, 1
        self._fit(example.frame, tuple(item.version for item in example.frame))

    def guess(self, frame: tuple[Item, ...]) -> Guess | str:
        """The answer to `frame`, or the reason for none."""
        digest = self._lately.digest(self, frame)
        known = self._seen.get(digest)
        if known is not None:
            reply, streak = known
            return Guess(reply, "seen", (streak,), name=digest.hex())
        self._ready(frame)
        if (reason := self._odd(frame)) is not None:
            proven = max((streak.clean for streak in self.novel.values()), default=0) >= _PROVEN
            return Odd(reason) if proven else reason
        arm = self._choice(frame)
        if isinstance(arm, str):
            return arm
        made = reply_in(arm, frame)
        if made is None:
            return doubt.unmade(arm, frame)
        name = self._name(arm)
        streak = self.novel.setdefault(name, Streak())
        return Guess(made, self._class(arm), (streak,), arm, tuple(self.guards), name)

    def _odd(self, frame: tuple[Item, ...]) -> str | None:
        """What is as it never was; what was there when this was asked last is not looked at again."""
        roles = self.roles_of_places
        if len(frame) < SHORTEST:
            return outside(roles, frame)
        if (reason := roles.outside(frame, self._lately.new(self, roles, frame))) is None:
            self._lately.sound(self, roles, frame)
        return reason

    @property
    def mistake(self) -> Mistake | None:
        """The last one that is not made up for."""
        own = (streak.mistake for streak in self.novel.values() if streak.failures)
        return max(filter(None, own), key=lambda mistake: mistake.at_ns, default=None)

    def learn(  # noqa: PLR0913, PLR0917 - what came, and where it did
        self,
        frame: tuple[Item, ...],
        reply: Reply,
        guess: Guess | str,
        path: Sequence[NodeId],
        at_ns: int = 0,
        seq: int = 0,
    ) -> bool:
        """Note how the guess fared, then take in the example. Returns whether that was a test of its own."""
        digest = frame_digest(frame)
        right = isinstance(guess, Guess) and guess.reply.same(reply)
        counted = False
        if isinstance(guess, Guess) and guess.kind != "seen":
            counted = self.novel.setdefault(guess.name, Streak()).note(
                path=path, mistake=guess.against(reply, at_ns), at_ns=at_ns
            )
        counted |= self._see(digest, reply, path, at_ns, seq)
        if any(known.digest == digest and known.reply.same(reply) for known in self.examples):
            return counted
        self.examples.append(Example(frame, reply, digest, self.taken, seq))
        self.taken += 1
        self._trim()
        versions = tuple(item.version for item in frame)
        if (
            right
            and isinstance(guess, Guess)
            and guess.arm is not None
            and versions == self.versions
        ):
            self._narrow(guess.arm, frame, reply.ordered_as(guess.reply))
        elif self._worthwhile() and self.taken > 1:
            self._fit(frame, versions)
        return counted

    def _name(self, arm: Arm) -> str:
        """What the evidence of an arm is kept under: its shape, and its constants where other arms have that shape.

        Each way to go on has to prove itself: one that was fitted to three examples lives on no other one's tests.
        """
        shape = shape_of(arm)
        alike = sum(own is arm or own.shape == shape for own in self.arms or ())
        return f"{shape}\n{arm.constants!r}" if alike > 1 else shape

    def _narrow(self, arm: Arm, frame: tuple[Item, ...], reply: Reply) -> None:
        """Drop the programs that the newest example refutes."""
        arms = self.arms or []
        at = next(i for i, own in enumerate(arms) if own is arm)
        arms[at] = arm.narrowed(frame, reply)
        self.labels.append(at)
        self.survey()

    def _worthwhile(self) -> bool:
        """Whether to fit anew: always when young, then ever more seldom while it keeps failing."""
        self.idle += 1
        if self.idle * 4 < len(self.examples) and self.misfits > KEPT // 2:
            return False
        self.idle = 0
        self.misfits += 1
        return True

    def _see(
        self, digest: bytes, reply: Reply, path: Sequence[NodeId], at_ns: int, seq: int
    ) -> bool:
        known = self._seen.get(digest)
        streak = known[1] if known else Streak()
        mistake = mistaken(known[0], reply, at_ns) if known else None
        counted = streak.note(path=path, mistake=mistake, at_ns=at_ns)
        self._seen.put(digest, streak, seq)
        return counted and known is not None

    def note_hit(self, guess: Guess) -> None:
        """Count an answer that was served."""
        for streak in guess.streaks:
            streak.hits += 1
        if guess.kind == "seen":
            self._seen.put(bytes.fromhex(guess.name), guess.streaks[0])

    def _trim(self) -> None:
        if len(self.examples) <= KEPT:
            return
        shapes = [example.reply.shape() for example in self.examples]
        count = Counter(shapes)
        newest = dict(zip(shapes, (example.number for example in self.examples), strict=True))
        past = {shape for shape in count if self._outlived(newest[shape], count[shape])}
        if past:
            kept = zip(self.examples, shapes, strict=True)
            self.examples = [example for example, shape in kept if shape not in past]
        else:
            kinds = list(zip(shapes, map(self._case, self.examples), strict=True))
            alike = Counter(kinds)
            common = max(sorted(alike), key=lambda kind: alike[kind])
            del self.examples[
                self._dullest([at for at, kind in enumerate(kinds) if kind == common])
            ]

    def _dullest(self, among: Sequence[int]) -> int:
        """The oldest example that shows nothing that no other one shows; of those that do, the one that shows least."""
        facts = own_facts([self.examples[at].frame for at in among])
        shown = {
            at: 0 if self.taken - self.examples[at].number > OUTLIVED else own
            for at, own in zip(among, facts, strict=True)
        }
        return min(among, key=lambda at: (shown[at], at))

    def _case(self, example: Example) -> str:
        """What the best guard looks at in an example: of each case some are kept, and those at a limit."""
        return " ".join(guard.case(example.frame) for guard in self.guards[:1])

    def _outlived(self, newest: int, alike: int) -> bool:
        """Whether a shape is long past, and would silence the node for good.

        It came once only; or it was common, nothing tells when it comes, and it comes no more: the world changed. What
        came now and then may come again.
        """
        untold = len(self.arms or ()) > 1 and not self.guards
        common = alike >= KEPT // 4 and untold
        return (alike == 1 or common) and self.taken - newest > OUTLIVED

    def _ready(self, frame: Frame) -> None:
        versions = tuple([item.version for item in frame])  # twice as quick as a generator
        if self.arms is None or versions != self.versions:
            self._fit(frame, versions)

    def _fit(self, frame: Frame, versions: tuple[int, ...]) -> None:
        self.versions = versions
        for example in self.examples:
            example.frame = tuple(map(self._reader.refreshed, example.frame))
        named = [(item.key, item.version) for item in frame]
        used = [e for e in self.examples if [(item.key, item.version) for item in e.frame] == named]
        self.arms, self.labels = _fitted(used)
        frames = [example.frame for example in used]
        self.guards = guards(frames, self.labels) if len(self.arms) > 1 else []
        self.survey()

    def survey(self) -> None:
        """Find the roles of the places that nothing reads."""
        used = [e for e in self.examples if tuple(i.version for i in e.frame) == self.versions]
        frames = [e.frame for e in used]
        read = {place for arm in self.arms or () for place in arm.read()}
        asked = {feature for guard in self.guards for feature in guard.asked if feature.reads}
        read |= {(feature.item, feature.path) for feature in asked}
        past = given_up([(e.frame, e.reply) for e in used])
        self.roles_of_places = Roles.of(frames, read, past)

    def roles(self) -> dict[tuple[int, Path], str]:
        """What each place is to the answers: `data`, `control`, `fixed`, `free`, or `noise`; for who looks at it."""
        frame = self.examples[-1].frame if self.examples else ()
        data = {(item % len(frame), path) for arm in self.arms or () for item, path in arm.read()}
        control = {(guard.feature.item, guard.feature.path) for guard in self.guards}
        out = {}
        for place, _ in places(frame):
            out[place] = (
                "control"
                if place in control
                else "data"
                if place in data or (place[0], ()) in data
                else "fixed"
                if place in self.roles_of_places.fixed
                else "free"
                if place in self.roles_of_places.free
                else "noise"
            )
        return out

    def standing(self, arm: Arm) -> Guess:
        """What a new prediction of an arm would rest on."""
        name = self._name(arm)
        streak = self.novel.get(name, Streak())
        return Guess(arm.like, self._class(arm), (streak,), arm, tuple(self.guards), name)

    def tested_on(self) -> list[NodeId]:
        """Nodes of the literal tree whose observations it was tested on or made of, newest last."""
        seen = [known[1] for e in self.examples if (known := self._seen.get(e.digest)) is not None]
        streaks = (*seen, *self.novel.values())
        return list(dict.fromkeys(node for streak in streaks for node in streak.counted))

    def _choice(self, frame: Frame) -> Arm | str:
        arms = self.arms or []
        if not arms:
            return doubt.NOTHING_SEEN
        if len(arms) == 1:
            return arms[0]
        if not self.guards:
            return doubt.crossroads(arms)
        picked = {guard.picks(frame) for guard in self.guards}
        chosen = picked.pop()
        if picked or chosen is None:
            return doubt.undecided(self.guards, frame)
        return arms[chosen]

    def _class(self, arm: Arm) -> str:
        if self.roles_of_places.free:
            return "free"
        if self.guards:
            return "guarded"
        return ("copy", "transform", "hard")[arm.hard]


def _fitted(examples: Sequence[Example]) -> tuple[list[Arm], list[int]]:
    return fit([e.reply for e in examples], [sources_of(e.frame) for e in examples])
