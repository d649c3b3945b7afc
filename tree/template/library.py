"""The text templates of one family (a role, or the results of one tool): which template a text is an instance of.

Lookup is by the text itself, then by its skeleton, then by token 3-grams: a template is filed under its rarest
static 3-gram, so a text is tried against about one template, however many there are. A text that no template
parses is aligned with the templates it shares most 3-grams with; the result replaces that template under the same
number, so what was learnt about the number stays true of a wider set of texts. A template keeps a few of its
instances, and never becomes one that fails to parse them.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise, takewhile
from zlib import crc32

from tree.reading.tokens import is_word, skeleton, tokens
from tree.template.align import MIN_SHARED, SLOT, align, flat, joined, statics_of
from tree.template.filing import FILED, Entry, Filing, MemoryFiling
from tree.template.pattern import BREAK, Pattern, SlotType, useful

KEPT = 10
"""Instances kept of a template: what types and re-alignment are made from."""
_NEAREST = 6
_FORMER = 6
_MAX_RUN = 15
_MIN_WORDS = 2
_MIN_ALIKE = 2
_MAX_TOKENS = 6000
_FEW = 400
"""Only texts with fewer words are also filed under single words."""
_SAMPLE, _FIRST_SAMPLE = 64, 8
"""Runs of words that a template is found by when a text is near it: of a long one not all are needed, and of a text
that came once few. Another one that shares half of them is missed once in 256 times, and once more is soon enough."""
_MANY = 64
_RARE = 1000

_BONES, _WORDS = "s", "g"
"""What a mark begins with: a skeleton, and words that are shared."""


class Library:
    """Templates of one family, found without trying them all."""

    def __init__(self, entries: Filing | None = None) -> None:
        self.entries: Filing = MemoryFiling() if entries is None else entries
        self.changes = 0
        """How often a template was made or changed: what was read before may be read in another way since."""

    def match(self, text: str) -> tuple[int, tuple[str, ...]] | None:
        """The template that `text` is an instance of, and its values; the most static one where several are."""
        return self._match(text, _grams(tokens(text)))

    def learn(
        self, text: str, used: frozenset[str] = frozenset(), *, mail: bool = False
    ) -> tuple[int, tuple[str, ...]]:
        """Like `match`, but makes or widens a template where none matches.

        Args:
            text: An instance of some template.
            used: Values that the answer to it holds. Where they stand in the text are slots, borders and all, even
                if it is the only instance: aligning prompts alone finds borders in the wrong place.
            mail: Whether anything may follow a head of several lines that begin as in other texts. Not of a system
                prompt: what follows there are orders.
        """
        cut = tokens(text)[:_MAX_TOKENS]
        grams = _grams(cut)
        found = self._match(text, grams)
        if found is None:
            marked = anchored(cut, used)
            found = (
                self._widen(text, marked, cut, grams)
                or (self._behead(text, used, cut, grams) if mail else None)
                or self._new(_first(text, marked), [text], skeleton(cut))
            )
        elif self.entries[found[0]].pattern.rest:
            found = self._single_out(text, found[0], anchored(cut, used)) or found
        self._keep(text, found[0])
        return found

    def _match(self, text: str, grams: Iterable[str]) -> tuple[int, tuple[str, ...]] | None:
        best: tuple[int, int, tuple[str, ...]] | None = None
        filed = self.entries.found([FILED + gram for gram in grams])
        for number in {number for numbers in filed.values() for number in numbers}:
            pattern = self.entries[number].pattern
            if (values := pattern.parse(text)) is None:
                continue
            if best is None or (pattern.weight, -number) > (best[0], -best[1]):
                best = pattern.weight, number, values
        return None if best is None else best[1:]

    def _widen(
        self, text: str, marked: list[str], cut: list[str], grams: set[str]
    ) -> tuple[int, tuple[str, ...]] | None:
        for number in self._nearest(skeleton(cut), grams):
            entry = self.entries[number]
            rest = entry.pattern.rest
            if rest and not _labelled(*(own.partition(BREAK)[0] for own in (entry.texts[0], text))):
                continue
            statics = align(
                flat(entry.pattern.head),
                _head_of(marked) if rest else marked,
                0.0 if rest else MIN_SHARED,
            )
            if statics is None or not useful(statics):
                continue
            if (pattern := _fitted(statics, [*entry.texts, text], rest=rest)) is not None:
                entry.former = [*entry.former, entry.pattern.statics][-_FORMER:]
                entry.pattern, entry.version = pattern, entry.version + 1
                self.changes += 1
                self.entries.change(number)
                self._file(entry, entry.pattern.statics)
                values = pattern.parse(text)
                assert values is not None  # `_fitted` parsed it  # noqa: S101
                return number, values
        return None

    def _behead(
        self, text: str, used: frozenset[str], cut: list[str], grams: set[str]
    ) -> tuple[int, tuple[str, ...]] | None:
        """A template of texts that share what stands before the first blank line, and nothing after it.

        It takes three: of two texts nobody knows yet whether what follows is anything at all, or one of two things.
        """
        head, _, rest = text.partition(BREAK)
        if not rest.strip():
            return None
        statics, texts = statics_of(joined(anchored(tokens(head), used))), [text]
        for number in self._nearest(skeleton(cut), grams):
            entry = self.entries[number]
            other = entry.texts[0].partition(BREAK)
            if len(entry.texts) > 1 or not other[2].strip() or not _labelled(head, other[0]):
                continue
            both = align(flat(statics), tokens(other[0]), shared=0.0)
            if both is not None and useful(both):
                statics, texts = both, [*texts, entry.texts[0]]
        if len(texts) <= _MIN_ALIKE or not _telling(_with_rest(statics)):
            return None
        if (pattern := _fitted(statics, texts, rest=True)) is None:
            return None
        return self._new(pattern, texts[::-1], skeleton(cut))

    def _single_out(
        self, text: str, number: int, marked: list[str]
    ) -> tuple[int, tuple[str, ...]] | None:
        """A template of its own for texts of one head whose rests are alike, too."""
        for other in self.entries[number].texts:
            if other == text:
                return None
            statics = align(tokens(other), marked)
            if statics is not None and useful(statics) and len(statics) > 1:
                pattern = _fitted(statics, [other, text])
                if pattern is not None:
                    return self._new(pattern, [other, text], skeleton(tokens(other)))
        return None

    def _nearest(self, bones: str, grams: set[str]) -> list[int]:
        """The templates that share most with a text; one of the same skeleton is the nearest of all."""
        votes: Counter[int] = Counter()
        for numbers in self.entries.found([_WORDS + gram for gram in sorted(grams)]).values():
            # What many have in common tells little of which is near.
            votes.update(dict.fromkeys(numbers, _RARE if len(numbers) < _MANY else 1))
        alike = self.entries.found([_BONES + bones]).values()
        votes.update({numbers[0]: 1 << 40 for numbers in alike})
        ranked = sorted(votes.items(), key=lambda vote: (-vote[1], vote[0]))
        return [number for number, _ in ranked[:_NEAREST]]

    def _new(self, pattern: Pattern, texts: list[str], bones: str) -> tuple[int, tuple[str, ...]]:
        """Enter a template; returns what it reads in the last of its texts."""
        entry = Entry(len(self.entries), pattern, texts, bones)
        self.enter(entry)
        return entry.number, pattern.parse(texts[-1]) or ()

    def enter(self, entry: Entry) -> None:
        """Take in a template, the next by number."""
        self.changes += 1
        self.entries.append(entry)
        self.entries.file([_BONES + entry.skeleton], entry.number)
        for statics in (entry.pattern.statics, *entry.former):
            self._file(entry, statics)

    def _keep(self, text: str, number: int) -> None:
        entry = self.entries[number]
        if text in entry.texts:
            return
        entry.texts = [*entry.texts[-KEPT + 1 :], text]
        self.entries.change(number)
        values = entry.pattern.parse(text) or ()
        types = tuple(map(SlotType.grown, entry.pattern.types, values))
        if types != entry.pattern.types:
            entry.pattern = Pattern(entry.pattern.statics, types, entry.pattern.rest)
            self.changes += 1

    def _file(self, entry: Entry, statics: tuple[str, ...]) -> None:
        grams = _static_grams(statics)
        most = _SAMPLE if entry.version else _FIRST_SAMPLE
        self.entries.file([_WORDS + gram for gram in _sampled(grams, most)], entry.number)
        filed = self.entries.found([FILED + gram for gram in grams])
        rarest = min(grams, key=lambda gram: (len(filed.get(FILED + gram, ())), gram), default="")
        self.entries.file([FILED + rarest], entry.number)


def first_pattern(text: str, used: frozenset[str]) -> Pattern:
    """The template that is made of a text alone, where the answer to it holds these values."""
    return _first(text, anchored(tokens(text)[:_MAX_TOKENS], used))


def _first(text: str, marked: list[str]) -> Pattern:
    statics = statics_of(joined(marked))
    pattern = _fitted(statics, [text]) if _telling(statics) else None
    return pattern or Pattern((text,))


def anchored(cut: list[str], used: frozenset[str]) -> list[str]:
    """The tokens with runs that are a used value replaced by a slot, longest runs first."""
    first = {tokens(value)[0] for value in used if value}
    out: list[str] = []
    at = 0
    while at < len(cut):
        stops = range(min(len(cut), at + _MAX_RUN), at, -1) if cut[at] in first else ()
        stop = next((stop for stop in stops if "".join(cut[at:stop]) in used), None)
        out.append(cut[at] if stop is None else SLOT)
        at = stop or at + 1
    return out


def _telling(statics: tuple[str, ...]) -> bool:
    """Whether static parts say enough to know an instance by, for a template made from one."""
    words = sum(is_word(token) for part in statics for token in tokens(part))
    return len(statics) > 1 and words >= _MIN_WORDS and useful(statics)


def _with_rest(statics: tuple[str, ...]) -> tuple[str, ...]:
    """The static parts of a head, and of what follows it."""
    return (*statics[:-1], statics[-1] + BREAK, "")


def _labelled(left: str, right: str) -> bool:
    """Whether two heads have the same lines but for what stands in them: each begins with the same word."""
    lines = [[line.split(None, 1)[:1] for line in head.split("\n")] for head in (left, right)]
    return len(lines[0]) > 1 and lines[0] == lines[1]


def _head_of(marked: list[str]) -> list[str]:
    """The tokens before the first blank line."""
    return list(takewhile(lambda token: BREAK not in token, marked))


def _fitted(statics: tuple[str, ...], texts: list[str], *, rest: bool = False) -> Pattern | None:
    """The template with these static parts if it parses all `texts`, with the types of their values.

    Args:
        statics: With `rest`, those of the head.
        texts: The instances.
        rest: Whether anything may follow a blank line.
    """
    if rest:
        statics = _with_rest(statics)
    bare = Pattern(statics, rest=rest)
    parsed = [bare.parse(text) for text in texts]
    known = [values for values in parsed if values is not None]
    if len(known) < len(parsed):
        return None
    types = tuple(SlotType.of(list(column)) for column in zip(*known, strict=True))
    return Pattern(statics, types, rest)


def _sampled(grams: set[str], most: int) -> list[str]:
    """Some of the runs, always the same ones: the share of them that another text has is its share of them all."""
    if len(grams) <= most:
        return sorted(grams)
    return sorted(grams, key=lambda gram: (crc32(gram.encode("utf-8", "surrogatepass")), gram))[
        :most
    ]


def _static_grams(statics: tuple[str, ...]) -> set[str]:
    out: set[str] = set()
    parts = flat(statics)
    start = 0
    for stop in [*(i for i, part in enumerate(parts) if part == SLOT), len(parts)]:
        out |= _grams(parts[start:stop])
        start = stop + 1
    return out


def _grams(cut: list[str]) -> set[str]:
    """Runs of three words, and the shorter runs that a text of few words has; the empty one is everybody's."""
    words = [token for token in cut if is_word(token)]
    out = {""}
    out.update(words if len(words) < _FEW else ())
    out.update(map(" ".join, pairwise(words)))
    out.update(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    return out
