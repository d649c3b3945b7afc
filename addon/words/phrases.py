"""A decision in words for a person, the same on a terminal and on the page: plain texts, knowing of neither."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from addon.decision import AUDIT, Outcome
from addon.figures.prices import Prices
from addon.figures.worth import worth
from addon.words import wording
from tree.explaining.explanation import Binding, Decided, Difference, Evidence, Explanation
from tree.explaining.telling import CLASSES, VIEWS

HEADLINES: dict[str, str] = {
    Outcome.HIT_LITERAL: "answered from memory",
    Outcome.HIT_TEMPLATE: "answered from what was learnt",
    Outcome.MISS: "sent to the provider",
    Outcome.BYPASS: "passed by",
    Outcome.UNAVAILABLE: "refused",
    AUDIT: "sent to the provider, to audit what was served",
}
SHORT: dict[str, str] = {
    Outcome.HIT_LITERAL: "repeat",
    Outcome.HIT_TEMPLATE: "learnt",
    Outcome.MISS: "miss",
    Outcome.BYPASS: "bypass",
    Outcome.UNAVAILABLE: "refused",
    AUDIT: "audit",
}
VERDICTS = {
    "same": "the provider's answer is the same",
    "different": "the provider answered otherwise",
    "unknown": "the provider said it in other words, which may mean the same",
    "unread": "the provider's answer could not be compared",
}
_SHADOW = {
    "same": "it would have been right",
    "different": "it would have been wrong",
    "unknown": "the provider said it in other words, which may mean the same",
    "unread": "the provider's answer could not be compared",
}
_LONG_MS = 1_000
_IDLE = 3
"""Values that nothing reads are told up to this number."""


def headline(outcome: str) -> str:
    """What became of a request, in a few words."""
    return HEADLINES.get(outcome, outcome)


def short(outcome: str) -> str:
    """What became of a request, in a word."""
    return SHORT.get(outcome, outcome)


def in_short(one: Decided) -> str:
    """The answer that was given, or the last and most exact of the reasons why there was none."""
    why = one.explanation
    if why is None or why.reasons or not why.answer:
        return "; ".join(why.reasons[-1:]) if why and why.reasons else one.detail
    return why.answer


def about(one: Decided) -> str:
    """Who was asked, and how long the decision took."""
    parts = (
        one.model,
        f"at {one.origin}" if one.origin else "",
        one.api,
        f"decided in {took(one.latency_ms)}",
    )
    return " · ".join(filter(None, parts))


def reasons(one: Decided) -> Iterator[str]:
    """Why there was no answer, in sentences; nothing for one that there was."""
    why = one.explanation
    if why is None or (not why.reasons and one.outcome in (Outcome.MISS, AUDIT)):
        yield sentence(one.detail)
    else:
        yield from map(sentence, why.reasons)


def in_shadow(verdict: str) -> str:
    """What the provider's answer says of the one that would have been served."""
    return _SHADOW.get(verdict, verdict)


def verdict(one: Decided) -> Iterator[str]:
    """How the provider's own answer compared with memory's, in sentences; nothing where nobody compared them."""
    if not one.verdict:
        return
    shadow = one.outcome == Outcome.MISS
    yield sentence(in_shadow(one.verdict) if shadow else VERDICTS.get(one.verdict, one.verdict))
    if one.instead:
        ours = one.explanation.answer if one.explanation else ""
        yield f"Memory: {ours}"
        yield f"Provider: {one.instead}"


def cost(one: Decided, prices: Prices) -> str:
    """What a request saved, or what the provider's answer cost; empty where nobody knows."""
    if one.usage is None:
        return ""
    cost = worth(one, prices)
    money = f", {wording.money(cost.usd)}," if cost.usd is not None else ""
    tokens = f"{wording.count(cost.tokens, 'token')}{money}"
    if one.outcome in (Outcome.HIT_LITERAL, Outcome.HIT_TEMPLATE):
        return f"saved {tokens} and {took(cost.seconds * 1_000)} of waiting"
    return f"cost {tokens} and {took(cost.seconds * 1_000)} of waiting"


def path(why: Explanation, *, named: bool = True) -> str:
    """How far the conversation was known, and of when the answer is; `named` says at which node that is."""
    node = f" (node {why.node[:12]})" if why.node and named else ""
    messages = wording.count(why.messages, "message")
    how_far = f"all {messages}" if why.messages == why.known else f"{why.known} of {messages}"
    return f"{how_far} known{node}{_recorded(why)}"


def _recorded(why: Explanation) -> str:
    if not why.recorded_at_ns:
        return ""
    how_long = f", when the provider took {took(why.recorded_ms)}" if why.recorded_ms else ""
    return f"; the answer it rests on is of {day(why.recorded_at_ns)}{how_long}"


def bindings(why: Explanation) -> tuple[list[Binding], int]:
    """The values worth telling, those that something reads first; and how many others there are."""
    idle = [one for one in why.bindings if one.idle]
    used = [one for one in why.bindings if not one.idle]
    return used + idle[:_IDLE], len(idle[_IDLE:])


def agreeing(number: int) -> str:
    """How many further programs say the same; empty if none does."""
    if not number:
        return ""
    return f"{wording.count(number, 'other program')} {'agrees' if number == 1 else 'agree'}"


def evidence(one: Evidence) -> str:
    """What a prediction rests on."""
    failed = f", after {wording.count(one.failures, 'failure')}" if one.failures else ""
    return (
        f"{wording.count(one.clean, 'clean test')}, {one.needed} needed{failed}: "
        f"{CLASSES.get(one.kind, one.kind)}, seen in {view(one.view)}"
    )


def tests(one: Evidence) -> str:
    """The same in short."""
    return f"{wording.count(one.clean, 'clean test')}, {one.needed} needed"


def view(name: str) -> str:
    """What part of the context a view looks at."""
    return VIEWS.get(name, name)


def nearest(one: Difference, *, named: bool = True) -> str:
    """Where the nearest branch differs, in a clause; `named` says at which node it is."""
    node = f" (node {one.node[:12]})" if one.node and named else ""
    if not one.theirs:
        return f"all that is recorded here{node} ends before {one.where}"
    return f"the nearest known branch{node} is {one.likeness:.0%} alike and differs in {one.where}"


def opinions_differ(why: Explanation) -> bool:
    """Whether the views of the context say more than the reason does already: not where all are silent alike."""
    return len({one.says for one in why.opinions}) > 1 or any(one.evidence for one in why.opinions)


def sentence(text: str) -> str:
    """A clause as a sentence; a name that it begins with stays as it is spelt."""
    named = "_" in text.partition(" ")[0]
    return (text if named else text[:1].upper() + text[1:]) + ("" if text.endswith(".") else ".")


def took(ms: float) -> str:
    """A short time."""
    return f"{ms:.1f} ms" if ms < _LONG_MS else wording.duration(ms / 1_000)


def ago(at_ns: int) -> str:
    """How long ago a moment was, and when."""
    seconds = max(0, time.time_ns() - at_ns) / 1_000_000_000
    return f"{wording.duration(seconds)} ago, at {clock(at_ns)}"


def clock(at_ns: int) -> str:
    """A moment, without its day where that is today."""
    moment = datetime.fromtimestamp(at_ns / 1_000_000_000, UTC).astimezone()
    today = datetime.now(UTC).astimezone().date()
    return f"{moment:%H:%M:%S}" if moment.date() == today else f"{moment:%Y-%m-%d %H:%M}"


def day(at_ns: int) -> str:
    """A moment with its day."""
    return f"{datetime.fromtimestamp(at_ns / 1_000_000_000, UTC).astimezone():%Y-%m-%d %H:%M:%S}"
