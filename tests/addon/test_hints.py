"""Declared data through a real mitmdump: one exchange, then other values are answered without asking anybody."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.addon import answers
from tests.addon.answers import asking
from tests.addon.proxied import START_S, Proxied, proxied
from tests.addon.stand_in import Script, StandIn, plain, stream

CHAT = "/v1/chat/completions"
type Form = Callable[..., tuple[str, Any]]

NEVER = Script([b'{"error": "not from memory"}'], status=418)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, provider: StandIn) -> Iterator[Proxied]:
    with proxied(tmp_path_factory.mktemp("home"), provider, "rote_audit=0") as proxy:
        yield proxy


@pytest.fixture
def proxy(running: Proxied) -> Proxied:
    running.provider.asked.clear()
    running.provider.script = NEVER
    return running


def saying(text: str, arguments: Any = None) -> Script:
    """An answer with these words, and with a call if it has arguments."""
    document = json.loads(answers.CHAT)
    message = document["choices"][0]["message"]
    message["content"] = text
    if arguments is None:
        del message["tool_calls"]
        document["choices"][0]["finish_reason"] = "stop"
    else:
        message["tool_calls"][0]["function"]["arguments"] = json.dumps(arguments)
    return plain(json.dumps(document).encode())


def declaring(**values: str | int) -> dict[str, str]:
    return {"rote_bindings": json.dumps(values)}


def learn(proxy: Proxied, body: bytes, script: Script, **headers: str) -> None:
    """Have the provider asked once, and nothing given from now on."""
    proxy.provider.script = script
    proxy.post(CHAT, body, **headers)
    proxy.settle()
    proxy.provider.asked.clear()
    proxy.provider.script = NEVER


def message_in(response: Any) -> Any:
    return json.loads(response.body)["choices"][0]["message"]


def test_one_exchange_answers_another_value(proxy: Proxied) -> None:
    script = saying("Asking for Mara.", {"who": "Mara", "note": '{"for": "Mara"}'})
    learn(proxy, asking("How is Mara?"), script, **declaring(who="Mara"))

    response = proxy.post(CHAT, asking('How is Jo "J" Li?'), **declaring(who='Jo "J" Li'))

    assert not proxy.provider.asked
    assert response.headers["cache-status"].endswith("; detail=template")
    said = message_in(response)
    assert said["content"] == 'Asking for Jo "J" Li.'
    arguments = json.loads(said["tool_calls"][0]["function"]["arguments"])
    assert arguments["who"] == 'Jo "J" Li'
    assert json.loads(arguments["note"]) == {"for": 'Jo "J" Li'}


def test_what_was_recorded_plain_is_served_as_a_stream(proxy: Proxied) -> None:
    learn(proxy, asking("Row 12?"), saying("Row 12 is free."), **declaring(row=12))

    response = proxy.post(CHAT, asking("Row 7?", stream=True), **declaring(row=7))

    assert response.headers["content-type"].startswith("text/event-stream")
    lines = response.body.decode().splitlines()  # type: ignore[attr-defined]
    chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert "".join(delta.get("content") or "" for delta in deltas) == "Row 7 is free."


def chat(question: str, *, streamed: bool) -> tuple[str, Any]:
    body = {"model": answers.MODEL, "messages": [{"role": "user", "content": question}]}
    return CHAT, body | {"stream": streamed}


def messages(question: str, *, streamed: bool) -> tuple[str, Any]:
    path, body = chat(question, streamed=streamed)
    return path.replace("chat/completions", "messages"), body | {"max_tokens": 99}


def responses(question: str, *, streamed: bool) -> tuple[str, Any]:
    body = {"model": answers.MODEL, "input": question, "store": False, "stream": streamed}
    return "/v1/responses", body


def gemini(question: str, *, streamed: bool) -> tuple[str, Any]:
    call = "streamGenerateContent?alt=sse" if streamed else "generateContent"
    body = {"contents": [{"role": "user", "parts": [{"text": question}]}]}
    return f"/v1beta/models/{answers.MODEL}:{call}", body


def values_in(response: Any, *, streamed: bool) -> str:
    """All that a response says, read as JSON and written in one line."""
    lines = response.body.decode().splitlines()
    data = [line[6:] for line in lines if line.startswith("data: {")]
    documents = [json.loads(one) for one in data] if streamed else json.loads(response.body)
    return json.dumps(documents, ensure_ascii=False)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("form", "recorded"),
    [
        (chat, answers.CHAT_STREAM),
        (messages, answers.MESSAGE_STREAM),
        (responses, answers.RESPONSE_STREAM),
        (gemini, answers.GEMINI_STREAM),
    ],
)
def test_what_was_recorded_as_a_stream_is_served_in_every_form_of_its_api(
    proxy: Proxied, form: Form, recorded: list[bytes], *, streamed: bool
) -> None:
    path, body = form(f"Weather in Lisbon? {streamed}", streamed=True)
    proxy.provider.script = stream(*recorded)
    proxy.post(path, json.dumps(body).encode(), **declaring(city="Lisbon"))
    proxy.settle()
    proxy.provider.script = NEVER

    path, body = form(f"Weather in Évora? {streamed}", streamed=streamed)
    response = proxy.post(path, json.dumps(body).encode(), **declaring(city="Évora"))

    assert response.headers["cache-status"].endswith("; detail=template")
    said = values_in(response, streamed=streamed)
    assert "Évora" in said
    assert "Lisbon" not in said


def test_a_request_that_declares_nothing_is_forwarded(proxy: Proxied) -> None:
    learn(proxy, asking("Where is Mara?"), saying("Mara is out."), **declaring(who="Mara"))

    response = proxy.post(CHAT, asking("Where is Jo?"))

    assert response.status == 418
    assert "fwd=miss" in response.headers["cache-status"]


@pytest.mark.parametrize("header", ['{"who": ["Mara"]}', "who=Mara"])
def test_a_header_that_cannot_be_read_is_told_and_ignored(proxy: Proxied, header: str) -> None:
    proxy.provider.script = saying("Fine.")

    response = proxy.post(CHAT, asking(f"Ignored {header}"), rote_bindings=header)

    assert message_in(response)["content"] == "Fine."
    assert "Rote-Bindings" in response.headers["cache-status"]
    assert "Rote-Bindings" in proxy.log


def test_what_makes_no_template_is_told_at_once_and_in_the_log(proxy: Proxied) -> None:
    learn(proxy, asking("Wake Mara."), saying("MARA is up."), **declaring(who="Mara"))

    response = proxy.post(CHAT, asking("Wake Jo."), **declaring(who="Jo"))

    assert "in other case" in response.headers["cache-status"]
    assert "makes no template: in the answer, the value of `who`" in proxy.log


def test_an_answer_that_differs_ends_it(proxy: Proxied) -> None:
    learn(proxy, asking("Debt of Mara?"), saying("Mara owes 5."), **declaring(who="Mara"))
    learn(
        proxy,
        asking("Debt of Jo?"),
        saying("Jo owes 9."),
        **declaring(who="Jo"),
        cache_control="no-cache",
    )

    response = proxy.post(CHAT, asking("Debt of Ada?"), **declaring(who="Ada"))

    assert response.status == 418
    assert "differed in more than the declared values" in response.headers["cache-status"]


def test_declarations_outlive_the_process_and_audits_end_them(
    tmp_path: Path, provider: StandIn
) -> None:
    with proxied(tmp_path, provider) as first:
        learn(first, asking("Age of Mara?"), saying("Mara is 40."), **declaring(who="Mara"))

    with proxied(tmp_path, provider, "rote_audit=1") as second:
        second.settle()
        provider.asked.clear()
        provider.script = saying("Jo is 50.")
        served = second.post(CHAT, asking("Age of Jo?"), **declaring(who="Jo"))
        deadline = time.monotonic() + START_S
        while not provider.asked:
            assert time.monotonic() < deadline, "nothing is audited"
        after = "template"
        while after.endswith("template"):
            assert time.monotonic() < deadline, "the audit came to nothing"
            second.settle()
            after = second.post(CHAT, asking("Age of Ada?"), **declaring(who="Ada")).headers[
                "cache-status"
            ]

    assert message_in(served)["content"] == "Jo is 40."
    assert "differed" in after
