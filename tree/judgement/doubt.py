"""Why a node says nothing: the place that is in doubt, what stands there now, and what it was so far.

Places are spelt as `item 3.kind`; whoever tells a person gives them their names.
"""

import re
from collections.abc import Iterable, Sequence

from tree.derive.program import NOTHING, Nothing, evaluate, found, spelt
from tree.derive.search import Leaf
from tree.judgement import form
from tree.judgement.arm import Arm
from tree.judgement.entries import Kinds
from tree.judgement.feature import ask
from tree.judgement.guard import Guard
from tree.message import Json
from tree.reading.item import Frame, Path

NOTHING_SEEN = "nothing like it was seen"
SEEN_ONCE = "too little evidence: the like of it was seen once only"
_SIGNS = {-1: "less than 0", 0: "0", 1: "more than 0"}
_SHORT = 60
_LISTED = 4


def never_otherwise(frame: Frame, item: int, path: Path, known: str) -> str:
    """A place had one value in all examples, and has another one now; `known` as `repr` spells it."""
    place, now = _place(item, path), found(frame[item], path)
    is_now = "is missing" if now is NOTHING else f"is {told(now)}"
    return f"{place} {is_now}, and was always {_shortened(_quoted(known))} so far"


def never_this(frame: Frame, item: int, path: Path, known: Iterable[str]) -> str:
    """A place had few values in all examples, and has a new one now; `known` as `repr` spells them."""
    place, now = _place(item, path), found(frame[item], path)
    is_now = "is missing" if now is NOTHING else f"is {told(now)}, a value not seen there so far"
    listed = ", ".join(_shortened(_quoted(one)) for one in sorted(known)[:_LISTED])
    return f"{place} {is_now}; it was {listed}"


def never_so_many(item: int, path: Path, now: Json | Nothing, known: int) -> str:
    """A list had the same length in all examples, and has another one now."""
    is_now = f"has {len(now)} entries" if isinstance(now, list) else "is no list"
    return f"{_place(item, path)} {is_now}, and always had {known} so far"


def never_signed(item: int, path: Path, now: Json | Nothing, known: Sequence[int]) -> str:
    """A number had one sign, or two, in all examples, and has another one now."""
    is_now = "is missing" if now is NOTHING else f"is {told(now)}"
    so_far = " or ".join(_SIGNS[sign] for sign in known)
    return f"{_place(item, path)} {is_now}, and was always {so_far} so far"


def never_such(item: int, path: Path, now: Json | Nothing, forms: Iterable[str]) -> str:
    """A place had texts of few forms in all examples, and has something else now."""
    is_now = "is missing" if now is NOTHING else f"is {told(now)}"
    return f"{_place(item, path)} {is_now}, and was always {form.told(forms)} so far"


def never_so_far(item: int, path: Path, now: Json | Nothing) -> str:
    """A number is many times as large as any was, or as small, or a list many times as long."""
    if isinstance(now, list):
        return f"{_place(item, path)} has {len(now)} entries, many times as many as ever so far"
    is_now = "is missing" if now is NOTHING else f"is {told(now)}"
    return f"{_place(item, path)} {is_now}, many times as much as ever so far, or as little"


def never_turned(item: int, path: Path, word: str) -> str:
    """A text says the opposite, or makes an exception, by a word that was in none of the examples."""
    return f"{_place(item, path)} says “{word}”, which it never did so far"


def never_among(kinds: Kinds, now: str) -> str:
    """The records of a list had few values or forms under a key in all examples, and one has a new one now."""
    key = ".".join(map(str, kinds.path))
    listed = ", ".join(_shortened(_quoted(one)) for one in kinds.known[:_LISTED])
    listed = listed or form.told(kinds.forms)
    within = f" under “{key}”" if key else ""
    return (
        f"an entry of {_place(kinds.item, kinds.rows)} has {_shortened(_quoted(now))}{within}, "
        f"and all had {listed} so far"
    )


def never_tied(said: tuple[int, Path], other: tuple[int, Path], stands: bool) -> str:  # noqa: FBT001 - a finding
    """What the user said stands where it never did, or not where it always did."""
    news = "for the first time" if stands else "no longer, as it always did so far"
    return f"what {_place(*said)} says stands in {_place(*other)} {news}"


def undecided(guards: Sequence[Guard], frame: Frame) -> str:
    """Guards that tell no arm, or several."""
    for guard in guards:
        if guard.picks(frame) is None:
            return _silent(guard, _asked(guard), _values(guard, frame))
    one = guards[0]
    other = next(guard for guard in guards if guard.picks(frame) != one.picks(frame))
    said = [f"{_asked(guard)} is {_listed(_values(guard, frame))}" for guard in (one, other)]
    return f"{said[0]} and {said[1]}, and these speak for different answers"


def crossroads(arms: Sequence[Arm]) -> str:
    """Several arms, and no guard between them."""
    ways = "; ".join(dict.fromkeys(_way(arm) for arm in arms[:_LISTED]))
    return f"{len(arms)} ways to go on, and nothing tells which ({ways})"


def _way(arm: Arm) -> str:
    if not arm.like.calls:
        return told(arm.like.text.replace("\n", " "))
    return _shortened(", ".join(f"`{call.name}` {call.raw}".strip() for call in arm.like.calls))


def unmade(arm: Arm, frame: Frame) -> str:
    """An arm of which a value has no origin, or several that disagree."""
    if arm.unexplained:
        names = ", ".join(f"`{name}`" for name in arm.unexplained)
        return f"the value of {names} has no origin in the context"
    for own in arm.frames(frame):
        for place, leaf in arm.leaves:
            if leaf.value(own) is NOTHING:
                name = "`the text`" if place.call < 0 else f"`{'.'.join(map(str, place.path))}`"
                return f"the value of {name} {_disputed(leaf, own)}"
    if arm.over is not None:
        listed = _place(arm.over.source.item, arm.over.source.path)
        return f"{listed} has no entries to make calls for, or too many"
    return "programs disagree"


def told(value: Json) -> str:
    """A value in short, texts in quotation marks."""
    return _shortened(f"“{value}”" if isinstance(value, str) else spelt(value) or repr(value))


def _silent(guard: Guard, asked: str, values: list[Json]) -> str:
    if NOTHING in values:
        return f"{asked} is missing, and it decides between the ways to go on"
    if guard.feature.kind == "word":
        return f"{asked} decides between the ways to go on, and there is a word that was never met there"
    said = _listed(values)
    if guard.second is not None:
        return f"{asked} is {said}; they decide between the ways to go on, and this combination was not met twice"
    if guard.categories:
        known = ", ".join(told(one) for one in sorted(guard.categories)[:_LISTED])
        return f"{asked} is {said}; it decides between the ways to go on, and only {known} were met twice"
    low, high = told(guard.low), told(guard.high)
    return f"{asked} is {said}; up to {low} it goes on one way, from {high} on another, and between none was met"


def _disputed(leaf: Leaf, frame: Frame) -> str:
    for part in leaf.parts:
        made: list[str] = []
        for program in part:
            value = evaluate(program, frame)
            if value is NOTHING:
                return "cannot be made: what it was read from is not there"
            if told(value) not in made:
                made.append(told(value))
        if len(made) > 1:
            return f"would be {' or '.join(made[:2])}, by programs that agreed so far"
    return "cannot be made here"


def _asked(guard: Guard) -> str:
    said = []
    for feature in guard.asked:
        other = _place(*feature.other) if feature.other else ""
        said.append(feature.asked(_place(feature.item, feature.path), other))
    return " and ".join(said)


def _values(guard: Guard, frame: Frame) -> list[Json]:
    found = [ask(frame, feature) for feature in guard.asked]
    return [NOTHING if value is None else value for value in found]


def _listed(values: list[Json]) -> str:
    return " and ".join(map(told, values))


def _place(item: int, path: Path) -> str:
    return f"item {item}" + "".join(f".{step}" for step in path)


def _quoted(spelling: str) -> str:
    """A value that `repr` spelt, as it is told."""
    if number := re.fullmatch(r"Decimal\('(.*)'\)", spelling):
        return number[1]
    return f"“{spelling[1:-1]}”" if spelling[:1] in "'\"" else spelling


def _shortened(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
