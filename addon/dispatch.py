"""How mitmproxy hands its hooks to addons: past those that have nothing to do.

At each of the four hooks of a request mitmdump sets out to call some thirty addons, twice, and most have no such hook:
that took a third of the time of a request which is answered from memory. Here it is asked first whether an addon has
the hook, which is then called without further ado. Which hooks are called, in which order, and what becomes of an error
in one, stays as mitmproxy has it.
"""

from inspect import isawaitable
from types import MethodType

from mitmproxy.addonmanager import AddonManager, safecall
from mitmproxy.exceptions import AddonHalt
from mitmproxy.hooks import Hook


class Attentive(AddonManager):
    """An addon manager that calls those who listen."""

    async def trigger_event(self, event: Hook) -> None:
        """Call all hooks of this name, in the order of their addons, until one of them says that it is enough."""
        name, arguments = event.name, event.args()
        for addon in self.chain:
            hook = getattr(addon, name, None)
            try:
                if hasattr(addon, "addons") or (hook and not isinstance(hook, MethodType)):
                    await self.invoke_addon(addon, event)  # has others in it, or is no plain object
                elif hook and (result := hook(*arguments)) is not None and isawaitable(result):
                    await result
            except AddonHalt:
                return
            except Exception:
                with safecall():  # logs it
                    raise


def attend(manager: AddonManager) -> None:
    """Have a manager, as it runs, call those who listen; one of somebody's own making stays as it is."""
    if type(manager) is AddonManager:
        manager.__class__ = Attentive
