"""Makes conversations of requests, with what was made here in place of its names.

What came lately is not read again: see `addon.repeats` for the same request, and `addon.wire.lately` for one that
goes on from where another stopped.
"""

from addon.exchange import Exchange
from addon.ledger import Book
from addon.repeats import Repeat, Repeats
from addon.wire.codec import Codec, Prompt
from addon.wire.lately import Lately
from tree.memory import Hit, Memory


class Reader:
    """Reads for one judge.

    Args:
        book: What ids stand for that were given away; None where there is no memory.
        shared_as: What stands for all, where all share their memory; else None.
    """

    def __init__(self, book: Book | None, shared_as: str | None) -> None:
        self._book, self._shared_as = book, shared_as
        self._lately = Lately()
        self._repeats = Repeats()

    def read(self, exchange: Exchange, codec: Codec, memory: Memory) -> Prompt:
        """Read a request; its conversation is known afterwards.

        Raises:
            WireError: It cannot be read; the message says why.
            TreeError: The store cannot be read.
        """
        exchange.name = name = self._repeats.name(exchange.request)
        if repeat := self._repeats.find(name):
            exchange.repeat(repeat.prompt, repeat.conversation, repeat.place)
            return repeat.prompt
        prompt = exchange.read(
            codec, memory.tenant_key, shared_as=self._shared_as, lately=self._lately
        )
        if self._book is None or not (prompt.given or prompt.leans_on):
            return prompt
        exchange.name = b""  # what it means depends on more than itself
        scope = exchange.conversation.scope
        exchange.names = names = self._book.of(scope.tenant, scope.origin)
        return exchange.unfold(codec) if names.know(prompt.leans_on) else prompt

    def answered(self, exchange: Exchange, prompt: Prompt, memory: Memory, hit: Hit) -> None:
        """A request was answered literally; the same again is not read."""
        if exchange.name and exchange.place is None:
            asked = exchange.conversation
            repeat = Repeat(prompt, asked, memory.place(asked))
            self._repeats.keep(exchange.name, repeat, hit.answer)
