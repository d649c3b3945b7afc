"""What a person sees of a decision on its flow in mitmproxy's lists, and in the log: a mark, a comment, a line."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from mitmproxy import ctx, http
from mitmproxy.hooks import UpdateHook

from addon.decision import AUDIT, Decision, Outcome
from addon.exchange import Exchange
from addon.words import phrases
from tree.explaining.explanation import Aftermath

logger = logging.getLogger(__name__)

NAME = "rote-decision"
"""Key in a flow's metadata: how the session names the decision about it."""
_MARKS = {
    Outcome.HIT_LITERAL: ":zap:",
    Outcome.HIT_TEMPLATE: ":sparkles:",
    Outcome.MISS: ":seedling:",
    Outcome.UNAVAILABLE: ":no_entry_sign:",
}
_AUDIT, _WRONG = ":mag:", ":warning:"


def show(flow: http.HTTPFlow, exchange: Exchange, decision: Decision, name: str) -> None:
    """Mark a flow by what was decided about it; `name` is the decision's."""
    if exchange.audits is None:
        flow.comment, flow.marked = decision.comment, _MARKS.get(decision.outcome, "")
    else:
        flow.comment, flow.marked = "Rote: an audit of what was served", _AUDIT
    flow.metadata[NAME] = name


def show_body(flow: http.HTTPFlow, body: bytes | None) -> None:
    """Give a flow the body that has passed, which mitmproxy does not keep of a stream, for people to look at.

    All of it has been sent when this is called; nothing of it is sent again.
    """
    if flow.response is not None and flow.response.raw_content is None and body is not None:
        flow.response.raw_content = body
        _repaint(flow)


def hearing(flow: http.HTTPFlow, audited: http.HTTPFlow | None) -> Callable[[Aftermath], None]:
    """What to call, from any thread, with what came of a request, so that its flow says so.

    Args:
        flow: The request to the provider.
        audited: For an audit, the flow of the client's request that it audits.
    """
    loop = asyncio.get_running_loop()

    def heard(after: Aftermath) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody looks any more
            loop.call_soon_threadsafe(_tell, flow, audited, after)

    return heard


def line(exchange: Exchange, decision: Decision) -> str:
    """A decision for the log."""
    scope, took = exchange.conversation.scope, phrases.took(exchange.decided_ms)
    whom = f"{scope.model} at {exchange.origin}" if scope.model else exchange.origin
    if decision.hit and exchange.hit:
        usage = exchange.hit.answer.usage
        tokens = usage.input_tokens + usage.output_tokens
        saved = phrases.took(max(0, exchange.hit.latency_ms - exchange.decided_ms))
        note = f" ({decision.note})" if decision.note else ""
        headline = phrases.headline(decision.outcome)
        return f"{headline} in {took}{note}: {whom}; saved {tokens:,} tokens and {saved}"
    outcome = AUDIT if exchange.audits else decision.outcome
    return f"{phrases.headline(outcome)}: {whom}; {decision.words}"


def _tell(flow: http.HTTPFlow, audited: http.HTTPFlow | None, after: Aftermath) -> None:
    words = phrases.VERDICTS.get(after.verdict)
    if not words:
        return
    if audited is None:
        flow.comment += f"; {phrases.in_shadow(after.verdict)}"
    else:
        flow.comment = f"Rote: an audit; {words}"
        audited.comment += f"; audited: {words}"
        logger.info(
            "audited: %s at %s: %s", flow.request.path.partition("?")[0], flow.request.host, words
        )
    if after.verdict == "different":
        flow.marked = _WRONG
        if audited is not None:
            audited.marked = _WRONG
    _repaint(*filter(None, (flow, audited)))


def _repaint(*flows: http.HTTPFlow) -> None:
    """Have flows shown as they are now; where nothing shows them, all addons would be asked for nothing."""
    if hasattr(ctx.master, "view"):
        ctx.master.addons.trigger(UpdateHook(flows))
