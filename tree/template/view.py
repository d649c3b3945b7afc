"""Views: the parts of a context that an answer may depend on, from all of it to the last step.

One path through a whole conversation is seen too seldom to learn from where histories grow, loop, or begin with
small talk. A view leaves items out and so brings together turns that the full path keeps apart; whether what it
leaves out mattered is for the evidence to say, which is counted per view. The views, most specific first:

* `path`: everything.
* `round`: the system prompt, and the last message of the user with all that followed it.
* `loop`: the same, with runs of like steps put together (see `loop`).
* `goal`: the system prompt, the last message of the user, and the last step: the last calls and their results.
* `step`: the system prompt and the last step alone.

A further view was tried and dropped: one for which any wording would do, told apart by the words that mattered so
far. It served little (5 of 165 tool calls of recorded support agents, 23 of 1,400 of office agents) and a word that it
had never seen did not stop it: after "find the item", "do not find the item" was answered alike.
"""

import hashlib
from collections.abc import Sequence

from msgspec import Struct

from tree.reading.item import Item
from tree.template.loop import has_next, looped

VIEWS = ("path", "round", "loop", "goal", "step")
ROOTLESS = frozenset({"step"})
"""Views without the user's own words: only other conversations can confirm what they say."""
PARTIAL = frozenset({"loop", "goal", "step"})
"""Views that leave out earlier steps; how often the last one was repeated is part of their key."""
MAX_AGAIN = 4
HEADS = ("system", "developer")
"""Kinds of items that stand above a conversation."""


class View(Struct, frozen=True, gc=False):
    """Some items of a context, under a key that equal kinds of context share."""

    kind: str
    frame: tuple[Item, ...]
    key: bytes
    deaf: bool = False
    """Whether it leaves out something that the user said."""


def views(items: Sequence[Item]) -> list[View]:
    """The views of a context, most specific first; two may see the same and are still learnt from apart."""
    # Lists, not generators, for there may be a thousand items and a request waits.
    head = tuple([item for item in items if item.kind in HEADS])
    body = tuple([item for item in items if item.kind not in HEADS])
    users = [at for at, item in enumerate(body) if item.kind == "user"]
    until = users[-1] + 1 if users else 1
    asked = _run(body, until) if users else 0
    step = _step(body)
    whole = (*head, *body)
    # One object where two see the same: what was found out for one is at hand for the other.
    frames = {"path": whole, "round": head + body[asked:] if asked else whole}
    if step is not None:
        if asked < step:
            frames["loop"] = head + looped(body[asked:])
            frames["goal"] = (*head, *body[asked:until], *body[step:])
        frames["step"] = head + body[step:]
    out: list[View] = []
    for kind in VIEWS:
        frame = frames.get(kind)
        if frame:
            deaf = [item.kind for item in frame].count("user") < len(users)
            counts = kind in PARTIAL and step is not None and not has_next(frame)
            again = _again(body, step) if counts and step is not None else 0
            out.append(View(kind, frame, view_key(kind, frame, again), deaf))
    return out


def _run(body: Sequence[Item], until: int) -> int:
    """Where what the user said up to `until` begins: a message may have several parts, a picture among them."""
    at = until
    while at and body[at - 1].kind == "user":
        at -= 1
    return at


def _step(body: Sequence[Item]) -> int | None:
    """Where the last calls begin, if only their results follow."""
    at = len(body)
    while at and body[at - 1].kind in ("result", "error"):
        at -= 1
    if at == len(body):
        return None
    while at and body[at - 1].kind == "call":
        at -= 1
    return at


def _again(body: Sequence[Item], step: int) -> int:
    """How often the same tools had just brought the same results, whatever they were asked, without another in between.

    Whoever retries gives up some time: after the third failure in a row something else follows than after the first.
    """
    last = _brought(body[step:])
    count, at = 0, step - len(last)
    while count < MAX_AGAIN and at >= 0 and _brought(body[at : at + len(last)]) == last:
        count, at = count + 1, at - len(last)
    return count


def _brought(items: Sequence[Item]) -> list[tuple[str, str, str]]:
    return [(item.kind, item.name, "" if item.kind == "call" else item.text) for item in items]


def kind_of(key: bytes) -> str:
    """Which view a key is of."""
    return VIEWS[key[-1] // (MAX_AGAIN + 1)]


def view_key(kind: str, frame: Sequence[Item], again: int) -> bytes:
    """What equal kinds of context share; empty where something in it was never read before."""
    keys = [item.key for item in frame]
    if not all(keys):
        return b""
    content = "\n".join(keys)
    # Views that see the same are neighbours in a store, and read together.
    own = VIEWS.index(kind) * (MAX_AGAIN + 1) + again
    return hashlib.blake2b(content.encode(), digest_size=15).digest() + bytes([own])
