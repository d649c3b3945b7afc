"""A provider for benches, in a process of its own: TLS, chat completions, and answers at once.

Its "model" reads the last message and files what it says; a program over the request, which can therefore be learnt,
and known to every bench, which can therefore tell a wrong answer. What it is asked to look up, nobody can foresee.
Usage: model.py FOLDER; the port is printed.
"""

import asyncio
import contextlib
import hashlib
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "tour"))
from provider import certificate

type Json = Any

_ASKED = re.compile(r"File (\S+) of tray (\S+)\.")
_SOUGHT = re.compile(r"Look up (\S+)\.")
_numbers = itertools.count()


def asked(paper: str, tray: str) -> str:
    """What a user says to have a paper filed."""
    return f"File {paper} of tray {tray}."


def sought(paper: str) -> str:
    """What a user says to have a paper looked up."""
    return f"Look up {paper}."


def said(messages: list[Json]) -> dict[str, Json]:
    """The message that answers: a call where a paper is to be filed, else a text."""
    if paper := _SOUGHT.search(str(messages[-1]["content"])):
        digest = hashlib.blake2b(paper[1].encode(), digest_size=8).hexdigest()
        return {"role": "assistant", "content": f"It lies in box {digest}."}
    found = _ASKED.search(str(messages[-1]["content"]))
    if found is None:
        return {"role": "assistant", "content": "Nothing to file."}
    arguments = msgspec.json.encode({"paper": found[1], "tray": found[2]}).decode()
    function = {"name": "read_paper", "arguments": arguments}
    call = {"id": f"call_{next(_numbers):024x}", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def document(request: Json) -> bytes:
    """A whole answer."""
    message = said(request["messages"])
    finish = "tool_calls" if message.get("tool_calls") else "stop"
    return msgspec.json.encode(
        {
            "id": f"chatcmpl-{next(_numbers):029x}",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
        }
    )


def events(request: Json) -> Iterator[bytes]:
    """The same as an event stream, a piece at a time."""
    message = said(request["messages"])
    head = {
        "id": f"chatcmpl-{next(_numbers):029x}",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": request["model"],
    }
    calls = [{"index": 0} | call for call in message.pop("tool_calls", [])]
    delta = message | ({"tool_calls": calls} if calls else {})
    finish = "tool_calls" if calls else "stop"
    for choice in (
        {"index": 0, "delta": delta, "finish_reason": None},
        {"index": 0, "delta": {}, "finish_reason": finish},
    ):
        yield b"data: " + msgspec.json.encode(head | {"choices": [choice]}) + b"\n\n"
    yield b"data: [DONE]\n\n"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer all requests of one connection."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError, EOFError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(re.search(rb"content-length: *(\d+)", head)[1])  # type: ignore[index]
            request = msgspec.json.decode(await reader.readexactly(length))
            await _answer(writer, request)
    writer.close()


async def _answer(writer: asyncio.StreamWriter, request: Json) -> None:
    if not request.get("stream"):
        body = document(request)
        kind = b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        writer.write(b"HTTP/1.1 200 OK\r\n" + kind + body)
        return
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    for piece in events(request):
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        await writer.drain()
    writer.write(b"0\r\n\r\n")


async def main() -> None:
    """Serve until killed."""
    tls = certificate(Path(sys.argv[1]))
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, limit=1 << 26)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
