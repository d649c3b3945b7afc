"""Programs: how a value of an answer is made from what stands in the context. Plain values that encode themselves.

A program reads a `Frame`, the items of the context that its author looked at, and yields a value or `NOTHING`.
`NOTHING` is no failure of the machine: it says that the program does not apply here, and whoever asked abstains.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from tree.message import Json
from tree.reading.item import Frame, Item, Path


class Nothing:
    """The type of `NOTHING`, the value of a program that does not apply."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING = Nothing()


class Source(Struct, frozen=True, gc=False, array_like=True, tag="source"):
    """A value as it stands at a place of the context; the empty path of a text is the text itself."""

    item: int
    path: Path


class Const(Struct, frozen=True, gc=False, array_like=True, tag="const"):
    """Always the same. A number with a fraction is kept as it was spelt, for a row knows no decimals."""

    value: Json
    exact: bool = False
    """Whether `value` spells a decimal number."""

    @classmethod
    def of(cls, value: Json) -> "Const":
        """The constant of a JSON scalar."""
        return cls(str(value), exact=True) if isinstance(value, Decimal) else cls(value)


class Apply(Struct, frozen=True, gc=False, array_like=True, tag="apply"):
    """An operator of the language over values."""

    op: str
    of: tuple["Source | Apply | Const", ...]
    args: tuple[Json, ...] = ()


class Joined(Struct, frozen=True, gc=False, array_like=True, tag="joined"):
    """Static text around values."""

    statics: tuple[str, ...]
    parts: tuple["Source | Apply | Const", ...]
    met: str | None = None
    """Marks that values had in the examples; None before there were any."""


type Program = Source | Const | Apply | Joined

_QUOTES = "\"'`"
_HARMFUL = re.compile(r"[\"'`\\\x00-\x1f]")
"""What does not stand in a quotation as it is: each language escapes it in a way of its own."""
_MARK = re.compile(r"[^A-Za-z0-9_.,:/@-]")
_FOREIGN = "\x80"
_INDEX_LIMIT = 20
"""Larger integers among the arguments are no positions."""

type Operator = Callable[..., Json | Nothing]

OPERATORS: dict[str, tuple[float, Operator, str]] = {}
"""Cost, function of the values and then the arguments, and how to say it, with `{0}` for the first value."""


HARD: set[str] = set()
"""Operators of arithmetic, lists and dates: they need more evidence than a change of spelling."""

EXAMPLES: dict[str, int] = {}
"""Operators whose arguments nothing in the context explains, and how many distinct values must bear them out."""


def operator(
    name: str, cost: float, words: str, *, hard: bool = False, examples: int = 1
) -> Callable[[Operator], Operator]:
    """Put a function into the language.

    Args:
        name: What programs call it by.
        cost: How much it has to be believed.
        words: How to say it, with `{0}` for the first value.
        hard: Whether it computes rather than copies or spells.
        examples: How many distinct values it takes before it counts.
    """

    def enter(function: Operator) -> Operator:
        OPERATORS[name] = cost, function, words
        if hard:
            HARD.add(name)
        if examples > 1:
            EXAMPLES[name] = examples
        return function

    return enter


def evaluate(program: Program, frame: Frame) -> Json | Nothing:
    """What `program` yields in `frame`."""
    match program:
        case Source(item, path):
            return found(frame[item], path) if -len(frame) <= item < len(frame) else NOTHING
        case Const(value, exact):
            return Decimal(value) if exact else value
        case Apply(op, of, args):
            values = [evaluate(part, frame) for part in of]
            if any(value is NOTHING for value in values):
                return NOTHING
            return OPERATORS[op][1](*values, *args)
        case Joined(statics, parts, met):
            return joined(statics, [evaluate(part, frame) for part in parts], met)


def joined(
    statics: Sequence[str], values: Sequence[Json | Nothing], met: str | None = None
) -> str | Nothing:
    """Static text around values; `NOTHING` where a value would end the quotation that it stands in.

    Args:
        statics: One more than values.
        values: What stands between them.
        met: The marks that values had so far. A blank, a quotation mark or a `%` that is the first of its sort may
            have to be escaped: nobody saw how the model writes it in a link, a command or a query.
    """
    out = [statics[0]]
    for value, static in zip(values, statics[1:], strict=True):
        if value is NOTHING or (said := spelt(value)) is None:
            return NOTHING
        if met is not None and not marks(said) <= set(met):
            return NOTHING
        if _HARMFUL.search(said) and any("".join(out).count(quote) % 2 for quote in _QUOTES):
            return NOTHING
        out += (said, static)
    return "".join(out)


def marks(said: str) -> set[str]:
    """The characters of a text that mean something in one language or another; of foreign letters one for all."""
    return {char if char.isascii() else _FOREIGN for char in _MARK.findall(said)}


def found(item: Item, path: Path) -> Json | Nothing:
    """The value at `path` of an item."""
    if not path and not item.structured:
        return item.text
    value = item.tree
    for step in path:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return NOTHING
        elif not isinstance(value, list) or not -len(value) <= step < len(value):
            return NOTHING
        value = value[step]
    return value


def spelt(value: Json) -> str | None:
    """A scalar as text, or None for what has no plain spelling."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    return str(value)


def cost(program: Program) -> float:
    """How much a program has to be believed; the cheapest that fit are asked."""
    match program:
        case Source(_, path):
            return 1.0 + sum(_position_cost(step) for step in path if isinstance(step, int))
        case Const(value):
            said = spelt(value) or ""
            return 0.5 + sum(1.6 if char.isalnum() else 0.35 for char in said)
        case Apply(op, of, args):
            index = sum(
                0.15 * abs(arg) for arg in args if isinstance(arg, int) and abs(arg) < _INDEX_LIMIT
            )
            return OPERATORS[op][0] + index + sum(map(cost, of))
        case Joined(statics, parts, _):
            return 0.3 * len(statics) + 0.1 * sum(map(len, statics)) + sum(map(cost, parts))


def _position_cost(step: int) -> float:
    """First and last are what people mean; the third from the end hardly ever is."""
    return 0.4 * step if step >= 0 else 1.5 * (-1 - step)


def described(program: Program, frame_names: Sequence[str] = ()) -> str:
    """A program in words."""
    match program:
        case Source(item, path):
            place = frame_names[item] if item < len(frame_names) else f"item {item}"
            steps = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in path)
            return f"{place}{steps}"
        case Const(value):
            return f"always {value!r}"
        case Apply(op, of, args):
            said = [described(part, frame_names) for part in of]
            return OPERATORS[op][2].format(*said, *map(repr, args))
        case Joined(statics, parts, _):
            out = repr(statics[0])
            for part, static in zip(parts, statics[1:], strict=True):
                out += f" + {described(part, frame_names)} + {static!r}"
            return out


def places_of(program: Program) -> list[tuple[int, Path]]:
    """The places that a program reads, in order."""
    match program:
        case Source(item, path):
            return [(item, path)]
        case Apply(_, of, _) | Joined(_, of, _):
            return [place for part in of for place in places_of(part)]
        case Const():
            return []


def examples_of(program: Program) -> int:
    """How many distinct values must bear a program out before it counts."""
    match program:
        case Apply(op, of, _):
            return max([EXAMPLES.get(op, 1), *map(examples_of, of)])
        case Joined(_, parts, _):
            return max(map(examples_of, parts))
        case _:
            return 1


def equal(left: Json, right: Json) -> bool:
    """Equality as JSON: a truth value is no number, 10 and 10.0 are one, texts are compared as they are."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, Decimal, float)) and isinstance(right, (int, Decimal, float)):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return type(left) is type(right) and bool(left == right)
