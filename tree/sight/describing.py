"""Descriptions of learnt templates: made from what learning keeps of one view, as values for whoever shows them."""

from collections.abc import Iterator
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
from tree.judgement.guess import Guess
from tree.judgement.node import Node
from tree.judgement.verdict import Limits, judged
from tree.learning import Scope
from tree.reading.item import Item, Path
from tree.sight.template import (
    Names,
    Said,
    Slot,
    Template,
    TemplateLine,
    Tests,
    Value,
    Way,
    template_id,
)
from tree.template.view import MAX_AGAIN, VIEWS, View, view_key

MAX_VALUES, MAX_SLOTS, MAX_NODES = 5, 60, 20
_TEXT_CHARS = 2_000
_SHORT_CHARS = 160


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
