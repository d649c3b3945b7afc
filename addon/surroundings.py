"""Which of mitmproxy's own options Rote needs otherwise than by default, and why.

* `connection_strategy=lazy` and `upstream_cert=false`: a hit opens no connection upstream, not even to look at
  the provider's certificate, so that what is known is answered with the network unplugged.
* `allow_hosts`: only providers are decrypted. Whatever else comes is tunnelled, bytes untouched.
* `confdir`, unless the user chose one: the CA in it may vouch for providers alone.

And what it says of its own accord: that it streams an answer, which every answer does here that is not memory's. Each
line of the log is handed to all addons, whether or not it is shown anywhere.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from mitmproxy.options import CONF_DIR, Options
from mitmproxy.proxy.mode_specs import ProxyMode, ReverseMode

from addon import authority
from addon.hosts import Directory, names_to_certify
from addon.places import ca_dir

_STREAMS = "Streaming response from "
_SAYS_SO = logging.getLogger("mitmproxy.proxy.server")


def hush() -> None:
    """Have mitmproxy not say of each answer that it streams it; a second call changes nothing."""
    _SAYS_SO.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith(_STREAMS)


def prepare(options: Options, directory: Directory, own_patterns: Sequence[str]) -> tuple[str, ...]:
    """Set what Rote needs; `own_patterns` are those of an earlier call. Returns the patterns now set.

    Raises:
        AuthorityError: The CA could not be made or read.
    """
    patterns = (*_patterns(directory), *_reversed(options.mode))
    others = [pattern for pattern in options.allow_hosts if pattern not in own_patterns]
    wanted: dict[str, Any] = {
        "connection_strategy": "lazy",
        "upstream_cert": False,
        "allow_hosts": [*others, *patterns],
    }
    if Path(options.confdir).expanduser() in (Path(CONF_DIR).expanduser(), ca_dir()):
        wanted["confdir"] = str(authority.ensure(ca_dir(), names_to_certify(directory)).folder)
    options.update(
        **{name: value for name, value in wanted.items() if getattr(options, name) != value}
    )
    return patterns


def _patterns(directory: Directory) -> Iterable[str]:
    return (provider.pattern for provider in directory.providers)


def _reversed(modes: Iterable[str]) -> Iterable[str]:
    """Where reverse mode leads to is read by the user's own choice."""
    for text in modes:
        try:
            mode = ProxyMode.parse(text)
        except ValueError:
            continue  # mitmproxy refuses it by itself
        if isinstance(mode, ReverseMode):
            host, port, *_ = mode.address
            yield rf"^{re.escape(host)}:{port}$"
