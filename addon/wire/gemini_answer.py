"""Answers of Gemini: a response document as a message and an envelope, and back.

Texts and calls of the first candidate are lifted out. Everything else stays where it is, verbatim; in the message,
opaque parts stand for what a template could not make anew, so that two answers which differ there are two.

Source: ai.google.dev, Gemini API reference, `GenerateContentResponse`; cloud.google.com, Vertex AI reference, the same.
"""

from datetime import UTC, datetime
from itertools import count

import msgspec

from addon.wire.codec import NotRepeatableError, WireError
from addon.wire.document import token_count
from addon.wire.envelope import Lift, fill, mistakable
from addon.wire.gemini_content import SIGNATURE
from addon.wire.mint import Mint
from tree.canonical import canonical_json, content_digest
from tree.message import Answer, Json, Message, Opaque, Part, Text, ToolCall, Usage

_FINAL = {"STOP", "MAX_TOKENS", "1", "2"}
"""Why a candidate ended, if it is complete; as numbers where the client asked for these."""

_MAX_TOKENS = {"MAX_TOKENS", "2"}

_NOT_TIED = {
    "": {"candidates", "usageMetadata", "modelVersion", "responseId", "createTime", "modelStatus"},
    "candidate": {
        *("content", "finishReason", "finishMessage", "index", "tokenCount", "safetyRatings"),
        "avgLogprobs",  # one number that tells how sure the model was, like the usage a measure of the recorded run
    },
    "content": {"parts", "role"},
    "functionCall": {"id", "name", "args"},
}
"""Fields that may stand in an answer whose texts and arguments are others."""

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder().decode


def read_document(document: dict[str, Json], record: dict[str, Json]) -> Answer:
    """Make an answer of a response document; `record` tells how its stream was cut.

    Raises:
        WireError: It does not match the documented shape.
        NotRepeatableError: It is complete, but no answer to remember.
    """
    if mistakable(document):
        raise WireError("the document holds what is taken for a hole")
    candidates = _candidates(document)
    reasons = [_tied("", document), *(["several candidates"] if len(candidates) > 1 else [])]
    reasons += [_tied("candidate", candidates[0]), _cut_off(candidates[0])]
    usage = _usage(document)
    parts, more = _lift(candidates[0])
    others = [_other(candidate) for candidate in candidates[1:]]
    why = "; ".join(dict.fromkeys(filter(None, [*reasons, *more])))
    envelope = {"document": document} | ({"stream": record} if record else {})
    return Answer(Message("assistant", (*parts, *others)), envelope, usage, why)


def document_of(answer: Answer, mint: Mint) -> dict[str, Json]:
    """The response document of an answer, with ids and a time of its own."""
    values: list[Json] = []
    for part in answer.message.parts:
        if isinstance(part, Text):
            values.append(part.text)
        elif isinstance(part, ToolCall):
            values += [part.name, _decode(part.arguments)]
    document: dict[str, Json] = fill(answer.envelope["document"], values)
    _renew(document, mint)
    return document


def _candidates(document: dict[str, Json]) -> list[dict[str, Json]]:
    if document.get("error"):
        raise NotRepeatableError("an error")
    feedback = document.get("promptFeedback")
    if isinstance(feedback, dict) and feedback.get("blockReason"):
        raise NotRepeatableError(f"the prompt was blocked: {feedback['blockReason']}")
    candidates = document.get("candidates")
    if not candidates:
        raise NotRepeatableError("no candidates")
    if not isinstance(candidates, list):
        raise WireError("candidates are no list")
    for candidate in candidates:
        if not isinstance(candidate, dict):
            raise WireError("a candidate is no object")
        if _reason(candidate) not in _FINAL:
            raise NotRepeatableError(f"finishReason is {candidate.get('finishReason')}")
    _check_indexes([candidate.get("index", at) for at, candidate in enumerate(candidates)])
    return candidates


def _check_indexes(indexes: list[Json]) -> None:
    """Each candidate has a number of its own, and they stand in that order: a stream knows them by nothing else."""
    numbers = [index for index in indexes if type(index) is int]
    if len(numbers) < len(indexes):
        raise WireError("a candidate's index is no number")
    if len(set(numbers)) < len(numbers):
        raise NotRepeatableError("two candidates with the same index")
    if numbers != sorted(numbers):
        raise NotRepeatableError("candidates that do not stand in the order of their indexes")


def _reason(candidate: dict[str, Json]) -> str:
    return str(candidate.get("finishReason")).upper()


def _lift(candidate: dict[str, Json]) -> tuple[list[Part], list[str]]:
    """The parts of a candidate, lifted out of it, and why they fit no other conversation."""
    lift, calls = Lift(), count()
    parts: list[Part] = []
    read = _parts(candidate)
    reasons = [_tied("content", candidate.get("content", {}))]
    for part in read:
        match _kind(part):
            case "text":
                parts.append(Text(lift.out(part, "text")))
            case "functionCall":
                reasons.append(_tied("functionCall", part["functionCall"]))
                parts.append(_lifted_call(part["functionCall"], next(calls), lift))
            case _:
                reasons.append("a part with " + ", ".join(sorted(part.keys() - {SIGNATURE})))
                parts.append(_standing_for("part", part))
        if part.get(SIGNATURE):
            parts.append(_standing_for(SIGNATURE, {SIGNATURE: part[SIGNATURE]}))
            reasons.append("signatures")
    return parts, reasons


def _parts(candidate: dict[str, Json]) -> list[dict[str, Json]]:
    content = candidate.get("content", {})
    if not isinstance(content, dict):
        raise WireError("a content is no object")
    parts = content.get("parts", [])
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise WireError("parts are no list of objects")
    return parts


def _kind(part: dict[str, Json]) -> str:
    """What a part is, if it can be lifted; else empty."""
    kinds = part.keys() - {SIGNATURE}
    if kinds == {"text"}:
        return "text" if isinstance(part["text"], str) else ""
    call = part.get("functionCall")
    if not isinstance(call, dict):
        return ""
    if "partialArgs" in call or "willContinue" in call:
        # Only a stream that asked for them has them, and the same request may come for a plain answer.
        raise NotRepeatableError("arguments that were streamed in pieces")
    named = isinstance(call.get("name"), str) and isinstance(call.get("args", {}), dict)
    return "functionCall" if named and kinds == {"functionCall"} else ""


def _lifted_call(call: dict[str, Json], number: int, lift: Lift) -> ToolCall:
    name = lift.out(call, "name")
    if "args" in call:
        arguments = lift.out(call, "args")
    else:
        arguments = {}
        lift.values.append(arguments)  # it has no hole, but `document_of` counts one
    return ToolCall(number, name, _encode(arguments).decode())


def _standing_for(kind: str, value: Json) -> Opaque:
    """A part that stands for what is in the envelope already, and is not to be stored twice."""
    return Opaque(kind, content_digest(canonical_json(value)), signed=_signed(value))


def _other(candidate: dict[str, Json]) -> Opaque:
    """A further candidate, whose parts stay where they are."""
    for part in _parts(candidate):
        _kind(part)  # for what it refuses
    return _standing_for("candidate", candidate)


def _signed(value: Json) -> bool:
    if isinstance(value, dict):
        return bool(value.get(SIGNATURE)) or any(map(_signed, value.values()))
    return isinstance(value, list) and any(map(_signed, value))


def _tied(where: str, fields: dict[str, Json]) -> str:
    """What among these fields belongs to this very answer; empty if nothing does."""
    known = _NOT_TIED[where]
    return ", ".join(key for key, value in fields.items() if key not in known and value)


def _cut_off(candidate: dict[str, Json]) -> str:
    return "cut off" if _reason(candidate) in _MAX_TOKENS else ""


def _usage(document: dict[str, Json]) -> Usage:
    counted = document.get("usageMetadata", {})
    if not isinstance(counted, dict):
        raise WireError("usageMetadata is no object")

    def total(*keys: str) -> int:
        return sum(token_count(counted.get(f"{key}TokenCount")) for key in keys)

    return Usage(
        input_tokens=total("prompt", "toolUsePrompt"),
        cached_input_tokens=total("cachedContent"),
        output_tokens=total("candidates", "thoughts"),
    )


def _renew(document: dict[str, Json], mint: Mint) -> None:
    """Give a document ids and a time of its own; ids of the provider's own tools stay, for they are its affair."""
    if isinstance(recorded := document.get("responseId"), str):
        document["responseId"] = mint.id(recorded)
    if isinstance(document.get("createTime"), str):
        now = datetime.fromtimestamp(mint.now_s, UTC)
        document["createTime"] = now.isoformat(timespec="microseconds").replace("+00:00", "Z")
    for candidate in document["candidates"]:
        for part in _parts(candidate):
            call = part.get("functionCall")
            if isinstance(call, dict) and isinstance(call.get("id"), str):
                call["id"] = mint.call_id(call["id"])
