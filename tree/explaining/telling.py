"""Explanations of what memory said: made from a hit or a miss, once somebody has the time for it.

Whatever goes on changing while more is learnt was taken down when the decision was made; the rest never changes, so
an explanation may be put into words later, on any thread, and says what was true then.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from tree.derive.program import NOTHING, cost, found
from tree.derive.reply import Reply, at_path
from tree.derive.search import NEAR, Leaf
from tree.explaining.explanation import (
    Binding,
    Derivation,
    Difference,
    Evidence,
    Explanation,
    Opinion,
    cut,
    scalar,
)
from tree.explaining.nearest import Nearest, plain
from tree.explaining.wording import (
    guard_words,
    item_words,
    leaf_words,
    path_words,
    place_words,
    reason_words,
    shown,
)
from tree.generalising import Foreseen, Unforeseen
from tree.judgement.arm import Place
from tree.judgement.doubt import NOTHING_SEEN
from tree.judgement.guess import Guess
from tree.judgement.verdict import DISAGREE, LITTLE, UNTESTED, Vote, after, lacking
from tree.memory import Hit, Miss
from tree.message import Json, Message
from tree.reading.item import Frame, Item, Path

MAX_SHOWN = 40
"""Bindings, and values of an answer, that are told."""
BY_CLIENT = "the client declared with its request that these values are data"
_PATH_VIEW = "path"

CLASSES = {
    "seen": "just this was met before",
    "copy": "values that are copied",
    "transform": "values that are copied and reshaped",
    "hard": "arithmetic, lists or dates",
    "guarded": "a condition chose among several answers",
    "free": "something varies that no value of the answer reads",
}
VIEWS = {
    "path": "the whole conversation",
    "round": "the user's last message and all after it",
    "loop": "the user's last message and all after it, like steps in a row put together",
    "goal": "the user's last message and the last step",
    "step": "the last step alone",
}


def explained_hit(hit: Hit, miss: Miss | None, messages: int) -> Explanation:
    """Why memory answered; `miss` says how far the conversation is known literally, where that is not all the way."""
    known, node = (miss.known, miss.node) if miss else (messages, hit.node)
    bare = Explanation(
        messages=messages,
        known=known,
        node=node.hex() if node else "",
        answer=in_a_line(hit.answer.message),
        recorded_at_ns=hit.at_ns,
        recorded_ms=hit.latency_ms,
    )
    if hit.declared:
        declared = tuple(
            Binding(f"`{name}`", scalar(value)) for name, value in hit.declared.bindings
        )
        return replace(bare, bindings=declared, guards=(BY_CLIENT,))
    return _with_prediction(bare, hit.foreseen) if hit.foreseen else bare


def in_a_line(message: Message) -> str:
    """What is said or called, in a line, and cut where it is long."""
    return cut(plain(message).replace("\n", " "))


def explained_miss(miss: Miss, messages: int, nearest: Nearest | None) -> Explanation:
    """Why memory did not answer."""
    found = miss.unforeseen
    return Explanation(
        messages=messages,
        known=miss.known,
        node=miss.node.hex() if miss.node else "",
        reasons=tuple(reason for reason in (miss.reason, abstained(found)) if reason),
        opinions=_opinions(found.votes) if found else (),
        nearest=_difference(nearest) if nearest else None,
    )


def abstained(unforeseen: Unforeseen | None) -> str:
    """Why nothing was foreseen, the places of the context by name."""
    if unforeseen is None:
        return ""
    reason, votes = unforeseen.reason, unforeseen.votes
    for vote in votes:
        if vote.guess == reason:
            return reason_words(reason, vote.frame)
        if isinstance(vote.guess, Guess) and reason.startswith((LITTLE, UNTESTED)):
            return lacking(vote, f" ({CLASSES.get(vote.guess.kind, vote.guess.kind)})")
    if reason == DISAGREE:
        return f"{reason}: {_sides(votes)}"
    whole = next((vote.frame for vote in votes if vote.view == _PATH_VIEW), ())
    if reason == NOTHING_SEEN and whole:
        return f"nothing is known yet of what follows {item_words(whole, len(whole) - 1)}"
    return reason_words(reason, whole)


def _sides(votes: Sequence[Vote]) -> str:
    """What each view would answer, those together that say the same."""
    sides: dict[str, list[str]] = {}
    for vote in votes:
        if isinstance(vote.guess, Guess):
            sides.setdefault(in_short(vote.guess.reply), []).append(VIEWS[vote.view])
    return "; ".join(f"seen in {', '.join(by)}, {said} follows" for said, by in sides.items())


def _with_prediction(bare: Explanation, foreseen: Foreseen) -> Explanation:
    votes, by = foreseen.prediction.votes, foreseen.prediction.by
    guess = by.guess
    if not isinstance(guess, Guess):
        return bare
    return replace(
        bare,
        bindings=tuple(_placed(by, votes)),
        programs=tuple(_programs(by.frame, guess))[:MAX_SHOWN],
        guards=tuple(_conditions(by.frame, guess)),
        evidence=_evidence(by, guess),
        opinions=_opinions(votes),
    )


def _programs(frame: Frame, guess: Guess) -> Iterator[Derivation]:
    if guess.arm is None:
        return
    for number, looked_at in enumerate(guess.arm.frames(frame)):
        for own, leaf in guess.arm.leaves:
            place = own if guess.arm.over is None else Place(number, own.path)
            yield Derivation(
                leaf_name(guess.reply, place),
                scalar(leaf_value(guess.reply, place)),
                leaf_words(leaf, looked_at),
                agreeing(leaf),
            )


def leaf_value(reply: Reply, place: Place) -> Json:
    """What an answer has at a place."""
    if place.call < 0:
        return reply.text
    return at_path(reply.calls[place.call].arguments, place.path)


def leaf_name(reply: Reply, place: Place) -> str:
    """A place of an answer in words."""
    if place.call < 0:
        return "the text"
    name = f"`{path_words(place.path)}`" if place.path else "the arguments"
    if len(reply.calls) == 1:
        return name
    return f"{name} of call {place.call + 1} (`{reply.calls[place.call].name}`)"


def agreeing(leaf: Leaf) -> int:
    """How many further programs, nearly as simple, a value rests on."""
    return sum(
        sum(cost(program) <= cost(part[0]) + NEAR for program in part) - 1 for part in leaf.parts
    )


def _placed(by: Vote, votes: Sequence[Vote]) -> Iterator[Binding]:
    """The bindings of a vote, those that are read first, with the items that they stand in."""
    whole = next((vote.frame for vote in votes if vote.view == _PATH_VIEW), ())
    last = {id(item): number for number, item in enumerate(whole)}
    assert isinstance(by.guess, Guess)  # noqa: S101 - it is the one that answers
    bound = sorted(_bound(by.frame, by.guess), key=lambda one: one[-1])
    # A long conversation has hundreds; those that nobody will see are not put into words.
    for item, path, value, idle in bound[:MAX_SHOWN]:
        at = item if by.view == _PATH_VIEW else last.get(id(by.frame[item]), -1)
        yield Binding(place_words(by.frame, item, path), scalar(value), idle, at)


def _bound(frame: Frame, guess: Guess) -> Iterator[tuple[int, Path, Json, bool]]:
    """Slots of the texts, and what was read of the rest: item, path, value, and whether nothing reads it."""
    seen: set[tuple[int, Path]] = set()
    slots = list(_slots(frame))
    cut_up = {item for item, _ in slots}
    read = {
        (item % len(frame), _from_the_start(frame[item], path))
        for item, path in _read(guess)
        if -len(frame) <= item < len(frame)
    }
    whole = {item for item, path in read if not path}
    others = (place for place in read if place[1] or place[0] not in cut_up)
    for item, path in [*slots, *sorted(others, key=repr)]:
        place = item % len(frame), path
        if place in seen or not -len(frame) <= item < len(frame):
            continue
        seen.add(place)
        value = found(frame[item], path)
        if value is not NOTHING and not isinstance(value, (dict, list)):
            idle = place not in read and item not in whole
            yield *place, value, idle


def _from_the_start(item: Item, path: Path) -> Path:
    """A path with its positions counted from the first entry: a place is told once, however programs came to it."""
    steps: list[str | int] = []
    value: Json = item.tree if item.structured else None
    for step in path:
        is_back = isinstance(step, int) and step < 0 and isinstance(value, list)
        steps.append(step + len(value) if is_back and isinstance(step, int) else step)
        try:
            value = value[step]
        except (LookupError, TypeError):
            value = None
    return tuple(steps)


def _slots(frame: Frame) -> Iterator[tuple[int, Path]]:
    for number, item in enumerate(frame):
        if not item.structured and isinstance(item.tree, list):
            yield from ((number, (slot,)) for slot in range(len(item.tree)))


def _read(guess: Guess) -> set[tuple[int, Path]]:
    """Places that programs or guards look at."""
    guarded = {(guard.feature.item, guard.feature.path) for guard in guess.guards}
    return guarded | (guess.arm.read() if guess.arm else set())


def _conditions(frame: Frame, guess: Guess) -> Iterator[str]:
    yield from (guard_words(guard, frame) for guard in guess.guards)
    if guess.arm and (over := guess.arm.over):
        sought = place_words(frame, over.by.item, over.by.path) if over.by else shown(over.sought)
        chosen = f" whose `{over.key}` is {sought}" if over.key else ""
        listed = place_words(frame, over.source.item, over.source.path)
        yield f"one call for each entry of {listed}{chosen}"
    if guess.way:
        yield "of the user's words: " + ", ".join(guess.way)


def _evidence(vote: Vote, guess: Guess) -> Evidence:
    own, mistake = vote.standing, vote.standing.mistake
    return Evidence(
        vote.view,
        guess.kind,
        own.streak,
        own.needed,
        own.failures,
        tests=round(own.tests),
        errors=round(own.errors),
        lent=round(own.lent),
        bound=own.bound,
        limit=own.limit,
        foreseen=mistake.foreseen if mistake else "",
        came=mistake.came if mistake else "",
        mistaken_at_ns=mistake.at_ns if mistake else 0,
    )


def _opinions(votes: Sequence[Vote]) -> tuple[Opinion, ...]:
    return tuple(map(_opinion, votes))


def _opinion(vote: Vote) -> Opinion:
    if not isinstance(vote.guess, Guess):
        return Opinion(vote.view, _silence(vote, vote.guess) + after(vote.standing))
    evidence = _evidence(vote, vote.guess)
    return Opinion(vote.view, f"would answer {in_short(vote.guess.reply)}", evidence)


def _silence(vote: Vote, reason: str) -> str:
    if reason:
        return reason_words(reason, vote.frame)
    unread = [at for at, item in enumerate(vote.frame) if not item.key]
    if not unread:
        return "nothing like it was seen often enough"
    text = vote.frame[unread[0]].text
    return f"{item_words(vote.frame, unread[0])} is like none seen before: {shown(text)}"


def in_short(reply: Reply) -> str:
    """An answer in a line."""
    if not reply.calls:
        return shown(reply.text)
    return cut(
        "; ".join(f"{call.name}({call.raw and _arguments(call.arguments)})" for call in reply.calls)
    )


def _arguments(value: Json) -> str:
    if not isinstance(value, dict):
        return shown(value)
    return ", ".join(f"{key}={shown(inner, 30)}" for key, inner in value.items())


def _difference(nearest: Nearest) -> Difference:
    node = nearest.node.hex() if nearest.node else ""
    return Difference(
        nearest.where, cut(nearest.ours), cut(nearest.theirs), round(nearest.likeness, 4), node
    )
