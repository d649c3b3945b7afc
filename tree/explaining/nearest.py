"""The recorded branch that a conversation comes nearest to, for a person who asks why it is not known.

Only what lies below the same parent is compared, and only scopes of the same tenant: nobody is shown what
another one said.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import assert_never

from msgspec import Struct, to_builtins
from rapidfuzz import fuzz
from rapidfuzz.distance import Postfix, Prefix

from tree.canonical import NodeId, ScopeId, canonical_json, path_below, scope_id
from tree.errors import DamagedRowError
from tree.message import (
    Conversation,
    Json,
    Media,
    Message,
    Opaque,
    Part,
    Scope,
    Text,
    ToolCall,
    ToolResult,
)
from tree.store.index import Index
from tree.store.journal import Journal
from tree.store.tables import Reader

MAX_BRANCHES = 256
_SCOPES_A_BRANCH = 4
"""Scopes are compared by this many for one branch: there is less text in them."""
_COMPARED_CHARS = 4000
_SHOWN_CHARS = 200
_CONTEXT_CHARS = 30
_NAMED_DIFFERENCES = 3


class Nearest(Struct, frozen=True):
    """Where a conversation and the recorded branch nearest to it part."""

    where: str
    """What differs: `message 3 (tool)`, `model`, `settings.tools[2].name` …"""
    ours: str
    """The differing span as it is now, with a little before and after it; empty where there is nothing."""
    theirs: str
    """The same as it was recorded."""
    likeness: float
    """From 0 to 1, of the texts compared."""
    node: NodeId | None = None
    """The recorded branch, or the node where it ends; None where not even a first message is known."""
    our_message: Message | None = None
    """None where the conversation ends before the branch."""
    their_message: Message | None = None
    """None where the branch ends before the conversation."""


def nearest_branch(
    txn: Reader, index: Index, conversation: Conversation, known: int, most: int = MAX_BRANCHES
) -> Nearest | None:
    """Compare with up to `most` branches behind the first `known` messages; None if nothing may be compared."""
    root = scope_id(conversation.scope)
    if not index.journal.knows_scope(txn, root):
        return _nearest_scope(txn, index.journal, conversation.scope, _SCOPES_A_BRANCH * most)
    path = path_below(root, conversation.messages[:known])
    parent = path[-1] if path else None
    ours = conversation.messages[known] if known < len(conversation.messages) else None
    branches = list(_branches(txn, index, parent or root, most))
    if not branches:
        return _apart(known, 0.0, parent, ours, None) if ours else None
    # `max` takes the first of equals, and branches come in the order of their ids.
    scored = [(_likeness(ours, theirs), child, theirs) for child, theirs in branches]
    likeness, child, theirs = max(scored, key=lambda branch: branch[0])
    return _apart(known, likeness, child, ours, theirs)


def plain(message: Message | None) -> str:
    """A message as a person reads it, one part a line; empty if there is none."""
    return "\n".join(map(_plain_part, message.parts)) if message else ""


def _plain_part(part: Part) -> str:
    match part:
        case Text():
            return part.text
        case ToolCall():
            return f"{part.name}({part.arguments})"
        case ToolResult():
            return "\n".join(map(_plain_part, part.parts))
        case Media():
            return f"[{part.kind}, {part.size_bytes} bytes, {part.digest}]"
        case Opaque():
            return f"[{part.kind}] {canonical_json(part.value).decode()}"
        case _:
            assert_never(part)


def _branches(
    txn: Reader, index: Index, parent: NodeId | ScopeId, most: int
) -> Iterator[tuple[NodeId, Message]]:
    for child in index.children(txn, parent, most):
        with suppress(DamagedRowError):
            yield child, index.journal.message(txn, index.journal.step(txn, child).message)


def _likeness(ours: Message | None, theirs: Message) -> float:
    if ours is None:
        return 0.0
    same_role = ours.role == theirs.role
    texts = plain(ours)[:_COMPARED_CHARS], plain(theirs)[:_COMPARED_CHARS]
    return (int(same_role) + fuzz.ratio(*texts) / 100) / 2


def _apart(
    known: int, likeness: float, node: NodeId | None, ours: Message | None, theirs: Message | None
) -> Nearest:
    role = ours.role if ours else theirs.role if theirs else ""
    spans = _spans(plain(ours), plain(theirs))
    return Nearest(f"message {known + 1} ({role})", *spans, likeness, node, ours, theirs)


def _spans(ours: str, theirs: str) -> tuple[str, str]:
    start = Prefix.similarity(ours, theirs)
    tail = Postfix.similarity(ours[start:], theirs[start:])
    return _shown(ours, start, len(ours) - tail), _shown(theirs, start, len(theirs) - tail)


def _shown(text: str, start: int, stop: int) -> str:
    first, last = max(0, start - _CONTEXT_CHARS), min(len(text), stop + _CONTEXT_CHARS)
    last = min(last, first + _SHOWN_CHARS)
    return "…" * (first > 0) + text[first:last] + "…" * (last < len(text))


def _nearest_scope(txn: Reader, journal: Journal, ours: Scope, most: int) -> Nearest | None:
    best: list[_Difference] | None = None
    for key in islice(journal.scopes(txn), most):
        with suppress(DamagedRowError):
            theirs = journal.scope(txn, key)
            if theirs.tenant != ours.tenant:
                continue
            apart = list(_differences(to_builtins(ours), to_builtins(theirs), ""))
            if best is None or len(apart) < len(best):
                best = apart
    if not best:
        return None
    where = ", ".join(difference.where for difference in best[:_NAMED_DIFFERENCES])
    spans = _spans(_json(best[0].ours), _json(best[0].theirs))
    return Nearest(where, *spans, 1 / (1 + len(best)))


class _Difference(Struct, frozen=True):
    where: str
    ours: Json
    theirs: Json


def _differences(ours: Json, theirs: Json, where: str) -> Iterator[_Difference]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours | theirs:
            place = f"{where}.{key}" if where else key
            yield from _differences(ours.get(key), theirs.get(key), place)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for at, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from _differences(mine, other, f"{where}[{at}]")
    elif _json(ours) != _json(theirs):
        yield _Difference(where, ours, theirs)


def _json(value: Json) -> str:
    return "" if value is None else canonical_json(value).decode()
