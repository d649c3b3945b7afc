"""The rate of repeated requests that other programs' local caches answer, beside Rote's in one run."""

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import page
from bursts import Target, over_and_over, post
from contest import PROJECT, Ring, free_port, ratio, ring, run
from hits import VARIANTS, prime, request_body

BAR = 8.0
SIZE = 2_048
PACKAGES = {
    "LiteLLM proxy": ["litellm[proxy]"],
    "GPTCache server": ["gptcache", "fastapi", "uvicorn", "openai<1"],
}
CONFIG = """\
model_list:
  - model_name: stand-in-1
    litellm_params: {{model: openai/stand-in-1, api_base: "https://{authority}/v1", api_key: sk-bench}}
litellm_settings:
  ssl_verify: false
  telemetry: false
  cache: true
  cache_params: {{type: local, max_messages: null}}
"""


def installed(folder: Path, name: str) -> Path:
    """The commands of an environment with a program in it, made if it is not there."""
    place = folder / name.split(maxsplit=1)[0].lower()
    if not (place / "ready").exists():
        print(f"installing {', '.join(PACKAGES[name])} into an environment of its own", flush=True)
        venv.create(place, with_pip=True, clear=True)
        words = [str(place / "bin/python"), "-m", "pip", "install", "--quiet", *PACKAGES[name]]
        subprocess.run(words, check=True)  # noqa: S603 - our own list
        (place / "ready").touch()
    return place / "bin"


def litellm(made: Ring, commands: Path, bodies: list[bytes]) -> Target:
    """The LiteLLM proxy with its cache in memory, which knows the answers."""
    port = free_port()
    config = made.folder / "litellm.yaml"
    config.write_text(CONFIG.format(authority=made.authority))
    words = [str(commands / "litellm"), "--config", str(config), "--host", "127.0.0.1"]
    # Without keys it has the least to do.
    easy = {"LITELLM_LOG": "ERROR", "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}
    made.other("LiteLLM proxy", [*words, "--port", str(port)], port, **easy)
    deadline = time.monotonic() + 60
    for body in bodies:
        # It writes to its cache when it has time to.
        while "x-litellm-cache-key" not in (asked := _ask(port, "/v1/chat/completions", body))[1]:
            if time.monotonic() > deadline:
                sys.exit(f"LiteLLM did not answer from its cache: {asked[0].decode()}")
            time.sleep(0.2)
    return _direct(port, [post(f"127.0.0.1:{port}", body) for body in bodies])


def gptcache(made: Ring, commands: Path, bodies: list[bytes]) -> Target:
    """GPTCache's server with exact matching, which knows the answers."""
    port = free_port()
    script = str(PROJECT / "scripts/benches/gptcache_exact.py")
    made.other("GPTCache server", [str(commands / "python"), script, str(port)], port)
    prompts = [body.decode() for body in bodies]
    for prompt in prompts:
        _ask(port, "/put", json.dumps({"prompt": prompt, "answer": "filed " * 40}).encode())
    asked = [json.dumps({"prompt": prompt}).encode() for prompt in prompts]
    answer, _ = _ask(port, "/get", asked[0])
    if b"filed" not in answer:
        sys.exit(f"GPTCache did not answer from its cache: {answer.decode()}")
    return _direct(port, [post(f"127.0.0.1:{port}", one, "/get") for one in asked])


def _direct(port: int, requests: list[bytes]) -> Target:
    return Target(port, f"127.0.0.1:{port}", over_and_over(requests), None)


def _ask(port: int, path: str, body: bytes) -> tuple[bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-bench"}
    connection.request("POST", path, body, headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return answer, response.headers


STARTS = {"LiteLLM proxy": litellm, "GPTCache server": gptcache}


def main() -> int:
    """0: at the bar or above it. 1: below."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10, metavar="N", help="turns (default 10)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each turn (default 1)")
    parser.add_argument("--environments", type=Path, help="their folder, kept for the next time")
    parser.add_argument("--only", choices=list(STARTS), help="leave the other one out")
    parser.add_argument("--write", action="store_true", help=f"update {page.PAGE.name}")
    arguments = parser.parse_args()
    bodies = [request_body(SIZE, variant) for variant in range(VARIANTS)]
    with tempfile.TemporaryDirectory(prefix="rote-bench-") as temporary, ring() as made:
        folder = arguments.environments or Path(temporary)
        made.serve("rote serve", *made.rote_settings("store"))
        for body in bodies:
            prime(made, "rote serve", body)
        targets = {"rote serve": made.target("rote serve", bodies)}
        for name, start in STARTS.items():
            if arguments.only in (None, name):
                targets[name] = start(made, installed(folder, name), bodies)
        rows = []
        for connections in (1, 16):
            found = run(made, targets, connections, arguments.rounds, arguments.seconds)
            own = found["rote serve"]
            for name, standing in found.items():
                row = [f"{name}, {connections} at once", f"{statistics.median(standing.rates):.0f}"]
                row += [f"{ratio(own.rates, standing.rates):.1f}", f"{standing.cpu_ms:.2f} ms"]
                print("  ".join(row), flush=True)
                rows.append(row)
    note = (
        "Rote is asked through TLS as a proxy, the others directly and without TLS. GPTCache's server is a table of"
        " prompts and answers, not a chat API: it parses no request and writes no response."
    )
    if arguments.write:
        page.write(
            "others", "cache | hits a second | Rote's rate beside it | processor", rows, note
        )
    fine = all(float(row[2]) >= BAR for row in rows if row[0].startswith("LiteLLM"))
    print(f"bar: {BAR} times LiteLLM's rate: {'held' if fine else 'missed'}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
