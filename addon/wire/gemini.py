"""Google's Gemini: `generateContent` and `streamGenerateContent`, at AI Studio and on Vertex AI.

Both forms of an answer add up to one document, so one entry serves both.

Source: ai.google.dev, Gemini API reference, `models.generateContent` and `models.streamGenerateContent`;
cloud.google.com, Vertex AI reference, `projects.locations.publishers.models`, the same methods.
"""

import msgspec

from addon.wire.codec import Form, Prompt, WireRequest, WireResponse
from addon.wire.gemini_answer import document_of, read_document
from addon.wire.gemini_chunks import join, split
from addon.wire.gemini_json import read_object
from addon.wire.gemini_request import read_prompt, target_of
from addon.wire.gemini_stream import assemble
from addon.wire.mint import Mint
from addon.wire.stateless import Stateless
from tree.message import Answer

_encode = msgspec.json.encode


class Gemini(Stateless):
    """The wire format of Gemini; see `addon.wire.codec.Codec`."""

    api = "gemini"

    def claims(self, path: str) -> bool:
        """Whether a request to this path (no query) is for this API."""
        return target_of(path) is not None

    def read_request(self, request: WireRequest) -> Prompt:
        """Read a request.

        Raises:
            WireError: The path or the body does not match the documented shape.
        """
        return read_prompt(request)

    def read_answer(self, response: WireResponse) -> Answer:
        """Read a complete answer of status 2xx, streamed or plain.

        Raises:
            WireError: The body does not match the documented shape, or stops before its end.
            NotRepeatableError: It is complete, but blocked, filtered, or an error.
        """
        if response.streamed:
            return read_document(*assemble(response.body))
        return read_document(read_object(response.body, "the answer"), {})

    def write_answer(self, answer: Answer, form: Form, mint: Mint) -> WireResponse:
        """Write an answer in the form asked for, whatever form it was recorded in, with ids of its own."""
        document, record = document_of(answer, mint), answer.envelope.get("stream", {})
        if not form.stream:
            return _response("application/json; charset=UTF-8", _encode(join(document, record)))
        # The provider ends its lines with CRLF, and hand-made clients look for just that.
        body = b"".join(
            b"data: " + _encode(chunk) + b"\r\n\r\n" for chunk in split(document, record)
        )
        return _response("text/event-stream", body)


def _response(content_type: str, body: bytes) -> WireResponse:
    return WireResponse((("content-type", content_type),), body)
