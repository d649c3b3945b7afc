"""The search for programs: all cheap ones that give the wanted value in every example, the version space of a leaf.

Programs are guessed from one example, the pivot, by looking the wanted value up among the sources and asking each
operator family how it could have made it; what the other examples contradict is dropped. That is the shortest-path
search over expressions with the target known: nothing is enumerated that does not yield the pivot's value.
A copy must be surprising: the bits of the distinct values it explains, less those of the places it was found among.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice

from msgspec import Struct

from tree.derive.column import listed
from tree.derive.guesses import guessed
from tree.derive.program import (
    NOTHING,
    Apply,
    Const,
    Joined,
    Nothing,
    Program,
    Source,
    cost,
    equal,
    evaluate,
    examples_of,
    joined,
    marks,
    places_of,
    spelt,
)
from tree.derive.sources import Sources
from tree.message import Json
from tree.reading.item import Frame
from tree.reading.tokens import fine_tokens, tokens
from tree.template.align import SLOT, align, flat, statics_of
from tree.template.pattern import Pattern, useful

KEPT = 24
"""Programs of a version space that are kept, cheapest first."""
NEAR = 1.0
"""Members this much dearer than the cheapest still have a say."""
_TRIED = 1500
_MIN_SURPRISE = 10.0
_MIN_INFORMATION = 14.0
_CASTS = frozenset({"count", "number", "text"})
_VARIED = 3
"""Distinct values from which on a sequence tells a copy from a choice between two."""
_BITS_DIGIT, _BITS_LETTER, _BITS_WORD = 3.3, 4.0, 14.0
_MAX_TOKENS, _MAX_RUN = 1500, 30
_MAX_WORDS = 4
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair: no text that can be sent."""
_CODE = re.compile(r"://|[=<>$|;{}`\\]|(?:^|\s)--?[a-z]|&\S")
"""What static text has where it is in a language that escapes values."""
_MIN_ANCHOR = 6.0


class Leaf(Struct, frozen=True, gc=False):
    """A value of an answer: static text around parts, each with its version space; a bare part keeps its type."""

    statics: tuple[str, ...]
    parts: tuple[Sequence[Program], ...]
    met: str | None = None
    """Marks that values within static text had in the examples."""

    @property
    def constant(self) -> bool:
        """Whether nothing of the context flows into it."""
        return all(isinstance(part[0], Const) for part in self.parts)

    def value(self, frame: Frame) -> Json | Nothing:
        """What all near members of every part agree on; `NOTHING` where they do not, or where one is undefined."""
        made = [agreed(part, frame) for part in self.parts]
        if any(value is NOTHING for value in made):
            return NOTHING
        value = made[0] if self.statics == ("", "") else joined(self.statics, made, self.met)
        return NOTHING if isinstance(value, str) and _HALF.search(value) else value

    def narrowed(self, frame: Frame, wanted: Json) -> "Leaf":
        """The leaf without the members that do not give their piece of `wanted`."""
        if self.statics == ("", ""):
            targets: tuple[Json, ...] = (wanted,)
        else:
            targets = Pattern(self.statics).parse(wanted) or ()
        if len(targets) < len(self.parts):
            return self
        kept = tuple(
            tuple(program for program in part if equal(evaluate(program, frame), target)) or part
            for part, target in zip(self.parts, targets, strict=True)
        )
        return Leaf(self.statics, kept, self.met)


def agreed(space: Sequence[Program], frame: Frame) -> Json | Nothing:
    """The value that all members near the cheapest give."""
    limit = cost(space[0]) + NEAR
    first = evaluate(space[0], frame)
    if first is NOTHING:
        return NOTHING
    for program in islice(space, 1, None):
        if cost(program) > limit:
            break
        if not equal(evaluate(program, frame), first):
            return NOTHING
    return first


def deciding(space: Sequence[Program]) -> int:
    """How many members `agreed` looks at: those near the cheapest, and the first one beyond them."""
    limit = cost(space[0]) + NEAR
    return next((at + 1 for at, own in enumerate(space) if cost(own) > limit), len(space))


def derive(wanted: Sequence[Json], frames: Sequence[Sources]) -> Leaf | None:
    """The leaf that gives `wanted[i]` in `frames[i]` for every i, or for nearly every; None where no program does."""
    if any(isinstance(value, list) and value for value in wanted):
        return Leaf(("", ""), (space,)) if (space := listed(wanted, frames)) else None
    if len(wanted) > 1 and (constant := _constant(wanted)) is not NOTHING:
        return Leaf(("", ""), ((Const.of(constant),),))
    if space := version_space(wanted, frames):
        return Leaf(("", ""), (space,))
    if len(wanted) == 1:
        return Leaf(("", ""), ((Const.of(wanted[0]),),))
    return in_pieces(wanted, frames)


def misfits(examples: int) -> int:
    """How many examples may be at odds with a program: a model is not always consistent, and tests judge the rest."""
    return examples // 6


def _constant(wanted: Sequence[Json]) -> Json | Nothing:
    value = next(
        (v for v in wanted if 2 * sum(equal(v, other) for other in wanted) > len(wanted)), NOTHING
    )
    if value is NOTHING or sum(not equal(value, other) for other in wanted) > misfits(len(wanted)):
        return NOTHING
    return value


def version_space(wanted: Sequence[Json], frames: Sequence[Sources]) -> tuple[Program, ...]:
    """All cheap programs that fit the most examples, cheapest first; empty where a fit would be no surprise."""
    for pivot in _pivots(wanted, frames):
        if isinstance(wanted[pivot], (bool, type(None), list, dict)):
            return ()
        kept = _fitting(wanted, frames, pivot)
        if kept and (odd := _odd(kept[0], wanted, frames)) is not None:
            # It may be the one that tells: a blank that is escaped, an accent that is dropped.
            other = _fitting(wanted, frames, odd)
            if other and _odd(other[0], wanted, frames) is None:
                kept = other
        if kept:
            return _surprising(kept, wanted, frames, pivot)
    return ()


def _pivots(wanted: Sequence[Json], frames: Sequence[Sources]) -> Iterator[int]:
    """Examples to guess from: the longest, or the longest that is no copy, for a copy hides what else was done."""
    order = sorted(range(len(wanted)), key=lambda at: (-len(str(wanted[at])), at))
    allowed = misfits(len(wanted))
    changed = [at for at in order if (said := spelt(wanted[at])) and said not in frames[at].by_text]
    if changed and len(changed) > allowed:
        yield changed[0]
    yield from order[: 1 + min(1, allowed)]


def _odd(program: Program, wanted: Sequence[Json], frames: Sequence[Sources]) -> int | None:
    """The first example that a program does not give."""
    return next(
        (
            at
            for at, (value, sources) in enumerate(zip(wanted, frames, strict=True))
            if not equal(evaluate(program, sources.frame), value)
        ),
        None,
    )


def _fitting(wanted: Sequence[Json], frames: Sequence[Sources], pivot: int) -> list[Program]:
    """The programs guessed from one example that miss the fewest of the others, cheapest first."""
    allowed = misfits(len(wanted))
    kept: dict[Program, int] = {}
    tried: set[Program] = set()
    for program in guessed(frames[pivot], wanted[pivot]):
        if program in tried:
            continue
        tried.add(program)
        missed = 0
        for value, sources in zip(wanted, frames, strict=True):
            if not equal(evaluate(program, sources.frame), value):
                missed += 1
                if missed > allowed:
                    break
        else:
            kept[program] = missed
            allowed = min(allowed, missed)
        if len(tried) >= _TRIED or len(kept) >= 4 * KEPT:
            break
    best = [program for program, missed in kept.items() if missed == allowed]
    return sorted(best, key=lambda program: (cost(program), repr(program)))[:KEPT]


def _surprising(
    kept: list[Program], wanted: Sequence[Json], frames: Sequence[Sources], pivot: int
) -> tuple[Program, ...]:
    """The programs, if their agreement with the examples can be no accident."""
    distinct = len(set(map(spelt, wanted)))
    kept = [program for program in kept if examples_of(program) <= distinct]
    if not kept:
        return ()
    plain = isinstance(kept[0], Source)
    # Two numbers can be put together in as many ways as there are pairs of them.
    reach = 2 if isinstance(wanted[0], (int, Decimal)) and len(set(places_of(kept[0]))) > 1 else 1
    places = math.log2(max(1, len(frames[pivot].values) ** reach * (1 if plain else 20)))
    enough = surprise(wanted) - places >= _MIN_SURPRISE * (1.0 if plain else 0.8)
    if distinct >= _VARIED and _as_it_is(kept[0]):
        enough |= _information(wanted) - places >= _MIN_INFORMATION
    return tuple(_informed(program, frames) for program in kept) if enough else ()


def _informed(program: Program, frames: Sequence[Sources]) -> Program:
    """A program with static text, knowing what marks its values had."""
    if not isinstance(program, Joined):
        return program
    made = [spelt(evaluate(part, own.frame)) or "" for own in frames for part in program.parts]
    return Joined(program.statics, program.parts, _met(program.statics, made))


def _met(statics: Sequence[str], values: Iterable[str]) -> str | None:
    """The marks of values within a link, a command or a query; in prose they are what they are."""
    if not any(map(_CODE.search, statics)):
        return None
    return "".join(sorted(set[str]().union(*map(marks, values))))


def _as_it_is(program: Program) -> bool:
    """Whether a program gives one value of the context as it stands, as a number, or how many entries a list has."""
    return isinstance(program, Source) or (
        isinstance(program, Apply) and program.op in _CASTS and _as_it_is(program.of[0])
    )


def _information(wanted: Sequence[Json]) -> float:
    """Bits of the whole sequence: short values are no accident where they follow one place again and again."""
    count = Counter(map(spelt, wanted))
    return -sum(number * math.log2(number / len(wanted)) for number in count.values())


def surprise(wanted: Sequence[Json]) -> float:
    """Bits of the distinct values."""
    return sum(bits(said) for said in {spelt(value) or "" for value in wanted})


def bits(said: str) -> float:
    """How unlikely a text is to stand somewhere by accident."""
    total = 0.0
    for word in tokens(said):
        digits = sum(map(str.isdigit, word))
        letters = sum(map(str.isalpha, word))
        total += _BITS_DIGIT * digits + (
            min(_BITS_LETTER * letters, _BITS_WORD) if not digits else _BITS_LETTER * letters
        )
    return min(total, 60.0)


def in_pieces(wanted: Sequence[Json], frames: Sequence[Sources]) -> Leaf | None:
    """Static text around copied pieces: borders where values of the context end, else where the examples part."""
    said = [value for value in wanted if isinstance(value, str)]
    if len(said) < len(wanted):
        return None
    for cutting in (tokens, fine_tokens):
        marked = [_marked(text, at, cutting) for text, at in zip(said, frames, strict=True)]
        alike = {statics_of(cut) for cut, _ in marked}
        if (
            len(alike) == 1
        ):  # the borders are known, even where the text between them also stands in a value
            rows = [values for _, values in marked]
            if (leaf := pieces(alike.pop(), rows, frames)) is not None:
                return leaf
    for cuts, cutting in (
        ([anchored(text, at) for text, at in zip(said, frames, strict=True)], tokens),
        (list(map(tokens, said)), tokens),
        (list(map(fine_tokens, said)), fine_tokens),
    ):
        statics: tuple[str, ...] | None = statics_of(cuts[0])
        for other in cuts[1:]:
            statics = align(flat(statics, cutting), other, shared=0.0) if statics else None
        if statics and (leaf := _parsed(statics, said, frames)) is not None:
            return leaf
    return None


def anchored(text: str, sources: Sources) -> list[str]:
    """The tokens of an answer, with runs that are a value of the context, and no accident, replaced by a slot."""
    return _marked(text, sources, tokens)[0]


def _marked(
    text: str, sources: Sources, cutting: Callable[[str], list[str]]
) -> tuple[list[str], list[str]]:
    """The same, and what stood in the slots, however the text is cut."""
    cut = cutting(text)[:_MAX_TOKENS]
    first = sources.first_tokens | sources.first_fine_tokens
    out: list[str] = []
    values: list[str] = []
    at = 0
    while at < len(cut):
        stop = _run(cut, at, sources) if cut[at] in first else None
        if stop is None:
            out.append(cut[at])
            at += 1
        else:
            out.append(SLOT)
            values.append("".join(cut[at:stop]))
            at = stop
    return out, values


def _run(cut: list[str], at: int, sources: Sources) -> int | None:
    """Where the longest run of tokens from `at` on ends that is a value of the context."""
    for stop in range(min(len(cut), at + _MAX_RUN), at, -1):
        run = "".join(cut[at:stop])
        if run in sources.by_text and bits(run) >= _MIN_ANCHOR:
            return stop
    return None


def _parsed(
    statics: tuple[str, ...], said: Sequence[str], frames: Sequence[Sources]
) -> Leaf | None:
    """The leaf with these static parts, if each example is cut by them in one way only."""
    if not useful(statics):
        return None
    pattern = Pattern(statics)
    rows = [row for whole in said if (row := pattern.parse(whole)) is not None]
    return pieces(statics, rows, frames) if len(rows) == len(said) else None


def pieces(
    statics: tuple[str, ...], rows: Sequence[Sequence[str]], frames: Sequence[Sources]
) -> Leaf | None:
    """The leaf with these static parts around these values, if they can be derived in every example."""
    if len(statics) == 1:
        return None
    kept, spaces = [statics[0]], []
    for column, static in zip(zip(*rows, strict=True), statics[1:], strict=True):
        found = _column(column, frames)
        if found is None:
            return None
        spaces += found
        kept += [*[" "] * (len(found) - 1), static]
    return Leaf(tuple(kept), tuple(spaces), _met(kept, (value for row in rows for value in row)))


def _column(column: tuple[str, ...], frames: Sequence[Sources]) -> list[tuple[Program, ...]] | None:
    """The programs of a slot; of each of its words, where they come from different places."""
    if any(value != value.strip() for value in column):
        return None
    if space := version_space(column, frames):
        return [space]
    words = [value.split(" ") for value in column]
    if not 1 < len(words[0]) <= _MAX_WORDS or any(len(own) != len(words[0]) for own in words):
        return None
    spaces = [version_space(own, frames) for own in zip(*words, strict=True)]
    return spaces if all(spaces) else None
