"""Forms: what a value is told as, whatever it is: in kilograms, in euros, as an address, as a moment of some zone.

A program that takes the number out of `5 kg` takes it out of `500 g` as well, and one that copies an address copies
`none on file`. So the form is a condition like the value of a place that never varied.
"""

import re
from collections.abc import Collection, Iterable
from decimal import Decimal

from tree.derive.program import Nothing
from tree.message import Json
from tree.reading.tokens import mask

MAX_FORMS = 3
"""Where there are more, new ones changed nothing: only what sort of thing it is counts there."""
_LONGEST = 60
_ANY = "~"
_CODE, _DATE = "a number or a code", "a date"
_SORTS = {
    **dict.fromkeys(["int", "decimal", "uuid", "hex", "id"], _CODE),
    **dict.fromkeys(["datetime", "date"], _DATE),
    "time": "a time",
    "email": "an address",
    "url": "a link",
}
_MEASURE = re.compile(
    r"([$€£¥₹]|[A-Z]{3} )?[+-]?\d(?:[\d.,'\u00a0 ]*\d)?"
    r"(?:\s([^\W\d_][^\d]{0,11})|\s?([%°$€£¥₹][^\d]{0,3}|[A-Za-z]*[G-Zg-z][A-Za-z]*))?",
    re.ASCII,
)
"""A unit stands apart, or has letters that no digest has."""
_DIGEST = re.compile(r"[a-f]+|[A-F]+")
"""What a digest may be by chance, and a word hardly ever."""
_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")


def sort_of(value: Json | Nothing) -> str:
    """What sort of thing a text or a number is, empty for words and all else."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return "more than 0" if value > 0 else "less than 0" if value < 0 else "0"
    if not isinstance(value, str) or len(value) > _LONGEST:
        return ""
    bare = value.strip()
    return _CODE if _unit(value) or _DIGEST.fullmatch(bare) else _SORTS.get(mask(bare), "")


def form_of(value: Json | Nothing) -> str:
    """The same, with its unit or zone where it tells one."""
    sort = sort_of(value)
    if not sort or not isinstance(value, str):
        return sort
    zone = _ZONE.search(value.strip()) if sort == _DATE and ":" in value else None
    told = f"{zone[0]}" if zone else _unit(value)
    return f"{sort} with “{told}”" if told else sort


def _unit(value: str) -> str:
    measure = _MEASURE.fullmatch(value.strip())
    return "".join(part.strip() for part in measure.groups("")) if measure else ""


def forms_of(forms: Collection[str], sorts: Collection[str], values: int) -> tuple[str, ...]:
    """What so many values of these forms and sorts have in common: few forms, else a sort; empty where nothing.

    A sort whose forms are many stands there with a mark before it.
    """
    if "" in sorts:
        return ()
    few = len(forms) <= MAX_FORMS and 2 * len(forms) <= values
    return tuple(sorted(forms if few else {_ANY + sort for sort in sorts}))


def has_one(value: Json | Nothing, forms: Collection[str]) -> bool:
    """Whether a value is of one of these."""
    return form_of(value) in forms or _ANY + sort_of(value) in forms


def told(forms: Iterable[str]) -> str:
    """These forms in words."""
    return " or ".join(form.removeprefix(_ANY) for form in forms)
