"""Arms: what is answered at a node, fitted to its examples.

Examples are grouped by the shape of the reply; each leaf of a group gets its version space. A leaf that no program
explains splits its group by value where the values are few, so that a guard may choose between them; else the arm
stays, named by that leaf, as one that cannot be served.
"""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from tree.derive.lookup import lookup
from tree.derive.program import (
    HARD,
    NOTHING,
    Apply,
    Const,
    Joined,
    Program,
    equal,
    places_of,
)
from tree.derive.reply import Call, Reply, at_path, leaves, sizes, with_leaves
from tree.derive.search import Leaf, anchored, derive, in_pieces
from tree.derive.sources import Sources
from tree.judgement.feature import Feature, features
from tree.judgement.mapping import Over, family, mapped
from tree.message import Json
from tree.reading.item import Frame, Path
from tree.template.align import align, flat, statics_of

MAX_SPLIT = 6
"""Constants that an unexplained leaf may take before its arm is given up."""
MAX_CATEGORIES = 4
MIN_CELL = 2
_MAX_TRIED = 6


class Place(Struct, frozen=True, gc=False, array_like=True):
    """A leaf of a reply: of the how-manieth call, at which path; -1 is the text."""

    call: int
    path: Path


class Arm(Struct, frozen=True, gc=False):
    """One way to answer."""

    like: Reply
    """The newest example: its key order and spelling are kept."""
    leaves: tuple[tuple[Place, Leaf], ...]
    unexplained: tuple[str, ...] = ()
    """Leaves that nothing in the context explains."""
    prose: Leaf | None = None
    """The text beside the calls, where it can be derived."""
    over: Over | None = None
    """If one such call is made for each entry of a list: which; the leaves are of one call then."""

    @property
    def shape(self) -> str:
        """Of its replies, however many calls are made for the entries of a list."""
        return self.like.shape() if self.over is None else f"each {family(self.like)}"

    def frames(self, frame: Frame) -> list[Frame]:
        """What its leaves are evaluated in: the frame, or that with each entry of a list."""
        return [frame] if self.over is None else self.over.frames(frame)

    def reply(self, frame: Frame) -> Reply | None:
        """The answer in `frame`, or None where a leaf is undefined or disputed."""
        if self.unexplained:
            return None
        if self.over is not None:
            return self._for_each(frame)
        values: dict[Place, Json] = {}
        for place, leaf in self.leaves:
            value = leaf.value(frame)
            if value is NOTHING:
                return None
            values[place] = value
        calls = tuple(
            Call(
                call.name,
                with_leaves(
                    call.arguments, {p.path: v for p, v in values.items() if p.call == number}
                ),
                call.raw,
            )
            for number, call in enumerate(self.like.calls)
        )
        if not calls:
            return Reply((), str(values[Place(-1, ())]))
        said = self.prose.value(frame) if self.prose else ""
        return Reply(calls, said if isinstance(said, str) else "")

    def _for_each(self, frame: Frame) -> Reply | None:
        calls: list[Call] = []
        for looked_at in self.frames(frame):
            values = {place.path: leaf.value(looked_at) for place, leaf in self.leaves}
            if NOTHING in values.values():
                return None
            one = self.like.calls[0]
            made = Call(one.name, with_leaves(one.arguments, values), one.raw)
            if any(equal(made.arguments, other.arguments) for other in calls):
                return None  # two entries are one: nobody knows whether it is done twice
            calls.append(made)
        return Reply(tuple(calls)) if calls else None

    def narrowed(self, frame: Frame, reply: Reply) -> "Arm":
        """This arm without the programs that would not have given `reply`."""
        if self.over is not None:
            return self._narrowed_for_each(frame, reply)
        kept = []
        for place, leaf in self.leaves:
            wanted: Json = (
                reply.text
                if place.call < 0
                else at_path(reply.calls[place.call].arguments, place.path)
            )
            kept.append((place, leaf.narrowed(frame, wanted)))
        return Arm(reply, tuple(kept), self.unexplained, self.prose)

    def _narrowed_for_each(self, frame: Frame, reply: Reply) -> "Arm":
        kept = list(self.leaves)
        for looked_at, call in zip(self.frames(frame), reply.calls, strict=True):
            kept = [
                (place, leaf.narrowed(looked_at, at_path(call.arguments, place.path)))
                for place, leaf in kept
            ]
        return Arm(reply, tuple(kept), over=self.over)

    @property
    def hard(self) -> int:
        """0: copies and constants; 1: transforms and formats; 2: arithmetic, lists and dates."""
        if self.over is not None:
            return 2
        return max(
            (_hardness(part[0]) for _, leaf in self.leaves for part in leaf.parts), default=0
        )

    @property
    def constants(self) -> list[tuple[Place, Json]]:
        """The leaves that are always the same, with their values."""
        return [
            (place, part.value)
            for place, leaf in self.leaves
            if leaf.constant
            for part in leaf.parts[0]
            if isinstance(part, Const)
        ]

    def read(self) -> set[tuple[int, Path]]:
        """Places that flow into the answer."""
        listed = {(self.over.source.item, self.over.source.path)} if self.over else set()
        return listed | {
            place
            for leaf in [leaf for _, leaf in self.leaves] + ([self.prose] if self.prose else [])
            for part in leaf.parts
            for program in part
            for place in places_of(program)
            if self.over is None or place[0] != self.over.item
        }


def _hardness(program: Program) -> int:
    match program:
        case Apply(op, of, _):
            own = 2 if op in HARD else 1
            return max(own, *map(_hardness, of))
        case Joined(_, parts, _):
            return max(map(_hardness, parts))
        case _:
            return 0


def fit(replies: Sequence[Reply], frames: Sequence[Sources]) -> tuple[list[Arm], list[int]]:
    """The arms that these examples show, and for each example its arm."""
    labels = [-1] * len(replies)
    arms: list[Arm] = []
    for group in _families(replies):
        arm = _mapped([replies[at] for at in group], [frames[at] for at in group])
        if arm is not None:
            for at in group:
                labels[at] = len(arms)
            arms.append(arm)
    for group in _groups(replies, frames, labels):
        _fit_group(group, replies, frames, arms, labels)
    return arms, labels


def _families(replies: Sequence[Reply]) -> list[list[int]]:
    """Examples of calls of one tool, where it was called several times at once."""
    found: dict[str, list[int]] = {}
    for at, reply in enumerate(replies):
        if (name := family(reply)) is not None:
            found.setdefault(name, []).append(at)
    return [group for group in found.values() if any(len(replies[at].calls) > 1 for at in group)]


def _mapped(replies: Sequence[Reply], frames: Sequence[Sources]) -> Arm | None:
    found = mapped(replies, frames)
    if found is None:
        return None
    return Arm(
        replies[-1],
        tuple((Place(0, path), leaf) for path, leaf in found.leaves),
        over=found.over,
    )


def _groups(
    replies: Sequence[Reply], frames: Sequence[Sources], labels: Sequence[int]
) -> list[list[int]]:
    """Those that have no arm yet, by shape."""
    shapes: dict[str, list[int]] = {}
    for at, reply in enumerate(replies):
        if labels[at] < 0:
            shapes.setdefault(reply.shape(), []).append(at)
    out = []
    for shape, members in shapes.items():
        out += [members] if shape else _text_groups(members, replies, frames)
    return out


def _text_groups(
    members: list[int], replies: Sequence[Reply], frames: Sequence[Sources]
) -> list[list[int]]:
    """Texts that share most of their words, what is copied from the context left out."""
    out: list[tuple[tuple[str, ...], list[int]]] = []
    for at in members:
        cut = anchored(replies[at].text, frames[at])
        for number, (statics, group) in enumerate(out):
            if (both := align(flat(statics), cut)) is not None:
                out[number] = both, [*group, at]
                break
        else:
            out.append((statics_of(cut), [at]))
    return [group for _, group in out]


def _fit_group(
    group: list[int],
    replies: Sequence[Reply],
    frames: Sequence[Sources],
    arms: list[Arm],
    labels: list[int],
) -> None:
    mine = [replies[at] for at in group]
    sources = [frames[at] for at in group]
    table = columns(mine)
    fitted: list[tuple[Place, Leaf]] = []
    missing: list[tuple[Place, list[Json]]] = []
    for place, wanted in table:
        leaf = derive(wanted, sources)
        if leaf is None:
            missing.append((place, wanted))
        else:
            fitted.append((place, leaf))
    if (
        missing
        and (parts := _split(group, missing) or _by_category(group, missing, sources)) is not None
    ):
        for part in parts:
            _fit_group(part, replies, frames, arms, labels)
        return
    tables = [(place, lookup(wanted, sources)) for place, wanted in missing]
    if all(leaf is not None for _, leaf in tables):
        fitted += [(place, leaf) for place, leaf in tables if leaf is not None]
        missing = []
    for at in group:
        labels[at] = len(arms)
    names = tuple(".".join(map(str, place.path)) or "the text" for place, _ in missing)
    arms.append(Arm(mine[-1], tuple(fitted), names, _prose(mine, sources)))


def columns(replies: Sequence[Reply]) -> list[tuple[Place, list[Json]]]:
    """Every leaf of replies of one shape, with its value in each."""
    if not replies[0].calls:
        return [(Place(-1, ()), [reply.text for reply in replies])]
    table: dict[Place, list[Json]] = {}
    for number in range(len(replies[0].calls)):
        arguments = [reply.calls[number].arguments for reply in replies]
        same = set.intersection(*(set(sizes(own)) for own in arguments))
        whole = {path for own in arguments for path, size in sizes(own) if (path, size) not in same}
        for own in arguments:
            for path, value in leaves(own, whole=whole):
                table.setdefault(Place(number, path), []).append(value)
    return list(table.items())


def _split(group: list[int], missing: list[tuple[Place, list[Json]]]) -> list[list[int]] | None:
    """The group by the unexplained leaf with the fewest values, if they are few."""
    place, wanted = min(missing, key=lambda entry: (len(set(map(repr, entry[1]))), repr(entry[0])))
    values = sorted(set(map(repr, wanted)))
    if place.call < 0 or not 1 < len(values) <= MAX_SPLIT or 2 * len(values) > len(group) + 1:
        return None
    return [
        [at for at, value in zip(group, wanted, strict=True) if repr(value) == own]
        for own in values
    ]


def _by_category(
    group: list[int], missing: list[tuple[Place, list[Json]]], sources: Sequence[Sources]
) -> list[list[int]] | None:
    """The group by a category of the context within which every missing leaf can be derived."""
    table: dict[Feature, list[str]] = {}
    for source in sources:
        for feature, value in features(source.frame):
            if feature.kind != "number":
                table.setdefault(feature, []).append(str(value))
    tried = 0
    for feature, values in table.items():
        count = Counter(values)
        if (
            len(values) < len(group)
            or not 1 < len(count) <= MAX_CATEGORIES
            or min(count.values()) < MIN_CELL
        ):
            continue
        del feature
        tried += 1
        parts = [[at for at, value in enumerate(values) if value == own] for own in sorted(count)]
        if all(
            derive([wanted[at] for at in part], [sources[at] for at in part]) is not None
            for part in parts
            for _, wanted in missing
        ):
            return [[group[at] for at in part] for part in parts]
        if tried >= _MAX_TRIED:
            break
    return None


def _prose(replies: Sequence[Reply], sources: Sequence[Sources]) -> Leaf | None:
    """Text beside calls is kept only where it is always there and can be derived; it is no part of the action."""
    said = [reply.text for reply in replies]
    if not replies[0].calls or not all(said) or len(set(map(str.strip, said))) > len(said):
        return None
    if all(text == said[0] for text in said):
        return Leaf(("", ""), ((Const(said[0]),),)) if len(said) > 1 else None
    return in_pieces(said, sources)
