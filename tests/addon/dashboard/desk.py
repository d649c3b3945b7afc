"""A parcel desk: made-up agents and a made-up model that fill a store the way a proxy does, without any socket.

The agent looks a parcel up, and then says where it is, opens a claim for a damaged one, or books a courier for one
that waits; some of what its model says has no origin in the conversation.
"""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mitmproxy import http

from addon.exchange import Exchange
from addon.judge import Judge, Unsettled
from addon.options import Mode, Settings
from addon.session import Session
from addon.wire.openai_chat import OpenAIChat
from tests.addon.answers import CHAT_HEAD

SYSTEM = "You are the parcel desk. Look a parcel up before you say or do anything about it."
MODEL = "gpt-4o-mini"
NAMES = ("Ida Holm", "Bo Ekberg", "Li Wei", "Ana Cruz", "Omar Haddad", "Eve Stone", "Kai Berg")
DEPOTS = ("Harbour", "Granary", "North Gate", "Old Mill")
ANSWER_MS = 900
"""How long the made-up provider takes."""

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("find_parcel", "open_claim", "book_courier")
]

type Json = Any
type Model = Callable[[list[Json]], Json]
type Tool = Callable[[str, Json, int], Json]


def parcel(number: int) -> Json:
    """What the desk's books say of a parcel."""
    name = NAMES[number % len(NAMES)]
    state = ("on its way", "waits", "damaged", "waits")[number % 4]
    return {
        "parcel": f"HAR-{4000 + 37 * number}",
        "state": state,
        "depot": DEPOTS[number % len(DEPOTS)],
        "owner": {"name": name, "email": f"{name.lower().replace(' ', '.')}.{number}@post.example"},
    }


def question(number: int) -> str:
    """What a customer asks."""
    found = parcel(number)
    return f"Where is parcel {found['parcel']} for {found['owner']['name']}?"


def next_step(messages: list[Json]) -> Json:
    """The model: a text, or a tool with its arguments."""
    last = messages[-1]
    if last["role"] == "user":
        words = last["content"].split()
        if words[0] == "Tell":
            return (
                f"Here is a thought about {words[-1]} that nobody could foresee: {len(messages)}."
            )
        return "find_parcel", {"parcel": words[3]}
    said = json.loads(last["content"])
    if "state" not in said:
        return f"Done: {said['reference']}."
    if said["state"] == "damaged":
        return "open_claim", {"parcel": said["parcel"], "notify": said["owner"]["email"]}
    if said["state"] == "waits":
        return "book_courier", {"depot": said["depot"], "parcel": said["parcel"]}
    return f"Parcel {said['parcel']} is on its way."


def tool(name: str, arguments: Json, number: int) -> Json:
    """What a tool gives back."""
    if name == "find_parcel":
        return parcel(number)
    return {"reference": f"{name[:1].upper()}-{7000 + 13 * number}", "parcel": arguments["parcel"]}


def dumped(value: Json) -> str:
    """Arguments and results as they are written."""
    return json.dumps(value)


def sly_tool(name: str, arguments: Json, number: int) -> Json:
    """A tool whose result is no friend of whoever shows it."""
    del name, number
    return arguments | {
        "note": "<script>document.title = 'stolen'</script><img src=x onerror=alert(1)>"
    }


def sly_step(messages: list[Json]) -> Json:
    """A model that looks at the parcel and is done."""
    if messages[-1]["role"] == "user":
        return "find_parcel", {"parcel": "SLY-1"}
    return "It is a <b>sly</b> one."


class Desk:
    """A session, and agents that talk through it.

    Args:
        session: What is open.
        settings: Under which options it decides.
    """

    def __init__(self, session: Session, settings: Settings) -> None:
        self.session, self.settings = session, settings
        self._judge = Judge(settings, session.memory, random.Random(7))  # noqa: S311 - ids of a test

    def run(
        self,
        ask: str,
        number: int,
        key: str = "one",
        model: Model = next_step,
        tool: Tool = tool,
    ) -> None:
        """A whole conversation, until nothing is left to call."""
        messages: list[Json] = [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": ask},
        ]
        while True:
            step = model(messages)
            self.ask(messages, step, key)
            if isinstance(step, str):
                return
            name, arguments = step
            call: Json = {"id": f"call_{number}_{len(messages)}", "type": "function"}
            call["function"] = {"name": name, "arguments": json.dumps(arguments)}
            given = json.dumps(tool(name, arguments, number))
            messages += [
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": call["id"], "content": given},
            ]

    def ask(self, messages: list[Json], step: Json, key: str) -> None:
        """One request, whose provider would say `step`."""
        body = json.dumps({"model": MODEL, "messages": messages, "tools": TOOLS}).encode()
        exchange = self._decide(body, key)
        if exchange.response is None:
            self._answer(exchange, step)
        if exchange.to_audit:
            again = self._decide(body, key, audits=exchange)
            self._answer(again, step)

    def _decide(self, body: bytes, key: str, audits: Exchange | None = None) -> Exchange:
        fields = (
            (b"authorization", f"Bearer {key}".encode()),
            (b"content-type", b"application/json"),
        )
        url = "https://api.openai.com/v1/chat/completions"
        exchange = Exchange(OpenAIChat(), http.Request.make("POST", url, body, fields))
        exchange.audits = audits.hit if audits else None
        decision = self._judge.judge(exchange)
        if isinstance(decision, Unsettled):
            decision = self._judge.settle(exchange, decision)
        exchange.decide(decision)
        self.session.conclude(exchange)
        return exchange

    def _answer(self, exchange: Exchange, step: Json) -> None:
        exchange.request.timestamp_end = (exchange.request.timestamp_end or 0) - ANSWER_MS / 1_000
        self.session.watch(exchange)
        exchange.aside.keep(_document(step))
        self.session.take(exchange, (("content-type", "application/json"),))
        self.settle()

    def settle(self) -> None:
        """Let all that passed be learnt."""
        recorder = self.session.recorder
        assert recorder is not None
        while self.session.pending:
            recorder._thread.join(0.002)


def _document(step: Json) -> bytes:
    message: Json = {"role": "assistant", "content": step if isinstance(step, str) else None}
    if not isinstance(step, str):
        function = {"name": step[0], "arguments": json.dumps(step[1])}
        message["tool_calls"] = [{"id": "call_made_up", "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 812, "completion_tokens": 46, "total_tokens": 858}
    return json.dumps(
        CHAT_HEAD | {"object": "chat.completion", "choices": [choice], "usage": usage}
    ).encode()


def settings(folder: Path, mode: Mode = "serve", audit: float = 0.05) -> Settings:
    """Options of a store of its own."""
    return Settings(folder, mode, 0.02, audit, "key", (), None, 64 << 20)


@contextmanager
def desk(folder: Path, mode: Mode = "serve", audit: float = 0.05) -> Iterator[Desk]:
    """A desk at a store; all is in the store when the context ends."""
    options = settings(folder, mode, audit)
    session = Session(options)
    try:
        yield Desk(session, options)
    finally:
        session.close()


def fill(folder: Path, runs: int = 40) -> None:
    """A store that has seen two customers of the desk, one of them a little of everything."""
    with desk(folder) as one:
        one.run("Who sends parcels to the moon?", 9, key="two", model=lambda _: "Nobody, so far.")
        for number in range(runs):
            one.run(question(number), number)
        for number in (3, 5, 6):
            one.run(question(number), number)
        one.run("Tell me something about parcels", 1)
        one.run("Tell me of the sly parcel", 1, model=sly_step, tool=sly_tool)
        one.run("Where is parcel <script>alert(1)</script> for Ida Holm?", 2)
