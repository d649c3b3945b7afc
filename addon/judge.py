"""Decides what becomes of a request: served, forwarded, or refused where it must not be forwarded.

Every path ends in a `Decision` that says why. Only `serve` mode answers from memory; nothing here writes.
"""

import logging
import random
import time

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from addon.credential import SHARED
from addon.decision import Decision, Outcome
from addon.exchange import Exchange
from addon.fabricate import answered, refused
from addon.figures.drift import Versions
from addon.ledger import Book
from addon.options import Settings
from addon.reading import Reader
from addon.retrieval import name_in, retrieve
from addon.twins import WAITED
from addon.wire.codec import Codec, Form, Prompt, WireError
from addon.wire.held import Holding
from addon.wire.mint import Mint
from addon.wire.ready import Ready
from addon.words.nearest import nearest_in_words
from tree.canonical import NodeId, ScopeId, path_of, scope_id, spelling_of
from tree.declared.hinting import DIFFERED
from tree.errors import TreeError
from tree.explaining.telling import abstained
from tree.memory import Hit, Memory, Miss, Unforeseen
from tree.message import Observation

logger = logging.getLogger(__name__)

BY_CLIENT = "declared by the client"
NO_CONVERSATION = "no conversation is asked for at this path"
SIGNED_ANEW = (
    "each request has a signature of its own (AWS SigV4), so nobody can be known by it; "
    "rote_share=all goes without that"
)


_SHORT_BYTES, _NEW_BYTES = 64 << 10, 8 << 10
"""To find what follows a request of this size, of which no more than that is new, takes half a millisecond; the way to
another thread and back takes as long where little else is to be done, and several times as long where much is. Rerun:
`scripts/bench misses`."""

_encode = msgspec.json.Encoder().encode


class Unsettled(Struct, frozen=True):
    """A request that takes longer to decide."""

    codec: Codec
    memory: Memory
    form: Form
    found: Hit | Miss
    """What is known literally. An answer is unsettled too, where it has to be kept what its id stands for."""


class Judge:
    """Decides under one set of options.

    Args:
        settings: The options.
        memory: What is known; None where the store cannot be used.
        source: Where the randomness of fresh ids comes from.
        versions: Which models answer with a new version, and are audited more for it.
        book: What ids stand for that were given away; None for what the memory holds.
    """

    def __init__(
        self,
        settings: Settings,
        memory: Memory | None,
        source: random.Random,
        versions: Versions | None = None,
        book: Book | None = None,
    ) -> None:
        self._settings = settings
        self._memory = memory
        self._source = source
        self._versions = versions
        self._book = Book(memory) if memory and book is None else book
        self._reader = Reader(self._book, self._shared_as)
        self._ready = Ready()

    def judge(self, exchange: Exchange) -> Decision | Unsettled:
        """Decide by what was seen literally; where the request is answered here, `exchange.response` is set.

        What was never seen is unsettled: `settle` decides it, which takes longer.
        """
        try:
            if exchange.codec is None:
                return self._retrieve(exchange) or self._bypass(exchange, NO_CONVERSATION)
            if self._memory is None:
                return self._bypass(exchange, "the store cannot be used; `rote doctor` says why")
            return self._recall(exchange, exchange.codec, self._memory)
        except TreeError as error:
            logger.warning("forwarded, for the store failed: %s", error)
            return self._bypass(exchange, "the store failed")

    def is_quick(self, exchange: Exchange, unsettled: Unsettled) -> bool:
        """Whether to `settle` a request takes no longer than to hand it to another thread."""
        known = unsettled.found
        return (
            isinstance(known, Miss)
            and exchange.given is None  # where there is something, it may have to be written
            and len(exchange.request.raw_content or b"") <= _SHORT_BYTES
            and len(_encode(exchange.conversation.messages[known.known :])) <= _NEW_BYTES
            and not unsettled.memory.is_learning
            and not self._forbidden(exchange)
        )

    def settle(self, exchange: Exchange, unsettled: Unsettled) -> Decision:
        """Decide by what was learnt; takes milliseconds, and may be called on any thread."""
        codec, known = unsettled.codec, unsettled.found
        try:
            if isinstance(known, Hit):
                return self._found(exchange, codec, unsettled.form, known)
            return self._settle_unseen(exchange, unsettled, known)
        except TreeError as error:
            logger.warning("forwarded, for the store failed: %s", error)
            exchange.hit = exchange.response = None
            return self._bypass(exchange, "the store failed")

    def _settle_unseen(self, exchange: Exchange, unsettled: Unsettled, known: Miss) -> Decision:
        found = self._foresee(exchange, unsettled.memory)
        exchange.miss = known
        if isinstance(found, Miss):
            unforeseen = found.unforeseen or Unforeseen(found.reason)
            reason = found.reason
            if unforeseen.reason:
                reason = reason.replace(unforeseen.reason, abstained(unforeseen))
            why = "; ".join(filter(None, (known.reason, reason)))
            return self._miss(exchange, why, replace(known, unforeseen=unforeseen))
        decision = self._found(exchange, unsettled.codec, unsettled.form, found)
        if decision.hit:
            share = self._settings.audit
            if self._versions is not None:
                share = self._versions.share(exchange.conversation.scope, share)
            if found.declared:
                due = self._source.random() < share
            else:
                due = unsettled.memory.served(exchange.conversation, found, share)
            exchange.to_audit = share > 0 and due
        return decision

    def asks(self, exchange: Exchange, decision: Decision | Unsettled) -> NodeId | ScopeId | None:
        """What this request asks, if its answer is not known and may be shared with those who ask the same."""
        if self._settings.mode != "serve" or exchange.directives.only_if_cached:
            return None
        found = decision.found if isinstance(decision, Unsettled) else exchange.miss
        return found.asked if isinstance(found, Miss) else None

    def share(self, exchange: Exchange, seen: Observation) -> Decision | None:
        """Answer with what an equal request brought a moment ago; None if that does not fit this one."""
        answer, asked = seen.answer, exchange.conversation
        sealed = answer.message.signed or asked.signed
        if exchange.codec is None or (
            sealed and spelling_of(seen.conversation) != spelling_of(asked)
        ):
            return None
        hit = Hit(
            answer=answer,
            node=path_of(asked)[-1] if asked.messages else NodeId(scope_id(asked.scope)),
            detail="literal",
            sealed=sealed,
            at_ns=seen.at_ns,
            latency_ms=seen.latency_ms,
        )
        decision = self._serve(exchange, exchange.codec, exchange.form, hit)
        exchange.hit = hit if decision.hit else None
        return replace(decision, note=WAITED) if decision.hit else None

    def _foresee(self, exchange: Exchange, memory: Memory) -> Hit | Miss:
        """What was declared, and where nothing was, what was learnt."""
        now_ns = time.time_ns()
        if not exchange.bindings:
            return memory.foresee(exchange.conversation, now_ns)
        declared = memory.declared(exchange.conversation, exchange.bindings, now_ns)
        if isinstance(declared, Hit) or declared.reason == DIFFERED:
            return declared
        exchange.trouble = f"Rote-Bindings: {declared.reason}"
        return memory.foresee(exchange.conversation, now_ns)

    def failed(self, exchange: Exchange) -> Decision:
        """What becomes of a request over which Rote itself stumbled."""
        return self._bypass(exchange, "an error within Rote; see its log")

    def _recall(self, exchange: Exchange, codec: Codec, memory: Memory) -> Decision | Unsettled:
        try:
            prompt = self._reader.read(exchange, codec, memory)
        except WireError as error:
            logger.warning("forwarded as it is, for it cannot be read: %s", error)
            return self._bypass(exchange, f"the request cannot be read: {error}")
        if why := self._out_of_reach(exchange, prompt):
            return self._bypass(exchange, why)
        if exchange.audits:
            return self._miss(exchange, "an audit of what was served")
        if exchange.directives.no_store or exchange.directives.no_cache:
            learn = not exchange.directives.no_store
            said = "no-cache" if learn else "no-store"
            return self._miss(exchange, f"the client said {said}", stored=learn)
        found = memory.recall(exchange.conversation, time.time_ns(), exchange.place)
        # What the answer's id stands for is written before the client has it: not on the event loop.
        if memory.generalises if isinstance(found, Miss) else exchange.given:
            return Unsettled(codec, memory, prompt.form, found)
        if isinstance(found, Hit):
            self._reader.answered(exchange, prompt, memory, found)
        return self._found(exchange, codec, prompt.form, found)

    def _out_of_reach(self, exchange: Exchange, prompt: Prompt) -> str:
        """Why memory has nothing to do with this request; empty if it has."""
        if self._settings.mode == "off":
            return "rote_mode is off"
        anew = self._shared_as is None and exchange.signed_anew
        return prompt.not_repeatable or (SIGNED_ANEW if anew else "")

    def _found(self, exchange: Exchange, codec: Codec, form: Form, found: Hit | Miss) -> Decision:
        if isinstance(found, Miss):
            return self._miss(exchange, found.reason, found)
        exchange.hit = found
        if self._settings.mode == "shadow":
            return self._miss(exchange, f"in shadow; known as {found.detail}")
        return self._serve(exchange, codec, form, found)

    def _serve(self, exchange: Exchange, codec: Codec, form: Form, hit: Hit) -> Decision:
        now_s = time.time()
        mint = Mint(
            self._source,
            now_s,
            sealed=hit.sealed,
            age_s=now_s - hit.at_ns / 1_000_000_000,
            taken=exchange.conversation.ids,
        )
        try:
            response = self._ready.write(codec, hit.answer, form, mint)
            _keep(exchange, mint)
        except WireError as error:
            exchange.hit = None
            return self._miss(exchange, f"known, but not in the form asked for: {error}")
        outcome = Outcome.HIT_LITERAL if hit.detail == "literal" else Outcome.HIT_TEMPLATE
        note = exchange.trouble or (BY_CLIENT if hit.declared else "")
        decision = Decision(outcome, hit.detail, key=hit.node.hex(), note=note)
        exchange.response = answered(response, decision, now_s)
        return decision

    def _miss(
        self, exchange: Exchange, detail: str, miss: Miss | None = None, *, stored: bool = True
    ) -> Decision:
        exchange.miss = miss
        if why := self._forbidden(exchange):
            return self._refuse(exchange, detail, why, self._nearest(exchange, miss))
        return Decision(Outcome.MISS, detail, stored=stored, note=exchange.trouble)

    def _bypass(self, exchange: Exchange, detail: str) -> Decision:
        if why := self._forbidden(exchange):
            return self._refuse(exchange, detail, why, "")
        return Decision(Outcome.BYPASS, detail)

    def _forbidden(self, exchange: Exchange) -> str:
        """Why this request must not be forwarded; empty if it may."""
        if self._settings.mode == "replay":
            return "rote_mode is replay"
        return "the client said only-if-cached" if exchange.directives.only_if_cached else ""

    def _refuse(self, exchange: Exchange, detail: str, why: str, nearest: str) -> Decision:
        decision = Decision(Outcome.UNAVAILABLE, detail, note=exchange.trouble)
        text = f"Rote cannot answer this request, and {why}: {detail}. {nearest}".strip()
        exchange.response = refused(decision, text)
        return decision

    @property
    def _shared_as(self) -> str | None:
        return SHARED if self._settings.share == "all" else None

    def _retrieve(self, exchange: Exchange) -> Decision | None:
        """Answer what is asked about a response that was made here; None where it is about nothing of that kind."""
        if self._book is None or not name_in(exchange.request.path.partition("?")[0]):
            return None
        tenant = exchange.tenant(self._book.memory.tenant_key, shared_as=self._shared_as)
        return retrieve(exchange, self._book.of(tenant, exchange.origin))

    def _nearest(self, exchange: Exchange, miss: Miss | None) -> str:
        if miss is None or self._memory is None:
            return ""
        return nearest_in_words(self._memory.nearest(exchange.conversation, miss))


def _keep(exchange: Exchange, mint: Mint) -> None:
    """Keep what the ids of an answer stand for, where its client may name it later.

    Raises:
        TreeError: That could not be kept.
        WireError: It cannot be kept.
    """
    if mint.named is None or exchange.given is None or exchange.names is None:
        return
    holding = Holding(exchange.given, *mint.named)
    if holding.made:
        exchange.names.keep(holding)
    else:
        exchange.names.keep_calls(mint.calls)
        exchange.names.note(holding)
