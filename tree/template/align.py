"""Anti-unification of texts: from two instances, or an instance and a template, the template of both.

Tokens are aligned by their longest common subsequence (rapidfuzz); what differs becomes a slot. Slots that only
blanks keep apart are one slot, for a name may have one word or three; so are slots that touch.
"""

from collections.abc import Callable, Sequence

from rapidfuzz.distance import Indel

from tree.reading.tokens import is_word, mask, tokens

_PLAIN = ("word", "text")

SLOT = "\x00"
"""Stands for a slot among tokens; it cannot be a token of a text that is read, see `flat`."""

MIN_SHARED = 0.5
"""Share of the shorter side's words that must stay static, or two texts have nothing to do with one another."""


def flat(statics: Sequence[str], cutting: Callable[[str], list[str]] = tokens) -> list[str]:
    """A template's tokens, slots among them, however its static parts are cut."""
    out = cutting(statics[0].replace(SLOT, " "))
    for part in statics[1:]:
        out.append(SLOT)
        out += cutting(part.replace(SLOT, " "))
    return out


def align(left: list[str], right: list[str], shared: float = MIN_SHARED) -> tuple[str, ...] | None:
    """The static parts that both sides have in common, or None if that is too little.

    Enough is half of the words of the shorter side, a slot counted as one, or all words of both. Typed tokens
    (numbers, dates, ids) vary by nature and have no vote; a difference never crosses a line's end, for a text with one
    more line is another kind of text.
    """
    merged: list[str] = []
    for code in Indel.opcodes(left, right):
        if code.tag == "equal":
            merged += left[code.src_start : code.src_end]
            continue
        if any(
            "\n" in part
            for part in left[code.src_start : code.src_end] + right[code.dest_start : code.dest_end]
        ):
            return None
        if not merged or merged[-1] != SLOT:
            merged.append(SLOT)
    merged = joined(merged)
    words = [_words(left), _words(right)]
    least = min(len(own) + side.count(SLOT) for own, side in zip(words, (left, right), strict=True))
    if least == 0 and len(left) != len(right):
        return None
    if len(_words(merged)) < shared * least and (not words[0] or words[0] != words[1]):
        return None
    return statics_of(merged)


def joined(parts: list[str]) -> list[str]:
    """Slots that touch, or that only blanks keep apart, become one."""
    out: list[str] = []
    for part in parts:
        if part == SLOT:
            while (
                out
                and out[-1].isspace()
                and "\n" not in out[-1]
                and len(out) > 1
                and out[-2] == SLOT
            ):
                out.pop()
            if out and out[-1] == SLOT:
                continue
        out.append(part)
    return out


def statics_of(parts: list[str]) -> tuple[str, ...]:
    """Tokens and slots as static parts."""
    out = [""]
    for part in parts:
        if part == SLOT:
            out.append("")
        else:
            out[-1] += part
    return tuple(out)


def _words(parts: list[str]) -> list[str]:
    return [part for part in parts if mask(part) in _PLAIN and is_word(part)]
