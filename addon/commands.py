"""`rote.*` commands for mitmproxy's prompt and mitmweb's command bar; tables, as both of them show these best."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import cast

from mitmproxy import command, ctx, exceptions, flow, types

from addon import marks, phrases, wording
from addon.options import MODES
from addon.prices import load
from addon.savings import savings
from addon.session import Session
from tree.errors import TreeError
from tree.explanation import Decided, Explanation
from tree.memory import Memory
from tree.wording import shown


class Commands:
    """Thin: each command asks the session, and says in a table what it found.

    Args:
        session: What is open at the moment; None before the store is.
    """

    def __init__(self, session: Callable[[], Session | None]) -> None:
        self._session = session

    @command.command("rote.explain")
    def explain(self, flows: Sequence[flow.Flow]) -> types.Data:
        """Say why a request was answered from memory, or was not; of several flows, the last one's."""
        for one in reversed(flows):
            if name := one.metadata.get(marks.NAME):
                found = self._asked(partial(Session.decided, name=name))
                if found is None:
                    raise exceptions.CommandError(
                        "Its decision is not in the log: too new (wait a second), too old, or another proxy's."
                    )
                return _table(_story(found))
        raise exceptions.CommandError("Rote decided nothing about these flows.")

    @command.command("rote.decision")
    def decision(self, number: int) -> types.Data:
        """Say all about a decision by its number, as `rote explain --list` shows them."""
        found = self._memory().decision(number)
        if found is None:
            raise exceptions.CommandError(f"Decision {number} is not in the log.")
        return _table(_story(found))

    @command.command("rote.decisions")
    def decisions(self) -> types.Data:
        """List the last decisions, newest first."""
        found = self._memory().decisions(_LISTED)
        return _table(
            [
                str(one.number),
                phrases.clock(one.at_ns),
                phrases.short(one.outcome),
                phrases.took(one.latency_ms),
                one.model,
                phrases.in_short(one).replace("\n", " "),
            ]
            for one in found
        )

    @command.command("rote.stats")
    def stats(self) -> types.Data:
        """Say what memory saved."""
        found = savings(self._asked(lambda session: session.tallies()), load())
        audits = found.audits
        rows = [
            ["requests", f"{found.requests:,}"],
            ["served", f"{found.hits.total:,} ({wording.share(found.hits.total, found.requests)})"],
            ["forwarded", f"{found.misses:,}"],
            ["tokens saved", wording.tokens(wording.saved_in_all(found))],
            [
                "money saved",
                f"{wording.money(found.money_saved_usd)}, net of {wording.money(audits.usd)} for audits",
            ],
            ["waiting saved", wording.duration(found.seconds_saved)],
            [
                "audits",
                f"{audits.same:,} the same, {audits.different:,} different, {audits.unknown:,} in other words",
            ],
        ]
        return _table(rows)

    @command.command("rote.mode")
    @command.argument("mode", type=types.Choice("rote.modes"))
    def mode(self, mode: str) -> None:
        """Serve from memory, watch in shadow, replay only, or be off."""
        ctx.options.update(rote_mode=mode)

    @command.command("rote.modes")
    def modes(self) -> Sequence[str]:
        """The modes that there are."""
        return list(MODES)

    def _memory(self) -> Memory:
        session = self._session()
        if session is None or session.memory is None:
            trouble = session.trouble if session else "it is not open yet"
            raise exceptions.CommandError(f"There is no memory: {trouble}.")
        return session.memory

    def _asked[T](self, ask: Callable[[Session], T]) -> T:
        session = self._session()
        if session is None:
            raise exceptions.CommandError("There is no memory: it is not open yet.")
        try:
            return ask(session)
        except TreeError as error:
            raise exceptions.CommandError(str(error)) from error


_LISTED = 50


def _table(rows: Iterable[list[str]]) -> types.Data:
    """Rows as mitmproxy's prompt and mitmweb take them."""
    return cast("types.Data", list(rows))


def _story(one: Decided) -> Iterator[list[str]]:
    """A decision in two columns: what of it, and in what words."""
    yield [
        "decision",
        f"{one.number}: {phrases.headline(one.outcome)}, at {phrases.clock(one.at_ns)}",
    ]
    yield ["about", phrases.about(one)]
    yield from (["why", line] for line in phrases.reasons(one))
    yield from (["audit", line] for line in phrases.verdict(one))
    if cost := phrases.cost(one, load()):
        yield ["cost", cost]
    if one.explanation:
        yield from _grounds(one.explanation)


def _grounds(why: Explanation) -> Iterator[list[str]]:
    yield ["path", phrases.path(why)]
    if why.answer:
        yield ["answer", why.answer]
    yield from (["value", f"{one.place}: {shown(one.value)}"] for one in phrases.bindings(why)[0])
    for one in why.programs:
        yield ["program", f"{one.leaf} = {shown(one.value)}: {one.program}"]
    yield from (["condition", guard] for guard in why.guards)
    if why.evidence:
        yield ["evidence", phrases.evidence(why.evidence)]
    if why.nearest:
        yield ["nearest", phrases.nearest(why.nearest)]
        yield ["now", why.nearest.ours or "nothing"]
        yield ["recorded", why.nearest.theirs or "nothing"]
