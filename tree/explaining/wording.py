"""What was learnt, in words for a person: places of a context, programs over them, guards between them.

An operator without a phrase here is told in the words that it was put into the language with, so that a new one is
never missing from an explanation, only less well put.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache

from tree.derive.program import OPERATORS, Apply, Const, Joined, Program, Source, spelt
from tree.derive.search import Leaf
from tree.explaining.explanation import cut
from tree.judgement.feature import Feature, ask
from tree.judgement.guard import Guard
from tree.message import Json
from tree.reading.item import Frame, Path

_SHORT = 60
_FEW = 6
_ORDINALS = ("first", "second", "third")
_FORMATS = {
    "%Y": "YYYY", "%y": "YY", "%m": "MM", "%-m": "M", "%d": "DD", "%-d": "D", "%B": "Month", "%b": "Mon",
    "%A": "Weekday", "%H": "hh", "%-H": "h", "%I": "hh", "%-I": "h", "%M": "mm", "%S": "ss", "%p": "AM",
}  # fmt: skip
_PLACE = re.compile(r"“[^”]*”|\bitem (\d+)(?: \([^()]*\))?((?:\.[^\s.]+)*)")
"""A place; or a quotation, which is no place whatever it says."""


def shown(value: Json, chars: int = _SHORT) -> str:
    """A value, texts in quotation marks."""
    return f"“{cut(value, chars)}”" if isinstance(value, str) else cut(spelt(value) or repr(value))


def ordinal(index: int) -> str:
    """A position, from the end where it is negative."""
    if index == -1:
        return "last"
    if index < 0:
        return f"{ordinal(-1 - index)} but last"
    return _ORDINALS[index] if index < len(_ORDINALS) else f"{index + 1}th"


def item_words(frame: Frame, item: int) -> str:
    """An item of a frame; the how-manieth of its sort, where there are several."""
    if item == len(frame):
        return "the entry"  # of the list that a call is made for each entry of, which comes last
    if not -len(frame) <= item < len(frame):
        return f"item {item + 1}"
    item %= len(frame)
    return _all_words(tuple((one.kind, one.name) for one in frame))[item]


@lru_cache(maxsize=16)
def _all_words(items: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Every item, by its kind and name: an explanation speaks of most of a frame's."""
    sorts = [_sort(*one) for one in items]
    many, so_far = Counter(sorts), Counter[str]()
    words = []
    for sort in sorts:
        so_far[sort] += 1
        which = "last" if so_far[sort] == many[sort] else ordinal(so_far[sort] - 1)
        words.append(sort.format(f"{which} " if many[sort] > 1 else ""))
    return tuple(words)


def _sort(kind: str, name: str) -> str:
    """What an item is, with a hole for its position."""
    name = name.replace("{", "{{").replace("}", "}}")
    of_tool = f" of `{name}`" if name else ""
    match kind:
        case "system" | "developer":
            return "the {}system prompt"
        case "user":
            return "the user's {}message"
        case "assistant":
            return "the assistant's {}message"
        case "each":
            return "the entry"
        case "call" | "result" | "error":
            return f"the {{}}{kind}{of_tool}"
        case _:
            return f"the {{}}{kind.replace('{', '{{').replace('}', '}}')} part"


def path_words(path: Path) -> str:
    """Keys and positions, as in code."""
    steps = (f".{step}" if isinstance(step, str) else f"[{_position(step)}]" for step in path)
    return "".join(steps).removeprefix(".")


def _position(step: int) -> str:
    return str(step) if step >= 0 else "last" if step == -1 else f"last{step + 1}"


def place_words(frame: Frame, item: int, path: Path) -> str:
    """A place of a frame: an item, a slot of its text, or a member of its structure."""
    whole = item_words(frame, item)
    if not path:
        return whole
    known = -len(frame) <= item < len(frame)
    if known and not frame[item].structured and isinstance(path[0], int):
        return f"slot {path[0] + 1} of {whole}"
    return f"`{path_words(path)}` of {whole}"


def program_words(program: Program, frame: Frame) -> str:
    """A program, its sources by name."""
    match program:
        case Source(item, path):
            return place_words(frame, item, path)
        case Const(value):
            return f"always {shown(value)}"
        case Apply(op, of, args):
            return _phrased(op, [_operand(part, frame) for part in of], args)
        case Joined(statics, parts, _):
            return joined_words(statics, [_operand(part, frame) for part in parts])


def _phrased(op: str, said: Sequence[str], args: Sequence[Json]) -> str:
    # What an operator takes may have changed since its phrase was written; an explanation must not fail for that.
    with suppress(TypeError, ValueError):
        if op in _PHRASES:
            return _PHRASES[op](*said, *args)
    with suppress(KeyError, IndexError):
        return OPERATORS[op][2].format(*said, *map(shown, args))
    return f"{op} of {', '.join([*said, *map(shown, args)])}"


def _operand(program: Source | Apply | Const, frame: Frame) -> str:
    return shown(program.value) if isinstance(program, Const) else program_words(program, frame)


def leaf_words(leaf: Leaf, frame: Frame) -> str:
    """How a value of an answer is made, by the simplest of its programs."""
    if leaf.statics == ("", ""):
        return program_words(leaf.parts[0][0], frame)
    said = [
        f"({program_words(part[0], frame)})"
        if isinstance(part[0], Joined)
        else _operand(part[0], frame)
        for part in leaf.parts
    ]
    return joined_words(leaf.statics, said)


def joined_words(statics: Sequence[str], said: Sequence[str]) -> str:
    """Static text around values."""
    out = [shown(statics[0])] if statics[0] else []
    for value, static in zip(said, statics[1:], strict=True):
        out += [value, shown(static)] if static else [value]
    return " + ".join(out)


def guard_words(guard: Guard, frame: Frame) -> str:
    """What a guard asks, and what it found."""
    asked = " and ".join(_question(feature, frame) for feature in guard.asked)
    found = [ask(frame, feature) for feature in guard.asked]
    said = " and ".join("missing" if value is None else shown(value) for value in found)
    if guard.second is not None:
        return f"{asked} are {said}; both together decide"
    if guard.categories:
        known = ", ".join(shown(value, 30) for value in sorted(guard.categories)[:6])
        return f"{asked} is {said}; {known} decide"
    return (
        f"{asked} is {said}; up to {guard.low} it is answered one way, from {guard.high} on another"
    )


def _question(feature: Feature, frame: Frame) -> str:
    other = place_words(frame, *feature.other) if feature.other else ""
    return feature.asked(place_words(frame, feature.item, feature.path), other)


def condition_words(guard: Guard, frame: Frame) -> str:
    """What a guard asks, of no context in particular."""
    feature = guard.feature
    place = place_words(frame, feature.item, feature.path)
    if feature.kind == "length":
        place = f"the number of entries in {place}"
    if not guard.categories:
        return (
            f"{place}: up to {guard.low} answer {guard.below + 1}, "
            f"from {guard.high} on answer {guard.above + 1}"
        )
    arms = sorted(set(guard.categories.values()))
    said = (_deciding(guard, arm) + f" answer {arm + 1}" for arm in arms)
    return f"{place}: {', '.join(said)}"


def _deciding(guard: Guard, arm: int) -> str:
    values = sorted(value for value, own in guard.categories.items() if own == arm)
    more = f" and {len(values) - _FEW} more" if len(values) > _FEW else ""
    return " or ".join(shown(value, 30) for value in values[:_FEW]) + more


def reason_words(reason: str, frame: Frame) -> str:
    """A reason of the learner's, the places in it by name."""

    def named(match: re.Match[str]) -> str:
        item = int(match[1]) if match[1] else len(frame)
        if item >= len(frame):
            return match[0]
        steps = (step for step in match[2].split(".")[1:])
        path = tuple(int(step) if re.fullmatch(r"-?\d+", step) else step for step in steps)
        return place_words(frame, item, path)

    return _PLACE.sub(named, reason).replace("the value of `the text`", "the text of the answer")


def format_words(form: str) -> str:
    """A format of dates and times as it looks."""
    return re.sub(r"%-?[A-Za-z]", lambda match: _FORMATS.get(match[0], match[0]), form)


def _between(value: str, left: str, right: str) -> str:
    if not left:
        return f"what stands in {value} before {shown(right)}"
    if not right:
        return f"what stands in {value} after {shown(left)}"
    return f"what stands in {value} between {shown(left)} and {shown(right)}"


def _shifted(value: str, count: int, unit: str) -> str:
    one = unit.removesuffix("s") if abs(count) == 1 else unit
    return f"{abs(count)} {one} {'before' if count < 0 else 'after'} {value}"


def _moved(value: str, count: str, sign: int, unit: str) -> str:
    return f"as many {unit} {'before' if sign < 0 else 'after'} {value} as {count} says"


def _weekday(value: str, name: str, weeks: int) -> str:
    said = f"the first weekday named in {name} after {value}"
    if not weeks:
        return said
    unit = "week" if abs(weeks) == 1 else "weeks"
    return f"{said}, and {abs(weeks)} {unit} {'earlier' if weeks < 0 else 'later'}"


_PHRASES: dict[str, Callable[..., str]] = {
    "field": lambda v, delimiter, at: f"the {ordinal(at)} part of {v}, cut at {shown(delimiter)}",
    "between": _between,
    "number_before": lambda v, word: f"the number before {shown(word)} in {v}",
    "plus": lambda v, more: f"{v} {'minus' if more < 0 else 'plus'} {abs(more)}",
    "times": lambda v, factor: f"{v} times {factor}",
    "over": lambda v, factor: f"{v} divided by {factor}",
    "sum": lambda a, b: f"{a} plus {b}",
    "count": lambda v: f"how many entries {v} has",
    "total": lambda v, key: f"the sum of `{key}` over {v}",
    "least": lambda v, key, wanted: f"`{wanted}` of the entry of {v} with the least `{key}`",
    "most": lambda v, key, wanted: f"`{wanted}` of the entry of {v} with the most `{key}`",
    "column": lambda v, key: f"`{key}` of every entry of {v}",
    "column_where": lambda v, sought, key, wanted: (
        f"`{wanted}` of the entries of {v} whose `{key}` is {sought}"
    ),
    "where": lambda v, sought, key, wanted: (
        f"`{wanted}` of the entry of {v} whose `{key}` is {sought}"
    ),
    "where_in": lambda v, sought, key, wanted: (
        f"`{wanted}` of the entry of {v} whose `{key}` holds {sought}"
    ),
    "where_const": lambda v, key, sought, wanted: (
        f"`{wanted}` of the entry of {v} whose `{key}` is {shown(sought)}"
    ),
    "date_in": lambda v, at: f"the {ordinal(at)} date in {v}",
    "date_near": lambda v, near, policy: f"the {policy} date told by {v}, seen from {near}",
    "shifted": _shifted,
    "moved": _moved,
    "weekday": _weekday,
    "clock_in": lambda v, at, reading: f"the {ordinal(at)} time of day in {v}, {reading}",
    "as_date": lambda v, form: f"{v}, spelt as {format_words(form)}",
    "as_clock": lambda v, form: f"{v}, spelt as {format_words(form)}",
    "as_moment": lambda day, clock, form: f"{day} and {clock}, spelt as {format_words(form)}",
}
