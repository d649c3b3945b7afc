"""What is taken down of a decision while its client waits, and what is made of it afterwards.

A note is one small value that refers to what there is already; nothing is put into words before the recorder's
thread has time for it.
"""

from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from addon.decision import AUDIT, Decision
from tree.canonical import path_of, scope_id
from tree.explaining.explanation import Decided, Explanation
from tree.explaining.telling import explained_hit, explained_miss
from tree.memory import Hit, Memory, Miss
from tree.message import Conversation

BRANCHES = 64
"""Recorded branches that a miss is compared with; 0.1 ms each where texts are long."""


class Note(Struct, frozen=True):
    """A decision, and what it was made of."""

    decision: Decision
    conversation: Conversation
    """Where it was answered from memory, without its messages: a thousand long ones would wait here."""
    messages: int
    """How many it has."""
    api: str
    origin: str
    hit: Hit | None
    miss: Miss | None
    at_ns: int
    latency_ms: float
    audit: bool = False
    """Whether the request only compares the provider's answer with what was served; `hit` is that."""


def written(note: Note, memory: Memory, proxy: str, *, compare: bool) -> Decided:
    """The note as it stands in the log; `compare` looks for the nearest branch of a miss, which takes milliseconds.

    Raises:
        TreeError: The store cannot be read.
    """
    scope, served = note.conversation.scope, note.decision.hit and note.hit
    return Decided(
        at_ns=note.at_ns,
        outcome=AUDIT if note.audit else note.decision.outcome.value,
        detail=note.decision.words,
        api=scope.api or note.api,
        origin=scope.origin or note.origin,
        model=scope.model,
        tenant=scope.tenant,
        node=note.decision.key,
        asked=_asked(note).hex() if note.decision.stored else "",
        latency_ms=note.latency_ms,
        proxy=proxy,
        explanation=_explained(note, memory, compare=compare),
        usage=served.answer.usage if served else None,
        provider_ms=served.latency_ms if served else 0,
    )


def _asked(note: Note) -> bytes:
    """Where the answer hangs; whoever looked for one there knows."""
    return (note.miss and note.miss.asked) or path_of(note.conversation)[-1]


def instant(at_ns: int) -> str:
    """A moment as RFC 3339 spells it, to the millisecond."""
    moment = datetime.fromtimestamp(at_ns / 1_000_000_000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _explained(note: Note, memory: Memory, *, compare: bool) -> Explanation | None:
    if note.hit is not None:
        why = explained_hit(note.hit, note.miss, note.messages)
        if note.hit.foreseen:
            key = note.hit.foreseen.prediction.view.key
            why = replace(why, template=(scope_id(note.conversation.scope) + key).hex())
        said = note.decision.note
        # What was declared is explained already.
        return replace(why, guards=(*why.guards, said)) if said and not note.hit.declared else why
    if note.miss is None:
        return None
    # Where all messages are known there is nothing to be near to.
    compare = compare and note.miss.known < note.messages
    nearest = memory.nearest(note.conversation, note.miss, BRANCHES) if compare else None
    if nearest and nearest.our_message and nearest.our_message == nearest.their_message:
        nearest = None  # recorded since, by another request: it was not known when this was decided
    why = explained_miss(note.miss, note.messages, nearest)
    # What is new about the scope follows the first reason, which alone is told to whoever did not ask.
    new = memory.stranger(note.conversation.scope) if compare and not note.miss.known else ""
    return replace(why, reasons=(*why.reasons[:1], new, *why.reasons[1:])) if new else why
