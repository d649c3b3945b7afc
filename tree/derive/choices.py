"""Operators on lists of records: by position, by a key's value, smallest and largest, and the next one unseen."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from tree.derive.amounts import is_unsure, number_of
from tree.derive.program import NOTHING, Nothing, operator
from tree.derive.text import Guess
from tree.message import Json

_MAX_ITEMS = 2000
_DIGIT = re.compile(r"\d")
_ZONE = re.compile(r":\d\d(?:\.\d+)?[+-]\d\d:?\d\d$")
_DAY_FIRST = re.compile(r"00[./-]00[./-]00")


@operator("count", 1.4, "how many {0} are", hard=True)
def _count(value: Json) -> Json | Nothing:
    return len(value) if isinstance(value, (list, dict)) else NOTHING


@operator("least", 2.0, "{2} of the one in {0} with the least {1}", hard=True)
def _least(value: Json, key: str, wanted: str) -> Json | Nothing:
    return _extreme(value, key, wanted, largest=False)


@operator("most", 2.0, "{2} of the one in {0} with the most {1}", hard=True)
def _most(value: Json, key: str, wanted: str) -> Json | Nothing:
    return _extreme(value, key, wanted, largest=True)


@operator("where", 1.6, "{3} of the one in {0} whose {2} is {1}", hard=True)
def _where(value: Json, sought: Json, key: str, wanted: str) -> Json | Nothing:
    return _the_one([row for row in rows_of(value) if _same(row.get(key), sought)], wanted)


@operator("where_in", 1.9, "{3} of the one in {0} whose {2} holds {1}", hard=True)
def _where_in(value: Json, sought: Json, key: str, wanted: str) -> Json | Nothing:
    if not isinstance(sought, str) or not sought:
        return NOTHING
    low = sought.casefold()
    return _the_one(
        [row for row in rows_of(value) if low in str(row.get(key, "")).casefold()], wanted
    )


@operator("where_const", 2.4, "{3} of the one in {0} whose {1} is {2}", hard=True)
def _where_const(value: Json, key: str, sought: Json, wanted: str) -> Json | Nothing:
    return _where(value, sought, key, wanted)


def rows_of(value: Json) -> list[dict[str, Json]]:
    """The records of a list; none of a list too long to look through, for half of it would tell a half-truth."""
    if not isinstance(value, list) or len(value) > _MAX_ITEMS:
        return []
    return [row for row in value if isinstance(row, dict)]


def _the_one(rows: list[dict[str, Json]], wanted: str) -> Json | Nothing:
    return rows[0].get(wanted, NOTHING) if len(rows) == 1 else NOTHING


def _same(left: Json, right: Json) -> bool:
    return left is not None and str(left).casefold() == str(right).casefold()


def _numbers(value: Json, key: str) -> list[Decimal]:
    numbers = [number_of(row.get(key)) for row in rows_of(value)]
    unsure = {is_unsure(row.get(key)) for row in rows_of(value)}
    if None in numbers or len(unsure) > 1:  # `1.137` beside `250` is less, or more
        return []
    return [number for number in numbers if number is not None]


def _texts(rows: Sequence[dict[str, Json]], key: str) -> list[str]:
    texts = [row[key] for row in rows if isinstance(row.get(key), str)]
    return texts if _in_order(texts) else []


def _in_order(texts: Sequence[str]) -> bool:
    """Whether the order of texts is that of what they mean: words, or dates and times that are all spelt alike."""
    if not all(texts):
        return False
    forms = {_DIGIT.sub("0", text) for text in texts}
    if not any("0" in form for form in forms):
        return True
    zones = {text[-6:] for text in texts if _ZONE.search(text)}
    return len(forms) == 1 and len(zones) <= 1 and not any(map(_DAY_FIRST.match, forms))


def _extreme(value: Json, key: str, wanted: str, *, largest: bool) -> Json | Nothing:
    rows = rows_of(value)
    keys: list[Decimal] | list[str] = _numbers(value, key) or _texts(rows, key)
    if not rows or len(keys) < len(rows):
        return NOTHING
    best = max(keys) if largest else min(keys)
    return _the_one([row for row, own in zip(rows, keys, strict=True) if own == best], wanted)


def picks(rows: Json, at: int, wanted: str) -> Iterator[Guess]:
    """Ways to say which of `rows` the one at `at` is, without another value; it holds the value under `wanted`."""
    records = rows_of(rows)
    if len(records) < 2 or len(records) != len(rows):  # noqa: PLR2004
        return
    row = records[at]
    for key, own in row.items():
        if key == wanted or isinstance(own, (dict, list, bool)) or own is None:
            continue
        yield "least", (key, wanted)
        yield "most", (key, wanted)
        if isinstance(own, str) and len(own) < 30:  # noqa: PLR2004
            yield "where_const", (key, own, wanted)
