"""The store, its recorder and the counters, from opening to closing; without a store, a plain proxy goes on."""

import logging
import time

from addon.decision import Decision, Outcome
from addon.exchange import Exchange
from addon.figures.drift import Versions
from addon.figures.metrics import Latencies
from addon.figures.tallies import Account
from addon.ledger import Book
from addon.notes import Note
from addon.options import Settings
from addon.recorder import Passed, Recorder
from addon.twins import Twins
from tree.errors import TreeError
from tree.explaining.explanation import Decided
from tree.memory import Limits, Memory, Tally, TallyKey
from tree.message import Answer, Conversation

logger = logging.getLogger(__name__)


class Session:
    """What is open while the proxy runs with one store."""

    def __init__(self, settings: Settings) -> None:
        self._opened_as = _identity(settings)
        self.account = Account()
        self.latencies = Latencies()
        self.twins = Twins(settings.wait_s)
        self.memory: Memory | None = None
        self.book: Book | None = None
        self.recorder: Recorder | None = None
        self.trouble = ""
        """Why there is no memory; empty if there is."""
        try:
            self.memory = Memory(
                settings.store,
                max_bytes=settings.max_bytes,
                ttl_ns=settings.ttl_ns,
                limits=Limits(settings.max_error, frozenset(settings.careful_tools)),
                renew=True,
            )
        except TreeError as error:
            self.trouble = str(error)
            # No error: mitmdump ends itself when one is logged at its start.
            logger.warning("Rote goes on as a plain proxy: %s", error)
        else:
            _tell_renewed(self.memory)
            self.book = Book(self.memory)
            self.recorder = Recorder(self.memory, self.account)

    def fits(self, settings: Settings) -> bool:
        """Whether the store is open as these options want it."""
        return self._opened_as == _identity(settings)

    def conclude(self, exchange: Exchange) -> None:
        """Take down a decision, and count one that is final; a miss is counted when its answer is known."""
        decision, now_ns = exchange.decision, time.time_ns()
        if decision is None:
            return
        if exchange.codec is not None:
            self.latencies.note(decision.outcome, exchange.decided_ms / 1_000)
        if self.recorder is not None and exchange.codec is not None:
            exchange.ref = self.recorder.note(_note(exchange, exchange.codec.api, decision, now_ns))
        if decision.outcome is Outcome.MISS:
            return
        scope = exchange.conversation.scope
        if decision.hit and exchange.hit:
            saved_ms = max(0, exchange.hit.latency_ms - round(exchange.decided_ms))
            usage = exchange.hit.answer.usage
            self.account.served(scope, usage, saved_ms, decision.outcome, now_ns)
        else:
            self.account.other(scope, decision.outcome, now_ns)

    @property
    def versions(self) -> Versions | None:
        """The versions that models answered with."""
        return self.recorder.versions if self.recorder else None

    def name(self, exchange: Exchange) -> str:
        """Names the decision about a request, among those of all proxies; empty where none was taken down."""
        return f"{self.recorder.proxy} {exchange.ref}" if self.recorder and exchange.ref else ""

    def decided(self, name: str) -> Decided | None:
        """The decision of that name; None where another proxy made it, or it is not in the log yet, or not any more.

        Raises:
            TreeError: The store cannot be read.
        """
        proxy, _, ref = name.partition(" ")
        if self.recorder is None or proxy != self.recorder.proxy:
            return None
        return self.recorder.decided(int(ref))

    def watch(self, exchange: Exchange) -> None:
        """The answer to a miss begins to pass."""
        if self.recorder is not None:
            exchange.passing = True
            self.recorder.expect()

    def dismiss(self, exchange: Exchange) -> None:
        """What was passing broke off."""
        if exchange.passing and self.recorder is not None:
            exchange.passing = False
            self.recorder.dismiss()

    def take(self, exchange: Exchange, headers: tuple[tuple[str, str], ...]) -> None:
        """What was passing has passed in full."""
        body = exchange.aside.body
        if body is None or exchange.codec is None or self.recorder is None:
            if body is None:
                logger.info("answer not remembered: it is too long")
            self.dismiss(exchange)
            if exchange.flight:
                exchange.flight.land(None)
            return
        exchange.passing = False
        passed = Passed(
            codec=exchange.codec,
            conversation=exchange.conversation,
            headers=headers,
            body=body,
            at_ns=time.time_ns(),
            latency_ms=round(exchange.waited_ms),
            foreseen=_foreseen(exchange),
            audits=exchange.audits is not None,
            bindings=exchange.bindings,
            asked_bytes=len(exchange.request.raw_content or b""),
            flight=exchange.flight,
            given=exchange.given,
            names=exchange.names,
            refs=tuple(ref for ref in (exchange.ref, exchange.audited_ref) if ref),
            heard=exchange.heard,
        )
        self.recorder.submit(passed)

    @property
    def pending(self) -> int:
        """Answers and observations not learnt yet."""
        return self.recorder.pending if self.recorder else 0

    def tallies(self) -> dict[TallyKey, Tally]:
        """All counters, those included that are not in the store yet.

        Raises:
            TreeError: The store cannot be read.
        """
        stored = self.memory.tallies() if self.memory else {}
        for key, tally in self.account.unflushed().items():
            stored[key] = stored.get(key, Tally()) + tally
        return stored

    def close(self) -> None:
        """Finish what is queued and let go of the store."""
        self.twins.disband()
        if self.recorder:
            self.recorder.stop()
        if self.memory:
            self.memory.close()
        self.recorder = self.memory = self.book = None


def _tell_renewed(memory: Memory) -> None:
    """Say that an older memory was lost.

    A new one is begun rather than none, for an agent that nobody watches would otherwise pay for every request until
    somebody does; and what was damaged is kept, for that somebody may have a copy or a cure.
    """
    if memory.store.put_aside is not None:
        logger.warning(
            "the memory in %s could not be used: %s. It is now in %s, and a new one was begun; to go back to a copy "
            "of your own, stop the proxy and put it there as data.mdb",
            memory.store.folder,
            memory.store.damage,
            memory.store.put_aside,
        )


def _identity(settings: Settings) -> tuple[object, ...]:
    opened = (settings.store, settings.max_bytes, settings.ttl_ns)
    return *opened, settings.max_error, settings.careful_tools


def _note(exchange: Exchange, api: str, decision: Decision, now_ns: int) -> Note:
    asked = exchange.conversation
    return Note(
        decision=decision,
        conversation=Conversation(asked.scope, ()) if decision.hit else asked,
        messages=len(asked.messages),
        api=api,
        origin=exchange.conversation.scope.origin or exchange.origin,
        hit=exchange.audits or exchange.hit,
        miss=exchange.miss,
        at_ns=now_ns,
        latency_ms=round(exchange.decided_ms, 3),
        audit=exchange.audits is not None,
    )


def _foreseen(exchange: Exchange) -> Answer | None:
    """What memory said, or would have said, to the same request."""
    hit = exchange.audits or exchange.hit
    return hit.answer if hit else None
