"""The content view that shows an exchange with a provider as a conversation, in mitmproxy and in mitmweb."""

from collections.abc import Callable
from functools import lru_cache

from mitmproxy import contentviews, flow, http
from mitmproxy.contentviews import Metadata, SyntaxHighlight

from addon.credential import is_credential, without_credentials
from addon.exchange import plain_headers
from addon.shown import transcript
from addon.wire.catalogue import CODECS
from addon.wire.codec import Codec, Prompt, WireError, WireRequest, WireResponse
from tree.explaining.explanation import Decided
from tree.message import Answer

_BY_API = {codec.api: codec for codec in CODECS}
_PRIORITY = 2.0
"""Above mitmproxy's own views, whose highest is 1."""
_READ_LATELY = 4


class RoteContentview(contentviews.Contentview):
    """Messages, tool calls and results, with what was read of them and how each value of an answer was made.

    Args:
        codec_of: The codec of the API at a host, port and path; None where there is none.
        decided_of: What was decided about a flow; None where nobody knows any more.
    """

    name = "Rote"
    syntax_highlight: SyntaxHighlight = "yaml"

    def __init__(
        self,
        codec_of: Callable[[str, int, str], Codec | None],
        decided_of: Callable[[flow.Flow], Decided | None],
    ) -> None:
        self._codec_of = codec_of
        self._decided_of = decided_of

    def prettify(self, data: bytes, metadata: Metadata) -> str:
        """The conversation.

        Raises:
            WireError: It cannot be read; mitmproxy says so, or shows it as it is.
        """
        read = self._read(data, metadata)
        decided = self._decided_of(metadata.flow) if metadata.flow else None
        if isinstance(read, Answer):
            return transcript.answer(read.message, decided)
        return transcript.request(read.messages, decided)

    def render_priority(self, data: bytes, metadata: Metadata) -> float:
        """Above all other views for what can be read as a conversation, and below them for all else."""
        try:
            self._read(data, metadata)
        except WireError:
            return -1
        return _PRIORITY

    def _read(self, data: bytes, metadata: Metadata) -> Prompt | Answer:
        shown, message = metadata.flow, metadata.http_message
        if not isinstance(shown, http.HTTPFlow) or shown.request.method != "POST":
            raise WireError("this is no exchange with a provider")
        asked = shown.request
        path = asked.path.partition("?")[0]
        codec = self._codec_of(asked.host, asked.port, path)
        if codec is None or not data:
            raise WireError("no conversation is asked for at this path")
        if isinstance(message, http.Request):
            given = asked.query.items(multi=True)
            query = tuple(pair for pair in given if not is_credential(pair[0], in_query=True))
            return _request(codec.api, path, query, _fields(message), data)
        if isinstance(message, http.Response):
            return _answer(codec.api, _fields(message), data)
        raise WireError("neither a request nor a response")


type _Fields = tuple[tuple[str, str], ...]


def _fields(message: http.Message) -> _Fields:
    return without_credentials(plain_headers(message.headers))


@lru_cache(_READ_LATELY)
def _request(api: str, path: str, query: _Fields, headers: _Fields, body: bytes) -> Prompt:
    return _BY_API[api].read_request(WireRequest(path, query, headers, body))


@lru_cache(_READ_LATELY)
def _answer(api: str, headers: _Fields, body: bytes) -> Answer:
    return _BY_API[api].read_answer(WireResponse(headers, body))
