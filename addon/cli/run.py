"""`rote run`: one command, through a proxy that lives as long as the command does."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import click

from addon.cli import probe
from addon.cli.environment import variables
from addon.cli.proxy import Wish, check_settings, free_port
from addon.cli.setting import HOST, declared_hosts, made_authority, proxy_options
from addon.figures.savings import Savings
from addon.files import open_private
from addon.places import state_dir
from addon.words import wording

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""What shells say of a command that they cannot start."""

_START_S, _LEARN_S, _STOP_S = 60, 10, 10
"""How long the proxy may take to start, to learn what is pending, and to stop."""

_PASSED_ON = (
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
"""What a terminal sends to the command as well as to us."""

_PACKAGES = Path(__file__).parents[2]
_BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from addon.cli.main import main; main(prog_name='rote')"
"""Starts the command line of this very package; `-m` would look into the current folder first."""


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@proxy_options
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def run(
    *,
    mode: str,
    store: Path | None,
    hosts: tuple[str, ...],
    settings: tuple[str, ...],
    command: tuple[str, ...],
) -> None:
    """Run one command through a proxy of its own, and say at the end what that saved.

    \b
    rote run -- python my_agent.py
    rote run --mode replay -- pytest tests/agents
    rote run --hosts localhost:11434=openai-chat -- node agent.js

    The command gets the variables of `rote env`, its own input and output, and every signal; its exit code is
    passed on. Memory is shared with all other runs and with `rote serve`.
    """  # noqa: D301  # click wants the control character itself
    check_settings(settings)
    directory = declared_hosts(hosts)
    program = _program(command[0])
    authority = made_authority(directory)
    with _ending_as_shells_do(), running_proxy(Wish(mode, store, hosts, settings)) as port:
        given = variables(f"http://{HOST}:{port}", authority, os.environ, http=bool(hosts))
        before = probe.stats(HOST, port)
        code = _run([program, *command[1:]], {one.name: one.value for one in given})
        after = _stats_once_learnt(port)
    click.echo(summary(before, after), err=True)
    sys.exit(code)


@contextlib.contextmanager
def _ending_as_shells_do() -> Iterator[None]:
    """A Ctrl-C before the command has begun ends without a word, as it would end the command."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found:
        return found
    there = os.sep in name and Path(name).exists()
    click.echo(
        f"rote: {name} cannot be run; is it executable? Try: chmod +x {name}"
        if there
        else f"rote: there is no command {name!r}; what is to be run stands behind `--`, "
        "as in: rote run -- python my_agent.py",
        err=True,
    )
    sys.exit(NOT_EXECUTABLE if there else NOT_FOUND)


@contextlib.contextmanager
def running_proxy(wish: Wish) -> Iterator[int]:
    """A proxy in a process of its own, from when it answers; the value is its port.

    Raises:
        click.ClickException: It did not start; the message holds what it said.
    """
    port = free_port(HOST)
    log = state_dir() / f"run-{os.getpid()}.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_private(log) as output:
        proxy = subprocess.Popen(  # noqa: S603  # this very program
            [sys.executable, "-P", "-c", _BOOT, str(_PACKAGES), *_words(wish, port)],
            # The proxy ends with the pipe, should this process be killed.
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            # A Ctrl-C in the terminal is for the command.
            start_new_session=True,
        )
    try:
        _await_start(proxy, port, log)
        yield port
    finally:
        _stop(proxy)
        if not log.stat().st_size:
            log.unlink()
        elif proxy.returncode == 0:
            click.echo(f"rote: the proxy had something to say; see {log}", err=True)


def _words(wish: Wish, port: int) -> list[str]:
    pairs = [("--hosts", text) for text in wish.hosts] + [("--set", text) for text in wish.settings]
    return [
        *("serve", "--quiet", "--until-eof", "--host", HOST, "--port", str(port)),
        *("--mode", wish.mode, "--store", str(wish.folder.absolute())),
        *(word for pair in pairs for word in pair),
    ]


def _await_start(proxy: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        with contextlib.suppress(probe.ProbeError):
            probe.health(HOST, port)
            return
        if proxy.poll() is not None:
            reason = _reason(log)
            log.write_bytes(b"")
            raise click.ClickException(f"the proxy did not start: {reason}")
        time.sleep(0.05)
    raise click.ClickException(f"the proxy did not start within {_START_S} s; see {log}")


def _reason(log: Path) -> str:
    """What it said when it ended; of an error that was foreseen, only the error."""
    said = log.read_text(errors="replace").strip()
    foreseen = re.search(r"^Error: (.+)", said, re.MULTILINE | re.DOTALL)
    return foreseen[1] if foreseen else f"\n{said}"


def _stop(proxy: subprocess.Popen[bytes]) -> None:
    proxy.terminate()
    try:
        proxy.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        proxy.kill()
        proxy.wait()
    if proxy.stdin:
        proxy.stdin.close()


def _run(command: Sequence[str], given: Mapping[str, str]) -> int:
    """Run the command in the place of this process, as far as its parent can tell; its exit code as a shell has it."""
    started: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if started and not (number in _FROM_TERMINAL and _in_foreground()):
            started[0].send_signal(number)

    former = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    try:
        started.append(subprocess.Popen(command, env={**os.environ, **given}))  # noqa: S603  # the user's own
        code = started[0].wait()
    except OSError as error:
        click.echo(f"rote: {command[0]} cannot be run: {error.strerror}", err=True)
        return NOT_EXECUTABLE
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def _in_foreground() -> bool:
    """Whether a key that interrupts has reached the command already, for it is in our process group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)


def _stats_once_learnt(port: int) -> Savings | None:
    """What the proxy counted, its recorder having caught up; None if it is no longer there to say."""
    end = time.monotonic() + _LEARN_S
    try:
        while probe.health(HOST, port).pending and time.monotonic() < end:
            time.sleep(0.05)
        return probe.stats(HOST, port)
    except probe.ProbeError:
        return None


def summary(before: Savings, after: Savings | None) -> str:
    """What came of a run, from what was counted before and after it."""
    if after is None:
        return "rote: the proxy ended before the command did; `rote doctor` may say why."
    requests = after.requests - before.requests
    if not requests:
        return (
            "rote: no request came through. Does the command take its proxy from HTTPS_PROXY? "
            "`rote env --help` and `rote doctor` say what programs need."
        )
    served = after.hits.total - before.hits.total
    forwarded = after.misses - before.misses
    others = requests - served - forwarded
    parts = [f"{served:,} served from memory", f"{forwarded:,} forwarded"]
    parts += [f"{others:,} passed by"] if others else []
    return f"rote: {wording.count(requests, 'request')}: {', '.join(parts)}. {_saved(before, after, served)}"


def _saved(before: Savings, after: Savings, served: int) -> str:
    if not served:
        return "The next run can be answered from memory."
    tokens = wording.saved_in_all(after) - wording.saved_in_all(before)
    money = wording.money(after.money_saved_usd - before.money_saved_usd)
    waiting = wording.duration(after.seconds_saved - before.seconds_saved)
    return f"Saved {wording.tokens(tokens)} tokens, {money} and {waiting} of waiting."
