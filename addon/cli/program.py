"""What `rote serve` runs: mitmproxy with Rote and the few of its own addons that Rote needs.

What is left out is what changes, maps, saves, replays or prints traffic. Who wants it uses `mitmdump -s addon/main.py`,
which is the same proxy with all of it.
"""

from types import SimpleNamespace

from mitmproxy import addonmanager
from mitmproxy.addons import (
    block,
    clientplayback,
    core,
    disable_h2c,
    dns_resolver,
    errorcheck,
    next_layer,
    proxyauth,
    proxyserver,
    strip_dns_https_records,
    termlog,
    tlsconfig,
    update_alt_svc,
    upstream_auth,
)
from mitmproxy.master import Master
from mitmproxy.options import Options

from addon.interceptor import Rote


def kept_addons() -> list[object]:
    """The addons of mitmproxy that are kept, in its order: they connect, prove who they are, and keep strangers out."""
    return [
        core.Core(),
        block.Block(),
        strip_dns_https_records.StripDnsHttpsRecords(),
        clientplayback.ClientPlayback(),  # audits are sent by it
        disable_h2c.DisableH2C(),
        proxyauth.ProxyAuth(),
        proxyserver.Proxyserver(),
        dns_resolver.DnsResolver(),
        next_layer.NextLayer(),
        tlsconfig.TlsConfig(),
        upstream_auth.UpstreamAuth(),
        update_alt_svc.UpdateAltSvc(),
    ]


def declared_options() -> Options:
    """All options that there are, as they are by default: mitmproxy's, those of the kept addons, and Rote's."""
    options = Options()
    nowhere = SimpleNamespace(options=options, commands=SimpleNamespace(add=lambda *_: None))
    loader = addonmanager.Loader(nowhere)
    terminal = termlog.TermLog()
    terminal.uninstall()  # it would write whatever is logged from now on
    for one in (terminal, *kept_addons(), Rote()):
        if load := getattr(one, "load", None):
            load(loader)
    return options


class Program(Master):
    """A master like mitmdump's, with less in it.

    Args:
        opts: All options; which there are is known when the addons are in.
    """

    def __init__(self, opts: Options | None) -> None:
        super().__init__(opts)
        self._termlog_addon = termlog.TermLog()  # the master takes it off again at the end
        self.addons.add(self._termlog_addon, *kept_addons(), Rote(), errorcheck.ErrorCheck())
