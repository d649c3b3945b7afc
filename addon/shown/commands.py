"""`rote.*` commands for mitmproxy's prompt and mitmweb's command bar; tables, as both of them show these best."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Literal, cast

from mitmproxy import command, ctx, exceptions, flow, types
from mitmproxy.log import ALERT

from addon.figures.prices import load
from addon.figures.savings import savings
from addon.options import MODES
from addon.session import Session
from addon.shown import marks
from addon.words import phrases, wording
from tree.control import forgetting
from tree.control.selecting import Selection
from tree.control.steering import Steering
from tree.errors import TreeError
from tree.explaining.explanation import Decided, Explanation
from tree.explaining.wording import shown
from tree.memory import Memory

logger = logging.getLogger(__name__)


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
        return _table(_story(self._decided(_noted(flows)[-1])))

    @command.command("rote.decision")
    def decision(self, number: int) -> types.Data:
        """Say all about a decision by its number, as `rote explain --list` shows them."""
        with _told():
            found = self._memory().decision(number)
        if found is None:
            raise exceptions.CommandError(f"Decision {number} is not in the log.")
        return _table(_story(found))

    @command.command("rote.decisions")
    def decisions(self) -> types.Data:
        """List the last decisions, newest first."""
        with _told():
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

    @command.command("rote.trust")
    def trust(self, flows: Sequence[flow.Flow]) -> None:
        """Serve what answered this flow without more evidence, until it is wrong once; never prune or let it age."""
        self._steer(flows, Steering.trust, "trusted")

    @command.command("rote.distrust")
    def distrust(self, flows: Sequence[flow.Flow]) -> None:
        """Never answer again from what answered this flow, or was recorded of it, until that is taken back."""
        self._steer(flows, Steering.distrust, "distrusted")

    @command.command("rote.undecide")
    def undecide(self, flows: Sequence[flow.Flow]) -> None:
        """Take back trust or distrust."""
        self._steer(flows, Steering.undecide, "neither trusted nor distrusted")

    @command.command("rote.forget")
    @command.argument("sure", type=types.Choice("rote.sure"))
    def forget(self, flows: Sequence[flow.Flow], sure: str = "") -> types.Data:
        """Say what would go with what was recorded of these flows, or answered them; with `yes`, forget it for good."""
        memory = self._memory()
        meant = {_target(one): one for one in map(self._decided, _noted(flows))}
        # All of the journal is looked through: not on the thread that serves.
        act = _forget if sure else _weigh
        threading.Thread(target=act, args=(memory, list(meant)), daemon=True).start()
        rows = [
            [_named(target), phrases.clock(one.at_ns), phrases.in_short(one)]
            for target, one in meant.items()
        ]
        return _table([*rows, _SURE if sure else _UNSURE])

    @command.command("rote.sure")
    def sure(self) -> Sequence[str]:
        """What makes `rote.forget` do it."""
        return ["yes"]

    @command.command("rote.mode")
    @command.argument("mode", type=types.Choice("rote.modes"))
    def mode(self, mode: str) -> None:
        """Serve from memory, watch in shadow, replay only, or be off."""
        ctx.options.update(rote_mode=mode)

    @command.command("rote.modes")
    def modes(self) -> Sequence[str]:
        """The modes that there are."""
        return list(MODES)

    def _decided(self, one: flow.Flow) -> Decided:
        name = one.metadata[marks.NAME]
        found = self._asked(partial(Session.decided, name=name))
        if found is None:
            raise exceptions.CommandError(
                "Its decision is not in the log: too new (wait a second), too old, or another proxy's."
            )
        return found

    def _steer(
        self, flows: Sequence[flow.Flow], do: Callable[[Steering, str], None], done: str
    ) -> None:
        steering = Steering(self._memory())
        for one in _noted(flows):
            target = _target(self._decided(one))
            with _told():
                do(steering, target)
            logger.info("%s: %s", done, target[:_SHOWN])

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
        with _told():
            return ask(session)


_UNSURE = [
    "",
    "",
    "Nothing has gone yet: say it again with `yes` behind. The log tells how much it is.",
]
_SURE = ["", "", "Going; the log tells when it is gone."]
_WOULD_GO = "would be forgotten: %s of %s; %s would stay; say rote.forget with `yes` behind"
_GONE = "forgotten: %s of %s; %s stay"
_LISTED = 50
_SHOWN = 12
_TEMPLATE = 64
"""Digits of a template's name; a node's has half of them."""


def _noted(flows: Sequence[flow.Flow]) -> list[flow.Flow]:
    """Those of the flows that something was decided about."""
    found = [one for one in flows if one.metadata.get(marks.NAME)]
    if not found:
        raise exceptions.CommandError("Rote decided nothing about these flows.")
    return found


def _target(one: Decided) -> str:
    """What answered a request, or what was recorded of it: a template, or a node."""
    template = one.explanation.template if one.explanation else ""
    if target := template or one.asked or one.node:
        return target
    raise exceptions.CommandError(
        "Nothing was recorded of this flow, and nothing of memory answered it."
    )


def _named(target: str) -> str:
    return f"{_sort(target)} {target[:_SHOWN]}"


def _sort(target: str) -> Literal["node", "template"]:
    return "template" if len(target) == _TEMPLATE else "node"


def _weigh(memory: Memory, targets: Sequence[str]) -> None:
    """Say in the log what would go."""
    for target in targets:
        with _logged("nothing to forget"):
            effect = forgetting.plan(memory, Selection(_sort(target), target))
            exchanges = wording.count(effect.observations, "exchange")
            logger.log(ALERT, _WOULD_GO, exchanges, _named(target), effect.remaining)


def _forget(memory: Memory, targets: Sequence[str]) -> None:
    for target in targets:
        with _logged("not forgotten"):
            gone = forgetting.forget(memory, Selection(_sort(target), target))
            exchanges = wording.count(gone.observations, "exchange")
            logger.log(ALERT, _GONE, exchanges, _named(target), gone.remaining)


@contextmanager
def _told() -> Iterator[None]:
    """Tell whoever gave the command why it failed."""
    try:
        yield
    except TreeError as error:
        raise exceptions.CommandError(str(error)) from error


@contextmanager
def _logged(what: str) -> Iterator[None]:
    try:
        yield
    except TreeError as error:
        logger.warning("%s: %s", what, error)


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
