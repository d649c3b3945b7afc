"""Why a decision was made, as plain values that encode themselves: what was known, what was read, what it rests on.

They hold words for a person and short pieces of what was said, never a message as a whole, and stand for themselves:
none refers to what was learnt, which goes on changing.
"""

from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from tree.message import Json, Usage

MAX_CHARS = 200
"""Of a value that is shown; the rest of a longer one is cut off."""


class Binding(Struct, frozen=True, omit_defaults=True):
    """A place of the context that was read, and what stands there."""

    place: str
    value: Json
    """A scalar; a number that is no integer as text."""
    idle: bool = False
    """Whether nothing reads it: neither a program of the answer, nor a condition."""
    item: int = -1
    """Which item of the conversation, in the order of `tree.reading.order`; -1 where nobody knows."""


class Derivation(Struct, frozen=True, omit_defaults=True):
    """How one value of an answer was made."""

    leaf: str
    """Which value: an argument's name, or `the text`."""
    value: Json
    program: str
    """In words."""
    agreeing: int = 0
    """Further programs, nearly as simple, that give the same."""


class Evidence(Struct, frozen=True, omit_defaults=True):
    """What a prediction rests on: `tree.judgement.evidence.Standing`, in the whole numbers that the log shows."""

    view: str
    """Which part of the context was looked at: `path`, `round`, `loop`, `goal`, `step`."""
    kind: str = field(name="class")
    """What sort of prediction it is: `seen`, `copy`, `transform`, `hard`, `guarded`, `free`."""
    clean: int = 0
    """Tests passed since the last failure."""
    needed: int = 0
    failures: int = 0
    """Those that are not made up for by clean tests."""
    tests: int = 0
    """Of answers like it, in this scope."""
    errors: int = 0
    lent: int = 0
    """Tests that were made before delivery, and count on top."""
    bound: float = 0.0
    """What share of answers like it is wrong at most; it must not exceed `limit`."""
    limit: float = 0.0
    foreseen: str = ""
    """The last mistake: what was foreseen then, in short."""
    came: str = ""
    """And what came instead."""
    mistaken_at_ns: int = 0


class Opinion(Struct, frozen=True, omit_defaults=True):
    """What one view of the context would have answered, or why nothing."""

    view: str
    says: str
    evidence: Evidence | None = None


class Difference(Struct, frozen=True, omit_defaults=True):
    """Where the nearest recorded branch differs."""

    where: str
    ours: str = ""
    theirs: str = ""
    likeness: float = 0.0
    node: str = ""


class Explanation(Struct, frozen=True, omit_defaults=True):
    """Why a request was answered so, or not at all."""

    messages: int = 0
    """How many the conversation has."""
    known: int = 0
    """How many of them, from the first on, stand on a recorded path."""
    node: str = ""
    """Where that path ends, in hex."""
    reasons: tuple[str, ...] = ()
    """For a miss, in whole clauses."""
    answer: str = ""
    """For a hit, what is said or called, in a line."""
    bindings: tuple[Binding, ...] = ()
    programs: tuple[Derivation, ...] = ()
    guards: tuple[str, ...] = ()
    evidence: Evidence | None = None
    opinions: tuple[Opinion, ...] = ()
    """Of all views that were asked, the most specific one first."""
    nearest: Difference | None = None
    recorded_at_ns: int = 0
    """When the answer, or the one that it is modelled on, was observed; 0 where there is none."""
    recorded_ms: int = 0
    """How long the provider took then."""
    template: str = ""
    """For an answer that was foreseen: the learnt template that foresaw it, in hex; it may be gone since."""


class Aftermath(Struct, frozen=True, omit_defaults=True):
    """What came of a request that a provider was asked, known once its answer has been read."""

    usage: Usage | None = None
    """None where the answer could not be read."""
    provider_ms: int = 0
    verdict: str = ""
    """How it compares with what memory said, or in shadow would have said: `same`, `different`, `unknown`, `unread`."""
    instead: str = ""
    """What the provider said, in a line, where that is something else."""


class Decided(Struct, frozen=True, omit_defaults=True):
    """A decision about a request, as it stands in the log."""

    at_ns: int
    outcome: str
    detail: str
    api: str = ""
    origin: str = ""
    model: str = ""
    tenant: str = ""
    """Keyed hash of the credential."""
    node: str = ""
    """For a hit: what answered, in hex."""
    latency_ms: float = 0.0
    """From the last byte of the request to the decision."""
    proxy: str = ""
    """Names the process that decided, for as long as it had the store open."""
    explanation: Explanation | None = None
    usage: Usage | None = None
    """Tokens: of a hit those that it saved, else those that the provider counted; None where nobody knows."""
    provider_ms: int = 0
    """How long the provider took: for this request, or, of a hit, when its answer was recorded; 0 if unknown."""
    verdict: str = ""
    """As in `Aftermath`; of an audit, and of a hit that was audited; empty where nothing was compared."""
    instead: str = ""
    asked: str = ""
    """Of a request that was forwarded: the node that its answer is recorded at, if it is, in hex."""
    number: int = 0
    """Its place in the log, from 1; 0 until it stands there."""


def amended(decided: Decided, after: Aftermath) -> Decided:
    """The decision with what came of it; what a hit saved stays as it is."""
    if decided.usage is not None:
        return replace(decided, verdict=after.verdict, instead=after.instead)
    return replace(
        decided,
        usage=after.usage,
        provider_ms=after.provider_ms,
        verdict=after.verdict,
        instead=after.instead,
    )


def scalar(value: Json) -> Json:
    """The value as it may stand in an explanation."""
    if isinstance(value, str):
        return cut(value)
    return str(value) if isinstance(value, Decimal | float) else value


def cut(text: str, chars: int = MAX_CHARS) -> str:
    """The text, or its beginning where it is long."""
    return text if len(text) <= chars else text[: chars - 1] + "…"
