"""Answers that are given again and again: written once, and cut at what is new each time.

A codec writes an answer with a mint of marks in place of ids and of the time. Between the marks its bytes are always
the same, so that from then on only the marks have to be filled. That this makes what the codec makes is tried once for
each answer, on the answer that is about to be sent; where it does not, or the codec refuses to write what may grow too
old, the codec writes it every time.

An outline hangs on the very object that is answered, and goes with it: what memory lets go of, for something was
forgotten or others are asked more often, is gone here, too. So there are as many as memory keeps at hand (256), each
with one outline of up to `LONGEST` bytes: 16 MiB at most.
"""

import math
import random
import re
import secrets
from collections.abc import Callable
from weakref import ref

from addon.wire.codec import Codec, Form, WireResponse
from addon.wire.mint import Mint, looks_unique
from tree.message import Answer

LONGEST = 64 << 10
"""A longer answer is written every time."""
_TIMES = 2
"""An outline is made when an answer is given so often: many are given once."""
_MOST_MARKS = 10_000
_FIRST_MARK = 10_000 * (7 * 10**14 + secrets.randbelow(10**14))
"""Marks are numbers from this one on: no JSON reader minds them, and nobody can have them in an answer."""
_MARK = re.compile(rb"(%d\d{4})" % (_FIRST_MARK // 10_000))

type _Fill = Callable[[Mint], str]


class Marks(Mint):
    """A mint of marks.

    Args:
        sealed: As for a mint.
    """

    def __init__(self, *, sealed: bool) -> None:
        # What may be too old some day is too old already, and so is written every time.
        super().__init__(random.Random(0), _FIRST_MARK, sealed=sealed, age_s=math.inf)  # noqa: S311 - nothing is drawn
        self.fills: list[_Fill] = [lambda mint: str(int(mint.now_s))]
        """What to put in place of each mark, in the order of their numbers."""
        self._marks: dict[tuple[str, bool], str] = {}

    def id(self, recorded: str) -> str:
        """A mark for a fresh id, where it would be one."""
        if not looks_unique(recorded) and (recorded, True) not in self._marks:
            return recorded
        return self._mark(recorded, lambda mint: mint.id(recorded), of_call=False)

    def call_id(self, recorded: str) -> str:
        """A mark for the id of a tool call."""
        if self.sealed:
            return recorded
        return self._mark(recorded, lambda mint: mint.call_id(recorded), of_call=True)

    def _mark(self, recorded: str, fill: _Fill, *, of_call: bool) -> str:
        mark = self._marks.get((recorded, of_call))
        if mark is None:
            mark = self._marks[recorded, of_call] = str(_FIRST_MARK + len(self.fills))
            self.fills.append(fill)
        return mark


class _Cut:
    """Bytes with gaps."""

    __slots__ = ("_gaps", "_pieces")

    def __init__(self, marked: bytes) -> None:
        self._pieces = _MARK.split(marked)  # every other one is a mark
        self._gaps = [int(mark) - _FIRST_MARK for mark in self._pieces[1::2]]

    def filled(self, values: list[bytes]) -> bytes:
        if not self._gaps:
            return self._pieces[0]
        whole = self._pieces.copy()
        whole[1::2] = [values[gap] for gap in self._gaps]
        return b"".join(whole)


class Outline:
    """A response with gaps.

    Args:
        marked: What a codec wrote with marks.
        fills: What to put in place of each mark.
    """

    def __init__(self, marked: WireResponse, fills: list[_Fill]) -> None:
        self._fills = fills
        self._body = _Cut(marked.body)
        self._headers = [(name, _Cut(value.encode())) for name, value in marked.headers]

    def filled(self, mint: Mint) -> WireResponse:
        """The response with ids and a time of its own."""
        values = [fill(mint).encode() for fill in self._fills]
        headers = tuple((name, value.filled(values).decode()) for name, value in self._headers)
        return WireResponse(headers, self._body.filled(values))


class _Given:
    """An answer that was given in one form, and its outline once that is made."""

    __slots__ = ("_answer", "_form", "_sealed", "outline", "times")

    def __init__(self, answer: ref[Answer], form: Form, *, sealed: bool) -> None:
        self._answer, self._form, self._sealed = answer, form, sealed
        self.times = 1
        self.outline: Outline | None = None

    def is_of(self, form: Form, *, sealed: bool) -> bool:
        """Whether it was given in this form."""
        return self._sealed == sealed and self._form == form


class Ready:
    """The outlines of answers that are at hand; any thread may ask."""

    def __init__(self) -> None:
        self._given: dict[int, _Given] = {}

    def __len__(self) -> int:
        return len(self._given)

    def write(self, codec: Codec, answer: Answer, form: Form, mint: Mint) -> WireResponse:
        """What the codec's `write_answer` makes of it.

        Raises:
            WireError: It cannot be written so.
        """
        given = self._given.get(id(answer))
        if given is None or not given.is_of(form, sealed=mint.sealed):
            self._given[id(answer)] = _Given(
                ref(answer, self._gone(id(answer))), form, sealed=mint.sealed
            )
            return codec.write_answer(answer, form, mint)
        if given.outline is not None:
            return given.outline.filled(mint)
        response = codec.write_answer(answer, form, mint)
        given.times += 1
        if given.times == _TIMES and len(response.body) <= LONGEST:
            given.outline = outline(codec, answer, form, mint, response)
        return response

    def _gone(self, name: int) -> Callable[[ref[Answer]], None]:
        given = self._given

        def gone(_: ref[Answer]) -> None:
            given.pop(name, None)

        return gone


def outline(
    codec: Codec, answer: Answer, form: Form, mint: Mint, response: WireResponse
) -> Outline | None:
    """The outline of an answer; None where it has none that gives what was given now.

    Args:
        codec: Of its API.
        answer: The answer.
        form: How the client wants it.
        mint: What the response was written with.
        response: What the codec wrote.
    """
    marks = Marks(sealed=mint.sealed)
    try:
        marked = codec.write_answer(answer, form, marks)
    except (ValueError, OverflowError, OSError):
        return None  # a `WireError`; or the mark of the time is none that a calendar has
    if marks.named is not None or len(marks.fills) > _MOST_MARKS:
        return None
    made = Outline(marked, marks.fills)
    return made if made.filled(mint) == response else None
