"""Every option of Rote: its name, type, default and help, and the check that `configure` makes.

mitmproxy knows no option that is a real number or a duration, so those are texts, checked here.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast, get_args

from mitmproxy import exceptions
from mitmproxy.addonmanager import Loader
from mitmproxy.options import Options
from msgspec import Struct

from addon.places import data_dir

Mode = Literal["serve", "shadow", "replay", "off"]
Share = Literal["key", "all"]
MODES: tuple[Mode, ...] = get_args(Mode)


class Declared(Struct, frozen=True):
    """One option, as mitmproxy is told of it."""

    name: str
    typespec: Any
    default: Any
    text: str
    choices: tuple[str, ...] | None = None


DECLARED = (
    Declared("rote_store", str, "", "Directory of the store; empty for the user's data directory."),
    Declared(
        "rote_mode",
        str,
        "serve",
        "serve: answer what is known, forward and learn the rest. shadow: always forward, learn, and count what "
        "would have been served. replay: never forward; a miss is a 504. off: forward, learn nothing.",
        get_args(Mode),
    ),
    Declared(
        "rote_max_error",
        str,
        "0.02",
        "Tolerated rate of wrong answers among generalised ones; 0 serves literal repeats only.",
    ),
    Declared(
        "rote_audit",
        str,
        "0.05",
        "Share of generalised hits that are also asked upstream, after the client has its answer.",
    ),
    Declared(
        "rote_share",
        str,
        "key",
        "Who shares memory: those with the same credential (key), or all.",
        get_args(Share),
    ),
    Declared(
        "rote_hosts",
        Sequence[str],
        [],
        "A further host, as host[:port]=api, for example localhost:11434=openai-chat.",
    ),
    Declared(
        "rote_careful_tools",
        Sequence[str],
        [],
        "A tool that changes the world although its name does not say so; it needs twice the evidence.",
    ),
    Declared(
        "rote_wait",
        str,
        "30s",
        "How long a request waits for the answer to an equal one that is on its way already: 5s, 2m, or off.",
    ),
    Declared("rote_ttl", str, "off", "Oldest observation served: 90s, 30m, 12h, 7d, or off."),
    Declared("rote_max_mib", int, 4096, "Upper bound of the store, in MiB."),
)

_MOST_MIB = 1 << 26
"""64 TiB: more than a file's map finds room for in the addresses of a process cannot be asked for."""

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class Settings(Struct, frozen=True):
    """The options as values, once they are known to be good."""

    store: Path
    mode: Mode
    max_error: float
    audit: float
    share: Share
    hosts: tuple[str, ...]
    ttl_ns: int | None
    max_bytes: int
    careful_tools: tuple[str, ...] = ()
    wait_s: float = 30
    """How long a request waits for an equal one; 0 for not at all."""


def declare(loader: Loader) -> None:
    """Make mitmproxy know the options."""
    for option in DECLARED:
        loader.add_option(option.name, option.typespec, option.default, option.text, option.choices)


def read(options: Options) -> Settings:
    """The options as values.

    Raises:
        mitmproxy.exceptions.OptionsError: One of them is bad; the message says which and what is good.
    """
    for option in DECLARED:
        chosen = getattr(options, option.name)
        if option.choices and chosen not in option.choices:
            good = ", ".join(option.choices)
            raise exceptions.OptionsError(f"{option.name} must be one of {good}, not {chosen!r}")
    if not 1 <= options.rote_max_mib <= _MOST_MIB:
        raise exceptions.OptionsError(f"rote_max_mib must be from 1 to {_MOST_MIB}")
    return Settings(
        store=Path(options.rote_store).expanduser() if options.rote_store else data_dir(),
        mode=cast("Mode", options.rote_mode),
        max_error=_share("rote_max_error", options.rote_max_error),
        audit=_share("rote_audit", options.rote_audit),
        share=cast("Share", options.rote_share),
        hosts=tuple(options.rote_hosts),
        ttl_ns=_duration_ns("rote_ttl", options.rote_ttl),
        max_bytes=options.rote_max_mib << 20,
        careful_tools=_names(options.rote_careful_tools),
        wait_s=(_duration_ns("rote_wait", options.rote_wait) or 0) / 1_000_000_000,
    )


def _names(chosen: Sequence[str]) -> tuple[str, ...]:
    """Names given one by one, or several with commas between them."""
    names = (name.strip() for text in chosen for name in text.split(","))
    return tuple(name for name in names if name)


def _share(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise exceptions.OptionsError(f"{name} must be a number from 0 to 1, not {text!r}")
    return value


def _duration_ns(name: str, text: str) -> int | None:
    if text == "off":
        return None
    match = re.fullmatch(r"(\d+)([smhdw])", text)
    if match is None or not int(match[1]):
        raise exceptions.OptionsError(f"{name} must be like 90s, 30m, 12h, 7d or off, not {text!r}")
    return int(match[1]) * _UNITS_S[match[2]] * 1_000_000_000
