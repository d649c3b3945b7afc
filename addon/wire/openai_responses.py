"""The OpenAI Responses API, at OpenAI, on Azure and at those who copied it.

Source: OpenAI API reference, "Responses"; recorded exchanges for what it leaves open.
"""

from addon.wire import openai_responses_answer as answers
from addon.wire import openai_responses_request as requests
from addon.wire.codec import Form, Prompt, Unfolded, WireRequest, WireResponse
from addon.wire.held import Ledger
from addon.wire.mint import Mint
from tree.message import Answer, Json


class OpenAIResponses:
    """The Responses API as a `Codec`."""

    api = "openai-responses"

    def claims(self, path: str) -> bool:
        """Whether a path creates responses; those below it list, fetch, cancel or compact them."""
        return path.endswith("/responses")

    def read_request(self, request: WireRequest) -> Prompt:
        """Read a request.

        Raises:
            WireError: The body does not match the documented shape.
        """
        return requests.read_request(request)

    def read_answer(self, response: WireResponse) -> Answer:
        """Read a complete answer of status 2xx, streamed or plain.

        Raises:
            WireError: The body does not match the documented shape, or stops before its end.
            NotRepeatableError: It is complete, but a refusal, blocked, filtered, or not a final state.
        """
        return answers.read_answer(response)

    def unfold(self, request: WireRequest, ledger: Ledger) -> Unfolded:
        """Read a request that leans on what is in the ledger.

        Raises:
            WireError: The body does not match the documented shape.
        """
        return requests.unfold(request, ledger)

    def stored(self, answer: Answer) -> Json | None:
        """The document of an answer that OpenAI holds; None where it does not."""
        return answers.stored(answer)

    def write_answer(self, answer: Answer, form: Form, mint: Mint) -> WireResponse:
        """Write an answer in the form asked for, with ids and times of its own."""
        return answers.write_answer(answer, form, mint)
