"""A text template: static parts and slots, and a parse that is unique or does not count.

`s0 V1 s1 … Vn sn`: every static part is placed leftmost after the one before it, and rightmost before the one
after it. The parse counts only if both placements coincide; a delimiter inside a value therefore means no parse
rather than a wrong one. Two `str.find` passes, linear in the text, no regular expression.

A text may have a head that is an instance, and a rest that may be anything: a mail, a ticket, a page. The head ends at
the first blank line, and the rest is the last value.
"""

from msgspec import Struct

from tree.reading.tokens import mask

BREAK = "\n\n"
"""The blank line that ends a head."""


class SlotType(Struct, frozen=True, gc=False):
    """What the values of a slot had in common; a value outside it does not parse."""

    mask: str = ""
    """The type that all values share, or nothing."""
    max_chars: int = 0
    multiline: bool = False
    padded: bool = False
    """Whether a value had blanks at its ends: slots are read without them, so where none had, one that has is new."""

    @classmethod
    def of(cls, values: list[str]) -> "SlotType":
        """The narrowest type that holds all `values`."""
        masks = {mask(value) for value in values}
        kind = masks.pop() if len(masks) == 1 else ""
        return cls(
            kind if kind not in ("word", "text") else "",
            max(map(len, values), default=0),
            any("\n" in value for value in values),
            any(value != value.strip() for value in values),
        )

    def grown(self, value: str) -> "SlotType":
        """The type when it held one more value; it never becomes narrower, whatever the latest ones have in common."""
        if len(value) <= self.max_chars:
            return self
        return SlotType(self.mask, len(value), self.multiline, self.padded)

    def holds(self, value: str) -> bool:
        """Whether `value` is of the kind seen so far; lengths may grow threefold."""
        if len(value) > 3 * self.max_chars + 20 or ("\n" in value and not self.multiline):
            return False
        if not self.padded and value != value.strip():
            return False
        return not self.mask or mask(value) == self.mask


class Pattern(Struct, frozen=True, gc=False):
    """Static parts around slots: one more part than slots."""

    statics: tuple[str, ...]
    types: tuple[SlotType, ...] = ()
    rest: bool = False
    """Whether the last slot is all that follows the first blank line, which ends the static part before it."""

    def parse(self, text: str) -> tuple[str, ...] | None:
        """The slots' values if `text` is an instance in exactly one way; an empty value is none."""
        if not self.rest:
            return self._parse(text)
        head, _, rest = text.partition(BREAK)
        values = Pattern(self.head).parse(head) if rest.strip() else None
        if values is None or not all(map(SlotType.holds, self.types, (*values, rest))):
            return None
        return (*values, rest)

    @property
    def head(self) -> tuple[str, ...]:
        """The static parts without those around the rest."""
        return (
            (*self.statics[:-2], self.statics[-2].removesuffix(BREAK))
            if self.rest
            else self.statics
        )

    def _parse(self, text: str) -> tuple[str, ...] | None:
        statics = self.statics
        if len(statics) == 1:
            return () if text == statics[0] else None
        first, last = statics[0], statics[-1]
        if not (text.startswith(first) and text.endswith(last)):
            return None
        start, stop = len(first), len(text) - len(last)
        if stop <= start:
            return None
        values = self._values(text, start, stop)
        if values is None or not all(map(SlotType.holds, self.types, values)):
            return None
        return values

    def _values(self, text: str, start: int, stop: int) -> tuple[str, ...] | None:
        middle = self.statics[1:-1]
        left: list[int] = []
        at = start
        for part in middle:
            at = text.find(part, at + 1, stop)
            if at < 0:
                return None
            left.append(at)
            at += len(part)
        if at >= stop:
            return None
        at = stop
        for part, place in zip(reversed(middle), reversed(left), strict=True):
            # Looking forward from the leftmost: `rfind` takes the product of both lengths at worst.
            if place + len(part) > at - 1 or text.find(part, place + 1, at - 1) >= 0:
                return None
            at = place
        cuts = [
            start,
            *(
                c
                for place, part in zip(left, middle, strict=True)
                for c in (place, place + len(part))
            ),
        ]
        cuts.append(stop)
        return tuple(text[a:b] for a, b in zip(cuts[::2], cuts[1::2], strict=True))

    def fill(self, values: tuple[str, ...]) -> str:
        """The text with these values; `fill(parse(x))` is `x`."""
        out = [self.statics[0]]
        for value, static in zip(values, self.statics[1:], strict=True):
            out += (value, static)
        return "".join(out)

    @property
    def slots(self) -> int:
        """How many slots it has."""
        return len(self.statics) - 1

    @property
    def weight(self) -> int:
        """How many of its characters are static: of two that match, the heavier one says more."""
        return sum(map(len, self.statics))

    def described(self) -> str:
        """The template for a person, slots in braces."""
        return self.fill(tuple(f"{{{number}}}" for number in range(1, self.slots + 1)))


def useful(statics: tuple[str, ...]) -> bool:
    """Whether static parts can tell slots apart: between two slots stands a mark, a word, or the end of a line."""
    return all("\n" in part or not part.isspace() for part in statics[1:-1]) and all(statics[1:-1])
