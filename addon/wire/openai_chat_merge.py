"""Chunks of a stream merged into one document, and what is left of each chunk without what it added: its outline.

A document says what was answered, outlines say in which steps it came; together they are the stream again, and no
text stands in both. An outline has the shape of its chunk, with these in place of values:

* a number n >= 0: the next n characters of the document's text (or items of its list) at this place;
* `SAME`: the document's value at this place;
* a list of pairs: items of the document's list, each known by its position, and the outline of each;
* `{TEXT: [position, n]}`: the next n characters of the text part at that position, sent as a bare text;
* `{LITERAL: value}`, or null: that very value.

Source: OpenAI API reference, "The chat completion chunk object"; the rules for merging are those of OpenAI's Python
SDK (`openai.lib.streaming`), except that members which name something are taken and not appended.
"""

from addon.wire.codec import NotRepeatableError, WireError
from addon.wire.document import as_object, as_objects
from tree.message import Json

SAME = -1
LITERAL = "\x00is"
TEXT = "\x00text"

NAMING = frozenset(
    {
        "id",
        "type",
        "name",
        "role",
        "index",
        "format",
        "channel",
        "finish_reason",
        "native_finish_reason",
    }
)
"""Texts that a later chunk repeats; all other texts of a delta go on where the chunk before stopped."""

_WHOLE = frozenset({"content_filter_results"})
"""Objects that each chunk brings as a whole."""

_JOINED = ("text", "thinking")
"""Kinds of content parts of which neighbours are one."""

PADDING = frozenset({"obfuscation", "p", "sla_metrics"})
"""What a provider adds to each chunk against eavesdroppers, or about its own speed; only the first chunk's is kept."""


class Merger:
    """Merges the chunks of one stream, oldest first."""

    def __init__(self) -> None:
        self._document: dict[str, Json] = {"object": "chat.completion"}
        self._choices: dict[int, dict[str, Json]] = {}
        self._chunks = 0

    def add(self, chunk: dict[str, Json]) -> dict[str, Json]:
        """Merge one chunk and return its outline.

        Raises:
            WireError: It does not have the documented shape.
            NotRepeatableError: It cannot be merged without loss.
        """
        self._chunks += 1
        outline: dict[str, Json] = {}
        for key, value in chunk.items():
            if key == "choices":
                outline[key] = [self._choice(choice) for choice in as_objects(value, "choices")]
            elif key in PADDING:
                outline |= {key: {LITERAL: value}} if self._chunks == 1 else {}
            elif key == "object":
                outline[key] = SAME if value == "chat.completion.chunk" else {LITERAL: value}
            else:
                outline[key] = self._top(key, value)
        return outline

    def document(self) -> dict[str, Json]:
        """What the chunks so far add up to, in the shape of a plain answer."""
        return {**self._document, "choices": [self._choices[i] for i in sorted(self._choices)]}

    def _top(self, key: str, value: Json) -> Json:
        old = self._document.get(key)
        if key == "x_groq" and isinstance(value, dict):  # its id comes first, its usage last
            self._document[key] = (old if isinstance(old, dict) else {}) | value
            return {name: {LITERAL: inner} for name, inner in value.items()}
        if key not in self._document or not (value is None or value in ("", 0, [], {})):
            self._document[key] = value
        return SAME if key in ("id", "created") and value else {LITERAL: value}

    def _choice(self, choice: dict[str, Json]) -> Json:
        index = choice.get("index", 0)
        if type(index) is not int:
            raise WireError("the index of a choice is no integer")
        whole = self._choices.setdefault(index, {"index": index, "message": {}})
        rest = {key: value for key, value in choice.items() if key not in ("delta", "message")}
        outline = _merge_members(whole, rest)
        outline["delta"] = _merge_members(
            whole["message"], as_object(choice.get("delta") or {}, "delta")
        )
        # Perplexity adds the message so far to each chunk: it may go, if it is what the deltas add up to.
        message = as_object(choice.get("message") or {}, "message")
        if any(value and whole["message"].get(key) != value for key, value in message.items()):
            raise NotRepeatableError("a message that is not the sum of its deltas")
        return [index, outline]


def _merge_members(box: dict[str, Json], members: dict[str, Json]) -> dict[str, Json]:
    return {key: merge(box, key, value) for key, value in members.items()}


def merge(box: dict[str, Json], key: str, value: Json) -> Json:
    """Merge a value into `box[key]` and return its outline."""
    old = box.get(key)
    if value is None:
        box[key] = old
        return None
    if value in ("", [], {}):
        box[key] = type(value)() if old is None else old
        return {LITERAL: value}
    if not _same_kind(old, value):
        raise NotRepeatableError(f"{key} changes its kind in mid-stream")
    if isinstance(value, str) and key not in NAMING:
        return _grow_text(box, key, value)
    if isinstance(value, dict) and key not in _WHOLE:
        box[key] = inner = old if isinstance(old, dict) else {}
        return _merge_members(inner, value)
    if isinstance(value, list):
        return _grow_list(box, key, value)
    if key == "id" and isinstance(old, str) and old not in ("", value):
        raise NotRepeatableError("two ids for one thing")
    box[key] = value
    return {LITERAL: value}


def _same_kind(old: Json, value: Json) -> bool:
    """Whether a value may go on where an old one stands, or takes the place of nothing."""
    if old is None or old in ("", [], {}):
        return True
    numbers = type(old) in (int, float) and type(value) in (int, float)
    return numbers or type(old) is type(value) or (isinstance(old, list) and isinstance(value, str))


def _grow_text(box: dict[str, Json], key: str, value: str) -> Json:
    old = box.get(key)
    if isinstance(old, list) and old:  # a text after content parts is one more of them
        (at, part) = _merge_item(old, {"type": "text", "text": value})
        return {TEXT: [at, part["text"]]}
    box[key] = old + value if isinstance(old, str) else value
    return len(value)


def _grow_list(box: dict[str, Json], key: str, items: list[Json]) -> Json:
    old = box.get(key)
    box[key] = whole = old if isinstance(old, list) else []
    if not any(map(_may_go_on, items)):
        whole += items
        return len(items)
    return [_merge_item(whole, item) for item in items]


def _may_go_on(item: Json) -> bool:
    return isinstance(item, dict) and ("index" in item or item.get("type") in _JOINED)


def _merge_item(whole: list[Json], item: Json) -> Json:
    at = _position(whole, item) if _may_go_on(item) else len(whole)
    if at == len(whole):
        whole.append({} if isinstance(item, dict) else item)
    if not isinstance(item, dict):
        return [at, SAME]
    return [at, _merge_members(whole[at], item)]


def _position(whole: list[Json], item: dict[str, Json]) -> int:
    """Where the item goes on: at its index, or with a last neighbour of its kind; else behind all."""
    if "index" in item:
        olds = (at for at, old in enumerate(whole) if isinstance(old, dict) and _goes_on(old, item))
        return next(olds, len(whole))
    last = whole[-1] if whole else None
    goes_on = isinstance(last, dict) and "index" not in last and last.get("type") == item["type"]
    return len(whole) - 1 if goes_on else len(whole)


def _goes_on(old: dict[str, Json], item: dict[str, Json]) -> bool:
    """Whether they are pieces of one thing. OpenRouter gives reasoning of several types the same index."""
    if old.get("index") != item["index"]:
        return False
    if "function" in item or "function" in old:
        return True
    return all(
        old.get(key) == item[key] for key in ("type", "id") if old.get(key) and item.get(key)
    )


def outline_with_references(outline: dict[str, Json], document: dict[str, Json]) -> dict[str, Json]:
    """The outline of a chunk with `SAME` for each literal that the document has at its place."""
    choices = choices_by_index(document)
    return {
        key: [[at, _referring(choice, choices[at])] for at, choice in inner]
        if key == "choices"
        else _referring(inner, document.get(key))
        for key, inner in outline.items()
    }


def choices_by_index(document: dict[str, Json]) -> dict[int, dict[str, Json]]:
    """The choices of a document in the shape of a chunk's: with a delta, which is the whole message."""
    return {
        choice.get("index", 0): {**choice, "delta": choice["message"]}
        for choice in document["choices"]
    }


def _referring(outline: Json, value: Json) -> Json:
    if isinstance(outline, list):
        return [[at, _referring(inner, value[at])] for at, inner in outline]
    if not isinstance(outline, dict):
        return outline
    if TEXT in outline:
        return outline
    if LITERAL in outline:
        literal = outline[LITERAL]
        same = literal == value and type(literal) is type(value) and literal not in ("", [], {})
        return SAME if same else outline
    inside = value if isinstance(value, dict) else {}
    return {key: _referring(inner, inside.get(key)) for key, inner in outline.items()}
