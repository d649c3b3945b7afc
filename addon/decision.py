"""What was decided about a request, and how a response says so.

Source: RFC 9211 (the `Cache-Status` field), RFC 8941 (its grammar).
"""

from enum import StrEnum

from msgspec import Struct


class Outcome(StrEnum):
    """What became of a request; also the name under which it is counted."""

    HIT_LITERAL = "hit-literal"
    HIT_TEMPLATE = "hit-template"
    MISS = "miss"
    BYPASS = "bypass"
    UNAVAILABLE = "unavailable"
    """Not known, and not allowed to be forwarded."""


AUDIT = "audit"
"""Stands in the log in place of an outcome: a request of Rote's own, to compare what was served with."""


class Decision(Struct, frozen=True):
    """The outcome for one request, and why."""

    outcome: Outcome
    detail: str
    """A few words for a person; for a hit, the kind of it."""
    key: str = ""
    """For a hit: the node that answered, in hex."""
    stored: bool = False
    """For a miss: whether the answer will be remembered if it is a good one."""
    note: str = ""
    """Further words for a person: what a hit rests on, or what of the request was ignored."""

    @property
    def hit(self) -> bool:
        """Whether memory answers."""
        return self.outcome in (Outcome.HIT_LITERAL, Outcome.HIT_TEMPLATE)

    @property
    def cache_status(self) -> str:
        """The value of `Cache-Status`."""
        if self.hit:
            return f'rote; hit; key="{self.key}"; detail={self.detail}'
        forward = "bypass" if self.outcome is Outcome.BYPASS else "miss"
        stored = "; stored" if self.stored else ""
        return f"rote; fwd={forward}{stored}; detail={_quoted(self.words)}"

    @property
    def words(self) -> str:
        """Detail and note."""
        return f"{self.detail}; {self.note}" if self.note else self.detail

    @property
    def comment(self) -> str:
        """A line for a person who looks at the flow."""
        words = self.note if self.hit else self.words
        return f"Rote: {self.outcome.value}" + (f" ({words})" if words else "")


def _quoted(text: str) -> str:
    """A string of RFC 8941: printable ASCII, quotes and backslashes escaped."""
    plain = text
    if not (text.isascii() and text.isprintable()):
        plain = "".join(char if " " <= char <= "~" else "?" for char in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
