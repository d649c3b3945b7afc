"""Runs unfolded into the chunks of a document, its texts cut anew into pieces of a moderate size."""

from collections.abc import Iterator

from msgspec import Struct

from addon.wire.codec import WireError
from addon.wire.openai_chat_fold import COUNT, EACH, Outline
from addon.wire.openai_chat_merge import LITERAL, SAME, TEXT, choices_by_index
from tree.message import Json

_PIECE_CHARS = 80
_PIECE_ITEMS = 16

type _Place = tuple[str | int, ...]


class _Slice(Struct):
    """A part of a text or list, to be cut into as many pieces as its run has chunks."""

    whole: Json
    start: int
    stop: int

    def piece(self, i: int, count: int) -> Json:
        size = self.stop - self.start
        return self.whole[self.start + size * i // count : self.start + size * (i + 1) // count]


class _Value(Struct):
    """The same value in each chunk of a run."""

    value: Json

    def piece(self, _i: int, _count: int) -> Json:
        return self.value


class _Each(Struct):
    """A value for each chunk of a run."""

    values: list[Json]

    def piece(self, i: int, _count: int) -> Json:
        return self.values[i]


class _Box(Struct):
    """An object, or a list, of such."""

    inside: dict[str, Json] | list[Json]

    def piece(self, i: int, count: int) -> Json:
        if isinstance(self.inside, dict):
            return {key: plan.piece(i, count) for key, plan in self.inside.items()}
        return [plan.piece(i, count) for plan in self.inside]


type _Plan = _Slice | _Value | _Each | _Box


def unfold(folded: Json, document: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """The chunks of a document.

    Where the document's texts are longer or shorter than they were when the runs were made, the last run of each
    text takes what is left.
    """
    planner = _Planner(document)
    runs: list[Outline] = [{**folded["every"], **run} for run in folded["runs"]]
    plans = [planner.chunk(run) for run in runs]
    planner.close()
    for run, plan in zip(runs, plans, strict=True):
        count = run.get(COUNT, 1) or _pieces(plan)
        for i in range(count):
            yield plan.piece(i, count)


def _pieces(plan: _Plan) -> int:
    if isinstance(plan, _Slice):
        size = _PIECE_CHARS if isinstance(plan.whole, str) else _PIECE_ITEMS
        return max(1, -(-(plan.stop - plan.start) // size))
    if not isinstance(plan, _Box):
        return 1
    inside = plan.inside.values() if isinstance(plan.inside, dict) else plan.inside
    return max(map(_pieces, inside), default=1)


class _Planner:
    """Gives each outline its part of the document."""

    def __init__(self, document: dict[str, Json]) -> None:
        self._document = {**document, "object": "chat.completion.chunk"}
        self._choices = choices_by_index(document)
        self._last: dict[_Place, _Slice] = {}

    def chunk(self, run: dict[str, Json]) -> _Plan:
        try:
            return self._chunk(run)
        except (AttributeError, LookupError, TypeError) as exc:
            # A stream whose members changed their kind on the way.
            raise WireError("the answer is not of the form that its stream had") from exc

    def _chunk(self, run: dict[str, Json]) -> _Plan:
        inside: dict[str, Json] = {}
        for key, outline in run.items():
            if key == "choices":
                inside[key] = _Box([self._plan(o, self._choices[at], (at,)) for at, o in outline])
            elif key != COUNT:
                inside[key] = self._plan(outline, self._document.get(key), (key,))
        return _Box(inside)

    def close(self) -> None:
        """Let the last slice of each text reach to its end."""
        for part in self._last.values():
            part.stop = len(part.whole)

    def _plan(self, outline: Json, value: Json, place: _Place) -> _Plan:
        if isinstance(outline, dict):
            return self._object(outline, value, place)
        if isinstance(outline, list):
            return _Box([self._plan(inner, value[at], (*place, at)) for at, inner in outline])
        if type(outline) is int:
            return _Value(value) if outline == SAME else self._slice(value, outline, place)
        return _Value(outline)

    def _object(self, outline: Outline, value: Json, place: _Place) -> _Plan:
        if LITERAL in outline:
            return _Value(outline[LITERAL])
        if EACH in outline:
            return _Each(outline[EACH])
        if TEXT in outline:
            at, size = outline[TEXT]
            return self._slice(value[at]["text"], size, (*place, at, "text"))
        return _Box(
            {key: self._plan(o, value.get(key), (*place, key)) for key, o in outline.items()}
        )

    def _slice(self, value: Json, size: int, place: _Place) -> _Plan:
        before = self._last.get(place)
        start = before.stop if before else 0
        end = len(value)
        part = _Slice(value, min(start, end), min(start + size, end))
        self._last[place] = part
        return part
