"""How mitmproxy hands its hooks to addons: past those that have nothing to do.

At each of the four hooks of a request mitmdump sets out to call some thirty addons, twice, and most have no such hook:
that took a third of the time of a request which is answered from memory. Here it is asked whether an addon has the
hook before anything is made ready for calling it. Which hooks are called, in which order, and what becomes of an error
in one, stays as mitmproxy has it.
"""

from mitmproxy.addonmanager import AddonManager, safecall
from mitmproxy.exceptions import AddonHalt
from mitmproxy.hooks import Hook


class Attentive(AddonManager):
    """An addon manager that calls those who listen."""

    async def trigger_event(self, event: Hook) -> None:
        """Call all hooks of this name, in the order of their addons, until one of them says that it is enough."""
        name = event.name
        for addon in self.chain:
            if not hasattr(addon, name) and not hasattr(addon, "addons"):
                continue
            try:
                with safecall():
                    await self.invoke_addon(addon, event)
            except AddonHalt:
                return


def attend(manager: AddonManager) -> None:
    """Have a manager, as it runs, call those who listen; one of somebody's own making stays as it is."""
    if type(manager) is AddonManager:
        manager.__class__ = Attentive
