"""One request on its way through the proxy: from the first hook of its flow to the last, all that Rote knows of it."""

import logging
import time
from collections.abc import Callable

from mitmproxy import http

from addon import bindings, gateways
from addon.aside import Aside
from addon.coding import CodingError, undone
from addon.credential import is_signed_anew, public_query, tenant, without_credentials
from addon.decision import Decision
from addon.directives import Directives, read
from addon.ledger import Names
from addon.twins import Flight
from addon.wire.codec import Codec, Form, Prompt, WireError, WireRequest
from addon.wire.held import Given
from addon.wire.lately import Lately, Own
from tree.canonical import Place
from tree.explaining.explanation import Aftermath
from tree.memory import Hit, Miss
from tree.message import Bindings, Conversation, Scope

logger = logging.getLogger(__name__)

OWN_PREFIX = "rote-"
"""Request headers that begin so are for Rote alone and never reach a provider."""


_NOT_READ = Conversation(Scope(tenant="", api="", origin="", model="", settings=None), ())


class Exchange:
    """One request to a provider and what is known of it so far.

    Args:
        codec: The wire format of its API; None where no conversation is asked for.
        request: Rote's own headers are taken off it.
    """

    conversation = _NOT_READ
    _tenant_key = b""
    name = b""
    """Names the very bytes of it; empty where they alone do not tell what it means."""
    place: Place | None = None
    """Where the conversation ends in the tree, where that is known for the same bytes came before."""
    form = Form(stream=False)
    """How the client wants its answer."""
    given: Given | None = None
    """What is new in it, where its answer may be named by a later request."""
    names: Names | None = None
    """What ids stand for with this tenant at this host, where that may matter."""
    instead: bytes | None = None
    """The body that its provider is to get, where the client named what was made here."""
    bindings: Bindings = ()
    """What of the request the client declared to be data."""
    trouble = ""
    """Why a declaration was ignored; empty if none was."""
    hit: Hit | None = None
    """What memory answers; in shadow, what it would have answered."""
    miss: Miss | None = None
    """Where the conversation left what was seen literally; None if it did not, or nobody looked."""
    decision: Decision | None = None
    decided_ms = 0.0
    """Milliseconds from the last byte of the request to the decision."""
    response: http.Response | None = None
    """Set where the request is answered here."""
    to_audit = False
    """The answer was generalised, and is to be compared with the provider's own."""
    audits: Hit | None = None
    """What was served to a client; this request is the same again, to see whether that was right."""
    flight: Flight | None = None
    """Others may wait for the answer to this request."""
    ref = audited_ref = 0
    """How the recorder knows the decision about it, and the one about what it audits; 0 for neither."""
    heard: Callable[[Aftermath], None] | None = None
    """Told what came of it, where somebody shows that."""
    passing = False
    """An answer that may be remembered is on its way to the client."""

    def __init__(self, codec: Codec | None, request: http.Request) -> None:
        self.codec = codec
        self.request = request
        # Each look into mitmproxy's headers walks and spells all of them anew: one walk has to do.
        self._headers = plain_headers(request.headers)
        self.directives: Directives = read(self._header("cache-control"))
        self.aside = Aside()
        """Its answer, as far as it has passed."""
        if any(name.startswith(OWN_PREFIX) for name, _ in self._headers):
            if codec is not None and (declared := self._header(bindings.HEADER.lower())):
                self._declare(declared)
            self._headers = tuple(f for f in self._headers if not f[0].startswith(OWN_PREFIX))
            own = OWN_PREFIX.encode()
            request.headers.fields = tuple(
                f for f in request.headers.fields if not f[0].lower().startswith(own)
            )

    def _header(self, name: str) -> str:
        return ", ".join(value for key, value in self._headers if key == name)

    def _declare(self, header: str) -> None:
        try:
            self.bindings = bindings.read(header)
        except bindings.BindingsError as error:
            self.trouble = str(error)
            logger.warning("%s", error)

    def read(
        self,
        codec: Codec,
        tenant_key: bytes,
        *,
        shared_as: str | None,
        lately: Lately | None = None,
    ) -> Prompt:
        """Read the request; `conversation` is known afterwards.

        Raises:
            WireError: It cannot be read; the message says why.
        """
        self._tenant_key = tenant_key
        whose = self.tenant(tenant_key, shared_as=shared_as)
        own = lately.of(f"{whose} {codec.api}") if lately else None
        prompt = codec.read_request(self._on_the_wire(own))
        self._take(prompt, whose)
        return prompt

    def repeat(self, prompt: Prompt, conversation: Conversation, place: Place) -> None:
        """What was read of the same bytes before is what would be read of them now."""
        self.conversation, self.place = conversation, place
        self.form, self.given = prompt.form, prompt.given

    def tenant(self, tenant_key: bytes, *, shared_as: str | None) -> str:
        """Whose memory is asked: a keyed hash of the credential, or what stands for all."""
        return shared_as or tenant(_joined(self._headers), self._query, tenant_key)

    @property
    def signed_anew(self) -> bool:
        """Whether nobody can tell that two requests are of this one's sender."""
        return is_signed_anew(self._header("authorization"), self._query)

    def _take(self, prompt: Prompt, tenant: str) -> None:
        settings, by_gateway = prompt.settings, gateways.chosen(self._public, self._tenant_key)
        scope = Scope(
            tenant=tenant,
            api=self.codec.api if self.codec else "",
            origin=self.origin,
            model=prompt.model,
            settings={**settings, "gateway": by_gateway} if by_gateway else settings,
        )
        self.conversation = Conversation(scope, prompt.messages, prompt.ids)
        self.form, self.given = prompt.form, prompt.given

    def _on_the_wire(self, lately: Own | None = None) -> WireRequest:
        return WireRequest(
            path=self.request.path.partition("?")[0],
            query=public_query(self._query, self._tenant_key),
            headers=self._public,
            body=self.plain_body(),
            lately=lately,
        )

    @property
    def _public(self) -> tuple[tuple[str, str], ...]:
        return without_credentials(self._headers)

    @property
    def _query(self) -> tuple[tuple[str, str], ...]:
        return tuple(self.request.query.items(multi=True)) if "?" in self.request.path else ()

    def plain_body(self) -> bytes:
        """The request's body without its content coding.

        Raises:
            WireError: The coding cannot be undone.
        """
        coding = self._header("content-encoding")
        body = self.request.raw_content or b""
        try:
            return undone(body, coding) if coding else body
        except CodingError as error:
            raise WireError(str(error)) from error

    def unfold(self, codec: Codec) -> Prompt:
        """Read the request with what it leans on in its place; `instead` is known afterwards.

        Raises:
            WireError: It cannot be read.
            TreeError: The store cannot be read.
        """
        assert self.names is not None  # noqa: S101 - what it leans on was looked up there
        unfolded = codec.unfold(self._on_the_wire(), self.names)
        self.instead = unfolded.body
        self._take(unfolded.prompt, self.conversation.scope.tenant)
        return unfolded.prompt

    def go_instead(self) -> None:
        """Have the provider get what it can understand, where the client named what was made here."""
        if self.instead is None:
            return
        self.request.raw_content = self.instead
        self.request.headers.pop("content-encoding", None)
        if "content-length" in self.request.headers:
            self.request.headers["content-length"] = str(len(self.instead))

    def decide(self, decision: Decision) -> None:
        """This is what becomes of it."""
        self.decision, self.decided_ms = decision, self.waited_ms

    @property
    def waited_ms(self) -> float:
        """Milliseconds since the last byte of the request."""
        since = self.request.timestamp_end or self.request.timestamp_start
        return max(0.0, (time.time() - since) * 1000)

    @property
    def origin(self) -> str:
        """The host that was asked, with its port where that is not the usual one."""
        usual = {"https": 443, "http": 80}.get(self.request.scheme)
        host, port = self.request.host, self.request.port
        return host if port == usual else f"{host}:{port}"


def _joined(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The headers by name, those that came several times as RFC 9110, section 5.3 joins them."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def plain_headers(headers: http.Headers) -> tuple[tuple[str, str], ...]:
    """Names in lower case, and values as text; bytes that are no UTF-8 survive."""
    return tuple(
        (name.decode("utf-8", "surrogateescape").lower(), value.decode("utf-8", "surrogateescape"))
        for name, value in headers.fields
    )
