"""Proxies that run at once and are loaded in turns, so that whatever else the machine does falls on all alike."""

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bursts import Lines, Load, Target, over_and_over, post

PROJECT = Path(__file__).resolve().parents[2]
HOST = "localhost"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, log: Path, patience_s: float = 30) -> None:
    """Until somebody listens."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    sys.exit(f"nobody listens on port {port}: {log.read_text()}")


def cpu_seconds(process: int) -> float:
    """What a process has spent so far; 0 where the system does not tell.

    Source: proc(5), the fields utime and stime.
    """
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def private_mb(process: int) -> float:
    """The memory of a process and of all that it started, in MB, beside what they map of files; 0 where nobody tells.

    Source: proc(5), the field RssAnon of status, and children of each task.
    """
    own = Path(f"/proc/{process}")
    try:
        lines = (own / "status").read_text().splitlines()
        started = [int(n) for f in own.glob("task/*/children") for n in f.read_text().split()]
    except OSError:
        return 0.0  # it has just ended, or there is no such folder
    anonymous = next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)
    return anonymous / 1000 + sum(map(private_mb, started))


@dataclass
class Ring:
    """A provider and the proxies before it; all end with the block.

    Attributes:
        folder: Everything they write.
        ports: Where each listens, by its name.
        processes: Their process ids.
    """

    folder: Path
    stack: contextlib.ExitStack
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, int] = field(default_factory=dict)
    provider_port: int = 0

    @property
    def authority(self) -> str:
        """The provider's host and port."""
        return f"{HOST}:{self.provider_port}"

    @property
    def tls(self) -> ssl.SSLContext:
        """Trusts the proxies."""
        return ssl.create_default_context(
            cafile=str(self.folder / "conf" / "mitmproxy-ca-cert.pem")
        )

    def provide(self) -> None:
        """Start the provider."""
        script = str(PROJECT / "scripts/benches/model.py")
        process = self._run("provider", [sys.executable, script, str(self.folder)])
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        self.provider_port = int(process.stdout.readline())

    def mitmdump(self, name: str, script: str | None, *settings: str, **environment: str) -> None:
        """Start mitmdump with an addon, or none."""
        command = [str(Path(sys.executable).with_name("mitmdump")), "-q"]
        command += ["-s", str(PROJECT / script)] if script else []
        command += ["--listen-host", "127.0.0.1", "-p"]
        fixed = ("flow_detail=0", "connection_strategy=lazy", "upstream_cert=false")
        self._proxy(name, command, (*fixed, *settings), environment)

    def serve(self, name: str, *settings: str) -> None:
        """Start `rote serve`."""
        command = [sys.executable, "-m", "addon.cli.main", "serve", "--quiet", "--port"]
        self._proxy(name, command, settings, {})

    def other(self, name: str, command: list[str], port: int, **environment: str) -> None:
        """Start another server, which may take its time."""
        self.ports[name] = port
        self.processes[name] = self._run(name, command, **environment).pid
        wait_for(port, self.folder / f"{name}.log", patience_s=180)

    def rote_settings(self, store: str) -> tuple[str, ...]:
        """What Rote needs here."""
        return (
            f"rote_hosts={self.authority}=openai-chat",
            f"rote_store={self.folder / store}",
        )

    def target(self, name: str, bodies: Sequence[bytes] | Iterator[bytes]) -> Target:
        """A way to send bodies through a proxy: over and over, or each once."""
        whole = (
            (post(self.authority, body) for body in bodies)
            if isinstance(bodies, Iterator)
            else over_and_over([post(self.authority, body) for body in bodies])
        )
        return Target(self.ports[name], self.authority, whole, self.tls)

    def _proxy(
        self, name: str, command: list[str], settings: Sequence[str], environment: dict[str, str]
    ) -> None:
        self.ports[name] = port = free_port()
        always = (f"confdir={self.folder / 'conf'}", "ssl_insecure=true")
        words = [word for setting in (*always, *settings) for word in ("--set", setting)]
        process = self._run(name, [*command, str(port), *words], **environment)
        self.processes[name] = process.pid
        wait_for(port, self.folder / f"{name}.log")

    def _run(self, name: str, command: list[str], **environment: str) -> subprocess.Popen[str]:
        clean = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        clean |= {"PYTHONPATH": str(PROJECT), "ROTE_HOME": str(self.folder)}
        log = self.stack.enter_context((self.folder / f"{name}.log").open("w"))
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            cwd=self.folder,
            env=clean | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if name == "provider" else log,
            stderr=log,
            text=True,
        )
        self.stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()


@contextlib.contextmanager
def ring() -> Iterator[Ring]:
    """A folder, and the provider in it."""
    folder = Path(tempfile.mkdtemp(prefix="rote-bench-"))
    try:
        with contextlib.ExitStack() as stack:
            made = Ring(folder, stack)
            made.provide()
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Standing:
    """How one proxy did."""

    rates: list[float] = field(default_factory=list)
    middles_ms: list[float] = field(default_factory=list)
    """The median time of a whole answer, by turn."""
    firsts_ms: list[float] = field(default_factory=list)
    """The same to the first byte."""
    requests: int = 0
    cpu_s: float = 0.0

    @property
    def cpu_ms(self) -> float:
        """The processor's time for a request."""
        return 1000 * self.cpu_s / max(1, self.requests)

    def take(self, load: Load, cpu_s: float) -> None:
        """Add a turn."""
        self.rates.append(load.rate)
        self.middles_ms.append(1000 * statistics.median(load.latencies_s))
        self.firsts_ms.append(1000 * statistics.median(load.firsts_s))
        self.requests += len(load.latencies_s)
        self.cpu_s += cpu_s


async def contest(  # noqa: PLR0913, PLR0917 - who, and how
    made: Ring,
    targets: dict[str, Target],
    connections: int,
    rounds: int,
    seconds: float,
    afterwards: Callable[[str], None] = lambda _: None,
) -> dict[str, Standing]:
    """Load all proxies in turns; the order turns around each time.

    Args:
        made: Where they are.
        targets: What each is sent.
        connections: At once.
        rounds: Turns of each.
        seconds: Of one turn.
        afterwards: Called with a proxy's name when its turn is over, before the next one's.
    """
    standings = {name: Standing() for name in targets}
    async with contextlib.AsyncExitStack() as stack:
        lines = {
            name: await stack.enter_async_context(Lines(target, connections))
            for name, target in targets.items()
        }
        for name, line in lines.items():
            await line.burst(seconds)  # warm
            await asyncio.to_thread(afterwards, name)
        for turn in range(rounds):
            for name in sorted(lines, reverse=bool(turn % 2)):
                before = cpu_seconds(made.processes[name])
                load = await lines[name].burst(seconds)
                standings[name].take(load, cpu_seconds(made.processes[name]) - before)
                await asyncio.to_thread(afterwards, name)
            _show(f"turn {turn + 1} of {rounds}")
    _show("")
    return standings


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the turns' ratios."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def added(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the turns' differences."""
    return statistics.median(a - b for a, b in zip(ours, theirs, strict=True))


def run(  # noqa: PLR0913, PLR0917 - as `contest`
    made: Ring,
    targets: dict[str, Target],
    connections: int,
    rounds: int,
    seconds: float,
    afterwards: Callable[[str], None] = lambda _: None,
) -> dict[str, Standing]:
    """`contest`, for those who have no event loop."""
    return asyncio.run(contest(made, targets, connections, rounds, seconds, afterwards))


def _show(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:40}\r", end="", file=sys.stderr, flush=True)
