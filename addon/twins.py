"""Equal requests at once: one is asked upstream, the others wait for its answer and are served it.

Equal are those that memory would give one answer: the same conversation in the same scope, and so of one tenant. What
is known here is this process's alone; another proxy on the same store asks for itself. Who waits does so for a bounded
time, and goes its own way when the answer fails, cannot be remembered, or takes too long. A request that has no twin
pays for one look into a dictionary.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from tree.canonical import NodeId, ScopeId
from tree.message import Observation

WAITED = "waited for the same request"
IN_VAIN = "waited in vain for the same request"

type _Asked = NodeId | ScopeId


class Flight:
    """One request on its way upstream; others may wait for what it brings.

    Args:
        loop: Where they wait.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.began_s = loop.time()
        self.landed: asyncio.Future[Observation | None] = loop.create_future()
        self._loop = loop

    def land(self, brought: Observation | None) -> None:
        """Its answer is remembered; or, with None, will not be. Any thread may say so, and the first word counts."""
        land_all([(self, brought)])

    def call(self, landing: Callable[[], None]) -> None:
        """Have its loop do something soon; any thread may say so."""
        with suppress(RuntimeError):  # the loop is closed, and so nobody waits
            self._loop.call_soon_threadsafe(landing)

    def settle(self, brought: Observation | None) -> None:
        """What `land` says, on the loop."""
        if not self.landed.done():
            self.landed.set_result(brought)


def land_all(brought: Sequence[tuple[Flight, Observation | None]]) -> None:
    """Several flights land, for which their loop is woken only once: each time costs it a tenth of a millisecond."""

    def landing() -> None:
        for flight, observation in brought:
            flight.settle(observation)

    if brought:
        brought[0][0].call(landing)


class Twins:
    """The requests that are on their way upstream, by what they ask. For the event loop alone.

    Args:
        patience_s: How long one waits for another; 0 for not at all.
    """

    def __init__(self, patience_s: float) -> None:
        self.patience_s = patience_s
        self.waiting = 0
        """How many wait at present."""
        self._flights: dict[_Asked, Flight] = {}

    def ahead(self, asked: _Asked) -> Flight | None:
        """The flight that asks the same, if waiting for it is worth while."""
        flight = self._flights.get(asked)
        if flight is None or flight.landed.done():
            return None
        # One that has been away for longer than anybody waits is long, or lost.
        away_s = asyncio.get_running_loop().time() - flight.began_s
        return flight if away_s < self.patience_s else None

    def depart(self, asked: _Asked) -> Flight | None:
        """The flight that others wait for from now on; whoever gets it sees to it that it lands."""
        if not self.patience_s:
            return None
        self._flights[asked] = flight = Flight(asyncio.get_running_loop())
        flight.landed.add_done_callback(lambda _: self._forget(asked, flight))
        return flight

    async def wait(self, ahead: Flight) -> Observation | None:
        """What a flight brings; None if that is nothing to share, or not there in time."""
        self.waiting += 1
        try:
            done, _ = await asyncio.wait([ahead.landed], timeout=self.patience_s)
        finally:
            self.waiting -= 1
        return ahead.landed.result() if done else None

    def disband(self) -> None:
        """Nobody waits any longer."""
        for flight in self._flights.values():
            flight.land(None)

    def _forget(self, asked: _Asked, flight: Flight) -> None:
        if self._flights.get(asked) is flight:
            del self._flights[asked]
