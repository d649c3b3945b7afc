"""One learnt template as a person looks at it: what it reads, what it answers, under which condition, on what evidence.

A template is what learning made of one view of many contexts: the patterns of what was said there, with slots, and
for each way to go on a program for every value of the answer.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from msgspec import Struct

from tree.canonical import NodeId, ScopeId
from tree.derive.program import found, spelt
from tree.derive.search import Leaf
from tree.explaining.explanation import cut, scalar
from tree.explaining.telling import agreeing, in_short, leaf_name, leaf_value
from tree.explaining.wording import condition_words, item_words, leaf_words, path_words, place_words
from tree.judgement.arm import Arm
from tree.judgement.evidence import Ledger
from tree.judgement.node import Guess, Node
from tree.judgement.streak import Mistake
from tree.judgement.verdict import Limits, judged
from tree.learning import Scope
from tree.message import Json
from tree.reading.item import Item, Path
from tree.template.view import MAX_AGAIN, VIEWS, View, view_key

MAX_VALUES, MAX_SLOTS, MAX_NODES = 5, 60, 20
_TEXT_CHARS = 2_000
_SHORT_CHARS = 160

type Names = Mapping[tuple[str, Path], str]
"""A user's names of slots, by the key of their item and the place in it."""


class Slot(Struct, frozen=True):
    """A hole in what is said, or a member of something structured."""

    item: int
    path: Path
    name: str
    """Its user's name for it; else what the answer calls it; else its number."""
    named: bool
    """Whether its user named it."""
    role: str
    """`data` flows into the answer, `control` decides on it, `fixed` was always the same, `noise` is stamps and digests
    that nothing reads, `free` is anything else that nothing reads."""
    place: str
    """In words."""
    values: tuple[str, ...]
    """Some that were seen, newest first."""


class Said(Struct, frozen=True):
    """One thing that is said in the context."""

    kind: str
    """`system`, `user`, `assistant`, `call`, `result` …"""
    tool: str
    place: str
    """In words: `the user's message`."""
    pieces: tuple[str, ...]
    """Of a text: static text and slots by turns, static first; the slots' names where slots are. One piece where all
    is static, or where the item is structured: then it is the newest example."""
    structured: bool
    slots: tuple[Slot, ...]


class Value(Struct, frozen=True):
    """One value of an answer, and how it is made."""

    leaf: str
    program: str
    """In words."""
    agreeing: int
    """Further programs, nearly as simple, that have always given the same."""
    example: Json


class Tests(Struct, frozen=True):
    """How predictions fared that were fixed before the provider answered."""

    kind: str
    """The class of evidence: `copy`, `transform`, `hard`, `guarded`, `free`."""
    clean: int
    """Right ones since the last wrong one."""
    needed: int
    """So many have to be, at least."""
    failures: int
    """Wrong ones that are not made up for yet."""
    hits: int
    """Answers served on the strength of it."""
    tests: int
    """Of all predictions in this scope with evidence like this one's."""
    wrong: int
    lent: int
    """Tests that were made before delivery, and count on top."""
    bound: float
    """What their rate of wrong ones is below, for certain enough (95 %)."""
    limit: float
    """The rate that is tolerated."""
    serves: bool
    mistake: Mistake | None = None
    """The last one that is not made up for yet: what it would have said, and what the provider said."""


class Way(Struct, frozen=True):
    """One way to go on."""

    answer: str
    """The newest example in a line."""
    tools: tuple[str, ...]
    values: tuple[Value, ...]
    unexplained: tuple[str, ...]
    """Values that nothing in the context explains: while there are any, it cannot be served."""
    tests: Tests


class Template(Struct, frozen=True):
    """A template in full."""

    template: str
    """Its id, in hex: scope and key."""
    scope: str
    view: str
    """`path`, `round`, `goal` or `step`: how much of the conversation it looks at."""
    said: tuple[Said, ...]
    ways: tuple[Way, ...]
    conditions: tuple[str, ...]
    """Which way is taken, in words; ways are counted from 1."""
    examples: int
    nodes: tuple[str, ...]
    """Nodes of the tree that it was tested on, in hex, newest first."""
    choice: str
    """`trust`, `distrust`, or empty."""


class TemplateLine(Struct, frozen=True):
    """A template in a list of them."""

    template: str
    scope: str
    view: str
    last: str
    """The last thing said in its context, slots by name in braces."""
    answer: str
    ways: int
    examples: int
    clean: int
    needed: int
    failures: int
    hits: int
    serves: bool
    choice: str


def template_id(scope: ScopeId, key: bytes) -> str:
    """What a template is known by outside: hex of its scope and its key."""
    return (scope + key).hex()


def view_of(node: Node, key: bytes) -> View | None:
    """The view that a node is of, with its newest example; None where it has none that tells."""
    for example in reversed(node.examples):
        for kind, again in product(VIEWS, range(MAX_AGAIN + 1)):
            if view_key(kind, example.frame, again) == key:
                return View(kind, example.frame, key, deaf=kind == "step")
    return None


class Looked(Struct, frozen=True):
    """What a template is told from."""

    scope: Scope
    node: Node
    name: ScopeId
    view: View
    names: Names
    choice: str


def described(at: Looked, limits: Limits) -> Template:
    """A template in full."""
    node, view = at.node, at.view
    slots = list(_slots(node, view, at.names))
    return Template(
        template=template_id(at.name, view.key),
        scope=at.name.hex(),
        view=view.kind,
        said=tuple(_said(at.scope, view, item, slots) for item in range(len(view.frame))),
        ways=tuple(_way(arm, view, node, at.scope.ledger, limits) for arm in node.arms or ()),
        conditions=tuple(condition_words(guard, view.frame) for guard in node.guards),
        examples=len(node.examples),
        nodes=tuple(one.hex() for one in _newest(node.tested_on())),
        choice=at.choice,
    )


def line(full: Template) -> TemplateLine:
    """A template in short: of several ways, the one with most evidence."""
    best = max(full.ways, key=lambda way: (way.tests.serves, way.tests.clean), default=None)
    tests = best.tests if best else None
    last = full.said[-1] if full.said else None
    return TemplateLine(
        template=full.template,
        scope=full.scope,
        view=full.view,
        last=cut(" ".join(_braced(last).split()), _SHORT_CHARS) if last else "",
        answer=best.answer if best else "",
        ways=len(full.ways),
        examples=full.examples,
        clean=tests.clean if tests else 0,
        needed=tests.needed if tests else 0,
        failures=tests.failures if tests else 0,
        hits=sum(way.tests.hits for way in full.ways),
        serves=any(way.tests.serves for way in full.ways) and full.choice != "distrust",
        choice=full.choice,
    )


def _newest(nodes: list[NodeId]) -> list[NodeId]:
    return nodes[::-1][:MAX_NODES]


def _braced(said: Said) -> str:
    pieces = (f"{{{piece}}}" if at % 2 else piece for at, piece in enumerate(said.pieces))
    return f"{said.tool} {''.join(pieces)}" if said.tool else "".join(pieces)


def _said(scope: Scope, view: View, at: int, slots: list[Slot]) -> Said:
    item = view.frame[at]
    own = tuple(slot for slot in slots if slot.item == at)
    return Said(
        kind=item.kind,
        tool=item.name,
        place=item_words(view.frame, at),
        pieces=_pieces(scope, item, own),
        structured=item.structured,
        slots=own,
    )


def _pieces(scope: Scope, item: Item, slots: tuple[Slot, ...]) -> tuple[str, ...]:
    number = item.key.rpartition("#")[2]
    if item.structured or not number.isdecimal():
        return (cut(item.text, _TEXT_CHARS),)
    library = scope.reader.library(item.kind, item.name)
    statics = library.entries[int(number)].pattern.statics
    names = {slot.path: slot.name for slot in slots}
    out = [cut(statics[0], _TEXT_CHARS)]
    for slot, static in enumerate(statics[1:]):
        out += [names.get((slot,), f"slot {slot + 1}"), cut(static, _TEXT_CHARS)]
    return tuple(out)


def _slots(node: Node, view: View, names: Names) -> Iterator[Slot]:
    """Places of the context, those first that matter."""
    suggested = _suggested(node, len(view.frame))
    ranks = ("data", "control", "free", "noise", "fixed")
    roles = sorted(node.roles().items(), key=lambda one: ranks.index(one[1]))
    for (at, path), role in roles[:MAX_SLOTS]:
        item = view.frame[at]
        own = names.get((item.key, path), "")
        plain = path_words(path) if item.structured else f"slot {int(path[0]) + 1}" if path else ""
        yield Slot(
            item=at,
            path=path,
            name=own or suggested.get((at, path)) or plain,
            named=bool(own),
            role=role,
            place=place_words(view.frame, at, path),
            values=tuple(_values(node, at, path)),
        )


def _suggested(node: Node, items: int) -> dict[tuple[int, Path], str]:
    """What an answer calls the values that it copies."""
    out: dict[tuple[int, Path], str] = {}
    for arm in node.arms or ():
        for place, leaf in arm.leaves:
            keys = [step for step in place.path if isinstance(step, str)]
            simplest = Leaf(leaf.statics, tuple(part[:1] for part in leaf.parts))
            read = Arm(arm.like, ((place, simplest),)).read()
            if keys and len(read) == 1:
                item, path = read.pop()
                out.setdefault((item % items, path), keys[-1])
    return out


def _values(node: Node, at: int, path: Path) -> list[str]:
    seen: dict[str, None] = {}
    for example in reversed(node.examples):
        said = spelt(found(example.frame[at], path)) if at < len(example.frame) else None
        if said is not None:
            seen.setdefault(cut(said))
    return list(seen)[:MAX_VALUES]


def _way(arm: Arm, view: View, node: Node, ledger: Ledger, limits: Limits) -> Way:
    guess = node.standing(arm)
    reply = arm.like
    return Way(
        answer=cut(in_short(reply), _SHORT_CHARS),
        tools=tuple(call.name for call in reply.calls),
        values=tuple(
            Value(
                leaf_name(reply, place),
                leaf_words(leaf, view.frame),
                agreeing(leaf),
                scalar(leaf_value(reply, place)),
            )
            for place, leaf in arm.leaves
        ),
        unexplained=arm.unexplained,
        tests=_tests(guess, view, ledger, limits),
    )


def _tests(guess: Guess, view: View, ledger: Ledger, limits: Limits) -> Tests:
    vote = judged(view, guess, ledger, limits)
    own = vote.standing
    return Tests(
        kind=guess.kind,
        clean=guess.clean,
        needed=own.needed,
        failures=guess.failures,
        hits=sum(streak.hits for streak in guess.streaks),
        tests=round(own.tests),
        wrong=round(own.errors),
        lent=round(own.lent),
        bound=round(own.bound, 4),
        limit=own.limit,
        serves=vote.servable and not (guess.arm and guess.arm.unexplained),
        mistake=guess.mistake,
    )
