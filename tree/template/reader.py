"""Conversations into items: each part is read, and named by the template that it is an instance of.

Structured parts are named by their shape; texts by their template in the library of their family, which is a
scope, a kind and a tool, so that what one client says never shapes what another one is served. Values within a text,
such as tables, are no part of its template; they follow its slots in the tree. Readings are kept by
text, so a conversation that grew by one turn costs one turn.
"""

import hashlib
from collections.abc import Callable

import msgspec

from tree.message import Conversation, Json, Media, Message, Opaque, Text, ToolCall, ToolResult
from tree.reading.item import Item, shape
from tree.reading.reading import parts, whole
from tree.reading.structure import decode
from tree.template.library import Library

_BROUGHT = ("user", "result")
"""What is brought in from outside, and may hold anything; not what orders the agent about."""
_MAX_KEPT = 20_000
_MAX_KEPT_CHARS = 4_000_000
"""Readings that are kept; a structured one takes ten times its text."""


class Reader:
    """Reads conversations of one scope."""

    def __init__(self) -> None:
        self.new_library: Callable[[tuple[str, str]], Library] = lambda _: Library()
        """Where the templates of a family come from that is met for the first time."""
        self._libraries: dict[tuple[str, str], Library] = {}
        self._used: frozenset[str] = frozenset()
        self._kept: dict[tuple[str, str, str], Item] = {}
        self._kept_chars = 0

    def read(
        self, conversation: Conversation, *, learn: bool, used: frozenset[str] = frozenset()
    ) -> list[Item]:
        """The items, oldest first; one that no template covers has an empty key, unless `learn`.

        Args:
            conversation: What to read.
            learn: Whether to make templates for texts that have none.
            used: Values of the answer: where they stand in a user's text are slots.
        """
        self._used = used
        names: dict[int, str] = {}
        items: list[Item] = []
        for message in conversation.messages:
            items += self._message(message, names, learn=learn)
        return items

    def _message(self, message: Message, names: dict[int, str], *, learn: bool) -> list[Item]:
        acts = any(isinstance(part, ToolCall) for part in message.parts)
        out: list[Item] = []
        for part in message.parts:
            match part:
                case Text(text):
                    if not acts:
                        out.append(self._text(message.role, "", text, learn=learn))
                case ToolCall(number, name, arguments):
                    names[number] = name
                    out.append(self._call(name, arguments))
                case ToolResult(number, parts, is_error):
                    out.append(
                        self._result(names.get(number, ""), parts, is_error=is_error, learn=learn)
                    )
                case Media() | Opaque():
                    out.append(_carried(message.role, part))
        return out

    def _call(self, name: str, arguments: str) -> Item:
        kept = self._kept.get(("call", name, arguments))
        if kept is None:
            try:
                tree = decode(arguments or "{}")
            except (msgspec.DecodeError, ArithmeticError):
                tree = None
            key = (
                f"call {name} {shape(tree)}"
                if isinstance(tree, dict)
                else f"call? {name} {arguments}"
            )
            kept = self._keep(
                Item("call", name, arguments, tree, structured=True, key=key), arguments
            )
        return kept

    def _result(
        self, name: str, parts: tuple[Text | Media | Opaque, ...], *, is_error: bool, learn: bool
    ) -> Item:
        texts = [part.text for part in parts if isinstance(part, Text)]
        if len(texts) < len(parts):
            return _carried("result", *parts)
        return self._text("error" if is_error else "result", name, "\n".join(texts), learn=learn)

    def _text(self, kind: str, name: str, text: str, *, learn: bool) -> Item:
        kept = self._kept.get((kind, name, text))
        if kept is not None and (kept.structured or self._current(kept)):
            return kept
        if kept is None and (tree := whole(kind, text)) is not None:
            key = f"{kind} {name} {_digest(shape(tree))}"
            return self._keep(Item(kind, name, text, tree, structured=True, key=key), text)
        library = self.library(kind, name)
        used = self._used if kind == "user" else frozenset()
        blocks = parts(kind, text)
        shell = text if blocks is None else blocks.shell
        found = library.learn(shell, used, mail=kind in _BROUGHT) if learn else library.match(shell)
        if found is None:
            return Item(kind, name, text, [], structured=False, key="")
        number, values = found
        inner: list[Json] = [] if blocks is None else [*blocks.values]
        form = f"{_digest(shape(inner))} " if inner else ""
        key = f"{kind} {name} {form}#{number}"
        version = library.entries[number].version
        if kept is None or kept.key != key or kept.version != version:
            slots: list[Json] = [*map(str.strip, values), *inner]
            kept = self._keep(
                Item(kind, name, text, slots, structured=False, key=key, version=version), text
            )
        return kept

    def library(self, kind: str, name: str) -> Library:
        """The templates of a family."""
        found = self._libraries.get((kind, name))
        if found is None:
            found = self._libraries[kind, name] = self.new_library((kind, name))
        return found

    def refreshed(self, item: Item) -> Item:
        """The item as its template reads it now."""
        if item.structured or not item.key:
            return item
        return self._text(item.kind, item.name, item.text, learn=False)

    def restored(self, item: Item) -> Item:
        """An item from a row, with its tree as it was; none if its template has become another since."""
        if item.structured:
            if item.kind == "call":
                return self._call(item.name, item.text)
            tree = whole(item.kind, item.text)
            return item if tree is None else msgspec.structs.replace(item, tree=tree)
        if not item.key or item.key.endswith(" *") or not self._current(item):
            return item
        return self._text(item.kind, item.name, item.text, learn=False)

    def _current(self, item: Item) -> bool:
        number = int(item.key.rpartition("#")[2])
        return self.library(item.kind, item.name).entries[number].version == item.version

    def _keep(self, item: Item, text: str) -> Item:
        self._kept_chars += len(text)
        if len(self._kept) > _MAX_KEPT or self._kept_chars > _MAX_KEPT_CHARS:
            self._kept.clear()
            self._kept_chars = len(text)
        self._kept[item.kind, item.name, text] = item
        return item


def _carried(kind: str, *parts: Text | Media | Opaque | ToolCall | ToolResult) -> Item:
    """Something that is not looked into: known by all of it."""
    digest = hashlib.blake2b(
        msgspec.json.encode(parts, order="deterministic"), digest_size=12
    ).hexdigest()
    return Item(kind, "", "", None, structured=True, key=f"{kind} ={digest}")


def _digest(text: str) -> str:
    return text if len(text) < 80 else hashlib.blake2b(text.encode(), digest_size=12).hexdigest()  # noqa: PLR2004
