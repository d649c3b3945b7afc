"""Features: what can be asked of a frame that could decide between ways to go on, and how to say it.

The plain ones are the values of places and the lengths of lists. The finer ones are asked only where they could
vary: the type and the form of a value, the domain of an address, the ending of a file's name, the prefix of a number,
whether a map has a key, whether two places have the same value, and whether a text has a word.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from tree.derive.amounts import number_of
from tree.derive.moments import dates_in
from tree.derive.program import NOTHING, Nothing, found, spelt
from tree.message import Json
from tree.reading.item import Frame, Path, is_map
from tree.reading.tokens import mask

_MAX_FEATURES = 600
_MAX_CATEGORY = 60
_MAX_WORDY = 300
_MAX_KEYS = 60
_MAX_ROWS = 200
_MAX_LISTS = 6
_DAY_CHARS = 8
_WORD = re.compile(r"[^\W_]+")
_DOMAIN = re.compile(r"(?:[^\s@/]+@|[a-z][a-z0-9+.-]*://)([\w-]+(?:\.[\w-]+)+)(?![\w@])")
_ENDING = re.compile(r"[^\n]*\w\.([A-Za-z]\w{0,4})$")
_PREFIX = re.compile(r"([^\W\d_]{1,12})[-_#/ ]?\d[\w-]*$")
_FINER = ("type", "form", "domain", "ending", "prefix")

_OF_TWO = {
    "same": "whether {0} equals {1}",
    "less": "whether {0} is less than {1}",
    "days": "the days from {0} to {1}",
    "holds": "whether {0} has an entry with {1}",
}

type Said = str | Decimal
"""The answer of a feature: a category, or a number."""


class Feature(Struct, frozen=True, gc=False):
    """Something that can be asked of a frame."""

    kind: str
    """`value`, `number`, `length`, `type`, `form`, `domain`, `ending`, `prefix`, `key`, `same`, `less`,
    `days`, `holds` or `word`."""
    item: int
    path: Path
    word: str = ""
    """The key or the word that is looked for."""
    other: tuple[int, Path] | None = None
    """The place that is compared with."""

    @property
    def reads(self) -> bool:
        """Whether it looks at all of a value; otherwise what else the value says is still unread."""
        return self.kind in ("value", "number", "length")

    @property
    def numeric(self) -> bool:
        """Whether its answers are numbers, so that a limit may part them."""
        return self.kind in ("number", "days")

    def asked(self, place: str, other: str = "") -> str:
        """The question in words.

        Args:
            place: What to call the place.
            other: What to call the place that is compared with.
        """
        match self.kind:
            case "length":
                return f"the number of entries in {place}"
            case "type" | "form" | "domain" | "ending" | "prefix":
                return f"the {self.kind} of {place}"
            case "key":
                return f"whether {place} has “{self.word}”"
            case "same" | "less" | "days" | "holds":
                return _OF_TWO[self.kind].format(place, other)
            case "word":
                return f"whether {place} has the word “{self.word}”"
            case _:
                return place


def ask(frame: Frame, feature: Feature) -> Said | None:
    """What a feature says of a frame; None where there is nothing to ask."""
    value = _at(frame, feature.item, feature.path)
    if value is NOTHING:
        return None
    if feature.kind in _PLAIN:
        return _PLAIN[feature.kind](value)
    if feature.kind == "key":
        return _truth(feature.word in value) if isinstance(value, dict) else None
    if feature.kind == "word":
        return _truth(feature.word in words(value)) if isinstance(value, str) else None
    other = NOTHING if feature.other is None else _at(frame, *feature.other)
    return None if other is NOTHING else ask_two(feature.kind, value, other)


def _at(frame: Frame, item: int, path: Path) -> Json | Nothing:
    return found(frame[item], path) if item < len(frame) else NOTHING


def category(value: Json) -> str | None:
    """A value as one of a few; None for one too long to be that."""
    if isinstance(value, (dict, list)):
        return None
    said = spelt(value) if not isinstance(value, bool) and value is not None else repr(value)
    return said if said is not None and len(said) <= _MAX_CATEGORY else None


def same(left: Json, right: Json) -> str | None:
    """Whether two values are one, however they are written."""
    if isinstance(left, (dict, list)) or isinstance(right, (dict, list)):
        return None
    return _truth(
        (spelt(left) or repr(left)).casefold() == (spelt(right) or repr(right)).casefold()
    )


def less(left: Json, right: Json) -> str | None:
    """Whether a number is less than another one."""
    one, other = number_of(left), number_of(right)
    return None if one is None or other is None else _truth(one < other)


def days(left: Json, right: Json) -> Decimal | None:
    """How many days lie between two dates."""
    first, last = day_of(left), day_of(right)
    return None if first is None or last is None else Decimal((last - first).days)


def day_of(value: Json) -> date | None:
    """The only date that a short text tells, year and all."""
    if not isinstance(value, str) or not _DAY_CHARS <= len(value) <= _MAX_CATEGORY:
        return None
    told = dates_in(value)
    if len(told) != 1:
        return None
    year, month, day = told[0]
    try:
        return date(year, month, day) if year else None
    except ValueError:
        return None


def holds(rows: Json, sought: Json) -> str | None:
    """Whether an entry of a list is a value, or has it under some key."""
    if not isinstance(rows, list) or isinstance(sought, (dict, list)) or len(rows) > _MAX_ROWS:
        return None
    return _truth(
        any(
            same(own, sought) == "yes"
            for row in rows
            for own in (row.values() if isinstance(row, dict) else (row,))
        )
    )


def words(text: str) -> frozenset[str]:
    """The words of a text that is short enough to look for one; numbers are all one."""
    if len(text) > _MAX_WORDY:
        return frozenset()
    return frozenset(
        "#" if any(map(str.isdigit, own)) else own.casefold() for own in _WORD.findall(text)
    )


def _truth(value: bool) -> str:  # noqa: FBT001 - a value, no switch
    return "yes" if value else "no"


def _length(value: Json) -> str | None:
    if not isinstance(value, (list, dict)):
        return None
    return "many" if len(value) > 1 else str(len(value))


def _type(value: Json) -> str:
    if value is None:
        return "nothing"
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return name
    return "number"


_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "truth value"),
    (str, "text"),
    (list, "list"),
    (dict, "record"),
)


def _form(value: Json) -> str | None:
    if not isinstance(value, str) or len(value) > _MAX_CATEGORY:
        return None
    return mask(value.strip()) if value.strip() else "empty"


def _domain(value: Json) -> str | None:
    """Whose an address is."""
    return _part(_DOMAIN, value)


def _ending(value: Json) -> str | None:
    """What a file is by its name."""
    return _part(_ENDING, value)


def _prefix(value: Json) -> str | None:
    """What a number is counted under: the letters before it."""
    return _part(_PREFIX, value)


def _part(pattern: re.Pattern[str], value: Json) -> str | None:
    found = pattern.match(value) if isinstance(value, str) and len(value) <= _MAX_WORDY else None
    return found and found[1].casefold()


_TWO: dict[str, Callable[[Json, Json], Said | None]] = {
    "same": same,
    "less": less,
    "days": days,
    "holds": holds,
}


def ask_two(kind: str, left: Json | Nothing, right: Json | Nothing) -> Said | None:
    """What two values say of one another."""
    return None if left is NOTHING or right is NOTHING else _TWO[kind](left, right)


_PLAIN: dict[str, Callable[[Json], Said | None]] = {
    "value": category,
    "number": number_of,
    "length": _length,
    "type": _type,
    "form": _form,
    "domain": _domain,
    "ending": _ending,
    "prefix": _prefix,
}


def features(frame: Frame, only: Feature | None = None) -> Iterator[tuple[Feature, Said]]:
    """Plain features of a frame; places inside lists only by the lists' lengths."""
    if only is not None:
        said = ask(frame, only)
        if said is not None:
            yield only, said
        return
    left = _MAX_FEATURES
    for number, item in enumerate(frame):
        for feature, value in _walk(number, (), item.tree, structured=item.structured):
            yield feature, value
            left -= 1
            if left <= 0:
                return


def _walk(
    item: int, path: Path, value: Json, *, structured: bool
) -> Iterator[tuple[Feature, Said]]:
    if isinstance(value, dict):
        if len(value) > _MAX_KEYS or (structured and is_map(value)):
            return
        for key in sorted(value):
            yield from _walk(item, (*path, key), value[key], structured=structured)
    elif isinstance(value, list):
        if structured:
            yield Feature("length", item, path), _length(value) or ""
            return
        for at, inner in enumerate(value):  # the slots of a text, or values that stand in it
            yield from _walk(item, (*path, at), inner, structured=True)
    else:
        if (said := category(value)) is not None:
            yield Feature("value", item, path), said
        if (number := number_of(value)) is not None:
            yield Feature("number", item, path), number


def _of_map(item: int, path: Path, value: dict[str, Json]) -> Iterator[Feature]:
    """What stands under the keys of a map: if all examples have them, they were no data."""
    for key in sorted(value)[:_MAX_KEYS]:
        if not isinstance(value[key], (dict, list)):
            yield Feature("value", item, (*path, key))


def lists_of(frames: Sequence[Frame]) -> list[Feature]:
    """Lists of structured items that all frames have, outside other lists."""
    own = [own for own, _ in features(frames[0]) if own.kind == "length"]
    return [
        one
        for one in own
        if all(isinstance(_at(frame, one.item, one.path), list) for frame in frames)
    ][:_MAX_LISTS]


def finer(frame: Frame) -> Iterator[tuple[Feature, Said]]:
    """Features of the types and forms of values, and of the keys of maps."""
    left = _MAX_FEATURES
    for number, item in enumerate(frame):
        for feature in _finer(number, (), item.tree, structured=item.structured):
            said = ask(frame, feature)
            if said is not None:
                yield feature, said
            left -= 1
            if left <= 0:
                return


def _finer(item: int, path: Path, value: Json, *, structured: bool) -> Iterator[Feature]:
    if isinstance(value, dict):
        if structured and is_map(value):
            yield Feature("length", item, path)
            yield from (Feature("key", item, path, key) for key in sorted(value)[:_MAX_KEYS])
            yield from _of_map(item, path, value)
        elif len(value) <= _MAX_KEYS:
            for key in sorted(value):
                yield from _finer(item, (*path, key), value[key], structured=structured)
    elif isinstance(value, list):
        for at, inner in enumerate(() if structured else value):
            yield from _finer(item, (*path, at), inner, structured=True)
    else:
        yield from (Feature(kind, item, path) for kind in _FINER)
