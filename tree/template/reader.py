"""Conversations into items: each part is read, and named by the template that it is an instance of.

Structured parts are named by their shape; texts by their template in the library of their family, which is a
scope, a kind and a tool, so that what one client says never shapes what another one is served. Values within a text,
such as tables, are no part of its template; they follow its slots in the tree. Readings are kept by
text, so a conversation that grew by one turn costs one turn; whether one is kept changes nothing of what is learnt,
for a reader may have been asked about a conversation before it learns from it, or not.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

import msgspec

from tree.message import Conversation, Json, Media, Message, Opaque, Text, ToolCall, ToolResult
from tree.reading.blocks import Blocks
from tree.reading.item import Item, shape
from tree.reading.order import answered, by_call
from tree.reading.reading import parts, whole
from tree.reading.structure import decode
from tree.template.library import Library
from tree.template.openings import SHORTEST, Opening, Openings, is_plain

_BROUGHT = ("user", "result")
"""What is brought in from outside, and may hold anything; not what orders the agent about."""
_BARE, _ONLY_READ, _COVER, _TAKE_IN = range(4)
"""Ask for no templates; make none; make one for a text that has none; take in a text as a further instance."""
NO_TEMPLATE = -1
"""Number of what covers a text that none covers."""
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
        self._kept: dict[tuple[str, str, str], tuple[Item, int]] = {}
        """Readings, and how often the templates of their family had changed by then."""
        self._kept_chars = 0
        self._openings = Openings()

    def read(
        self, conversation: Conversation, *, learn: bool, used: frozenset[str] = frozenset()
    ) -> list[Item]:
        """The items, oldest first; one that no template covers has an empty key, unless `learn`.

        Args:
            conversation: What to read.
            learn: Whether to make templates for texts that have none, and to take in what is new since the last answer.
            used: Values of the answer: where they stand in a user's text are slots.
        """
        self._used = used
        messages = conversation.messages
        if not learn:
            return self._only_read(messages)
        answers = (at for at, own in enumerate(messages) if own.role == "assistant")
        last = max(answers, default=-1)
        hows = (_TAKE_IN if at > last else _COVER for at in range(len(messages)))
        return self._items(messages, hows)

    def bare(self, conversation: Conversation) -> list[Item]:
        """The items, those that are instances of templates without key and slots."""
        return self._items(conversation.messages, repeat(_BARE))

    def _only_read(self, messages: tuple[Message, ...]) -> list[Item]:
        """The items, as far as they are known of what was read lately."""
        if len(messages) < SHORTEST:
            return self._items(messages, repeat(_ONLY_READ))
        changes = sum(library.changes for library in self._libraries.values())
        opening = self._openings.find(messages, changes)
        known = len(opening.messages)
        names = {number: name for _, number, name in opening.names}
        items: list[Item] = []
        calls: list[int | None] = []
        ends, chars, called = [*opening.ends], [*opening.chars], [*opening.names]
        plain = known
        for at, message in enumerate(messages[known:], known):
            new = self._message(message, names, _ONLY_READ)
            items += new
            calls += answered(message)
            ends.append(len(opening.items) + len(items))
            chars.append((chars[-1] if chars else 0) + sum(len(item.text) for item in new))
            called += [(at, p.call, p.name) for p in message.parts if isinstance(p, ToolCall)]
            plain += plain == at and is_plain(message)
        whole = [*opening.items, *by_call(items, calls)]
        read = Opening(messages, whole, ends, called, chars, changes)
        self._openings.keep(read if plain == len(messages) else read.upto(plain))
        return whole

    def _items(self, messages: Sequence[Message], hows: Iterable[int]) -> list[Item]:
        names: dict[int, str] = {}
        items: list[Item] = []
        calls: list[int | None] = []
        for message, how in zip(messages, hows, strict=False):
            items += self._message(message, names, how)
            calls += answered(message)
        return by_call(items, calls) if any(call is not None for call in calls) else items

    def _message(self, message: Message, names: dict[int, str], how: int) -> list[Item]:
        acts = any(isinstance(part, ToolCall) for part in message.parts)
        out: list[Item] = []
        for part in message.parts:
            match part:
                case Text(text):
                    if not acts:
                        out.append(self._text(message.role, "", text, how))
                case ToolCall(number, name, arguments):
                    names[number] = name
                    out.append(self._call(name, arguments))
                case ToolResult(number, parts, is_error):
                    name = names.get(number, "")
                    out.append(self._result(name, parts, how, is_error=is_error))
                case Media() | Opaque():
                    out.append(_carried(message.role, part))
        return out

    def _call(self, name: str, arguments: str) -> Item:
        kept = self._kept.get(("call", name, arguments))
        if kept is not None:
            return kept[0]
        try:
            tree = decode(arguments or "{}")
        except (msgspec.DecodeError, ArithmeticError):
            tree = None
        known = isinstance(tree, dict)
        key = f"call {name} {shape(tree)}" if known else f"call? {name} {arguments}"
        return self._keep(Item("call", name, arguments, tree, structured=True, key=key), arguments)

    def _result(
        self, name: str, parts: tuple[Text | Media | Opaque, ...], how: int, *, is_error: bool
    ) -> Item:
        texts = [part.text for part in parts if isinstance(part, Text)]
        if len(texts) < len(parts):
            return _carried("error" if is_error else "result", *parts)
        return self._text("error" if is_error else "result", name, "\n".join(texts), how)

    def _text(self, kind: str, name: str, text: str, how: int) -> Item:
        kept, changes = self._kept.get((kind, name, text), (None, 0))
        if kept is not None and kept.structured:
            return kept
        if kept is None and (tree := whole(kind, text)) is not None:
            key = f"{kind} {name} {_digest(shape(tree))}"
            return self._keep(Item(kind, name, text, tree, structured=True, key=key), text)
        if how == _BARE:
            return Item(kind, name, text, [], structured=False, key="")
        library = self.library(kind, name)
        if kept is not None and how != _TAKE_IN and changes == library.changes:
            return kept
        blocks = parts(kind, text)
        shell = text if blocks is None else blocks.shell
        found = None if how == _TAKE_IN else library.match(shell)
        if found is None and how != _ONLY_READ:
            used = self._used if kind == "user" else frozenset()
            found = library.learn(shell, used, mail=kind in _BROUGHT)
        if found is None:
            return Item(kind, name, text, [], structured=False, key="")
        item = _instance(Item(kind, name, text, [], structured=False, key=""), blocks, *found)
        item = msgspec.structs.replace(item, version=library.entries[found[0]].version)
        if kept is not None and (kept.key, kept.version) == (item.key, item.version):
            item = kept  # what is derived from its values is kept by identity
        return self._keep(item, text)

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
        number = template_of(item)
        entry = self.library(item.kind, item.name).entries[number]
        if entry.version == item.version and item.tree:
            return item
        blocks = parts(item.kind, item.text)
        values = entry.pattern.parse(item.text if blocks is None else blocks.shell)
        if values is None:
            return item
        read = _instance(item, blocks, number, values)
        return msgspec.structs.replace(read, version=entry.version)

    def placed(self, item: Item, number: int, version: int) -> Item:
        """A bare item as an instance of a template; without slots if that has become another since.

        Args:
            item: Of which no text was read yet.
            number: As `template_of` gave it.
            version: Of the template.
        """
        if number == NO_TEMPLATE:
            return item
        key = _key(item, parts(item.kind, item.text), number)
        item = msgspec.structs.replace(item, key=key, version=version)
        current = self.library(item.kind, item.name).entries[number].version == version
        return self.refreshed(item) if current else item

    def _keep(self, item: Item, text: str) -> Item:
        self._kept_chars += len(text) if (item.kind, item.name, text) not in self._kept else 0
        if len(self._kept) > _MAX_KEPT or self._kept_chars > _MAX_KEPT_CHARS:
            self._kept.clear()
            self._kept_chars = len(text)
        changes = 0 if item.structured else self.library(item.kind, item.name).changes
        self._kept[item.kind, item.name, text] = item, changes
        return item


def _instance(item: Item, blocks: Blocks | None, number: int, values: tuple[str, ...]) -> Item:
    """An item as an instance of a template, by its values and the blocks in it."""
    inner: list[Json] = [] if blocks is None else [*blocks.values]
    slots: list[Json] = [*map(str.strip, values), *inner]
    return msgspec.structs.replace(item, tree=slots, key=_key(item, blocks, number))


def template_of(item: Item) -> int:
    """The number of the template in its family that a text is an instance of."""
    return int(item.key.rpartition("#")[2]) if item.key else NO_TEMPLATE


def _key(item: Item, blocks: Blocks | None, number: int) -> str:
    """Of an instance of a template."""
    form = f"{_digest(shape([*blocks.values]))} " if blocks is not None and blocks.values else ""
    return f"{item.kind} {item.name} {form}#{number}"


def _carried(kind: str, *parts: Text | Media | Opaque | ToolCall | ToolResult) -> Item:
    """Something that is not looked into: known by all of it."""
    digest = hashlib.blake2b(
        msgspec.json.encode(parts, order="deterministic"), digest_size=12
    ).hexdigest()
    return Item(kind, "", "", None, structured=True, key=f"{kind} ={digest}")


def _digest(text: str) -> str:
    return text if len(text) < 80 else hashlib.blake2b(text.encode(), digest_size=12).hexdigest()  # noqa: PLR2004
