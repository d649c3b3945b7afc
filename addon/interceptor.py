"""The hooks: read, decide, fabricate or forward, and hand over what passed.

The first rule of every hook: what cannot be read, decided or stored is forwarded untouched with one log line, and
nothing is ever raised. The event loop only reads and matches; parsing answers, writing and learning are the
recorder's, on a thread of its own.
"""

import functools
import gc
import logging
import random
import sys
from collections.abc import Awaitable, Callable

from mitmproxy import contentviews, ctx, exceptions, http
from mitmproxy.addonmanager import Loader
from mitmproxy.flow import Flow
from msgspec import Struct

from addon import dispatch, options, surroundings
from addon.authority import AuthorityError
from addon.clerk import Clerk
from addon.dashboard.app import make_app
from addon.dashboard.bridge import answer
from addon.dashboard.sight import Sight
from addon.exchange import Exchange, plain_headers
from addon.fabricate import announce
from addon.hosts import OWN_HOST, Directory
from addon.judge import Judge
from addon.report import decisions, health, metrics, stats
from addon.retrieval import may_lean
from addon.session import Session
from addon.shown import marks
from addon.shown.commands import Commands
from addon.shown.views import RoteContentview
from addon.wire.catalogue import CODECS
from addon.wire.codec import Codec
from tree.errors import TreeError
from tree.explaining.explanation import Decided
from tree.memory import Hit

logger = logging.getLogger(__name__)

_SWITCH_S = 0.0001
"""Every call to the system lets go of the interpreter, and a request makes ten: each may wait so long for learning."""


class Audited(Struct, frozen=True):
    """What was served, and is to be compared with the provider's own answer."""

    hit: Hit
    ref: int
    """How the recorder knows the decision."""
    flow: http.HTTPFlow
    """The client's."""


_OWN_ERROR = "the request goes on without Rote, whose own error this is"

type Hook = Callable[["Rote", http.HTTPFlow], Awaitable[None] | None]


def harmless(hook: Hook) -> Hook:
    """Let a bug in a hook cost one log line instead of a request."""

    @functools.wraps(hook)
    def guarded(self: "Rote", flow: http.HTTPFlow) -> Awaitable[None] | None:
        try:
            rest = hook(self, flow)
        except Exception:
            logger.exception(_OWN_ERROR)
            self.let_go(flow)
            return None
        return None if rest is None else to_its_end(self, flow, rest)

    async def to_its_end(self: "Rote", flow: http.HTTPFlow, rest: Awaitable[None]) -> None:
        try:
            await rest
        except Exception:
            logger.exception(_OWN_ERROR)
            self.let_go(flow)

    return guarded


class Rote:
    """The mitmproxy addon."""

    def __init__(self) -> None:
        self._directory = Directory((), CODECS)
        self._settings: options.Settings | None = None
        self._session: Session | None = None
        self._patterns: tuple[str, ...] = ()
        self._running = False
        self._live: dict[str, Exchange] = {}
        self._clerk = Clerk(self._live)
        self._audits: dict[str, Audited] = {}
        """What was served, by the id of the flow that asks for it again."""
        self._source = random.Random()  # noqa: S311 - ids must be new, not secret
        sight = Sight(
            health=lambda: health(self._session, self._settings),
            stats=lambda: stats(self._session),
            decisions=lambda limit: decisions(self._session, limit),
            tallies=lambda: self._session.tallies() if self._session else {},
            memory=lambda: self._session.memory if self._session else None,
            metrics=lambda accept: metrics(self._session, self._settings, accept),
            max_error=lambda: self._settings.max_error if self._settings else 0.0,
        )
        self._app = make_app(sight)
        self.addons = [Commands(lambda: self._session)]
        """Further ones, which mitmproxy finds here."""

    def load(self, loader: Loader) -> None:
        """Declare the options; nothing is opened before `running`."""
        options.declare(loader)

    def configure(self, updated: set[str]) -> None:
        """Reject a bad option while it can still be refused, and take in a good one."""
        # The console program has no such option; it shows its log on demand.
        self._clerk.telling = getattr(ctx.options, "termlog_verbosity", "info") in ("info", "debug")
        if "mode" not in updated and not any(name.startswith("rote_") for name in updated):
            return
        settings = options.read(ctx.options)
        try:
            directory = Directory(settings.hosts, CODECS)
        except ValueError as error:
            raise exceptions.OptionsError(f"rote_hosts: {error}") from error
        self._settings, self._directory = settings, directory
        if self._running:
            self._arrange(settings)

    def running(self) -> None:
        """Open the store and arrange mitmproxy's own options."""
        self._running = True
        contentviews.add(RoteContentview(self._codec_of, self._decided_of))
        # Learning is busy Python on another thread; the event loop gets its turn back this much sooner.
        sys.setswitchinterval(_SWITCH_S)
        self._arrange(self._settings or options.read(ctx.options))
        surroundings.hush()
        dispatch.attend(ctx.master.addons)
        # What there is now stays. Unfrozen, the collector walks all of it every few hundred requests, for 20 ms.
        gc.collect()
        gc.freeze()

    def done(self) -> None:
        """Finish what is queued and close the store, for a reload opens it again in this process."""
        self._running = False
        if self._session:
            self._session.close()
        self._session = None
        self._clerk.rest()

    def _codec_of(self, host: str, port: int, path: str) -> Codec | None:
        return self._directory.codec(host, port, path)

    def _decided_of(self, flow: Flow) -> Decided | None:
        name = flow.metadata.get(marks.NAME)
        try:
            return self._session.decided(name) if self._session and name else None
        except TreeError:
            return None

    def _arrange(self, settings: options.Settings) -> None:
        if self._session is None or not self._session.fits(settings):
            if self._session:
                self._session.close()
            self._session = Session(settings)
        session = self._session
        judge = Judge(settings, session.memory, self._source, session.versions, session.book)
        self._clerk.serve(judge, session)
        session.twins.patience_s = settings.wait_s
        try:
            self._patterns = surroundings.prepare(ctx.options, self._directory, self._patterns)
        except AuthorityError as error:
            logger.warning("mitmproxy's own CA is used, for %s", error)

    @harmless
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Let through at once what is no conversation, however long it is."""
        exchange = self._begin(flow)
        if exchange and exchange.codec is None and not may_lean(flow.request):
            # At once: what is no conversation is never unsettled.
            self._clerk.decide(flow, exchange)
            flow.request.stream = exchange.response is None

    @harmless
    def request(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        """Answer `flow` if its answer is known; otherwise let it go on."""
        if flow.request.host == OWN_HOST and _is_untouched(flow):
            return answer(self._app, flow)
        exchange = self._live.get(flow.id)
        if exchange and exchange.decision is None and _is_untouched(flow):
            return self._clerk.decide(flow, exchange)
        return None

    @harmless
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        """Let the answer through as it arrives, keeping a copy of one that may be remembered."""
        exchange, response = self._live.get(flow.id), flow.response
        if not exchange or not exchange.decision or not response or exchange.response is response:
            return
        announce(response, exchange.decision)
        # Where somebody may look at the flow, a copy is kept of what no memory wants, too.
        response.stream = exchange.aside.keep if exchange.codec else True
        complete = response.status_code // 100 == 2  # noqa: PLR2004 - RFC 9110, section 15.3
        if complete and exchange.decision.stored and self._session:
            self._session.watch(exchange)
        elif exchange.flight:
            exchange.flight.land(None)

    @harmless
    def response(self, flow: http.HTTPFlow) -> None:
        """Hand over what has passed in full."""
        exchange = self._live.pop(flow.id, None)
        if exchange and exchange.to_audit and exchange.hit:
            self._audit(flow, Audited(exchange.hit, exchange.ref, flow))
        if exchange and exchange.passing and self._session and flow.response:
            self._session.take(exchange, plain_headers(flow.response.headers))
        elif exchange and exchange.flight:
            exchange.flight.land(None)
        if exchange and exchange.codec and not exchange.response:
            marks.show_body(flow, exchange.aside.body)

    @harmless
    def error(self, flow: http.HTTPFlow) -> None:
        """What broke off, on either side, is not remembered."""
        self.let_go(flow)

    def let_go(self, flow: http.HTTPFlow) -> None:
        """Keep nothing of a flow."""
        exchange = self._live.pop(flow.id, None)
        if exchange and exchange.flight:
            exchange.flight.land(None)
        if exchange and self._session:
            self._session.dismiss(exchange)

    def _begin(self, flow: http.HTTPFlow) -> Exchange | None:
        """Take notice of a request to a provider."""
        request = flow.request
        if not _is_untouched(flow) or not self._directory.is_provider(request.host, request.port):
            return None
        path = request.path.partition("?")[0]
        posted = request.method == "POST"
        codec = self._directory.codec(request.host, request.port, path) if posted else None
        self._live[flow.id] = exchange = Exchange(codec, request)
        if audited := self._audits.pop(flow.id, None):
            exchange.audits, exchange.audited_ref = audited.hit, audited.ref
            exchange.heard = marks.hearing(flow, audited.flow)
            if audited.hit.declared:
                exchange.bindings = audited.hit.declared.bindings
        return exchange

    def _audit(self, flow: http.HTTPFlow, audited: Audited) -> None:
        """Ask the provider what was answered here, now that the client has its answer."""
        again = flow.copy()
        again.response = None
        self._audits[again.id] = audited
        ctx.master.commands.call("replay.client", [again])


def _is_untouched(flow: http.HTTPFlow) -> bool:
    """Whether a flow is alive and nobody else has answered it."""
    return flow.live and flow.response is None and flow.error is None
