"""Credentials planted wherever they may stand are found nowhere: not on the disk, in logs, exports, pages or errors."""

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec

from tests.addon import answers
from tests.addon.proxied import Proxied, proxied
from tests.addon.stand_in import Script, StandIn, plain
from tree.memory import Memory

MARK = "PLANTED"
SAID = "what-was-said-and-is-kept"
"""Found in the store and in exports: it shows that the search finds what is there."""
PATHS = {
    "chat": ("/v1/chat/completions", answers.CHAT),
    "responses": ("/v1/responses", answers.RESPONSE),
    "claude": ("/v1/messages", answers.MESSAGE),
    "gemini": ("/v1beta/models/m:generateContent", answers.GEMINI),
}
_SIGNED = "AWS4-HMAC-SHA256 Credential=PLANTED-aws/20300101/us-east-1/bedrock/aws4_request"
HEADERS = {
    "bearer": ("Authorization", "Bearer PLANTED-bearer"),
    "basic": ("Authorization", "Basic UExBTlRFRA== PLANTED-basic"),
    "no scheme": ("Authorization", "PLANTED-bare"),
    "odd bytes": ("Authorization", "Bearer PLANTED-\xe9\xff"),
    "empty scheme": ("Authorization", 'Bearer  , PLANTED-comma; x="PLANTED-quoted'),
    "claude": ("x-api-key", "PLANTED-claude"),
    "claude token": ("anthropic-auth-token", "PLANTED-claude-token"),
    "azure": ("api-key", "PLANTED-azure"),
    "google": ("x-goog-api-key", "PLANTED-google"),
    "google token": ("x-goog-iam-authorization-token", "PLANTED-iam"),
    "google session": ("x-goog-session-token", "PLANTED-google-session"),
    "gateway": ("Ocp-Apim-Subscription-Key", "PLANTED-gateway"),
    "gateway's configuration": ("x-portkey-config", '{"api_key": "PLANTED-in-configuration"}'),
    "gateway's fallbacks": ("Helicone-Fallbacks", '[{"headers": {"x": "PLANTED-in-fallback"}}]'),
    "gateway's key": ("x-portkey-virtual-key", "PLANTED-virtual"),
    "own gateway": ("X-My-Auth-Token", "PLANTED-own"),
    "secret": ("x-client-secret", "PLANTED-secret"),
    "cookie": ("Cookie", "session=PLANTED-cookie; lb=PLANTED-lb"),
    "proxy": ("Proxy-Authorization", "Basic PLANTED-proxy"),
    "sigv4": ("Authorization", f"{_SIGNED}, SignedHeaders=host, Signature=PLANTED-signature"),
    "sigv4 token": ("X-Amz-Security-Token", "PLANTED-session"),
    "bindings": ("Rote-Bindings", '{"name": ["PLANTED-value"]}'),
    "bad bindings": ("Rote-Bindings", "{PLANTED-broken"),
}
QUERIES = (
    *("key=PLANTED-key", "api-key=PLANTED-k2", "api_key=PLANTED-k3", "access_token=PLANTED-k4"),
    *("token=PLANTED-k5", "sig=PLANTED-k6", "code=PLANTED-k7", "X-Amz-Signature=PLANTED-k8"),
    *("X-Amz-Credential=PLANTED-k9", "X-Amz-Security-Token=PLANTED-ka", "unheard=PLANTED-kb"),
    *("PLANTED-kc", "KEY=PLANTED-kd", "%6bey=PLANTED-ke", "subscription-key=PLANTED-kf"),
)
CRASHING = (
    b"",
    b"PLANTED",
    b'{"messages": [',
    b"\xff\xfe",
    b'{"model": 5}',
    b'{"input": {"a": 1}}',
)


def bodies() -> dict[str, bytes]:
    """A request of each API, with the credentials of tools' servers in those that take any."""
    server = {
        "type": "mcp",
        "server_label": "s",
        "server_url": "https://x/PLANTED-path",
        "headers": {"a": "PLANTED-h"},
    }
    allowed = {"type": "allowlist", "domain_secrets": [{"name": "s", "value": "PLANTED-domain"}]}
    shell = {"type": "shell", "environment": {"type": "container_auto", "network_policy": allowed}}
    talk = [{"role": "user", "content": SAID}]
    claude_server = {
        "type": "url",
        "name": "s",
        "url": "https://PLANTED-user@x",
        "authorization_token": "PLANTED-m",
    }
    search = {"parameters": {"authentication": {"type": "api_key", "key": "PLANTED-search"}}}
    maps = {"googleMaps": {"authConfig": {"oauthConfig": {"accessToken": "PLANTED-maps"}}}}
    named = {
        "chat": {"model": "m", "messages": talk, "data_sources": [search]},
        "responses": {
            "model": "m",
            "input": SAID,
            "tools": [server | {"authorization": "PLANTED-t"}, shell],
        },
        "claude": {"model": "m", "max_tokens": 9, "messages": talk, "mcp_servers": [claude_server]},
        "gemini": {"contents": [{"role": "user", "parts": [{"text": SAID}]}], "tools": [maps]},
    }
    return {name: json.dumps(value).encode() for name, value in named.items()}


def send(proxy: Proxied, path: str, body: bytes, *headers: tuple[str, str]) -> str:
    """Ask, and return how it was decided; a request that the client cannot even write is none."""
    with contextlib.closing(proxy.connect()) as connection:
        connection.putrequest("POST", path)
        for name, value in (*headers, ("content-length", str(len(body)))):
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        with connection.getresponse() as response:
            response.read()
            return "\n".join(f"{n}: {v}" for n, v in response.headers.items() if n != "set-cookie")


def plant(proxy: Proxied) -> list[str]:
    """Send all of it; returns what was decided."""
    told = []
    setting = {"set_cookie": "PLANTED-set=1", "x_api_key": "PLANTED-echoed"}
    for name, (path, answer) in PATHS.items():
        body = bodies()[name]
        proxy.provider.script = plain(answer, **setting)
        told += [send(proxy, path, body, header) for header in HEADERS.values()]
        told += [send(proxy, f"{path}?{query}", body) for query in QUERIES]
        told += [send(proxy, path, content, HEADERS["bearer"]) for content in CRASHING]
        error = b'{"error": {"message": "Incorrect API key provided: PLANTED-refused"}}'
        # The second one would be remembered, were it not for its status.
        refusals = (error, answer.replace(b"Lisbon", b"PLANTED-refused"))
        for number, status in enumerate((400, 401, 403, 500)):
            headers = {"content-type": "application/json", "x-api-key": "PLANTED-echoed"}
            proxy.provider.script = Script([refusals[number % 2]], status, headers)
            never_asked = body.replace(SAID.encode(), f"{SAID} {status}".encode())
            told.append(send(proxy, path, never_asked, HEADERS["bearer"]))
            assert proxy.provider.asked[-1].body == never_asked
    proxy.settle()
    return told


def pages(proxy: Proxied) -> list[bytes]:
    """All that the proxy shows of itself."""
    numbered = [f"/decisions/{number}" for number in range(1, 60)]
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    shown = []
    for path in (
        "/",
        "/decisions",
        "/shadow",
        "/metrics",
        "/api/stats",
        "/api/decisions",
        *numbered,
    ):
        connection.request("GET", f"http://rote.internal{path}", headers={"Host": "rote.internal"})
        shown.append(connection.getresponse().read())
    connection.close()
    return shown


def kept(folder: Path) -> bytes:
    """All that is in a store, unpacked."""
    memory = Memory(folder, max_bytes=1 << 28)
    seen = [observation for _, observation in memory.observations()]
    values = [seen, memory.decisions(1_000), list(memory.tallies())]
    memory.close()
    return b"\n".join(map(msgspec.json.encode, values))


def found_in(content: bytes) -> list[bytes]:
    """What was planted and is here, each with what stands around it."""
    return sorted(set(re.findall(rb".{,40}%s.{,20}" % MARK.encode(), content)))[:20]


def test_planted_credentials_are_found_nowhere(provider: StandIn, tmp_path: Path) -> None:
    # What the terminal shows of URLs is mitmproxy's own (`flow_detail`), keys in the query included.
    quiet = ("termlog_verbosity=debug", "flow_detail=0")
    with proxied(tmp_path, provider, *quiet) as proxy:
        told = plant(proxy)
        shown = pages(proxy)
    export = subprocess.run(  # noqa: S603 - our own command
        [str(Path(sys.executable).with_name("rote")), "export", "--store", str(tmp_path)],
        env=os.environ | {"ROTE_HOME": str(tmp_path)},
        capture_output=True,
        check=True,
    )
    files = {file.name: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    everywhere = {
        "the store, unpacked": kept(tmp_path),
        "the export": export.stdout + export.stderr,
        "the pages": b"\n".join(shown),
        "the headers": "\n".join(told).replace("PLANTED-echoed", "").encode("utf-8", "replace"),
        **files,
    }

    found = {where: found_in(content) for where, content in everywhere.items()}

    assert {where: some for where, some in found.items() if some} == {}
    assert SAID.encode() in everywhere["the store, unpacked"]
    assert SAID.encode() in everywhere["the export"]
    assert "Traceback" not in proxy.log
