"""Streams of chat completions: events into one document and its runs, and a document into events.

Source: OpenAI API reference, "Streaming" (`data:` lines of chunks, the last one `[DONE]`) and `stream_options`.
"""

from addon.wire.codec import NotRepeatableError, WireError
from addon.wire.document import decode_object, encode
from addon.wire.openai_chat_fold import Runs
from addon.wire.openai_chat_merge import (
    LITERAL,
    Merger,
    choices_by_index,
    outline_with_references,
)
from addon.wire.openai_chat_outline import outlined
from addon.wire.openai_chat_unfold import unfold
from addon.wire.sse import SseEvent, decode, encode_all
from tree.message import Json

_DONE = "[DONE]"


def read_stream(body: bytes) -> tuple[dict[str, Json], Json]:
    """The document that a stream adds up to, and the folded runs that make the stream of it again.

    Raises:
        WireError: It is no stream of chunks, or stops before its end.
        NotRepeatableError: It holds an error, or something that could not be written again without loss.
    """
    merger = Merger()
    try:
        chunks, done = _chunks(body)
        outlines = [merger.add(chunk) for chunk in chunks]
        document = merger.document()
        if not done and not _is_complete(chunks, document):
            raise WireError(f"the stream stops before {_DONE}")
        runs = Runs()
        for outline in outlines:
            runs.add(_final(outline, document))
        folded = runs.folded()
    except RecursionError as exc:
        raise WireError("nested too deeply") from exc
    except (AttributeError, LookupError, TypeError) as exc:
        raise NotRepeatableError("a member that changes its kind within the stream") from exc
    if _merged(list(unfold(folded, document))) != document:
        raise NotRepeatableError("a stream that says more than its sum")
    return document, folded


def write_stream(
    document: dict[str, Json], folded: Json, *, with_usage: bool, strict: bool
) -> bytes:
    """The event stream of a document; `strict` as OpenAI is: usage comes when it is asked for, and only then."""
    if folded is None:
        folded = outlined(document, with_usage=with_usage and document.get("usage") is not None)
    elif strict and not with_usage:
        folded = _without_usage(folded)
    events = [SseEvent(encode(chunk).decode()) for chunk in unfold(folded, document)]
    return encode_all([*events, SseEvent(_DONE)])


def adds_up(document: dict[str, Json]) -> bool:
    """Whether the stream of an answer that came plain is that answer again for who adds up its chunks.

    Items of a list are pieces of one where they share an index, or stand side by side and have one type.
    """
    if not any(name for choice in document["choices"] for name in _structured(choice["message"])):
        return True
    folded = outlined(document, with_usage=False)
    try:
        merged = choices_by_index(_merged(list(unfold(folded, document))))
    except (AttributeError, LookupError, RecursionError, TypeError, WireError):
        return False
    return all(
        merged[choice.get("index", 0)]["message"].get(name) == choice["message"][name]
        for choice in document["choices"]
        for name in _structured(choice["message"])
    )


def _structured(message: dict[str, Json]) -> list[str]:
    """The members of a message that hold more than a text, apart from calls, whose pieces are numbered here."""
    calls = ("tool_calls", "function_call")
    return [
        name
        for name, value in message.items()
        if name not in calls and isinstance(value, dict | list) and value
    ]


def _chunks(body: bytes) -> tuple[list[dict[str, Json]], bool]:
    """All chunks, and whether their end was told."""
    chunks: list[dict[str, Json]] = []
    try:
        events = decode(body)
    except UnicodeDecodeError as exc:
        raise WireError("not UTF-8") from exc
    for event in events:
        if event.data.strip() == _DONE:
            return chunks, True
        chunk = decode_object(event.data)
        if event.event == "error" or chunk.get("error"):
            raise NotRepeatableError("an error in the stream")
        chunks.append(chunk)
    return chunks, False


def _is_complete(chunks: list[dict[str, Json]], document: dict[str, Json]) -> bool:
    """Whether nothing can be missing: Perplexity and llama-box end with reasons and usage, and tell no end."""
    choices = document["choices"]
    finished = choices and all(choice.get("finish_reason") for choice in choices)
    return bool(finished and chunks[-1].get("usage"))


def _final(outline: dict[str, Json], document: dict[str, Json]) -> dict[str, Json]:
    """The outline with references; of a usage that still grows, only what it came to is kept."""
    outline = outline_with_references(outline, document)
    usage = outline.get("usage")
    if isinstance(usage, dict) and usage.get(LITERAL) is not None:
        del outline["usage"]
    return outline


def _merged(chunks: list[dict[str, Json]]) -> dict[str, Json]:
    merger = Merger()
    for chunk in chunks:
        merger.add(chunk)
    return merger.document()


def _without_usage(folded: Json) -> Json:
    """The runs without the chunk that has the usage alone, and without its announcement in the others."""
    every = {key: outline for key, outline in folded["every"].items() if key != "usage"}
    runs = [run for run in folded["runs"] if run.get("choices") or not run.get("usage")]
    return {
        "every": every,
        "runs": [{k: v for k, v in run.items() if k != "usage"} for run in runs],
    }
