"""Where the page looks: what the proxy, or the command beside it, lets it see; asked anew for every request."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from addon.figures.savings import Savings
from tree.memory import Memory, Tally, TallyKey
from tree.message import Json


def _nothing() -> None:
    return None


class Sight(Struct, frozen=True):
    """What there is to see."""

    health: Callable[[], Json]
    stats: Callable[[], Savings]
    decisions: Callable[[int], Json]
    """Outlines of the last ones, up to a number, without anything that was said."""
    tallies: Callable[[], Mapping[TallyKey, Tally]] = dict
    memory: Callable[[], Memory | None] = _nothing
    """None as long as there is none, or it cannot be opened."""
    metrics: Callable[[str], tuple[str, bytes]] = lambda _accept: (
        "text/plain; charset=utf-8",
        b"# A running proxy has metrics; this page beside one has none.\n",
    )
    """For Prometheus: a content type and a text, in the form that an `Accept` header asks for."""
    max_error: Callable[[], float] = lambda: 0.02
    """The rate of wrong answers that its user tolerates."""
