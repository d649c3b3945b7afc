"""One learnt template as a person looks at it: what it reads, what it answers, under which condition, on what evidence.

A template is what learning made of one view of many contexts: the patterns of what was said there, with slots, and
for each way to go on a program for every value of the answer.
"""

from collections.abc import Mapping

from msgspec import Struct

from tree.canonical import ScopeId
from tree.judgement.streak import Mistake
from tree.message import Json
from tree.reading.item import Path

_SCOPE_DIGITS, _VIEW_DIGITS = 32, 2
"""At the beginning, and at the end, of a template's id."""

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


def own_id(template: str) -> str:
    """What a template is called for short: its id without the scope, and the view that it is of before all else.

    Keys of views that see the same begin alike, so that they lie together.
    """
    own = template[_SCOPE_DIGITS:]
    return own[-_VIEW_DIGITS:] + own[:-_VIEW_DIGITS]
