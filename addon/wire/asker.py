"""What askers note for themselves in a request, and an answer repeats: each is told his own notes, and nobody's else.

None of it is part of the scope, for it changes nothing of what an answer says; so an answer may have been recorded
with the notes of another asker. Of what else the scopes leave out, OpenAI's answers say how they were made
(`service_tier`), as they say what they took (`usage`): that stays as it was. Anthropic's and Gemini's answers repeat
nothing of it.

Source: OpenAI API reference, "The response object" and "The chat completion object"; Anthropic API reference,
"Create a Message"; Gemini API reference, `GenerateContentResponse`.
"""

from collections.abc import Iterable

from tree.message import Json

NOTES: dict[str, Json] = {
    "metadata": {},
    "user": None,
    "safety_identifier": None,
    "prompt_cache_key": None,
}
"""The notes, and what an answer has there where nothing was noted."""


def noted(body: dict[str, Json], names: Iterable[str] = NOTES) -> dict[str, Json]:
    """What of a request's body its answer may repeat."""
    return {name: body[name] for name in names if body.get(name) is not None}


def repeated(document: dict[str, Json], asked: dict[str, Json], *, strict: bool) -> dict[str, Json]:
    """The asking request's own values of what the recorded answer took from its request.

    A value counts as taken if it could be: a text where a text was asked, or an object of the same members. Some
    hosts put notes of their own where others repeat the asker's.

    Args:
        document: The recorded answer.
        asked: What of the asking request may be repeated.
        strict: Its host is one that has notes of its askers there, and none of its own.
    """
    taken: dict[str, Json] = {
        name: value
        for name, value in asked.items()
        if (isinstance(value, str) and isinstance(document.get(name), str))
        or (isinstance(value, dict) and _members(value) == _members(document.get(name)))
    }
    if strict:
        taken |= {name: asked.get(name, none) for name, none in NOTES.items() if name in document}
    return taken


def _members(value: Json) -> set[str]:
    return set(value) if isinstance(value, dict) else set()
