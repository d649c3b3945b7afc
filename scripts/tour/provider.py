"""A stand-in for a provider, in a process of its own: real TLS, real event streams, and the pace of a model.

It speaks OpenAI's chat completions. Its "model" is a few lines that dispatch parcels: they read the conversation and
say the next step, as a language model would, only that they always say the same. Usage: provider.py FOLDER, where
FOLDER receives the certificate (`provider.pem`); the port is printed.
"""

import json
import os
import ssl
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PACE = float(os.environ.get("ROTE_TOUR_PACE", "1"))
"""1 for the pace of a middling hosted model; 0 for none."""
FIRST_TOKEN_S = 0.55 * PACE
TOKEN_S = 0.02 * PACE

type Json = Any


def next_step(messages: list[Json]) -> Json:
    """What the model says: some text, or tool calls as pairs of name and arguments."""
    last = messages[-1]
    if last["role"] != "tool":
        return [("list_parcels", {"depot": last["content"].split(" of ")[-1].rstrip(".")})]
    results = [json.loads(message["content"]) for message in messages if message["role"] == "tool"]
    if len(results) == 1:
        return [("weigh_parcel", {"parcel": parcel}) for parcel in results[0]["parcels"]]
    weighed = [result for result in results if "kilograms" in result]
    booked = [result for result in results if "courier" in result]
    if len(booked) < len(weighed):
        wants = weighed[len(booked)]
        vehicle = "van" if wants["kilograms"] > 20 else "bicycle"  # noqa: PLR2004 - what a bicycle carries
        return [("book_courier", {"parcel": wants["parcel"], "vehicle": vehicle})]
    said = "; ".join(f"{b['parcel']} goes by {b['courier']}" for b in booked)
    return f"All {len(booked)} parcels are on their way: {said}."


class Handler(BaseHTTPRequestHandler):
    """Answers chat completions, streamed or not."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer one request."""
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        step = next_step(request["messages"])
        time.sleep(FIRST_TOKEN_S)
        self.send_response(200)
        self.send_header("x-request-id", f"req_{uuid.uuid4().hex}")
        if request.get("stream"):
            self._stream(request, step)
        else:
            self._plain(request, step)

    def _plain(self, request: Json, step: Json) -> None:
        message: Json = {"role": "assistant", "content": step if isinstance(step, str) else None}
        if not isinstance(step, str):
            message["tool_calls"] = [_call(*call) for call in step]
        time.sleep(TOKEN_S * len(json.dumps(message)) / 4)
        choice = {"index": 0, "message": message, "finish_reason": _finish(step)}
        document = _head(request, "chat.completion") | {
            "choices": [choice],
            "usage": _usage(request, step),
        }
        body = json.dumps(document).encode()
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, request: Json, step: Json) -> None:
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        head = _head(request, "chat.completion.chunk")
        for delta in _deltas(step):
            self._event(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
            time.sleep(TOKEN_S)
        self._event(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": _finish(step)}]})
        if (request.get("stream_options") or {}).get("include_usage"):
            self._event(head | {"choices": [], "usage": _usage(request, step)})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, payload: Json) -> None:
        self._chunk(b"data: " + json.dumps(payload).encode() + b"\n\n")

    def _chunk(self, piece: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


def _deltas(step: Json) -> Iterator[Json]:
    yield {"role": "assistant", "content": "" if isinstance(step, str) else None}
    if isinstance(step, str):
        yield from ({"content": step[at : at + 4]} for at in range(0, len(step), 4))
        return
    for index, call in enumerate(_call(*call) for call in step):
        arguments = call["function"].pop("arguments")
        opening = call | {"index": index, "function": call["function"] | {"arguments": ""}}
        yield {"tool_calls": [opening]}
        for at in range(0, len(arguments), 4):
            piece = {"arguments": arguments[at : at + 4]}
            yield {"tool_calls": [{"index": index, "function": piece}]}


def _call(name: str, arguments: Json) -> Json:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": f"call_{uuid.uuid4().hex[:24]}", "type": "function", "function": function}


def _head(request: Json, kind: str) -> Json:
    made = {"id": f"chatcmpl-{uuid.uuid4().hex[:29]}", "created": int(time.time())}
    return made | {"object": kind, "model": request["model"], "system_fingerprint": "fp_stand_in"}


def _finish(step: Json) -> str:
    return "stop" if isinstance(step, str) else "tool_calls"


def _usage(request: Json, step: Json) -> Json:
    sent, said = len(json.dumps(request)) // 4, len(json.dumps(step)) // 4
    return {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}


def certificate(folder: Path) -> ssl.SSLContext:
    """A certificate for localhost, signed by itself and written to the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in provider")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    (folder / "provider.pem").write_bytes(public)
    own = folder / "provider-own.pem"
    own.touch(mode=0o600)
    own.write_bytes(
        public
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    own.unlink()
    return context


def main() -> None:
    """Serve until killed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # The handshake happens at the first read, in the connection's own thread.
    server.socket = certificate(Path(sys.argv[1])).wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
