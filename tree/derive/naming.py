"""Operators that spell words as names: slugs, snake, kebab and camel case, initials, padding, marks left out.

All of these keep the letters and digits of a text and their order, so the sources that a name may come from are
found by their letters alone.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator

from tree.derive.program import NOTHING, Apply, Nothing, operator
from tree.derive.sources import Sources, letters
from tree.message import Json

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_RUN = re.compile(r"[^\W_]+")
_LONG = 300
_MARKS = (" ", "-", "_", ".", ",", "/", ":", "(", ")", "+", "#", "'")
_MAX_WIDTH = 20
_MAX_INITIALS = 6


def _humps(text: str) -> list[str]:
    """Words, also where only a capital begins them."""
    return _WORD.findall(text)


def _runs(text: str) -> list[str]:
    return _RUN.findall(text)


def _ascii(text: str) -> str:
    """Letters without their accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _camel(words: list[str]) -> str:
    return "".join(
        word.lower() if not at else word[:1].upper() + word[1:].lower()
        for at, word in enumerate(words)
    )


_STYLES: dict[str, Callable[[str], str]] = {
    "a slug": lambda text: "-".join(_runs(text)).lower(),
    "a slug in ASCII": lambda text: "-".join(_runs(_ascii(text))).lower(),
    "a slug without apostrophes": lambda text: "-".join(_runs(re.sub("['\u2019]", "", text))).lower(),
    "snake case": lambda text: "_".join(_humps(text)).lower(),
    "snake case of its words": lambda text: "_".join(_runs(text)).lower(),
    "kebab case": lambda text: "-".join(_humps(text)).lower(),
    "upper snake case": lambda text: "_".join(_humps(text)).upper(),
    "camel case": lambda text: _camel(_humps(text)),
    "camel case of its words": lambda text: _camel(_runs(text)),
    "Pascal case": lambda text: "".join(word[:1].upper() + word[1:].lower() for word in _humps(text)),
    "dotted words": lambda text: ".".join(_runs(text)).lower(),
    "words": lambda text: " ".join(_humps(text)).lower(),
    "capitalised words": lambda text: " ".join(word.capitalize() for word in _humps(text)),
    "one word": lambda text: "".join(_runs(text)).lower(),
}  # fmt: skip


@operator("named", 1.3, "{0} as {1}")
def _named(value: Json, style: str) -> Json | Nothing:
    if not isinstance(value, str) or len(value) > _LONG:
        return NOTHING
    return _STYLES[style](value) or NOTHING


_CUTS: dict[str, Callable[[str], list[str]]] = {
    "every word": str.split,
    "every run of letters": _runs,
    "every word with a capital": lambda text: [own for own in text.split() if own[0].isupper()],
}
"""People disagree about `van` and `O'Hara`; where these ways do, nothing is served."""


@operator("initials", 1.6, "the initials of {1} of {0}, {2}")
def _initials(value: Json, of: str, case: str, after: str) -> Json | Nothing:
    if not isinstance(value, str) or len(value) > _LONG:
        return NOTHING
    made = "".join(f"{word[0]}{after}" for word in _CUTS[of](value))
    return (made.upper() if case == "in capitals" else made) or NOTHING


@operator("padded", 1.6, "{0} with zeros in front, {1} digits")
def _padded(value: Json, width: int) -> Json | Nothing:
    said = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(said, str) or not (said.isascii() and said.isdigit()) or len(said) > width:
        return NOTHING
    return said.zfill(width)


@operator("without", 1.5, "{0} without {1}")
def _without(value: Json, mark: str) -> Json | Nothing:
    return value.replace(mark, "") or NOTHING if isinstance(value, str) else NOTHING


@operator("replaced", 1.5, "{0} with {2} for {1}")
def _replaced(value: Json, mark: str, other: str) -> Json | Nothing:
    return value.replace(mark, other) if isinstance(value, str) else NOTHING


def ways(sources: Sources, wanted: str) -> Iterator[Apply]:
    """Programs that spell a source as the name that is wanted."""
    if len(wanted) > _LONG:
        return
    key = letters(wanted)
    for source, value in sources.by_letters.get(key, ()) if key else ():
        if value != wanted:
            for op, args in _respelt(value, wanted):
                yield Apply(op, (source,), args)
    if (
        wanted.isdigit()
        and wanted.isascii()
        and wanted.startswith("0")
        and len(wanted) <= _MAX_WIDTH
    ):
        for source in sources.by_text.get(wanted.lstrip("0") or "0", ()):
            yield Apply("padded", (source,), (len(wanted),))
    yield from _abbreviated(sources, wanted)


def _respelt(value: str, wanted: str) -> Iterator[tuple[str, tuple[Json, ...]]]:
    for style, spell in _STYLES.items():
        if spell(value) == wanted:
            yield "named", (style,)
    for mark in _MARKS:
        if mark in value:
            if value.replace(mark, "") == wanted:
                yield "without", (mark,)
            for other in _MARKS:
                if other in wanted and value.replace(mark, other) == wanted:
                    yield "replaced", (mark, other)
    if wanted.isdigit():
        yield "digits", ()


def _abbreviated(sources: Sources, wanted: str) -> Iterator[Apply]:
    bare = wanted.replace(".", "")
    if not 2 <= len(bare) <= _MAX_INITIALS or not bare.isalpha() or not bare.isupper():  # noqa: PLR2004
        return
    after = "" if bare == wanted else "."
    for source, value in sources.values:
        if (
            isinstance(value, str)
            and len(bare) < len(value) <= _LONG
            and value[0].upper() == bare[0]
        ):
            for of in _CUTS:
                for case in ("in capitals", "as they are"):
                    yield Apply("initials", (source,), (of, case, after))
