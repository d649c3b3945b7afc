"""What `rote serve` runs: mitmproxy with Rote and the few of its own addons that Rote needs, each called directly.

At each of the four hooks of a request mitmdump asks some thirty addons, twice, whether they have anything to do; that
is more than half of the time of a request that is answered here. What is left out is what changes, maps, saves,
replays or prints traffic. Who wants it uses `mitmdump -s addon/main.py`, which is the same proxy with all of it.
"""

from collections.abc import Callable, Iterable
from inspect import isawaitable
from types import SimpleNamespace
from typing import Any

from mitmproxy import addonmanager, exceptions, hooks
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
from mitmproxy.flow import Flow
from mitmproxy.master import Master
from mitmproxy.options import Options

from addon.interceptor import Rote

type _Hook = Callable[..., Any]


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
        self.addons = DirectAddons(self)
        self._termlog_addon = termlog.TermLog()  # the master takes it off again at the end
        self.addons.add(self._termlog_addon, *kept_addons(), Rote(), errorcheck.ErrorCheck())  # type: ignore[no-untyped-call]


class DirectAddons(addonmanager.AddonManager):
    """Addons that are called where they have a hook, and not asked where they have none."""

    def __init__(self, master: Master) -> None:
        self._direct: dict[str, list[_Hook]] = {}
        super().__init__(master)  # type: ignore[no-untyped-call]

    def register(self, addon: object) -> object:
        """Take in an addon."""
        self._direct = {}
        return super().register(addon)  # type: ignore[no-untyped-call]

    def remove(self, addon: object) -> None:
        """Let go of an addon."""
        self._direct = {}
        super().remove(addon)  # type: ignore[no-untyped-call]

    async def handle_lifecycle(self, event: hooks.Hook) -> None:
        """Trigger the hook and, if it is about a flow and anybody listens, the one that says that the flow changed."""
        await self.trigger_event(event)
        if self._hooks(hooks.UpdateHook.name) and isinstance(message := event.args()[0], Flow):
            await self.trigger_event(hooks.UpdateHook([message]))

    async def trigger_event(self, event: hooks.Hook) -> None:
        """Call all hooks of this name in the order of their addons; an error in one is logged, and costs no other."""
        if not (called := self._hooks(event.name)):
            return
        arguments = event.args()
        for hook in called:
            try:
                result = hook(*arguments)
                if result is not None and isawaitable(result):
                    await result
            except exceptions.AddonHalt:
                return
            except exceptions.OptionsError:
                raise
            except Exception:
                with addonmanager.safecall():
                    raise

    def _hooks(self, name: str) -> list[_Hook]:
        known = self._direct.get(name)
        if known is None:
            known = self._direct[name] = list(_found(self.chain, name))
        return known


def _found(chain: Iterable[object], name: str) -> Iterable[_Hook]:
    for addon in addonmanager.traverse(chain):
        hook = getattr(addon, name, None)
        if callable(hook):
            yield hook
