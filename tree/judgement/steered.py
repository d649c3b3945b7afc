"""What a user decided about templates, as learning needs it: whom to believe at once, and whom never."""

from msgspec import Struct

DISTRUSTED = "its user distrusts what was learnt here"
UNSETTLED = "what its user distrusts is not found again yet"


class Steered(Struct, frozen=True, gc=False):
    """Templates by their scope's id and their key; scopes by their id."""

    trusted: frozenset[bytes] = frozenset()
    distrusted: frozenset[bytes] = frozenset()
    unsettled: frozenset[bytes] = frozenset()
    """Scopes in which something is distrusted that was learnt anew since: where it is now is not known yet."""

    def refusal(self, scope: bytes, keys: list[bytes]) -> str:
        """Why nothing may be served to a context that is read by the templates of these keys; empty if it may."""
        if scope in self.unsettled:
            return UNSETTLED
        if self.distrusted and any(scope + key in self.distrusted for key in keys):
            return DISTRUSTED
        return ""
