"""Hooks as they are handed to addons: as by mitmproxy's own manager, beside which each is tried."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from mitmproxy import exceptions
from mitmproxy.addonmanager import AddonManager
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy.layers.http._hooks import HttpRequestHook
from mitmproxy.test import tflow

from addon import dispatch


class Listener:
    """An addon that takes down what it is called with."""

    def __init__(self, name: str, called: list[str], fails_with: Exception | None = None) -> None:
        self.name, self._called, self._fails_with = name, called, fails_with

    def request(self, flow: object) -> Awaitable[None] | None:
        """Take down a request; as a coroutine, where the name says so."""
        del flow
        if self.name.startswith("slow"):
            return self._slowly()
        self._called.append(self.name)
        if self._fails_with:
            raise self._fails_with
        return None

    async def _slowly(self) -> None:
        await asyncio.sleep(0)
        self._called.append(self.name)


class Watcher(Listener):
    """One that also wants to know of every change."""

    def update(self, flows: list[object]) -> None:
        """Take down a change."""
        self._called.append(f"{self.name}: {len(flows)} changed")


class Deaf:
    """One that has none of these hooks."""

    def __init__(self, name: str, *within: object) -> None:
        self.name = name
        if within:
            self.addons = list(within)


type Addons = Callable[[list[str]], list[object]]


def _failing(called: list[str]) -> list[object]:
    inner = Deaf("outer", Listener("inner", called, ValueError("broken")), Listener("same", called))
    return [Listener("first", called, ValueError("broken")), inner, Listener("last", called)]


def _in_order(called: list[str]) -> list[object]:
    return [Listener(name, called) for name in ("first", "slow second", "third")]


def _nested(called: list[str]) -> list[object]:
    inmost = Deaf("inner", Listener("slow inmost", called))
    return [Deaf("nothing"), Deaf("outer", inmost), Listener("last", called)]


def _halting(called: list[str]) -> list[object]:
    return [Listener("first", called, exceptions.AddonHalt()), Listener("second", called)]


def _watching(called: list[str]) -> list[object]:
    return [Deaf("nothing"), Watcher("watcher", called), Listener("last", called)]


def _given_a_hook_later(called: list[str]) -> list[object]:
    late = Deaf("late")
    vars(late)["request"] = lambda flow: called.append(f"late: {flow.request.method}")
    return [late, Deaf("nothing")]


def _no_hook_but_a_module(called: list[str]) -> list[object]:
    return [SimpleNamespace(name="one", request=logging), Listener("last", called)]


def _run(made: Addons, *, attentive: bool) -> list[str]:
    called: list[str] = []

    async def main() -> None:
        master = Master(Options())
        master.addons.add(*made(called))
        if attentive:
            dispatch.attend(master.addons)
        await master.addons.handle_lifecycle(HttpRequestHook(tflow.tflow()))
        await master.done()

    asyncio.run(main())
    return called


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (_in_order, ["first", "slow second", "third"]),
        (_nested, ["slow inmost", "last"]),
        (_failing, ["first", "inner", "last"]),
        (_halting, ["first"]),
        (_watching, ["watcher", "last", "watcher: 1 changed"]),
        (_given_a_hook_later, ["late: GET"]),
        (_no_hook_but_a_module, ["last"]),
    ],
)
def test_the_same_hooks_are_called_in_the_same_order_as_by_mitmproxy(
    made: Addons, expected: list[str]
) -> None:
    assert _run(made, attentive=True) == _run(made, attentive=False) == expected


def test_an_error_in_a_hook_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        _run(_failing, attentive=True)

    assert [record.message for record in caplog.records] == ["Addon error: broken"] * 2


def test_only_addons_with_others_in_them_are_searched_for_hooks() -> None:
    asked: list[Any] = []

    class Counting(dispatch.Attentive):
        async def invoke_addon(self, addon: Any, event: Any) -> None:
            asked.append(addon.name)
            await super().invoke_addon(addon, event)

    async def main() -> None:
        master = Master(Options())
        master.addons.add(*_nested([]))
        master.addons.__class__ = Counting
        await master.addons.handle_lifecycle(HttpRequestHook(tflow.tflow()))
        await master.done()

    asyncio.run(main())
    assert set(asked) == {"outer"}


def test_a_manager_of_another_make_stays_as_it_is() -> None:
    class Own(AddonManager):
        pass

    async def main() -> AddonManager:
        master = Master(Options())
        manager = Own(master)  # type: ignore[no-untyped-call]
        dispatch.attend(manager)
        await master.done()
        return manager

    assert type(asyncio.run(main())) is Own


def test_an_addon_that_was_taken_off_is_called_no_more() -> None:
    called: list[str] = []
    listener = Listener("first", called)

    async def main() -> None:
        master = Master(Options())
        manager = master.addons
        dispatch.attend(manager)
        manager.add(listener)
        await manager.trigger_event(HttpRequestHook(tflow.tflow()))
        manager.remove(listener)
        await manager.trigger_event(HttpRequestHook(tflow.tflow()))
        await master.done()

    asyncio.run(main())
    assert called == ["first"]
