"""Brings a request before the judge, waits where it has to be waited, and takes down what was decided.

What is decided, and why, is the judge's affair. Here is what the way there takes: an equal request that went ahead is
waited for, what takes long is decided on a thread of its own, and an error of Rote's own costs one log line and no
request.
"""

import asyncio
import logging
from collections.abc import Awaitable, Container

from mitmproxy import http
from msgspec.structs import replace

from addon.decision import Decision, Outcome
from addon.exchange import Exchange
from addon.judge import Judge, Unsettled
from addon.session import Session
from addon.shown import marks
from addon.twins import IN_VAIN
from tree.message import Observation

logger = logging.getLogger(__name__)

_OWN_ERROR = "not served, for an error within Rote"


class Clerk:
    """For the event loop alone.

    Args:
        live: The ids of the flows whose clients still wait.
    """

    def __init__(self, live: Container[str]) -> None:
        self._live = live
        self._judge: Judge | None = None
        self._session: Session | None = None
        self.telling = True
        """Whether a line for each decision would be shown; it costs as much as a tenth of a hit."""

    def serve(self, judge: Judge, session: Session) -> None:
        """From now on, bring requests before this judge, and take down in this session."""
        self._judge, self._session = judge, session

    def rest(self) -> None:
        """From now on, let requests go on undecided."""
        self._judge = self._session = None

    def decide(self, flow: http.HTTPFlow, exchange: Exchange) -> Awaitable[None] | None:
        """Have it decided what becomes of a request; if that takes time, what is returned has to be waited for."""
        if self._judge is None or self._session is None:
            return None
        try:
            decision = self._judge.judge(exchange)
        except Exception:
            logger.exception(_OWN_ERROR)
            decision = self._judge.failed(exchange)
        if asked := self._judge.asks(exchange, decision):
            twins = self._session.twins
            if ahead := twins.ahead(asked):
                return self._wait(flow, exchange, decision, twins.wait(ahead), self._judge)
            exchange.flight = twins.depart(asked)
        if isinstance(decision, Unsettled):
            if not self._judge.is_quick(exchange, decision):
                return self._settle(flow, exchange, decision, self._judge)
            decision = _settled(exchange, decision, self._judge)
        self._conclude(flow, exchange, decision)
        return None

    async def _wait(
        self,
        flow: http.HTTPFlow,
        exchange: Exchange,
        decision: Decision | Unsettled,
        coming: Awaitable[Observation | None],
        judge: Judge,
    ) -> None:
        """Let an equal request go ahead, and answer with what it brings; on its own if that is nothing."""
        brought = await coming
        try:
            shared = await asyncio.to_thread(judge.share, exchange, brought) if brought else None
        except Exception:
            logger.exception(_OWN_ERROR)
            shared = None
        if shared:
            if flow.id in self._live:
                self._conclude(flow, exchange, shared)
            return
        exchange.trouble = "; ".join(filter(None, (exchange.trouble, IN_VAIN)))
        if isinstance(decision, Unsettled):
            await self._settle(flow, exchange, decision, judge)
        elif flow.id in self._live:
            self._conclude(flow, exchange, replace(decision, note=exchange.trouble))

    async def _settle(
        self, flow: http.HTTPFlow, exchange: Exchange, unsettled: Unsettled, judge: Judge
    ) -> None:
        """Decide on a thread of its own, so that other requests need not wait."""
        decision = await asyncio.to_thread(_settled, exchange, unsettled, judge)
        if flow.id in self._live:
            self._conclude(flow, exchange, decision)

    def _conclude(self, flow: http.HTTPFlow, exchange: Exchange, decision: Decision) -> None:
        exchange.decide(decision)
        if exchange.response:
            flow.response = exchange.response
            self._take_down(flow, exchange, decision)
        else:
            exchange.go_instead()
            # The request goes on as soon as this hook ends; what is noted of it need not delay it.
            asyncio.get_running_loop().call_soon(self._take_down, flow, exchange, decision)

    def _take_down(self, flow: http.HTTPFlow, exchange: Exchange, decision: Decision) -> None:
        """Note a decision, and show it."""
        if self._session is None:
            return
        try:
            self._session.conclude(exchange)
            marks.show(flow, exchange, decision, self._session.name(exchange))
            if decision.outcome is Outcome.MISS and exchange.hit:
                exchange.heard = marks.hearing(flow, None)
            if self.telling and exchange.codec is not None:
                logger.info("%s", marks.line(exchange, decision))
        except Exception:
            logger.exception("a decision was not noted, for an error within Rote")


def _settled(exchange: Exchange, unsettled: Unsettled, judge: Judge) -> Decision:
    try:
        return judge.settle(exchange, unsettled)
    except Exception:
        logger.exception(_OWN_ERROR)
        return judge.failed(exchange)
