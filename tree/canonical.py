"""Canonical bytes and the ids made of them: the one place that hashes.

Two messages with equal canonical bytes are the same to a model. Members are ordered by name, a tool call's
arguments count by value and not by spelling, and neighbouring texts stay apart, for a model sees the seam.
The digests carry a tag, so that a change of this module's rules can never be mistaken for another message.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import NewType

import msgspec
from msgspec import Struct

from tree.message import Conversation, Json, Message, Part, Scope, Text, ToolCall

RULES = b"rote.1"
"""Names the rules of this module inside every digest."""

NodeId = NewType("NodeId", bytes)
"""16-byte BLAKE2b digest of the parent id and the canonical message."""

ScopeId = NewType("ScopeId", bytes)
"""16-byte BLAKE2b digest of a scope; the root of its part of the tree."""

MessageId = NewType("MessageId", bytes)
"""What a store knows a message by, exactly as it was, spelling included; another store may know it by another."""


def _exact(spelling: str) -> float:
    value = float(spelling)
    if Decimal(spelling) != Decimal(repr(value)):
        raise ValueError(f"{spelling} has no equal among the floats")
    return value


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(float_hook=_exact).decode
_NO_VALUE = (ValueError, ArithmeticError, RecursionError)
"""What decoding raises for arguments that have no value which can be told from its neighbours."""

_HASHERS = {
    # To copy one is half the price of making one.
    kind: hashlib.blake2b(digest_size=16, person=RULES, salt=kind)
    for kind in (b"message", b"scope", b"node", b"spelling")
}


def canonical_json(value: Json) -> bytes:
    """JSON that is the same for equal values: members ordered by name, integers exact."""
    return _encode(value)


def canonical_message(message: Message) -> bytes:
    """Bytes that are equal for messages which say the same."""
    parts = message.parts
    if len(parts) == 1 and type(parts[0]) is Text:
        return _encode((message.role, parts[0]))  # most are like this
    return _encode([message.role, *map(_canonical_part, parts)])


def canonical_arguments(arguments: str) -> str:
    """A call's arguments, equal for equal values; as they are where they have no value."""
    try:
        return _encode(_decode(arguments)).decode()
    except _NO_VALUE:
        return arguments


def message_digest(payload: bytes) -> bytes:
    """16 bytes that name an encoded message by all of its bytes."""
    return _digest(b"message", payload)


def scope_id(scope: Scope) -> ScopeId:
    """Name a scope."""
    return ScopeId(_digest(b"scope", _encode(scope)))


def node_id(parent: NodeId | ScopeId, message: Message) -> NodeId:
    """Name `message` below `parent`: equal prefixes get equal ids, so they share rows."""
    return NodeId(_digest(b"node", parent, canonical_message(message)))


def path_of(conversation: Conversation) -> list[NodeId]:
    """The ids of every prefix of a conversation, shortest first."""
    return path_below(scope_id(conversation.scope), conversation.messages)


class Place(Struct, frozen=True):
    """Where a conversation ends."""

    scope: ScopeId
    path: list[NodeId]
    """The ids of its prefixes, shortest first; empty where nothing is said yet."""

    @property
    def end(self) -> NodeId:
        """The node that its answer hangs at."""
        return self.path[-1] if self.path else NodeId(self.scope)


def path_below(scope: ScopeId, messages: Iterable[Message]) -> list[NodeId]:
    """The same for messages in a scope whose id is known; each message is encoded and hashed once."""
    path: list[NodeId] = []
    parent: NodeId | ScopeId = scope
    # As `node_id` does it, without the price of two calls: histories have hundreds of messages.
    fresh = _HASHERS[b"node"].copy
    for message in messages:
        hasher = fresh()
        hasher.update(parent + canonical_message(message))
        parent = NodeId(hasher.digest())
        path.append(parent)
    return path


def spelling_of(conversation: Conversation) -> bytes:
    """16 bytes that name how a conversation is spelt, where equal ones may differ: its ids, and its arguments.

    Whoever signs a part of a history may have signed that too.
    """
    parts = (part for message in conversation.messages for part in message.parts)
    arguments = [part.arguments for part in parts if isinstance(part, ToolCall)]
    return _digest(b"spelling", _encode([conversation.ids, arguments]))


def keyed_hash(key: bytes, secret: bytes) -> str:
    """32 hex digits that stand for a secret and do not tell it without `key`."""
    return hashlib.blake2b(secret, digest_size=16, key=key, person=RULES).hexdigest()


def content_digest(content: bytes) -> str:
    """32 hex digits that name bytes which are not kept."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _canonical_part(part: Part) -> Json:
    if not isinstance(part, ToolCall):
        return part
    try:
        return ["call", part.call, part.name, _decode(part.arguments)]
    except _NO_VALUE:
        return ["call?", part.call, part.name, part.arguments]


def _digest(kind: bytes, *pieces: bytes) -> bytes:
    hasher = _HASHERS[kind].copy()
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()
