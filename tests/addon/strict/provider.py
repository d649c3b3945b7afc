"""What all strict providers share: refusals in the provider's words, ids that are never given twice, and seals.

A seal is a hash of all that was said before it, byte for byte, so it fits no other history. The real ones keep what
they check to themselves; this is the strictest that their documentation allows for.
"""

import hashlib
import json
import secrets
import string
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.addon.stand_in import Asked, Script, StandIn

_LETTERS = string.ascii_letters + string.digits


class Refusal(Exception):  # noqa: N818 - it is the provider's answer
    """What the provider does not accept, in its own words."""

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message)
        self.message = message
        self.more = more
        self.status: int = more.pop("status", 400)


@dataclass
class Habits:
    """How the model of a provider answers."""

    seals: str = "never"
    """`never`, `always`, or `later`: from its second answer in a conversation on."""
    hides: bool = False
    """What is sealed is hidden altogether, where the API knows that."""
    words: str = ""
    """Said instead of what the model would say."""
    refused: list[str] = field(default_factory=list)
    """What was refused so far."""

    def seals_answer(self, number: int) -> bool:
        """Whether the answer of this number, counted from 0, is sealed."""
        return self.seals == "always" or (self.seals == "later" and number > 0)


class Provider(StandIn, ABC):
    """One API's provider, strict."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.habits = Habits()
        self.lock = threading.Lock()

    def respond(self, asked: Asked) -> Script:
        """Answer, or refuse as the provider does."""
        try:
            with self.lock:
                return self.serve(asked, json.loads(asked.body or b"null"))
        except Refusal as refusal:
            self.habits.refused.append(refusal.message)
            return self.refusal(refusal)

    @abstractmethod
    def serve(self, asked: Asked, body: Any) -> Script:
        """Answer a request.

        Raises:
            Refusal: The provider does not accept it.
        """

    @abstractmethod
    def refusal(self, refusal: Refusal) -> Script:
        """The error in the provider's form."""


def fresh(prefix: str, length: int = 24, letters: str = _LETTERS) -> str:
    """An id that was never given before."""
    return prefix + "".join(secrets.choice(letters) for _ in range(length))


def seal(history: Any, said: Any = "") -> str:
    """What binds `said` to all that came before it."""
    spelt = json.dumps([history, said], ensure_ascii=False).encode()
    return "EqQB" + hashlib.blake2b(spelt, digest_size=24, key=b"the provider's own").hexdigest()


def unless(right: object, message: str, **more: Any) -> None:
    """Refuse what is not right."""
    if not right:
        raise Refusal(message, **more)
