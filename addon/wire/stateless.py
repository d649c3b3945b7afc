"""What the codecs of providers that hold no conversation for their clients have in common."""

from abc import ABC, abstractmethod

from addon.wire.codec import Prompt, Unfolded, WireRequest
from addon.wire.held import Ledger
from tree.message import Answer


class Stateless(ABC):
    """Each request says all that is meant, and no answer is held upstream; see `Codec`."""

    @abstractmethod
    def read_request(self, request: WireRequest) -> Prompt:
        """Read a request; see `Codec`."""

    def unfold(self, request: WireRequest, ledger: Ledger) -> Unfolded:
        """The request as it is; see `Codec`."""
        del ledger
        return Unfolded(self.read_request(request), None)

    def stored(self, answer: Answer) -> None:
        """None: nothing is held upstream; see `Codec`."""
        del answer
