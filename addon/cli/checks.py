"""The links of the chain from a program to Rote, each looked at by itself; looking changes nothing.

Every check yields what it saw as a sentence and, unless all is well, what to do about it.
"""

import platform
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from msgspec import Struct

from addon import authority
from addon.authority import Authority
from addon.cli import probe
from addon.cli.environment import invocation, shell_of, variables
from addon.cli.setting import place_words
from addon.hosts import Directory, names_to_certify
from addon.roots import is_current
from addon.words import wording
from tree.errors import LayoutError, TreeError
from tree.memory import Memory

type Status = Literal["ok", "warn", "fail"]

MITMPROXY = (12, 2)
"""The oldest that Rote works with."""

_WITNESS = "api.openai.com"
"""A provider to open TLS to; the proxy answers for it and asks nobody."""


class Finding(Struct, frozen=True):
    """What a check saw."""

    check: str
    status: Status
    says: str
    mend: str = ""


class Place(Struct, frozen=True):
    """Where to look."""

    host: str
    port: int
    ca_folder: Path
    store: Path
    environ: Mapping[str, str]

    @property
    def eval_env(self) -> str:
        """What sets the variables in the user's shell."""
        words = ["rote", "env", *place_words(self.host, self.port)]
        return invocation(shell_of(self.environ), " ".join(words))


def findings(place: Place) -> Iterator[Finding]:
    """All checks, from the ground up."""
    for check in _CHECKS:
        yield from check(place)


def _versions(_place: Place) -> Iterator[Finding]:
    try:
        found = version("mitmproxy")
    except PackageNotFoundError:
        yield Finding("versions", "fail", "mitmproxy is not installed", "Install Rote again.")
        return
    says = f"Python {platform.python_version()}, mitmproxy {found}"
    new_enough = tuple(int(part) for part in found.split(".")[:2]) >= MITMPROXY
    if new_enough:
        yield Finding("versions", "ok", says)
    else:
        oldest = ".".join(map(str, MITMPROXY))
        yield Finding(
            "versions", "fail", says, f"Rote needs mitmproxy {oldest} or newer: upgrade it."
        )


def _authority(place: Place) -> Iterator[Finding]:
    found = authority.find(place.ca_folder)
    if found is None:
        yield Finding(
            "CA",
            "fail",
            f"there is none in {place.ca_folder}",
            "Run `rote env` or `rote serve`: both make it.",
        )
        return
    yield from _secrecy(found)
    yield _validity(found, datetime.now(UTC))


def _secrecy(found: Authority) -> Iterator[Finding]:
    for path in (found.folder, found.key_file):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            says = f"{path} can be read by others (mode {mode:o})"
            yield Finding("CA key", "fail", says, f"chmod go-rwx {path}")


def _validity(found: Authority, now: datetime) -> Finding:
    until = f"{found.ends:%Y-%m-%d}"
    again = "Run `rote env`, which makes it anew, and restart the proxy and your programs."
    if found.ends <= now:
        return Finding("CA", "fail", f"expired on {until}", again)
    missing = [name for name in names_to_certify(Directory((), ())) if not found.permits(name)]
    if missing:
        more = f" and {len(missing) - 1} more" if missing[1:] else ""
        return Finding("CA", "fail", f"cannot vouch for {missing[0]}{more}", again)
    if not found.lasts(now):
        return Finding("CA", "warn", f"ends soon, on {until}", again)
    return Finding(
        "CA", "ok", f"vouches for {len(found.permitted)} hosts and no others, until {until}"
    )


def _bundle(place: Place) -> Iterator[Finding]:
    found = authority.find(place.ca_folder)
    if found is None:
        return
    mend = "Run `rote env`, which makes it anew."
    if not found.bundle_file.exists():
        yield Finding("bundle", "fail", f"{found.bundle_file} is missing", mend)
    elif not is_current(found.bundle_file, found.cert_file, place.environ):
        yield Finding(
            "bundle",
            "fail",
            "the system's roots, yours or the CA have changed since it was made",
            mend,
        )
    else:
        yield Finding("bundle", "ok", f"{found.bundle_file} is up to date")


def _variables(place: Place) -> Iterator[Finding]:
    found = authority.find(place.ca_folder)
    if found is None:
        return
    wanted = variables(f"http://{place.host}:{place.port}", found, place.environ)
    wrong = [one.name for one in wanted if place.environ.get(one.name) != one.value]
    if len(wrong) == len(wanted):
        yield Finding("variables", "fail", "this shell does not lead through Rote", place.eval_env)
    elif wrong:
        says = f"unset, or not Rote's: {', '.join(wrong)}"
        yield Finding("variables", "fail", says, place.eval_env)
    else:
        yield Finding(
            "variables", "ok", f"all {len(wanted)} lead through {place.host}:{place.port}"
        )
    yield from _exceptions(place)


def _exceptions(place: Place) -> Iterator[Finding]:
    """Hosts that clients are told to reach without any proxy."""
    for name in ("NO_PROXY", "no_proxy"):
        entries = [entry.strip().lstrip("*.") for entry in place.environ.get(name, "").split(",")]
        if "*" in place.environ.get(name, "").split(","):
            yield Finding(
                name, "fail", "it sends everything past Rote", f"Take the * out of {name}."
            )
            continue
        providers = names_to_certify(Directory((), ()))
        past = [
            host
            for host in providers
            for entry in entries
            if entry and f".{host}".endswith(f".{entry}")
        ]
        if past:
            yield Finding(
                name, "fail", f"it sends {past[0]} past Rote", f"Take that host out of {name}."
            )


def _store(place: Place) -> Iterator[Finding]:
    if not (place.store / "data.mdb").exists():
        yield Finding("memory", "ok", f"none yet; it will be in {place.store}")
        return
    try:
        memory = Memory(place.store, max_bytes=1 << 30, readonly=True)
        try:
            found = memory.summary()
        finally:
            memory.close()
    except LayoutError as error:
        yield Finding(
            "memory", "fail", str(error), "Upgrade Rote, or name another folder with --store."
        )
        return
    except TreeError as error:
        yield Finding(
            "memory", "fail", str(error), "Mend the folder's access, or name another with --store."
        )
        return
    size = f"{found.disk_bytes / (1 << 20):,.1f} MiB"
    says = f"{wording.count(found.observations, 'observation')}, {size} in {place.store}"
    yield Finding("memory", "ok", says)


def _proxy(place: Place) -> Iterator[Finding]:
    try:
        health = probe.health(place.host, place.port)
    except probe.NobodyError as error:
        words = ["rote", "serve", *place_words(place.host, place.port)]
        yield Finding("proxy", "fail", str(error), " ".join(words))
        return
    except probe.ProbeError as error:
        mend = f"Choose another port for Rote: rote serve --port {place.port + 1}"
        yield Finding("proxy", "fail", str(error), mend)
        return
    says = f"Rote {health.version} on {place.host}:{place.port}, mode {health.mode}"
    if health.status == "ok":
        yield Finding("proxy", "ok", f"{says}, {health.pending:,} pending")
    else:
        yield Finding(
            "proxy", "fail", f"{says}, but without memory: {health.store.state}", "See `memory`."
        )
    yield from _round_trip(place)


def _round_trip(place: Place) -> Iterator[Finding]:
    found = authority.find(place.ca_folder)
    if found is None:
        return
    try:
        probe.shake_hands(place.host, place.port, _WITNESS, found.bundle_file)
    except (probe.ProbeError, OSError) as error:
        mend = (
            "Restart the proxy, so that it takes up the present CA; then run `rote doctor` again."
        )
        yield Finding("round trip", "fail", str(error), mend)
    else:
        yield Finding(
            "round trip", "ok", f"TLS to {_WITNESS} through the proxy is trusted by the bundle"
        )


_CHECKS: tuple[Callable[[Place], Iterator[Finding]], ...] = (
    _versions,
    _authority,
    _bundle,
    _store,
    _proxy,
    _variables,
)
