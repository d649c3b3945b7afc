"""What ids stand for: kept durably, each tenant's apart, and long texts once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from addon.ledger import Book
from addon.wire.codec import WireError, WireRequest
from addon.wire.held import Given, Holding
from addon.wire.openai_responses import OpenAIResponses
from tree.memory import Memory

LONG = "All that the tool gave back. " * 400


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    opened = Memory(tmp_path, max_bytes=8 << 20)
    yield opened
    opened.close()


def holding(name: str = "resp_1", text: str = LONG, *, made: bool = True) -> Holding:
    given = Given("resp_0", [{"role": "user", "content": text}])
    tools = [{"name": f"tool_{number}"} for number in range(40)]
    output = [{"id": f"msg_{name}", "type": "message", "content": []}]
    document: Any = {"id": name, "output": output, "tools": tools, "usage": {"total_tokens": 1}}
    return Holding(given, document, (name, f"msg_{name}") if made else ())


def test_what_was_made_here_is_known_to_every_process_in_full(memory: Memory) -> None:
    Book(memory).of("tenant", "host").keep(holding())

    names = Book(memory).of("tenant", "host")

    assert names.answer("resp_1") == names.made_here("resp_1") == holding()
    assert names.item("msg_resp_1") == names.piece("msg_resp_1") == holding().document["output"][0]
    assert names.know(["other", "resp_1"])
    assert names.know(["other", "msg_resp_1"])


@pytest.mark.parametrize(("tenant", "host"), [("other", "host"), ("tenant", "other")])
def test_nobody_else_knows_it(memory: Memory, tenant: str, host: str) -> None:
    Book(memory).of("tenant", "host").keep(holding())

    names = Book(memory).of(tenant, host)

    assert names.answer("resp_1") is None
    assert names.item("msg_resp_1") is None
    assert not names.know(["other", "resp_1"])
    assert not names.know(["other", "msg_resp_1"])


def test_what_the_provider_holds_is_known_to_this_process_alone(memory: Memory) -> None:
    book = Book(memory)
    book.of("tenant", "host").note(holding(made=False))

    names, elsewhere = book.of("tenant", "host"), Book(memory).of("tenant", "host")

    assert names.answer("resp_1") == holding(made=False)
    assert names.piece("msg_resp_1") == holding().document["output"][0]
    assert names.made_here("resp_1") is None
    assert names.item("msg_resp_1") is None, "for the provider knows it"
    assert book.of("other", "host").answer("resp_1") is None
    assert elsewhere.answer("resp_1") is None


def test_a_text_that_many_answers_repeat_is_kept_once(memory: Memory) -> None:
    names = Book(memory).of("tenant", "host")
    names.keep(holding("resp_0"))
    before = memory.store.disk_bytes()

    for number in range(1, 50):
        names.keep(holding(f"resp_{number}"))

    assert memory.store.disk_bytes() - before < 50 * len(LONG) / 4
    assert names.answer("resp_49") == holding("resp_49")


def test_what_was_deleted_is_gone(memory: Memory) -> None:
    names = Book(memory).of("tenant", "host")
    names.keep(holding())

    names.drop("resp_1")

    assert names.answer("resp_1") is None
    assert names.item("msg_resp_1") is None


def test_what_would_be_taken_for_a_text_kept_elsewhere_is_refused(memory: Memory) -> None:
    forged = Holding(Given("", [{"\x00text": "00" * 16}]), holding().document, ("resp_1",))

    with pytest.raises(WireError, match="NUL"):
        Book(memory).of("tenant", "host").keep(forged)


def test_what_the_provider_holds_is_forgotten_when_there_is_no_room(memory: Memory) -> None:
    book = Book(memory)
    names = book.of("tenant", "host")

    for number in range(40):
        names.note(holding(f"resp_{number}", "x" * (1 << 20), made=False))

    assert names.answer("resp_0") is None
    assert names.answer("resp_39") is not None


def test_a_call_is_known_by_what_its_provider_calls_it(memory: Memory) -> None:
    Book(memory).of("tenant", "host").keep_calls({"call_here": "call_there"})

    names = Book(memory).of("tenant", "host")

    assert names.call("call_here") == "call_there"
    assert names.call("call_there") is None
    assert names.know(["other", "call_here"])
    assert Book(memory).of("other", "host").call("call_here") is None


def test_an_answer_that_goes_on_from_one_of_its_own_name_is_left_to_its_provider(
    memory: Memory,
) -> None:
    names = Book(memory).of("tenant", "host")
    turns = [Given("", [{"role": "user", "content": "Hi"}]), Given("resp_1", [])]
    for given in turns:
        names.note(Holding(given, {"id": "resp_1", "output": []}))
    body = b'{"model": "m", "previous_response_id": "resp_1", "input": "And then?"}'

    unfolded = OpenAIResponses().unfold(WireRequest("/v1/responses", (), (), body), names)

    assert unfolded.body is None
    assert unfolded.prompt.not_repeatable.startswith("previous_response_id")
