"""The program of `rote serve`: which of mitmproxy's addons are in it, and how their hooks are called."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any

import pytest
from mitmproxy import exceptions, hooks
from mitmproxy.addons import default_addons
from mitmproxy.options import Options
from mitmproxy.proxy.layers.http._hooks import HttpRequestHook
from mitmproxy.test import tflow

from addon.cli.program import Program, declared_options, kept_addons


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


def run(*addons: Any) -> None:
    """Send one request's hook to these addons of a program."""

    async def main() -> None:
        program = Program(Options())
        program.addons.add(*addons)
        await program.addons.handle_lifecycle(HttpRequestHook(tflow.tflow()))
        await program.done()

    asyncio.run(main())


def test_hooks_are_called_in_the_order_of_their_addons_and_each_is_waited_for() -> None:
    called: list[str] = []

    run(*(Listener(name, called) for name in ("first", "slow second", "third")))

    assert called == ["first", "slow second", "third"]


def test_an_error_in_a_hook_is_logged_and_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []

    with caplog.at_level(logging.ERROR):
        run(Listener("first", called, ValueError("broken")), Listener("second", called))

    assert called == ["first", "second"]
    assert "Addon error: broken" in caplog.text


def test_an_addon_may_keep_an_event_from_those_after_it() -> None:
    called: list[str] = []

    run(Listener("first", called, exceptions.AddonHalt()), Listener("second", called))

    assert called == ["first"]


def test_who_listens_for_changes_is_told_of_them() -> None:
    called: list[str] = []

    run(Watcher("watcher", called))

    assert called == ["watcher", "watcher: 1 changed"]


def test_an_addon_that_was_taken_off_is_called_no_more() -> None:
    called: list[str] = []
    listener = Listener("first", called)

    async def main() -> None:
        program = Program(Options())
        program.addons.add(listener)
        await program.addons.trigger_event(HttpRequestHook(tflow.tflow()))
        program.addons.remove(listener)
        await program.addons.trigger_event(HttpRequestHook(tflow.tflow()))
        await program.addons.trigger_event(hooks.DoneHook())

    asyncio.run(main())
    assert called == ["first"]


def test_the_addons_kept_are_mitmproxys_own_in_its_own_order() -> None:
    every = [type(addon) for addon in default_addons()]

    kept = [type(addon) for addon in kept_addons()]

    assert kept == [kind for kind in every if kind in kept]


def test_options_of_connections_are_there_and_those_of_what_is_left_out_are_not() -> None:
    names = set(declared_options().keys())

    there = {"mode", "ssl_insecure", "upstream_auth", "proxyauth", "http2", "block_global"}
    assert there | {"rote_mode", "termlog_verbosity"} <= names
    assert not {"anticache", "map_local", "scripts", "save_stream_file", "flow_detail"} & names
